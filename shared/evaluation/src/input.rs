//! What is evaluated.

use crate::selection::TrialStatistics;
use contracts::forecast::Direction;
use jiff::Timestamp;
use market_data::{Bar, Series};
use serde::{Deserialize, Serialize};

/// A forecast with the baselines of its decision time and, once settled, its outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluatedForecast {
    /// Index of the bar at whose close it was made.
    pub bar: usize,
    /// That close.
    pub decision_time: Timestamp,
    /// The forecast.
    pub probability_up: f64,
    /// Climatology at the decision time.
    pub baseline_probability: f64,
    /// Persistence at the decision time.
    pub persistence_probability: f64,
    /// Band around the forecast, low and high.
    pub band: [f64; 2],
    /// Where it pointed.
    pub direction: Direction,
    /// Its outcome; `None` for a tie, a missing bar, and what is not settled.
    pub up: Option<bool>,
}

/// What trading costs, as shares of the traded value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// The exchange's: 0.001, what the larger ones take of a small taker.
    pub fee: f64,
    /// Between the close and the price that is got: 0.0005.
    pub slippage: f64,
}

impl Costs {
    /// Of a traded value of 1.
    pub(super) fn total(&self) -> f64 {
        self.fee + self.slippage
    }
}

impl Default for Costs {
    fn default() -> Self {
        Self { fee: 0.001, slippage: 0.0005 }
    }
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvaluationSettings {
    /// Bootstrap resamples of every interval.
    pub resamples: usize,
    /// Bootstrap seed of every interval.
    pub seed: u64,
    /// Fewest independent labels on which an edge is called one.
    pub min_effective: f64,
    /// What trading costs.
    pub costs: Costs,
}

/// Everything that decides an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationInput<'a> {
    /// What was forecast.
    pub series: &'a Series,
    /// Its bars, ascending; [`Judged::bar`] is an index into them.
    pub bars: &'a [Bar],
    /// The forecasts, ascending. The unsettled ones are followed by the strategies, but not scored.
    pub forecasts: &'a [EvaluatedForecast],
    /// Index of the last bar that the strategies may hold to: at its close all that is held is valued.
    pub last_bar: usize,
    /// Whether a model made any of them: base rates have no edge, whatever chance did.
    pub from_model: bool,
    /// How the model that forecasts was chosen, if by a search.
    pub selection: Option<&'a TrialStatistics>,
    /// How to evaluate.
    pub settings: &'a EvaluationSettings,
}
