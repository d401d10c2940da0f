//! What a training reports about the hold-out.

use crate::TrainError;
use domain::{
    bootstrap::{Resampling, Sides, block_bootstrap, default_block},
    forecast::Edge,
    metrics,
};
use jiff::Timestamp;
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
    /// Expected calibration error over ten bins.
    pub calibration_error: f64,
}

impl Scores {
    /// Scores probabilities.
    #[must_use]
    pub fn of(p: &[f64], up: &[bool]) -> Self {
        Self {
            log_loss: metrics::log_loss(p, up),
            brier: metrics::brier(p, up),
            accuracy: metrics::accuracy(p, up),
            auc: metrics::auc(p, up),
            calibration_error: metrics::expected_calibration_error(p, up, 10),
        }
    }
}

/// The challenger on the hold-out, next to its baselines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Rows.
    pub n: usize,
    /// Independent labels among them, about: `n / horizon`.
    pub n_effective: f64,
    /// The challenger.
    pub challenger: Scores,
    /// Its Brier skill over climatology.
    pub brier_skill: f64,
    /// The 95 % block-bootstrap interval of that.
    pub brier_skill_ci: [f64; 2],
    /// The base rate known at each decision time.
    pub climatology: Scores,
    /// The side of the last known label, with its hit rate in the training rows.
    pub persistence: Scores,
    /// 99 % up, always.
    pub always_up: Scores,
}

/// Brier skill of `p` over `base` and its two-sided 95 % interval.
pub(crate) fn brier_skill(
    p: &[f64],
    base: &[f64],
    up: &[bool],
    horizon: u32,
    resamples: usize,
    seed: u64,
) -> Result<(f64, [f64; 2]), TrainError> {
    let (own, theirs) = (metrics::squared_errors(p, up), metrics::squared_errors(base, up));
    let resampling = Resampling {
        block: default_block(up.len(), horizon as usize),
        resamples,
        seed,
        confidence: 0.95,
        sides: Sides::Two,
    };
    let interval = block_bootstrap(up.len(), &resampling, |rows| {
        let sum = |errors: &[f64]| rows.iter().map(|&row| errors[row]).sum::<f64>();
        1.0 - sum(&own) / sum(&theirs)
    })?;
    Ok((interval.mean, [interval.lo, interval.hi]))
}

/// The edge of a model with this shrinkage. One that was shrunk to the base rate has none, whatever chance did.
pub(crate) fn edge(shrinkage: f64, brier_skill: f64, brier_skill_ci: [f64; 2], n: usize) -> Edge {
    if shrinkage > 0.0 { Edge::from_skill(brier_skill, brier_skill_ci, n) } else { Edge { n, ..Edge::NONE } }
}
