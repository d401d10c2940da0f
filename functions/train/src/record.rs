//! The run and its trials as they are stored.

use crate::{error::TrainingError, identity::CODE_VERSION};
use aws::{RunRecord, RunStatus, TrialRecord, VersionRecord};
use domain::{event::TrainRequest, features::FEATURE_SET};
use jiff::Timestamp;
use learn::{TrainingConfig, Trial};
use serde_json::{Value, json};

/// A run that begins.
pub(crate) fn begun(
    request: &TrainRequest,
    run: &str,
    config: &TrainingConfig,
    dataset_hash: &str,
    clock: Timestamp,
) -> Result<RunRecord, TrainingError> {
    Ok(RunRecord {
        series: request.series.clone(),
        run: run.to_owned(),
        reason: request.reason,
        started_at: clock,
        finished_at: None,
        duration_ms: 0,
        status: RunStatus::Running,
        dataset_hash: dataset_hash.to_owned(),
        feature_set: FEATURE_SET.to_owned(),
        config: serde_json::to_value(config).map_err(TrainingError::json("configuration"))?,
        seed: config.seed,
        code_version: CODE_VERSION.to_owned(),
        rows: 0,
        trials: 0,
        holdout_log_loss: None,
        evaluation: Value::Null,
        verdict: Value::Null,
        version: None,
    })
}

/// What a registered version says about its run.
pub(crate) fn describe(record: &mut RunRecord, version: &VersionRecord) {
    record.version = Some(version.version);
    record.holdout_log_loss = version.evaluation["challenger"]["log_loss"].as_f64();
    record.evaluation = version.evaluation.clone();
    record.verdict = version.verdict.clone().unwrap_or_default();
}

/// The trials.
pub(crate) fn trials(trials: &[Trial]) -> Result<Vec<TrialRecord>, TrainingError> {
    trials
        .iter()
        .zip(0..)
        .map(|(trial, index)| {
            Ok(TrialRecord {
                index,
                family: trial.candidate.family().to_string(),
                params: serde_json::to_value(trial.candidate).map_err(TrainingError::json("trial"))?,
                log_loss: Some(trial.log_loss).filter(|loss| loss.is_finite()),
                metrics: json!({"fold_log_losses": trial.fold_log_losses, "chosen": trial.chosen}),
            })
        })
        .collect()
}
