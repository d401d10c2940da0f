//! Comparison of losses with those of a baseline.

use crate::bootstrap::{BootstrapConfig, BootstrapError, BootstrapInterval, block_bootstrap_skill, skill};
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
    /// Skill of `losses` against those of a baseline on the same rows. `resampling` is absent with too few rows for an interval.
    pub(super) fn measure(
        losses: &[f64],
        baseline: &[f64],
        resampling: Option<&BootstrapConfig>,
    ) -> Result<Self, BootstrapError> {
        let Some(resampling) = resampling else {
            return Ok(Self { skill: skill(losses.iter().sum(), baseline.iter().sum()), interval: None });
        };
        let BootstrapInterval { estimate, lo, hi } = block_bootstrap_skill(losses, baseline, resampling)?;
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
