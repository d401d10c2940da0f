//! The run and its trials as they are stored.

use crate::{error::TrainingError, identity::CODE_VERSION};
use aws::{RunRecord, RunStatus, TrialRecord, VersionRecord};
use domain::{event::TrainRequest, features::FEATURE_SET};
use jiff::Timestamp;
use learn::{Candidate, Ended, TrainingConfig, TrainingOutcome, Trial};
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
        search: Value::Null,
        peak_memory_mb: None,
        holdout_log_loss: None,
        evaluation: Value::Null,
        verdict: Value::Null,
        version: None,
    })
}

/// What an earlier attempt at the run had learnt before it was stopped.
pub(crate) fn carry_over(record: &mut RunRecord, earlier: RunRecord) {
    let RunRecord { rows, trials, search, peak_memory_mb, .. } = earlier;
    (record.rows, record.trials, record.search, record.peak_memory_mb) = (rows, trials, search, peak_memory_mb);
}

/// What the search was, and what its folds say; without the trials, which have records of their own.
pub(crate) fn searched(outcome: &TrainingOutcome) -> Result<Value, TrainingError> {
    let folds = outcome.trials.iter().map(|trial| trial.fold_log_losses.len()).max().unwrap_or(0);
    let pruned = outcome.trials.iter().filter(|trial| trial.fold_log_losses.len() < folds).count();
    let json = |value| TrainingError::json("search")(value);
    Ok(json!({
        "trials": outcome.trials.len(),
        "pruned": pruned,
        "ended": match outcome.ended {
            Ended::Trials => "trials",
            Ended::Time => "time",
        },
        "train_rows": outcome.train_rows,
        "selection": serde_json::to_value(&outcome.selection).map_err(json)?,
        "out_of_fold": serde_json::to_value(outcome.evidence).map_err(json)?,
        "shrinkage": outcome.artifact.shrinkage,
        "importances": serde_json::to_value(&outcome.importances).map_err(json)?,
    }))
}

/// What a registered version says about its run.
pub(crate) fn describe(record: &mut RunRecord, version: &VersionRecord) {
    record.version = Some(version.version);
    record.holdout_log_loss = version.evaluation["forecast"]["log_loss"].as_f64();
    record.evaluation = version.evaluation.clone();
    record.verdict = version.verdict.clone().unwrap_or_default();
}

/// The trials as they are stored.
pub(crate) fn trials(trials: &[Trial]) -> Result<Vec<TrialRecord>, TrainingError> {
    trials
        .iter()
        .map(|trial| {
            Ok(TrialRecord {
                index: u32::try_from(trial.index).unwrap_or(u32::MAX),
                family: trial.candidate.family().to_string(),
                params: serde_json::to_value(trial.candidate).map_err(TrainingError::json("trial"))?,
                log_loss: Some(trial.log_loss).filter(|loss| loss.is_finite()),
                metrics: json!({
                    "fold_log_losses": trial.fold_log_losses,
                    "block_log_losses": trial.block_log_losses,
                    "sharpe": trial.sharpe,
                    "weight": trial.weight,
                }),
            })
        })
        .collect()
}

/// The trials of an earlier attempt, up to the first that is missing or that this code cannot read.
pub(crate) fn known(records: &[TrialRecord]) -> Vec<Trial> {
    let numbers = |value: &Value| serde_json::from_value::<Vec<f64>>(value.clone()).ok();
    let read = |(record, index): (&TrialRecord, usize)| {
        Some(Trial {
            index: usize::try_from(record.index).ok().filter(|stored| *stored == index)?,
            candidate: serde_json::from_value::<Candidate>(record.params.clone()).ok()?,
            log_loss: record.log_loss?,
            fold_log_losses: numbers(&record.metrics["fold_log_losses"])?,
            block_log_losses: numbers(&record.metrics["block_log_losses"])?,
            sharpe: record.metrics["sharpe"].as_f64(),
            weight: 0.0,
        })
    };
    records.iter().zip(0..).map_while(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use learn::{Hyper, Inputs};

    fn trial(index: usize) -> Trial {
        Trial {
            index,
            candidate: Candidate {
                half_life: Some(2.0),
                ..Candidate::unweighted(Hyper::Logistic { ridge: 0.1, inputs: Inputs::All })
            },
            log_loss: 0.69,
            fold_log_losses: vec![0.68, 0.7],
            block_log_losses: vec![],
            sharpe: None,
            weight: 0.0,
        }
    }

    #[test]
    fn a_later_attempt_knows_the_trials_that_were_stored() {
        let made = [trial(0), trial(1), trial(2)];
        let mut records = trials(&made).unwrap();
        assert_eq!(known(&records), made);
        records.remove(1);
        assert_eq!(known(&records), made[..1], "what comes after a hole was not asked for yet");
        records[0].params = json!({"family": "oracle"});
        assert!(known(&records).is_empty());
    }
}
