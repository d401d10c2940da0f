//! Model that serves a series: the champion if its artifact is the registered one, else a fallback.

use aws::VersionRecord;
use contracts::{Warning, WarningCode, forecast::ModelRef};
use features::baselines::LabelCounts;
use jiff::Timestamp;
use market_data::Series;
use model::Artifact;
use observability::error_chain;
use std::sync::Arc;

/// Model that may serve.
#[derive(Debug, Clone)]
pub struct ServingModel {
    /// Registered version.
    pub record: VersionRecord,
    /// Verified artifact; climatology when that of the version cannot be used.
    pub artifact: Arc<Artifact>,
    /// Relation to the version that the alias names.
    pub status: ServingStatus,
}

/// Relation of a serving model to the version that the alias names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServingStatus {
    /// It is that version, as it was registered.
    Champion,
    /// It is another version; with the reason, in a sentence.
    Fallback(String),
    /// It is the base rate of a version whose artifact cannot be used; with the reason, in a sentence.
    BaseRate(String),
}

impl ServingStatus {
    /// Warning for the caller; none for the champion.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        match self {
            Self::Champion => None,
            Self::Fallback(reason) => Some(Warning::new(WarningCode::ModelReplaced, reason)),
            Self::BaseRate(reason) => Some(Warning::new(WarningCode::ModelUnusable, reason)),
        }
    }
}

/// Artifact that may not serve.
#[derive(Debug, thiserror::Error)]
#[error("model version {version} of {series} was refused: {reason}")]
pub struct ModelRejected {
    /// Series of the model.
    pub series: Series,
    /// Version in the registry.
    pub version: u32,
    /// Reason, in a sentence.
    pub reason: String,
}

impl ServingModel {
    /// Model of a version, from the bytes of its artifact object.
    ///
    /// # Errors
    /// The bytes are missing, differ from the registered ones, or are no artifact of this series that this code can read.
    pub fn from_verified_bytes(record: VersionRecord, bytes: Option<&[u8]>) -> Result<Self, ModelRejected> {
        let reject = |reason: String| ModelRejected { series: record.series.clone(), version: record.version, reason };
        let bytes = bytes.ok_or_else(|| reject(format!("there is no object {}", record.artifact_key)))?;
        let artifact = Artifact::from_bytes(bytes, &record.sha256).map_err(|error| reject(error_chain(&error)))?;
        if artifact.series != record.series {
            return Err(reject(format!("its artifact forecasts {}", artifact.series)));
        }
        Ok(Self { artifact: Arc::new(artifact), record, status: ServingStatus::Champion })
    }

    /// Base rate of a version whose artifact cannot be used.
    #[must_use]
    pub fn base_rate_of(record: VersionRecord, reason: &str) -> Self {
        let VersionRecord { series, base_rate, trained_at, run, edge, .. } = &record;
        let mut artifact = Artifact::climatology(series.clone(), *base_rate, *trained_at, *trained_at, run);
        // The record has the number of hold-out labels. The training has more labels, so the interval is wide enough.
        let labels = u32::try_from(edge.n).unwrap_or(u32::MAX);
        artifact.band_half_width = LabelCounts { ups: labels / 2, labels }.half_width(series.horizon);
        let reason = format!("{reason}; the forecast is the base rate of its training data");
        Self { artifact: Arc::new(artifact), record, status: ServingStatus::BaseRate(reason) }
    }

    /// The same model as the fallback for a version that cannot be used.
    #[must_use]
    pub fn as_fallback(mut self, reason: &str) -> Self {
        self.status = ServingStatus::Fallback(format!("{reason}; version {} serves instead", self.record.version));
        self
    }

    /// Reference to the model in a forecast.
    #[must_use]
    pub fn reference(&self) -> ModelRef {
        ModelRef {
            version: self.record.version,
            trained_at: self.record.trained_at,
            sha256: Some(self.record.sha256.clone()),
        }
    }

    /// Seconds since the model was trained.
    #[must_use]
    pub fn age_seconds(&self, now: Timestamp) -> i64 {
        now.as_second() - self.record.trained_at.as_second()
    }
}
