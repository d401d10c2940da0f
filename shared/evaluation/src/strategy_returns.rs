//! Returns of simple strategies that follow the forecasts, after costs. They check economic relevance and are no estimate
//! of future returns.
//!
//! A forecast with a horizon of `h` bars holds a position of `1/h` of the capital for `h` bars. All forecasts have the same
//! weight, and overlapping positions add up. A position is a share of the capital. It is traded at the close of its
//! decision, and is then rebalanced without costs until the next one. Interest, funding and borrowing fees are not included.

use super::{
    Costs, EvaluatedForecast, EvaluationInput, Strategy, enough_to_judge,
    strategy::{StrategySimulator, net_returns, traded_volume},
};
use crate::bootstrap::{BootstrapConfig, BootstrapError, default_block_length};
use contracts::{
    costs::{CallReturns, CostVerdict},
    forecast::{Direction, EdgeVerdict},
};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Returns of several strategies over the same bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyReturns {
    /// Costs of each trade.
    #[serde(flatten)]
    pub costs: Costs,
    /// First close at which a position can be taken.
    pub from: Timestamp,
    /// Close at which open positions are valued.
    pub through: Timestamp,
    /// Number of bars between these closes.
    pub bars: usize,
    /// Long for up; flat for down and abstain.
    pub long_flat: Strategy,
    /// Long for up, short for down, flat for abstain.
    pub long_short: Strategy,
    /// Long/flat without abstaining: long for a probability above one half, else flat.
    pub every_long_flat: Strategy,
    /// Long/short without abstaining: long for a probability above one half, else short.
    #[serde(rename = "every_long_short")]
    pub unfiltered_long_short: Strategy,
    /// Long from the first close to the last.
    pub always_long: Strategy,
    /// No position.
    pub flat: Strategy,
}

impl StrategyReturns {
    /// Simulates the strategies from the first forecast to [`EvaluationInput::last_bar`], which must be a later bar.
    ///
    /// # Errors
    /// Returns an error for settings without resamples.
    pub fn new(input: &EvaluationInput<'_>, resampling: &BootstrapConfig) -> Result<Self, BootstrapError> {
        let EvaluationInput { series, bars, forecasts, last_bar, settings, .. } = *input;
        let first = forecasts.first().map_or(last_bar, |forecast| forecast.bar.min(last_bar));
        let held_bars = &bars[first..=last_bar];
        let returns: Vec<f64> = held_bars.windows(2).map(|pair| pair[1].close / pair[0].close - 1.0).collect();
        let horizon = series.horizon as usize;
        let block = default_block_length(returns.len(), horizon);
        let simulator = StrategySimulator {
            returns: &returns,
            cost: settings.costs.total(),
            bars_per_year: f64::from(series.interval.bars_per_year()),
            resampling: BootstrapConfig { block, ..*resampling },
            enough: enough_to_judge(returns.len(), series.horizon),
        };
        let follow = |position: &dyn Fn(&EvaluatedForecast) -> f64| {
            let mut targets = vec![0.0; returns.len()];
            for forecast in forecasts.iter().filter(|forecast| forecast.bar < last_bar) {
                targets[forecast.bar - first] = position(forecast);
            }
            simulator.simulate(&overlapping_positions(&targets, horizon))
        };
        let by_direction = |forecast: &EvaluatedForecast, down: f64| match forecast.direction {
            Direction::Up => 1.0,
            Direction::Down => down,
            Direction::Abstain => 0.0,
        };
        let by_probability = |forecast: &EvaluatedForecast, down: f64| side(forecast.probability_up, down);
        Ok(Self {
            costs: settings.costs,
            from: series.decision_time(bars[first].time),
            through: series.decision_time(bars[last_bar].time),
            bars: returns.len(),
            long_flat: follow(&|forecast| by_direction(forecast, 0.0))?,
            long_short: follow(&|forecast| by_direction(forecast, -1.0))?,
            every_long_flat: follow(&|forecast| by_probability(forecast, 0.0))?,
            unfiltered_long_short: follow(&|forecast| by_probability(forecast, -1.0))?,
            always_long: simulator.simulate(&vec![1.0; returns.len()])?,
            flat: simulator.simulate(&vec![0.0; returns.len()])?,
        })
    }

    /// Returns of following the calls of a model with this edge: those of [`StrategyReturns::long_short`]. They support a
    /// conclusion only if there were calls and enough outcomes.
    #[must_use]
    pub fn after_costs(&self, edge: EdgeVerdict) -> CallReturns {
        let Strategy { annual_return, annual_return_interval, sharpe, sharpe_interval, invested, .. } =
            &self.long_short;
        let is_measured = *invested > 0.0 && annual_return_interval.is_some();
        let verdict = match annual_return_interval {
            None => CostVerdict::Unknown,
            Some(_) if edge != EdgeVerdict::Shown => CostVerdict::NotTradable,
            Some(_) if !is_measured => CostVerdict::Unknown,
            Some([lo, _]) if *lo > 0.0 => CostVerdict::Tradable,
            Some(_) => CostVerdict::NotTradable,
        };
        let Costs { fee, slippage } = self.costs;
        CallReturns {
            verdict,
            annual_return: annual_return.filter(|_| is_measured),
            annual_return_ci: annual_return_interval.filter(|_| is_measured),
            sharpe: sharpe.filter(|_| is_measured),
            sharpe_ci: sharpe_interval.filter(|_| is_measured),
            fee: Some(fee),
            slippage: Some(slippage),
        }
    }
}

/// Returns after costs of [`StrategyReturns::unfiltered_long_short`], without the rest of its evaluation. `returns` are
/// those of the bar after each forecast.
#[must_use]
pub fn unfiltered_long_short_returns(probabilities: &[f64], returns: &[f64], horizon: usize, costs: Costs) -> Vec<f64> {
    let targets: Vec<f64> = probabilities.iter().map(|&p| side(p, -1.0)).collect();
    let positions = overlapping_positions(&targets, horizon);
    net_returns(&positions, &traded_volume(&positions), returns, costs.total())
}

/// Position for a probability: long above one half, else `down`.
fn side(probability: f64, down: f64) -> f64 {
    if probability > 0.5 { 1.0 } else { down }
}

/// Position at each close: the mean of the last `horizon` targets.
fn overlapping_positions(targets: &[f64], horizon: usize) -> Vec<f64> {
    let position = |bar: usize| {
        let recent = &targets[(bar + 1).saturating_sub(horizon)..=bar];
        recent.iter().sum::<f64>() / as_f64(horizon)
    };
    (0..targets.len()).map(position).collect()
}

#[cfg(test)]
mod tests;
