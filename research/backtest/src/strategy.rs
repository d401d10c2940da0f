//! What following the forecasts was worth after costs: a check of economic sense, no promise.
//!
//! A forecast `h` bars ahead holds a position of `1/h` of the capital for `h` bars, so that every forecast counts the
//! same and positions of neighbours add up. A position is a share of the capital, traded at the close at which it is
//! decided and kept at its share until the next; trades that only keep a share are not charged. No interest, no
//! funding, no borrowing fee.

use crate::{error::BacktestError, history::History, settings::Settings, walk::Decision};
use domain::{
    bootstrap::{Resampling, block_bootstrap, default_block},
    forecast::Direction,
};
use jiff::Timestamp;
use serde::Serialize;

/// What trading costs, as shares of the traded value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Costs {
    /// The exchange's: 0.001, what the larger ones take of a small taker.
    pub(crate) fee: f64,
    /// Between the close and the price that is got: 0.0005.
    pub(crate) slippage: f64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { fee: 0.001, slippage: 0.0005 }
    }
}

/// Strategies beside each other, over the same bars.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AfterCosts {
    #[serde(flatten)]
    pub(crate) costs: Costs,
    /// First close at which a position is taken.
    pub(crate) from: Timestamp,
    /// Close at which what is held is valued.
    pub(crate) through: Timestamp,
    /// Bars between.
    pub(crate) bars: usize,
    /// Long when it says up; flat when it says down or abstains.
    pub(crate) long_flat: Strategy,
    /// Long when it says up, short when it says down, flat when it abstains.
    pub(crate) long_short: Strategy,
    /// The same without abstaining: whichever side of one half the probability lies on.
    pub(crate) every_long_flat: Strategy,
    pub(crate) every_long_short: Strategy,
    pub(crate) always_long: Strategy,
    pub(crate) flat: Strategy,
}

/// How one did, after costs. Years have as many bars as an always-open market.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Strategy {
    /// Growth of the capital: 0.5 is half as much again.
    pub(crate) total_return: f64,
    /// The same a year.
    pub(crate) annual_return: f64,
    /// Standard deviation of the returns, a year.
    pub(crate) annual_volatility: f64,
    /// Mean by standard deviation of the returns, a year; none when they do not vary.
    pub(crate) sharpe: Option<f64>,
    /// Its interval.
    pub(crate) sharpe_interval: Option<[f64; 2]>,
    /// Largest loss from a peak, as a share of it.
    pub(crate) max_drawdown: f64,
    /// Traded value, in multiples of the capital.
    pub(crate) turnover: f64,
    /// The same a year.
    pub(crate) annual_turnover: f64,
    /// Sum of the costs, as shares of the capital at their times.
    pub(crate) costs_paid: f64,
    /// Mean size of the position.
    pub(crate) invested: f64,
    /// The capital at each close from the first, which is 1.
    #[serde(skip)]
    pub(crate) equity: Vec<f64>,
}

impl AfterCosts {
    /// From the first decision to the last bar.
    pub(crate) fn new(
        history: &History,
        decisions: &[Decision],
        settings: &Settings,
        resampling: &Resampling,
    ) -> Result<Self, BacktestError> {
        let first = decisions.first().map_or(0, |decision| decision.bar);
        let last = history.bars.len() - 1;
        let returns: Vec<f64> =
            history.bars[first..].windows(2).map(|pair| pair[1].close / pair[0].close - 1.0).collect();
        let horizon = history.series.horizon as usize;
        let block = default_block(returns.len(), horizon);
        let market = Market {
            returns: &returns,
            cost: settings.costs.fee + settings.costs.slippage,
            bars_per_year: f64::from(history.series.interval.bars_per_year()),
            resampling: Resampling { block, ..*resampling },
        };
        let follow = |position: &dyn Fn(&Decision) -> f64| {
            let mut wanted = vec![0.0; returns.len()];
            for decision in decisions.iter().filter(|decision| decision.bar < last) {
                wanted[decision.bar - first] = position(decision);
            }
            market.run(&held(&wanted, horizon))
        };
        let called = |decision: &Decision, down: f64| match decision.direction() {
            Direction::Up => 1.0,
            Direction::Down => down,
            Direction::Abstain => 0.0,
        };
        let every = |decision: &Decision, down: f64| if decision.probability_up > 0.5 { 1.0 } else { down };
        Ok(Self {
            costs: settings.costs,
            from: history.decision_time(first),
            through: history.decision_time(last),
            bars: returns.len(),
            long_flat: follow(&|decision| called(decision, 0.0))?,
            long_short: follow(&|decision| called(decision, -1.0))?,
            every_long_flat: follow(&|decision| every(decision, 0.0))?,
            every_long_short: follow(&|decision| every(decision, -1.0))?,
            always_long: market.run(&vec![1.0; returns.len()])?,
            flat: market.run(&vec![0.0; returns.len()])?,
        })
    }
}

/// The position at each close: the mean of what the last `horizon` decisions want.
fn held(wanted: &[f64], horizon: usize) -> Vec<f64> {
    let share = |bar: usize| {
        let recent = &wanted[(bar + 1).saturating_sub(horizon)..=bar];
        recent.iter().sum::<f64>() / count(horizon)
    };
    (0..wanted.len()).map(share).collect()
}

/// What every strategy meets.
struct Market<'a> {
    /// Of each bar, from the close at which a position is taken to the next.
    returns: &'a [f64],
    /// Of a traded value of 1.
    cost: f64,
    bars_per_year: f64,
    resampling: Resampling,
}

impl Market<'_> {
    /// The strategy with such a position over each bar.
    fn run(&self, positions: &[f64]) -> Result<Strategy, BacktestError> {
        let trades: Vec<f64> =
            [0.0].iter().chain(positions).zip(positions).map(|(old, new)| (new - old).abs()).collect();
        let earned: Vec<f64> = positions
            .iter()
            .zip(self.returns)
            .zip(&trades)
            // Who has lost everything loses no more.
            .map(|((position, market), trade)| (position * market - trade * self.cost).max(-1.0))
            .collect();
        let mut equity = vec![1.0];
        let (mut capital, mut peak, mut max_drawdown): (f64, f64, f64) = (1.0, 1.0, 0.0);
        for earned in &earned {
            capital *= 1.0 + earned;
            peak = peak.max(capital);
            max_drawdown = max_drawdown.max(1.0 - capital / peak);
            equity.push(capital);
        }
        let n = earned.len();
        let years = count(n) / self.bars_per_year;
        let all: Vec<usize> = (0..n).collect();
        let sharpe = |rows: &[usize]| {
            let (mean, deviation) = moments(&earned, rows);
            mean / deviation * self.bars_per_year.sqrt()
        };
        let deviation = moments(&earned, &all).1;
        let varies = deviation > 1e-12;
        let interval = if varies { Some(block_bootstrap(n, &self.resampling, sharpe)?) } else { None };
        let turnover: f64 = trades.iter().sum();
        Ok(Strategy {
            total_return: capital - 1.0,
            annual_return: capital.powf(1.0 / years) - 1.0,
            annual_volatility: deviation * self.bars_per_year.sqrt(),
            sharpe: interval.map(|interval| interval.mean),
            sharpe_interval: interval.map(|interval| [interval.lo, interval.hi]),
            max_drawdown,
            turnover,
            annual_turnover: turnover / years,
            costs_paid: turnover * self.cost,
            invested: positions.iter().map(|position| position.abs()).sum::<f64>() / count(n),
            equity,
        })
    }
}

/// Mean and standard deviation of some values.
fn moments(values: &[f64], rows: &[usize]) -> (f64, f64) {
    let n = count(rows.len());
    let mean = rows.iter().map(|&row| values[row]).sum::<f64>() / n;
    let variance = rows.iter().map(|&row| (values[row] - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[expect(clippy::cast_precision_loss, reason = "counts of bars stay far below 2^53")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
