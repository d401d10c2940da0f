//! What the function answers.

use aws::RunRecord;
use contracts::events::TrainReason;
use market_data::Series;
use serde::Serialize;
use serde_json::Value;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainStatus {
    /// A challenger was trained and judged.
    Trained,
    /// The same run was finished before; this is its result.
    AlreadyDone,
    /// The history is too short for a model; climatology serves.
    ClimatologyOnly,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingResult {
    /// How it ended.
    pub status: TrainStatus,
    /// The series.
    pub series: Series,
    /// Why it was trained.
    pub reason: TrainReason,
    /// The run.
    pub run: String,
    /// The version that the run made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Whether the run's version became champion.
    pub promoted: bool,
    /// The version that serves now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub champion: Option<u32>,
    /// The gate's reasons, one sentence each.
    pub reasons: Vec<String>,
    /// How many candidates were tried.
    pub trials: usize,
    /// Rows with features and a label.
    pub rows: usize,
    /// Hold-out metrics.
    pub evaluation: Value,
    /// How long it took.
    pub duration_ms: u64,
}

impl TrainingResult {
    /// The answer of a finished run.
    pub(crate) fn from_run(status: TrainStatus, record: &RunRecord, champion: Option<u32>) -> Self {
        let reasons = record.verdict["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            status,
            series: record.series.clone(),
            reason: record.reason,
            run: record.run.clone(),
            version: record.version,
            promoted: record.verdict["promoted"] == true,
            champion,
            reasons: reasons.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            trials: record.trials,
            rows: record.rows,
            evaluation: record.evaluation.clone(),
            duration_ms: record.duration_ms,
        }
    }
}
