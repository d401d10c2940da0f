//! Stored form of a run and its trials.

use crate::{error::TrainFunctionError, run_id::CODE_VERSION};
use aws::{RunRecord, RunStatus, StoredEvaluation, TrialRecord, VersionRecord};
use contracts::events::TrainRequest;
use evaluation::selection::TrialStatistics;
use features::FEATURE_SET;
use jiff::{SignedDuration, Timestamp};
use lambda_shell::Invocation;
use serde::Serialize;
use serde_json::{Value, json};
use training::{
    Candidate, CrossValidationScore, FeatureImportance, SearchStop, TrainingConfig, TrainingOutcome, Trial,
    distribution::DistributionSearch,
};

/// Record of a run that starts.
pub(crate) fn started_run(
    request: &TrainRequest,
    run: &str,
    config: &TrainingConfig,
    dataset_hash: &str,
    now: Timestamp,
) -> Result<RunRecord, TrainFunctionError> {
    Ok(RunRecord {
        series: request.series.clone(),
        run: run.to_owned(),
        reason: request.reason,
        alert: request.alert.clone(),
        started_at: now,
        finished_at: None,
        duration_ms: 0,
        status: RunStatus::Running,
        dataset_hash: dataset_hash.to_owned(),
        feature_set: FEATURE_SET.to_owned(),
        config: serde_json::to_value(config).map_err(TrainFunctionError::json("configuration"))?,
        seed: config.seed,
        code_version: CODE_VERSION.to_owned(),
        rows: 0,
        trials: 0,
        search: Value::Null,
        peak_memory_mb: None,
        holdout_log_loss: None,
        evaluation: StoredEvaluation::default(),
        verdict: None,
        version: None,
        live_promotion: None,
    })
}

/// Takes over what an earlier attempt at the run stored before it was stopped. The alert that requested the run stays on record,
/// whatever request finishes it.
pub(crate) fn carry_over(record: &mut RunRecord, earlier: RunRecord) {
    let RunRecord { rows, trials, search, peak_memory_mb, reason, alert, live_promotion, .. } = earlier;
    record.live_promotion = live_promotion;
    if alert.is_some() {
        (record.reason, record.alert) = (reason, alert);
    }
    (record.rows, record.trials, record.search, record.peak_memory_mb) = (rows, trials, search, peak_memory_mb);
}

/// Summary of the search and of its folds. The trials have records of their own.
#[derive(Serialize)]
struct SearchSummary<'a> {
    trials: usize,
    pruned: usize,
    ended: SearchStop,
    train_rows: usize,
    selection: &'a TrialStatistics,
    out_of_fold: CrossValidationScore,
    /// Scores of the out-of-fold distributions.
    distribution: Option<&'a DistributionSearch>,
    shrinkage: f64,
    importances: &'a [FeatureImportance],
    /// Candidates of the model, for a refit.
    candidates: &'a [Candidate],
}

/// Summary of the search as JSON.
///
/// # Errors
/// It has no JSON.
pub(crate) fn search_summary(outcome: &TrainingOutcome) -> Result<Value, TrainFunctionError> {
    let summary = SearchSummary {
        trials: outcome.trials.len(),
        pruned: Trial::pruned(&outcome.trials),
        ended: outcome.ended,
        train_rows: outcome.train_rows,
        selection: &outcome.selection,
        out_of_fold: outcome.evidence,
        distribution: outcome.distribution_search.as_ref(),
        shrinkage: outcome.artifact.shrinkage,
        importances: &outcome.importances,
        candidates: &outcome.candidates,
    };
    serde_json::to_value(summary).map_err(TrainFunctionError::json("search"))
}

/// Ends a run with its status, duration and time.
pub(crate) fn finish(record: &mut RunRecord, status: RunStatus, invocation: &Invocation) {
    let elapsed = invocation.elapsed();
    record.status = status;
    record.duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let elapsed = SignedDuration::try_from(elapsed).unwrap_or_default();
    record.finished_at = Some(invocation.started_at.saturating_add(elapsed).unwrap_or(invocation.started_at));
}

/// Copies to the run what its registered version records.
pub(crate) fn apply_version(record: &mut RunRecord, version: &VersionRecord) {
    record.version = Some(version.version);
    record.holdout_log_loss = version.evaluation.log_loss();
    record.evaluation = version.evaluation.clone();
    record.verdict = version.verdict.clone();
}

/// Withdraws a promotion, because the champion that the challenger was judged against no longer serves. The reason does not depend
/// on the time of the call.
pub(crate) fn withdraw_promotion(record: &mut RunRecord, judged_against: Option<u32>) {
    let against =
        judged_against.map_or_else(|| "no recorded version".to_owned(), |version| format!("version {version}"));
    let reason = format!("not promoted: judged against {against}, but another version served by then");
    let verdict = record.verdict.get_or_insert_default();
    verdict.promoted = Some(false);
    verdict.reasons.push(reason);
}

/// Stored form of trials.
pub(crate) fn trials(trials: &[Trial]) -> Result<Vec<TrialRecord>, TrainFunctionError> {
    trials
        .iter()
        .map(|trial| {
            Ok(TrialRecord {
                index: u32::try_from(trial.index).unwrap_or(u32::MAX),
                family: trial.candidate.family().to_string(),
                params: serde_json::to_value(trial.candidate).map_err(TrainFunctionError::json("trial"))?,
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

/// Candidates of the model in the summary of a search; `None` if this code cannot read them, or there are none.
pub(crate) fn restore_candidates(search: &Value) -> Option<Vec<Candidate>> {
    let candidates: Vec<Candidate> = serde_json::from_value(search.get("candidates")?.clone()).ok()?;
    (!candidates.is_empty()).then_some(candidates)
}

/// Trials of an earlier attempt, up to the first that is missing or that this code cannot read.
pub(crate) fn restore_trials(records: &[TrialRecord]) -> Vec<Trial> {
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
    use contracts::events::{AlertRef, TrainReason};
    use training::{FeatureSubset, Hyperparameters};

    fn trial(index: usize) -> Trial {
        Trial {
            index,
            candidate: Candidate {
                half_life: Some(2.0),
                ..Candidate::unweighted(Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::All })
            },
            log_loss: 0.69,
            fold_log_losses: vec![0.68, 0.7],
            block_log_losses: vec![],
            sharpe: None,
            weight: 0.0,
        }
    }

    #[test]
    fn a_run_keeps_the_alert_that_requested_it() {
        let series: market_data::Series = "eth-usd-1d-h1".parse().unwrap();
        let config = TrainingConfig::for_series(&series);
        let alert = AlertRef {
            as_of: Timestamp::UNIX_EPOCH,
            version: 3,
            rules: vec!["severe_shift".to_owned()],
            report_key: "reports/x.html".to_owned(),
        };
        let request = |reason, alert| TrainRequest { series: series.clone(), reason, as_of: None, seed: None, alert };
        let started = |reason, alert| {
            started_run(&request(reason, alert), "run", &config, "hash", Timestamp::UNIX_EPOCH).unwrap()
        };
        let mut finished = started(TrainReason::Schedule, None);
        carry_over(&mut finished, started(TrainReason::Drift, Some(alert.clone())));
        assert_eq!((finished.reason, finished.alert), (TrainReason::Drift, Some(alert.clone())));
        let mut finished = started(TrainReason::Drift, Some(alert.clone()));
        carry_over(&mut finished, started(TrainReason::Schedule, None));
        assert_eq!((finished.reason, finished.alert), (TrainReason::Drift, Some(alert)));
    }

    #[test]
    fn a_later_attempt_restores_stored_trials() {
        let stored = [trial(0), trial(1), trial(2)];
        let mut records = trials(&stored).unwrap();
        assert_eq!(restore_trials(&records), stored);
        records.remove(1);
        assert_eq!(restore_trials(&records), stored[..1], "trials after a missing one are not restored");
        records[0].params = json!({"family": "oracle"});
        assert!(restore_trials(&records).is_empty());
    }
}
