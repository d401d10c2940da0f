//! How the settled forecasts did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Realised performance of settled forecasts against climatology. Log losses in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Settled forecasts with an outcome.
    pub n: usize,
    /// Decision time of the first.
    pub from: Timestamp,
    /// Decision time of the last.
    pub through: Timestamp,
    /// Mean log loss.
    pub log_loss: f64,
    /// Mean log loss of the base rate that was known at each decision time.
    pub log_loss_climatology: f64,
    /// How much worse than climatology: the difference of the two.
    pub excess: f64,
    /// Its 95 % block-bootstrap interval, low and high.
    pub excess_ci: [f64; 2],
    /// Its one-sided lower bound at the configured confidence.
    pub excess_lower: f64,
    /// Whether that is evidence of worse forecasts: enough forecasts, an excess worth a training, a bound above zero.
    pub worse: bool,
    /// Mean Brier score.
    pub brier: f64,
    /// Mean Brier score of climatology.
    pub brier_climatology: f64,
    /// `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: f64,
    /// Its 95 % block-bootstrap interval, low and high.
    pub brier_skill_ci: [f64; 2],
    /// Forecasts that pointed up or down.
    pub called: usize,
    /// Share of those that were right; `None` without any.
    pub hit_rate: Option<f64>,
}
