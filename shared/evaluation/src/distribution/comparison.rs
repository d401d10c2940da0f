//! Comparison of losses with those of a baseline.

use crate::{
    bootstrap::{BootstrapConfig, BootstrapError, BootstrapInterval, block_bootstrap_skill, skill},
    enough_to_judge,
};
use serde::{Deserialize, Serialize};

/// Skill with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// `1 - loss / loss of the baseline`, at most 1; above zero is better. Zero if the loss of the baseline is zero.
    pub skill: f64,
    /// Two-sided 95 % block-bootstrap interval, low and high; absent below
    /// [`MIN_INDEPENDENT`](crate::MIN_INDEPENDENT) independent outcomes.
    pub interval: Option<[f64; 2]>,
}

impl Skill {
    /// Skill of the losses of successive forecasts against those of a baseline on the same rows. Outcomes overlap over `horizon` bars.
    ///
    /// # Errors
    /// Returns an error for settings without resamples.
    ///
    /// # Panics
    /// Panics if the lengths differ.
    pub fn measure(
        losses: &[f64],
        baseline: &[f64],
        horizon: u32,
        resamples: usize,
        seed: u64,
    ) -> Result<Self, BootstrapError> {
        let n = losses.len();
        if !enough_to_judge(n, horizon) {
            return Ok(Self { skill: skill(losses.iter().sum(), baseline.iter().sum()), interval: None });
        }
        let resampling = BootstrapConfig::two_sided(n, horizon, resamples, seed);
        let BootstrapInterval { estimate, lo, hi } = block_bootstrap_skill(losses, baseline, &resampling)?;
        Ok(Self { skill: estimate, interval: Some([lo, hi]) })
    }

    /// True if the interval lies above zero.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.interval.is_some_and(|[lo, _]| lo > 0.0)
    }
}

/// CRPS of a baseline, and the skill of the forecasts over it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BaselineComparison {
    /// Number of decisions with this baseline.
    pub n: usize,
    /// Mean CRPS of the baseline, in log returns.
    pub crps: f64,
    /// Mean CRPS of the forecasts on the same decisions, in log returns.
    pub forecast_crps: f64,
    /// CRPS skill of the forecasts over the baseline.
    #[serde(flatten)]
    pub crps_skill: Skill,
}
