//! Inputs of an evaluation.

use crate::selection::TrialStatistics;
use contracts::{costs::Costs, forecast::Direction};
use jiff::Timestamp;
use market_data::{Bar, Series};
use serde::{Deserialize, Serialize};

/// Forecast with the baselines of its decision time and, once settled, its outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluatedForecast {
    /// Index of the last bar used.
    pub bar: usize,
    /// Close of that bar.
    pub decision_time: Timestamp,
    /// Probability of up.
    pub probability_up: f64,
    /// Climatology at the decision time.
    pub baseline_probability: f64,
    /// Persistence at the decision time.
    pub persistence_probability: f64,
    /// Uncertainty band, low and high.
    pub band: [f64; 2],
    /// Direction of the forecast.
    pub direction: Direction,
    /// Outcome, true for up; absent for a tie, a missing bar and an unsettled forecast.
    pub up: Option<bool>,
}

/// Settings of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvaluationSettings {
    /// Number of bootstrap resamples for each interval.
    pub resamples: usize,
    /// Seed of the bootstrap for each interval.
    pub seed: u64,
    /// Minimum number of independent labels for a shown edge.
    pub min_effective: f64,
    /// Costs of trading.
    pub costs: Costs,
}

/// Inputs of an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationInput<'a> {
    /// Series of the forecasts.
    pub series: &'a Series,
    /// Bars of the series, ascending; [`EvaluatedForecast::bar`] is an index into them.
    pub bars: &'a [Bar],
    /// Forecasts, ascending. The strategies also follow unsettled forecasts, which have no scores.
    pub forecasts: &'a [EvaluatedForecast],
    /// Index of the last bar, at whose close the strategies value open positions.
    pub last_bar: usize,
    /// True if a model made any of the forecasts. Base rates have no edge, even if they are better by chance.
    pub from_model: bool,
    /// Statistics of the search that selected the model; absent without a search.
    pub selection: Option<&'a TrialStatistics>,
    /// Settings of an evaluation.
    pub settings: &'a EvaluationSettings,
}
