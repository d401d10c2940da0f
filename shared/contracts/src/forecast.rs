//! Forecast: a probability of `up` made at a decision time, with its evidence.

mod edge;
mod validity;

pub use crate::status::ForecastStatus;
pub use edge::{Edge, EdgeVerdict};
pub use validity::{Direction, Novelty, Validity};

use crate::{Warning, distribution::Distribution, expert::ExpertForecast};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lowest probability of a forecast. Some thousand bars do not support certainty, and one miss would cost too much.
pub const MIN_PROBABILITY: f64 = 0.01;
/// Highest probability of a forecast, for the same reason.
pub const MAX_PROBABILITY: f64 = 0.99;

/// Model of a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelRef {
    /// Version in the registry of the series, from 1; 0 if no model serves.
    pub version: u32,
    /// Time of the training.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// SHA-256 of the artifact, hex; absent for version 0, which is the base rate of the bars and no model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Data of a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DataRef {
    /// Open time of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub last_bar: Timestamp,
    /// Seconds from the close of that bar to the response.
    pub age_seconds: i64,
    /// Origin of the bars, as a label, or `caller`.
    pub source: String,
}

/// Forecast of a series: direction, probability and the evidence for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// Series that is forecast.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// Close of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub decision_time: Timestamp,
    /// Time at which the outcome is known.
    #[schema(value_type = String, format = DateTime)]
    pub target_time: Timestamp,
    /// Close of the next bar. From then on the forecast has the warning `expired` and abstains.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Probability that the close at the target time is higher, between 0 and 1.
    #[schema(minimum = 0, maximum = 1)]
    pub probability_up: f64,
    /// Validity of the forecast: `ok`, or the most serious status among those of its warnings. A stored forecast has the
    /// status of its decision time; `ok` in records of older releases.
    #[serde(default)]
    #[schema(required)]
    pub status: ForecastStatus,
    /// Direction; `abstain` unless the status is `ok`, the edge is shown, and `interval` excludes one half.
    pub direction: Direction,
    /// Uncertainty band of `probability_up`, low and high.
    #[schema(min_items = 2, max_items = 2)]
    pub interval: [f64; 2],
    /// Edge of the champion over climatology.
    pub edge: Edge,
    /// Climatology at the decision time: the base rate of `up` over all labels settled by then, as it is stored with the
    /// forecast. Before the first stored forecast it is that of the champion's training. For bars that end before the newest
    /// stored forecast it is that of those bars.
    #[schema(minimum = 0, maximum = 1)]
    pub baseline_probability: f64,
    /// Forecasts of the experts behind `probability_up`, with their weights, climatology first. Absent where it is the champion's alone: for
    /// the caller's own bars, and for the latest bar until its forecast is stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experts: Vec<ExpertForecast>,
    /// Distribution of the move; absent where nothing is known of it: before the first settled move, and in records of older
    /// releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Distance of the features from the training rows; null for a base rate, and for a model of an older release.
    #[serde(default)]
    #[schema(required)]
    pub novelty: Option<Novelty>,
    /// Model that made the forecast.
    pub model: ModelRef,
    /// Data that the forecast was made from.
    pub data: DataRef,
    /// Warnings, such as stale data, simulated bars or a replaced model.
    pub warnings: Vec<Warning>,
}
