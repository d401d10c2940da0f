//! Simulation of one strategy.

use crate::bootstrap::{BootstrapConfig, BootstrapError, BootstrapInterval, block_bootstrap, block_bootstrap_mean};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Results of a strategy after costs. A year has as many bars as a market that never closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// Growth of the capital: 0.5 is 50 %.
    pub total_return: f64,
    /// Growth of the capital per year; absent below [`MIN_INDEPENDENT`](super::MIN_INDEPENDENT) independent outcomes.
    pub annual_return: Option<f64>,
    /// Interval of the annual return, low and high; absent with it, and in records of older releases.
    #[serde(default)]
    pub annual_return_interval: Option<[f64; 2]>,
    /// Standard deviation of the returns, per year.
    pub annual_volatility: f64,
    /// Sharpe ratio per year: mean / standard deviation of the returns. Absent if the returns do not vary or are too few, as
    /// above.
    pub sharpe: Option<f64>,
    /// Interval of the Sharpe ratio, low and high; absent with it.
    pub sharpe_interval: Option<[f64; 2]>,
    /// Largest loss from a peak, as a share of the peak.
    pub max_drawdown: f64,
    /// Traded value, in multiples of the capital.
    pub turnover: f64,
    /// Traded value per year, in multiples of the capital.
    pub annual_turnover: f64,
    /// Sum of the costs, each as a share of the capital at its time.
    pub costs_paid: f64,
    /// Mean absolute position, as a share of the capital.
    pub invested: f64,
    /// Return over each bar. Not stored.
    #[serde(skip)]
    pub(super) returns: Vec<f64>,
    /// Capital at each close, starting at 1, for a chart. Not stored, so it is empty in a record that was read.
    #[serde(skip)]
    pub equity: Vec<f64>,
}

/// Market and settings that all strategies share.
pub(super) struct StrategySimulator<'a> {
    /// Return of each bar, from the close at which a position is taken to the next close.
    pub(super) returns: &'a [f64],
    /// Cost of a traded value of 1.
    pub(super) cost: f64,
    pub(super) bars_per_year: f64,
    pub(super) resampling: BootstrapConfig,
    /// True if there are enough outcomes for a Sharpe ratio, an interval and a return per year.
    pub(super) enough: bool,
}

impl StrategySimulator<'_> {
    /// Simulates a strategy with these positions over the bars.
    pub(super) fn simulate(&self, positions: &[f64]) -> Result<Strategy, BootstrapError> {
        let trades = traded_volume(positions);
        let net = net_returns(positions, &trades, self.returns, self.cost);
        let mut equity = vec![1.0];
        let (mut capital, mut peak, mut max_drawdown): (f64, f64, f64) = (1.0, 1.0, 0.0);
        for net in &net {
            capital *= 1.0 + net;
            peak = peak.max(capital);
            max_drawdown = max_drawdown.max(1.0 - capital / peak);
            equity.push(capital);
        }
        let n = net.len();
        let years = as_f64(n) / self.bars_per_year;
        let all: Vec<usize> = (0..n).collect();
        let sharpe = |rows: &[usize]| {
            let (mean, deviation) = moments(&net, rows);
            mean / deviation * self.bars_per_year.sqrt()
        };
        let deviation = moments(&net, &all).1;
        let varies = deviation > 1e-12;
        let interval = if varies && self.enough { Some(block_bootstrap(n, &self.resampling, sharpe)?) } else { None };
        let annual_return_interval = self.enough.then(|| self.annual_return_interval(&net)).transpose()?;
        let turnover: f64 = trades.iter().sum();
        Ok(Strategy {
            total_return: capital - 1.0,
            annual_return: self.enough.then(|| finite(capital.powf(1.0 / years) - 1.0)),
            annual_return_interval,
            annual_volatility: deviation * self.bars_per_year.sqrt(),
            sharpe: interval.map(|interval| interval.estimate),
            sharpe_interval: interval.map(|interval| [interval.lo, interval.hi]),
            max_drawdown,
            turnover,
            annual_turnover: turnover / years,
            costs_paid: turnover * self.cost,
            invested: positions.iter().map(|position| position.abs()).sum::<f64>() / as_f64(n),
            returns: net,
            equity,
        })
    }

    /// Interval of the growth of the capital per year: that of the mean log growth of a bar.
    fn annual_return_interval(&self, net: &[f64]) -> Result<[f64; 2], BootstrapError> {
        // A lost capital has no logarithm; the smallest number stands for it.
        let growth: Vec<f64> = net.iter().map(|net| (1.0 + net).max(f64::MIN_POSITIVE).ln()).collect();
        let BootstrapInterval { lo, hi, .. } = block_bootstrap_mean(&growth, &self.resampling)?;
        Ok([lo, hi].map(|mean| finite((mean * self.bars_per_year).exp_m1())))
    }
}

/// Largest finite number in place of infinity: growth of a few bars can overflow when extrapolated to a year, and JSON has no
/// infinity.
fn finite(growth: f64) -> f64 {
    growth.min(f64::MAX)
}

/// Traded value at each close, starting without a position.
pub(super) fn traded_volume(positions: &[f64]) -> Vec<f64> {
    [0.0].iter().chain(positions).zip(positions).map(|(old, new)| (new - old).abs()).collect()
}

/// Return over each bar, after the costs of its trade.
pub(super) fn net_returns(positions: &[f64], trades: &[f64], returns: &[f64], cost: f64) -> Vec<f64> {
    let bars = positions.iter().zip(returns).zip(trades);
    // Returns are clipped at -100 %.
    bars.map(|((position, market), trade)| (position * market - trade * cost).max(-1.0)).collect()
}

/// Mean and standard deviation of the values of some rows.
fn moments(values: &[f64], rows: &[usize]) -> (f64, f64) {
    let n = as_f64(rows.len());
    let mean = rows.iter().map(|&row| values[row]).sum::<f64>() / n;
    let variance = rows.iter().map(|&row| (values[row] - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::Sides;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }

    /// Computed by hand: buy at a cost of 0.15 %, gain 10 %; hold, lose 10 %; sell at the same cost.
    #[test]
    fn returns_and_costs_compound() {
        let resampling = BootstrapConfig { block: 1, resamples: 50, seed: 1, confidence: 0.95, sides: Sides::TwoSided };
        let simulator = StrategySimulator {
            returns: &[0.1, -0.1, 0.5],
            cost: 0.0015,
            bars_per_year: 365.0,
            resampling,
            enough: true,
        };
        let strategy = simulator.simulate(&[1.0, 1.0, 0.0]).unwrap();
        close(strategy.total_return, (1.1 - 0.0015) * 0.9 * (1.0 - 0.0015) - 1.0);
        close(strategy.turnover, 2.0);
        close(strategy.costs_paid, 0.003);
        close(strategy.max_drawdown, 1.0 - 0.9 * (1.0 - 0.0015));
        close(strategy.invested, 2.0 / 3.0);
        close(strategy.annual_turnover, 2.0 / 3.0 * 365.0);
        close(strategy.returns.iter().sum(), 0.1 - 0.0015 - 0.1 - 0.0015);
        assert_eq!(strategy.equity.len(), 4);
        let short = simulator.simulate(&[-1.0, -1.0, -1.0]).unwrap();
        close(short.total_return, (1.0 - 0.1 - 0.0015) * 1.1 * 0.5 - 1.0);
        let flat = simulator.simulate(&[0.0; 3]).unwrap();
        assert_eq!((flat.sharpe, flat.equity.last()), (None, Some(&1.0)));
        let ruined = StrategySimulator { returns: &[1.5, 0.1], ..simulator }.simulate(&[-1.0, -1.0]).unwrap();
        close(ruined.total_return, -1.0);
        assert!(
            StrategySimulator { returns: &[9.0], bars_per_year: 8_766.0, ..simulator }
                .simulate(&[1.0])
                .unwrap()
                .annual_return
                .unwrap()
                .is_finite()
        );
    }

    /// Regression: a week was reported with a Sharpe ratio of -13, its interval, and -99.999998 % per year.
    #[test]
    fn too_few_bars_have_no_sharpe_and_no_annual_return() {
        let resampling = BootstrapConfig { block: 1, resamples: 50, seed: 1, confidence: 0.95, sides: Sides::TwoSided };
        let returns = [-0.03, -0.02, -0.04, -0.03, -0.02, -0.05, -0.03];
        let simulator =
            StrategySimulator { returns: &returns, cost: 0.0015, bars_per_year: 365.0, resampling, enough: false };
        let week = simulator.simulate(&[1.0; 7]).unwrap();
        assert_eq!((week.annual_return, week.sharpe, week.sharpe_interval), (None, None, None));
        assert!(week.total_return < -0.2, "the return itself is reported");
    }
}
