//! Scores of probabilities, without intervals.

use super::reliability::BINS;
use crate::metrics;
use serde::{Deserialize, Serialize};

/// Scores of one forecaster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean log loss, in nats; lower is better.
    pub log_loss: f64,
    /// Brier score, 0 to 1; lower is better.
    pub brier: f64,
    /// Share of rows on the correct side of one half.
    pub accuracy: f64,
    /// Area under the ROC curve; absent if only one outcome occurred.
    pub auc: Option<f64>,
    /// Expected calibration error over ten bins of equal width.
    pub calibration_error: f64,
}

impl Scores {
    /// Scores probabilities of up against outcomes; [`crate::metrics`] defines each score.
    #[must_use]
    pub fn measure(p: &[f64], outcomes: &[bool]) -> Self {
        Self {
            log_loss: metrics::log_loss(p, outcomes),
            brier: metrics::brier_score(p, outcomes),
            accuracy: metrics::accuracy(p, outcomes),
            auc: metrics::auc(p, outcomes),
            calibration_error: metrics::expected_calibration_error(p, outcomes, BINS),
        }
    }
}
