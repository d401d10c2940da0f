//! The scores of probabilities, without intervals.

use super::reliability::BINS;
use crate::metrics;
use serde::{Deserialize, Serialize};

/// The scores of one forecaster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean log loss in nats, lower is better.
    pub log_loss: f64,
    /// Brier score, lower is better.
    pub brier: f64,
    /// Share of rows on the right side of one half.
    pub accuracy: f64,
    /// Area under the ROC curve; absent when only one outcome occurred.
    pub auc: Option<f64>,
    /// Expected calibration error over ten equally wide bins.
    pub calibration_error: f64,
}

impl Scores {
    /// Scores probabilities of `up` against what happened; see [`crate::metrics`] for each.
    #[must_use]
    pub fn of(p: &[f64], up: &[bool]) -> Self {
        Self {
            log_loss: metrics::log_loss(p, up),
            brier: metrics::brier_score(p, up),
            accuracy: metrics::accuracy(p, up),
            auc: metrics::auc(p, up),
            calibration_error: metrics::expected_calibration_error(p, up, BINS),
        }
    }
}
