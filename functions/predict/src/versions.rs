//! Versions of a series with their evidence and their weights in the mixture.

use crate::baseline::StoredExperts;
use aws::{VersionRecord, VersionStatus};
use contracts::{
    Warning,
    expert::{Expert, ExpertForecast},
    forecast::Edge,
    report::{ChallengerSummary, LiveEvidence},
};
use jiff::Timestamp;
use market_data::Series;
use serde::Serialize;
use utoipa::ToSchema;

/// Answer of `GET /v1/series/{series}/versions`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionList {
    /// Slug of the series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// Decision time of the weights, that of the newest stored forecast; null where no mixture is stored.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub weights_at: Option<Timestamp>,
    /// Weights of the experts that are no versions: climatology and frequencies. Empty where no mixture is stored.
    pub experts: Vec<ExpertWeight>,
    /// Versions, newest first.
    pub versions: Vec<VersionEntry>,
    /// Warnings about parts that could not be read.
    pub warnings: Vec<Warning>,
}

/// Weight of one expert.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ExpertWeight {
    /// Name of the expert.
    #[schema(value_type = String, example = "climatology")]
    pub expert: Expert,
    /// Its weight in the mixture, from 0 to 1. The weights of all experts, versions included, add up to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: f64,
}

/// One version of the registry.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionEntry {
    /// Number in the registry of the series, from 1.
    pub version: u32,
    /// Present status.
    #[schema(value_type = crate::schema::VersionStatus)]
    pub status: VersionStatus,
    /// Model family.
    pub family: String,
    /// Time of the training.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// Time at which it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub registered_at: Timestamp,
    /// Id of the training run.
    pub run: String,
    /// SHA-256 of the artifact, in hex.
    pub sha256: String,
    /// Edge of its direction over climatology on the hold-out.
    pub edge: Edge,
    /// Log loss on the hold-out of its training, in nats; null without an evaluation.
    #[schema(required)]
    pub holdout_log_loss: Option<f64>,
    /// Brier skill on the hold-out of its training, at most 1; null without an evaluation.
    #[schema(required)]
    pub holdout_brier_skill: Option<f64>,
    /// Reasons of the verdict on it, one sentence each. The reason of a rollback is for operators alone.
    pub reasons: Vec<String>,
    /// Weight in the newest stored mixture, from 0 to 1; null if it does not forecast.
    #[schema(minimum = 0, maximum = 1, required)]
    pub weight: Option<f64>,
    /// Evidence from its live forecasts as a challenger, as of the newest report; null for a version that is not in the shadow
    /// there, and before its first outcome.
    #[schema(required)]
    pub live: Option<LiveEvidence>,
}

impl VersionList {
    /// List of `records`, with the weights of the newest stored forecast and the live evidence of the newest report.
    #[must_use]
    pub fn new(
        series: Series,
        records: Vec<VersionRecord>,
        experts: Option<&StoredExperts>,
        challengers: &[ChallengerSummary],
    ) -> Self {
        let experts = experts.filter(|experts| !experts.forecasts.is_empty());
        let forecasts = experts.map_or(&[][..], |experts| &experts.forecasts);
        let others = forecasts.iter().filter(|forecast| !matches!(forecast.expert, Expert::Version(_)));
        let weight = |forecast: &ExpertForecast| ExpertWeight { expert: forecast.expert, weight: forecast.weight };
        Self {
            series,
            weights_at: experts.map(|experts| experts.decision_time),
            experts: others.map(weight).collect(),
            versions: records.into_iter().map(|record| VersionEntry::new(record, experts, challengers)).collect(),
            warnings: Vec::new(),
        }
    }
}

impl VersionEntry {
    fn new(record: VersionRecord, experts: Option<&StoredExperts>, challengers: &[ChallengerSummary]) -> Self {
        let live = challengers.iter().find(|challenger| challenger.version == record.version);
        Self {
            version: record.version,
            status: record.status,
            family: record.family,
            trained_at: record.trained_at,
            registered_at: record.registered_at,
            run: record.run,
            sha256: record.sha256,
            edge: record.edge,
            holdout_log_loss: record.evaluation.log_loss(),
            holdout_brier_skill: record.evaluation.brier_skill(),
            reasons: record.verdict.map(|verdict| verdict.reasons).unwrap_or_default(),
            weight: experts.and_then(|experts| experts.weight(Expert::Version(record.version))),
            live: live.map(|challenger| challenger.evidence.clone()),
        }
    }
}
