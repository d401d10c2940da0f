//! Which model answers: the champion if its artifact is what was registered, else the next best.

use aws::VersionRecord;
use contracts::{Warning, WarningCode, forecast::ModelRef};
use features::baselines::LabelCounts;
use jiff::Timestamp;
use market_data::Series;
use model::Artifact;
use observability::error_chain;
use std::sync::Arc;

/// A model that may answer.
#[derive(Debug, Clone)]
pub struct ServingModel {
    /// Its registered version.
    pub record: VersionRecord,
    /// Its artifact, verified; climatology when its own could not be used.
    pub artifact: Arc<Artifact>,
    /// What it stands for.
    pub standing: ServingStatus,
}

/// What a model that answers stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServingStatus {
    /// The version that the alias names, as it was registered.
    Champion,
    /// A sound version, instead of the one that the alias names; why, in a sentence.
    Fallback(String),
    /// The base rate of a version whose artifact cannot be used; why, in a sentence.
    BaseRate(String),
}

impl ServingStatus {
    /// For whoever reads the answer.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        match self {
            Self::Champion => None,
            Self::Fallback(why) => Some(Warning::new(WarningCode::ModelReplaced, why)),
            Self::BaseRate(why) => Some(Warning::new(WarningCode::ModelUnusable, why)),
        }
    }
}

/// Why an artifact may not serve.
#[derive(Debug, thiserror::Error)]
#[error("model version {version} of {series} was refused: {reason}")]
pub struct ModelRejected {
    /// Its series.
    pub series: Series,
    /// Its version.
    pub version: u32,
    /// In a sentence.
    pub reason: String,
}

impl ServingModel {
    /// The model of a version, from the bytes that its key holds.
    ///
    /// # Errors
    /// The bytes are missing, not those registered, or not an artifact of this series that this code can read.
    pub fn from_verified_bytes(record: VersionRecord, bytes: Option<&[u8]>) -> Result<Self, ModelRejected> {
        let refuse = |reason: String| ModelRejected { series: record.series.clone(), version: record.version, reason };
        let bytes = bytes.ok_or_else(|| refuse(format!("there is no object {}", record.artifact_key)))?;
        let artifact = Artifact::from_bytes(bytes, &record.sha256).map_err(|error| refuse(error_chain(&error)))?;
        if artifact.series != record.series {
            return Err(refuse(format!("its artifact forecasts {}", artifact.series)));
        }
        Ok(Self { artifact: Arc::new(artifact), record, standing: ServingStatus::Champion })
    }

    /// The base rate of a version whose artifact cannot be used.
    #[must_use]
    pub fn base_rate_of(record: VersionRecord, reason: &str) -> Self {
        let VersionRecord { series, base_rate, trained_at, run, edge, .. } = &record;
        let mut artifact = Artifact::climatology(series.clone(), *base_rate, *trained_at, *trained_at, run);
        // The record says how many labels the hold-out had; those of the training are more, so the interval is wide enough.
        let labels = u32::try_from(edge.n).unwrap_or(u32::MAX);
        artifact.band_half_width = LabelCounts { ups: labels / 2, labels }.half_width(series.horizon);
        let why = format!("{reason}; the forecast is the base rate of its training data");
        Self { artifact: Arc::new(artifact), record, standing: ServingStatus::BaseRate(why) }
    }

    /// The same model, standing in for one that could not be used.
    #[must_use]
    pub fn as_fallback(mut self, reason: &str) -> Self {
        self.standing = ServingStatus::Fallback(format!("{reason}; version {} serves instead", self.record.version));
        self
    }

    /// How a forecast names it.
    #[must_use]
    pub fn reference(&self) -> ModelRef {
        ModelRef {
            version: self.record.version,
            trained_at: self.record.trained_at,
            sha256: Some(self.record.sha256.clone()),
        }
    }

    /// Seconds since it was trained.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> i64 {
        now.as_second() - self.record.trained_at.as_second()
    }
}
