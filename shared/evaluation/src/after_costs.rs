//! What following the forecasts was worth after costs: a check of economic sense, no promise.
//!
//! A forecast `h` bars ahead holds a position of `1/h` of the capital for `h` bars, so that every forecast counts the
//! same and positions of neighbours add up. A position is a share of the capital, traded at the close at which it is
//! decided and kept at its share until the next; trades that only keep a share are not charged. No interest, no
//! funding, no borrowing fee.

use super::{
    Costs, EvaluatedForecast, EvaluationInput, Strategy, enough_to_judge,
    strategy::{StrategySimulator, net_returns, traded_volume},
};
use crate::bootstrap::{BootstrapConfig, BootstrapError, default_block_length};
use contracts::forecast::Direction;
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Strategies beside each other, over the same bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyReturns {
    /// What each trade paid.
    #[serde(flatten)]
    pub costs: Costs,
    /// First close at which a position is taken.
    pub from: Timestamp,
    /// Close at which what is held is valued.
    pub through: Timestamp,
    /// Bars between.
    pub bars: usize,
    /// Long when it says up; flat when it says down or abstains.
    pub long_flat: Strategy,
    /// Long when it says up, short when it says down, flat when it abstains.
    pub long_short: Strategy,
    /// Long/flat without abstaining: whichever side of one half the probability lies on.
    pub every_long_flat: Strategy,
    /// Long/short without abstaining.
    #[serde(rename = "every_long_short")]
    pub unfiltered_long_short: Strategy,
    /// Bought at the first close and held.
    pub always_long: Strategy,
    /// Nothing ever bought.
    pub flat: Strategy,
}

impl StrategyReturns {
    /// From the first forecast to the bar that the strategies may hold to, which has to be a later one.
    ///
    /// # Errors
    /// [`BootstrapError`] for settings without resamples.
    pub fn new(input: &EvaluationInput<'_>, resampling: &BootstrapConfig) -> Result<Self, BootstrapError> {
        let EvaluationInput { series, bars, forecasts: judged, last_bar: through, settings, .. } = *input;
        let first = judged.first().map_or(through, |one| one.bar.min(through));
        let held_over = &bars[first..=through];
        let returns: Vec<f64> = held_over.windows(2).map(|pair| pair[1].close / pair[0].close - 1.0).collect();
        let horizon = series.horizon as usize;
        let block = default_block_length(returns.len(), horizon);
        let market = StrategySimulator {
            returns: &returns,
            cost: settings.costs.total(),
            bars_per_year: f64::from(series.interval.bars_per_year()),
            resampling: BootstrapConfig { block, ..*resampling },
            enough: enough_to_judge(returns.len(), series.horizon),
        };
        let follow = |position: &dyn Fn(&EvaluatedForecast) -> f64| {
            let mut wanted = vec![0.0; returns.len()];
            for one in judged.iter().filter(|one| one.bar < through) {
                wanted[one.bar - first] = position(one);
            }
            market.simulate(&overlapping_positions(&wanted, horizon))
        };
        let called = |one: &EvaluatedForecast, down: f64| match one.direction {
            Direction::Up => 1.0,
            Direction::Down => down,
            Direction::Abstain => 0.0,
        };
        let every = |one: &EvaluatedForecast, down: f64| side(one.probability_up, down);
        Ok(Self {
            costs: settings.costs,
            from: series.decision_time(bars[first].time),
            through: series.decision_time(bars[through].time),
            bars: returns.len(),
            long_flat: follow(&|one| called(one, 0.0))?,
            long_short: follow(&|one| called(one, -1.0))?,
            every_long_flat: follow(&|one| every(one, 0.0))?,
            unfiltered_long_short: follow(&|one| every(one, -1.0))?,
            always_long: market.simulate(&vec![1.0; returns.len()])?,
            flat: market.simulate(&vec![0.0; returns.len()])?,
        })
    }
}

/// The returns, after costs, of being long above one half and short below at every bar, as [`AfterCosts::every_long_short`]
/// is: to compare forecasters by, whose intervals nobody asks for. `returns` are those of the bar after each forecast.
#[must_use]
pub fn unfiltered_long_short_returns(probabilities: &[f64], returns: &[f64], horizon: usize, costs: Costs) -> Vec<f64> {
    let wanted: Vec<f64> = probabilities.iter().map(|&p| side(p, -1.0)).collect();
    let positions = overlapping_positions(&wanted, horizon);
    net_returns(&positions, &traded_volume(&positions), returns, costs.total())
}

/// Long above one half, else `down`.
fn side(probability: f64, down: f64) -> f64 {
    if probability > 0.5 { 1.0 } else { down }
}

/// The position at each close: the mean of what the last `horizon` forecasts want.
fn overlapping_positions(wanted: &[f64], horizon: usize) -> Vec<f64> {
    let share = |bar: usize| {
        let recent = &wanted[(bar + 1).saturating_sub(horizon)..=bar];
        recent.iter().sum::<f64>() / as_f64(horizon)
    };
    (0..wanted.len()).map(share).collect()
}

#[cfg(test)]
mod tests;
