//! Response of train.

use crate::rollback::RollbackResponse;
use aws::{RunRecord, StoredEvaluation, StoredVerdict};
use contracts::events::TrainReason;
use market_data::Series;
use serde::Serialize;

/// Outcome of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainStatus {
    /// A challenger was trained and evaluated.
    Trained,
    /// The same run was finished before; the response is its result.
    AlreadyDone,
    /// The history is too short for a model; climatology serves.
    ClimatologyOnly,
}

/// Response: one result for one request, a list when SNS delivers several alerts at once.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum TrainResponse {
    /// Result of one training.
    Single(Box<TrainingResult>),
    /// Results of several trainings, one per alert.
    Batch(Vec<TrainingResult>),
    /// Result of a rollback.
    RolledBack(RollbackResponse),
}

/// Result of one training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingResult {
    /// Outcome.
    pub status: TrainStatus,
    /// Series that was trained.
    pub series: Series,
    /// Reason of the request.
    pub reason: TrainReason,
    /// Run id.
    pub run: String,
    /// Version that the run registered; absent if it registered none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// True if that version became champion.
    pub promoted: bool,
    /// True if that version was admitted to the shadow, where its live forecasts decide.
    pub admitted: bool,
    /// Version that replaced the champion by its live forecasts, before the training; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_promotion: Option<u32>,
    /// Version that serves now; absent if none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub champion: Option<u32>,
    /// Reasons of the gate, one sentence each.
    pub reasons: Vec<String>,
    /// Number of candidates that were evaluated.
    pub trials: usize,
    /// Number of rows with features and a label.
    pub rows: usize,
    /// Evaluation on the hold-out; null if there is none.
    pub evaluation: StoredEvaluation,
    /// Duration in milliseconds.
    pub duration_ms: u64,
}

impl TrainingResult {
    /// Result of a finished run.
    pub(crate) fn from_run(status: TrainStatus, record: &RunRecord, champion: Option<u32>) -> Self {
        Self {
            status,
            series: record.series.clone(),
            reason: record.reason,
            run: record.run.clone(),
            version: record.version,
            promoted: record.verdict.as_ref().is_some_and(StoredVerdict::is_promoted),
            admitted: record.verdict.as_ref().is_some_and(|verdict| !verdict.is_promoted() && verdict.is_admitted()),
            live_promotion: record.live_promotion,
            champion,
            reasons: record.verdict.as_ref().map_or_else(Vec::new, |verdict| verdict.reasons.clone()),
            trials: record.trials,
            rows: record.rows,
            evaluation: record.evaluation.clone(),
            duration_ms: record.duration_ms,
        }
    }
}
