//! Distribution part of an artifact.

use super::DistributionModel;
use crate::ArtifactError;
use contracts::distribution::{DistributionEvidence, Quantiles};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};

/// Forecast distribution of the move, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistributionPart {
    /// Id of the run that fitted it. It differs from the run of the artifact in a version that kept an earlier distribution.
    pub run: String,
    /// Decision time of the last training move. Only later moves are out of sample.
    pub trained_through: Timestamp,
    /// Evidence of the hold-out; that of the folds in a refit, which has no hold-out.
    pub evidence: DistributionEvidence,
    /// Climatology of the training moves.
    pub climatology: Quantiles,
    /// Model; absent if the folds had too few moves or a loss to climatology. Then every forecast is climatology.
    pub model: Option<DistributionModel>,
}

impl DistributionPart {
    /// Checks that every number is finite and in its range.
    pub(crate) fn validate(&self, series: &Series) -> Result<(), ArtifactError> {
        let finite = |name, value: f64| {
            let expected = "a finite number";
            if value.is_finite() { Ok(()) } else { Err(ArtifactError::Value { name, value, expected }) }
        };
        finite("CRPS skill", self.evidence.crps_skill)?;
        self.evidence.crps_skill_ci.into_iter().flatten().try_for_each(|bound| finite("CRPS skill", bound))?;
        self.model.as_ref().map_or(Ok(()), |model| model.validate(series))
    }
}
