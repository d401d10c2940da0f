//! One training of one series: lock, load, learn, store, judge, announce.

use crate::{
    error::TrainFunctionError,
    publisher::{ModelPublisher, NewModel},
    record,
    response::{TrainStatus, TrainingResult},
    run_id::run_id,
    verdict::{NextStep, next_step},
};
use aws::{
    EventBus, LockError, LockTable, ModelRegistry, ObjectStore, Promotion, RunRecord, RunStatus, RunStore,
    VersionRecord, VersionStatus,
};
use bar_store::BarStore;
use contracts::events::{GateDecisionEvent, TrainRequest};
use jiff::{SignedDuration, Timestamp};
use lambda_shell::Invocation;
use market_data::{Bar, Series, fingerprint::dataset_hash};
use model::Artifact;
use monitoring::MonitoringConfig;
use observability::{MetricUnit, Metrics, error_chain, peak_memory_mb};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::Span;
use training::{SearchProgress, TrainError, TrainingConfig, TrainingInput, TrainingOutcome, Trial};

/// The share of an invocation's time for which it waits for another training of the series: the rest has to do for its own.
const MAX_LOCK_WAIT_SHARE: f64 = 0.4;
/// Share of the time that a search may take; the rest is for the fit, the evaluation and the stores.
const SEARCH_SHARE: f64 = 0.6;
/// Number of runs back in which a training looks for those that died.
const RECENT_RUNS: usize = 50;
/// How many versions back a repeated run looks for its own.
const RECENT_VERSIONS: usize = 50;

/// Everything a training needs, made once.
#[derive(Debug)]
pub struct TrainService {
    /// The bucket.
    pub storage: ObjectStore,
    /// The model registry.
    pub registry: ModelRegistry,
    /// Runs and trials.
    pub runs: RunStore,
    /// One training at a time per series.
    pub locks: LockTable,
    /// Where verdicts are announced.
    pub bus: EventBus,
    /// Overrides of the training configuration.
    pub training: Option<Value>,
    /// Overrides of the drift configuration.
    pub drift: Option<Value>,
}

/// What is fixed before anything is fitted.
struct TrainingPlan {
    request: TrainRequest,
    config: TrainingConfig,
    drift: MonitoringConfig,
    bars: Vec<Bar>,
    /// The close of the last bar that may be used.
    as_of: Timestamp,
    /// What the registry records as the time of its changes.
    at: Timestamp,
    invocation: Invocation,
}

impl TrainService {
    /// Trains the series, unless the same run is finished. Another training of the series is waited for.
    ///
    /// # Errors
    /// [`TrainingError`]; the run is then on record as failed, unless the training could not begin or its lock was lost.
    pub async fn train_exclusively(
        &self,
        request: &TrainRequest,
        invocation: &Invocation,
    ) -> Result<TrainingResult, TrainFunctionError> {
        let name = format!("train#{}", request.series);
        let patience = invocation.time_left().mul_f64(MAX_LOCK_WAIT_SHARE);
        let work = async { self.train_locked(request, &invocation.restarted()).await };
        let result = self.locks.hold(&name, invocation.started_at, patience, work).await;
        emit_status_metric(&request.series, &result);
        result
    }

    async fn train_locked(
        &self,
        request: &TrainRequest,
        invocation: &Invocation,
    ) -> Result<TrainingResult, TrainFunctionError> {
        let series = &request.series;
        let mut config = TrainingConfig::overridden(series, self.training.as_ref())?;
        config.seed = request.seed.unwrap_or(config.seed);
        let drift = MonitoringConfig::with_overrides(series.interval, self.drift.as_ref())?;
        // A time that is yet to come is none that a model can be trained at.
        let at = request.as_of.unwrap_or(invocation.started_at).min(invocation.started_at);
        let as_of = series.interval.floor(at);
        let bars = BarStore::new(&self.storage).bars_until(&series.symbol, series.interval, as_of).await?;
        let dataset_hash = dataset_hash(&bars);
        let run = run_id(series, as_of, &dataset_hash, &config).map_err(TrainFunctionError::json("configuration"))?;
        // Of the span that the handler has opened.
        Span::current().record("run", &run);
        let known = self.runs.get(series, &run).await.map_err(TrainFunctionError::aws("look up the run"))?;
        if let Some(finished) = known.as_ref().filter(|record| record.status == RunStatus::Finished) {
            let alias = self.registry.alias(series).await.map_err(TrainFunctionError::aws("find the champion"))?;
            return Ok(TrainingResult::from_run(TrainStatus::AlreadyDone, finished, alias.map(|alias| alias.version)));
        }
        let mut record = record::started_run(request, &run, &config, &dataset_hash, invocation.started_at)?;
        if let Some(earlier) = known {
            record::carry_over(&mut record, earlier);
        }
        self.put(&record).await?;
        self.close_abandoned(&record, invocation).await?;
        let plan =
            TrainingPlan { request: request.clone(), config, drift, bars, as_of, at, invocation: invocation.clone() };
        match self.run(&plan, &mut record).await {
            Ok(summary) => Ok(summary),
            Err(error) => {
                record.verdict = json!({"promoted": false, "error": error_chain(&error)});
                finish(&mut record, RunStatus::Failed, invocation);
                // The first error is the one to report.
                if let Err(second) = self.put(&record).await {
                    tracing::warn!(run, error = error_chain(&second), "the failed run is not on record");
                }
                Err(error)
            }
        }
    }

    /// Ends the records of runs that still say `running`: under the series' lock no other training of it is alive.
    async fn close_abandoned(&self, own: &RunRecord, invocation: &Invocation) -> Result<(), TrainFunctionError> {
        let latest = self.runs.latest(&own.series, RECENT_RUNS).await;
        for mut record in latest.map_err(TrainFunctionError::aws("look for abandoned runs"))? {
            if record.status == RunStatus::Running && record.run != own.run {
                tracing::warn!(run = record.run, "its invocation died: this training takes its place");
                let error = format!("its invocation died before it ended; run {} was made in its place", own.run);
                record.verdict = json!({"promoted": false});
                if let Some(version) = self.register(&record).await? {
                    self.close_version(&mut record, &version).await?;
                }
                record.verdict["error"] = error.into();
                (record.status, record.finished_at) = (RunStatus::Failed, Some(invocation.started_at));
                self.runs.close(&record).await.map_err(TrainFunctionError::aws("close an abandoned run"))?;
            }
        }
        Ok(())
    }

    /// Says what became of the version of a run that died: it was promoted, or it never will be.
    async fn close_version(&self, record: &mut RunRecord, version: &VersionRecord) -> Result<(), TrainFunctionError> {
        record::apply_version(record, version);
        if record.verdict.is_null() {
            record.verdict = json!({});
        }
        let served = matches!(version.status, VersionStatus::Champion | VersionStatus::Retired);
        record.verdict["promoted"] = served.into();
        if served {
            let summary = TrainingResult::from_run(TrainStatus::Trained, record, Some(version.version));
            return self.publish_verdict(&summary, version, version.version).await;
        }
        let rejected = self.registry.reject(&record.series, version.version).await;
        rejected.map_err(TrainFunctionError::aws("reject the version")).map(|_| ())
    }

    async fn run(&self, plan: &TrainingPlan, record: &mut RunRecord) -> Result<TrainingResult, TrainFunctionError> {
        let series = &plan.request.series;
        let shelves =
            ModelPublisher { storage: &self.storage, registry: &self.registry, clock: plan.invocation.started_at };
        let champion = shelves.ensure_champion(series, &plan.bars, &plan.config, &plan.drift, plan.at).await?;
        let version = match self.register(record).await? {
            // An earlier attempt got this far: its verdict stands.
            Some(version) => {
                let trials = self.runs.trials(&record.run, usize::MAX).await;
                record.trials = trials.map_err(TrainFunctionError::aws("count the trials"))?.len();
                version
            }
            None => match self.train_challenger(plan, record, &shelves, &champion).await? {
                Ok(version) => version,
                Err(too_short) => {
                    record.verdict = json!({"promoted": false, "reasons": [error_chain(too_short.as_ref())]});
                    finish(record, RunStatus::Finished, &plan.invocation);
                    self.put(record).await?;
                    return Ok(TrainingResult::from_run(TrainStatus::ClimatologyOnly, record, Some(champion.version)));
                }
            },
        };
        record::apply_version(record, &version);
        let serving = self.promote(plan, record, &version, &champion).await?;
        finish(record, RunStatus::Finished, &plan.invocation);
        let summary = TrainingResult::from_run(TrainStatus::Trained, record, Some(serving));
        self.publish_verdict(&summary, &version, serving).await?;
        self.put(record).await?;
        emit_metrics(&summary);
        Ok(summary)
    }

    async fn register(&self, record: &RunRecord) -> Result<Option<VersionRecord>, TrainFunctionError> {
        let versions = self.registry.versions(&record.series, RECENT_VERSIONS).await;
        let versions = versions.map_err(TrainFunctionError::aws("list the versions"))?;
        Ok(versions.into_iter().find(|version| version.run == record.run))
    }

    /// Fits, judges and registers a challenger; the inner error says that the history is too short.
    async fn train_challenger(
        &self,
        plan: &TrainingPlan,
        record: &mut RunRecord,
        shelves: &ModelPublisher<'_>,
        champion: &VersionRecord,
    ) -> Result<Result<VersionRecord, Box<TrainError>>, TrainFunctionError> {
        let artifact = shelves.load_artifact(champion).await?;
        let unusable = artifact.as_ref().err().cloned();
        let outcome = match self.fit(plan, record.run.clone(), artifact.ok()).await? {
            Ok(outcome) => outcome,
            Err(error) if error.needs_more_bars() => return Ok(Err(error)),
            Err(source) => return Err(TrainFunctionError::Train { series: record.series.clone(), source }),
        };
        (record.rows, record.trials) = (outcome.rows, outcome.trials.len());
        record.search = record::search_summary(&outcome)?;
        record.peak_memory_mb = peak_memory_mb();
        // A later attempt that finds the version registered has no other way to know these.
        self.put(record).await?;
        let trials = record::trials(&outcome.trials)?;
        self.runs.put_trials(&record.run, &trials).await.map_err(TrainFunctionError::aws("store the trials"))?;
        let mut verdict = outcome.verdict;
        verdict.reasons.extend(unusable);
        let made = NewModel {
            artifact: &outcome.artifact,
            bytes: outcome.bytes,
            drift_reference: Some(
                serde_json::to_value(outcome.drift_reference).map_err(TrainFunctionError::json("drift reference"))?,
            ),
            evaluation: serde_json::to_value(outcome.evaluation).map_err(TrainFunctionError::json("evaluation"))?,
            verdict: Some(serde_json::to_value(verdict).map_err(TrainFunctionError::json("verdict"))?),
            judged_against: Some(champion.version),
        };
        Ok(Ok(shelves.register(made, plan.at).await?))
    }

    /// Fits on a thread of its own: it takes seconds to minutes, in which the runtime has to stay responsive. Trials
    /// are stored as they are made, so that a later attempt at the same run goes on from there.
    async fn fit(
        &self,
        plan: &TrainingPlan,
        run: String,
        champion: Option<Artifact>,
    ) -> Result<Result<TrainingOutcome, Box<TrainError>>, TrainFunctionError> {
        let stored =
            self.runs.trials(&run, usize::MAX).await.map_err(TrainFunctionError::aws("look for earlier trials"))?;
        let known = record::restore_trials(&stored);
        let series = plan.request.series.clone();
        let (config, drift, bars, as_of) = (plan.config.clone(), plan.drift.clone(), plan.bars.clone(), plan.as_of);
        let deadline = plan.invocation.instant_at_share(SEARCH_SHARE);
        let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<Trial>>();
        let name = run.clone();
        let work = tokio::task::spawn_blocking(move || {
            // Whoever listened has gone away: the trials are stored at the end.
            let made = |trials: &[Trial]| drop(sender.send(trials.to_vec()));
            training::train(&TrainingInput {
                series: &series,
                bars: &bars,
                config: &config,
                drift: &drift,
                champion: champion.as_ref(),
                as_of,
                run: &run,
                progress: SearchProgress { previous_trials: &known, on_batch: &made, deadline },
            })
            .map_err(Box::new)
        });
        while let Some(trials) = receiver.recv().await {
            let records = record::trials(&trials)?;
            if let Err(error) = self.runs.put_trials(&name, &records).await {
                tracing::warn!(
                    run = name,
                    error = error_chain(&error),
                    "a later attempt would make these trials again"
                );
            }
        }
        work.await.map_err(|source| TrainFunctionError::Stopped { what: "training", source })
    }

    /// Does what is left to do about the verdict, and returns the version that serves afterwards.
    async fn promote(
        &self,
        plan: &TrainingPlan,
        record: &mut RunRecord,
        version: &VersionRecord,
        champion: &VersionRecord,
    ) -> Result<u32, TrainFunctionError> {
        let mut serving = champion.version;
        let mut step = next_step(version, serving);
        if step == NextStep::Promote {
            let reason = record.verdict["reasons"][0].as_str().unwrap_or("passed the gate").to_owned();
            let (series, number, at) = (&record.series, version.version, plan.at);
            let promotion = self.registry.promote(series, number, version.judged_against, &reason, at).await;
            match promotion.map_err(TrainFunctionError::aws("promote the version"))? {
                Promotion::Promoted => return Ok(number),
                Promotion::Conflict { current } if current == Some(number) => return Ok(number),
                // Another write was in the way, no other version: the retry decides anew.
                Promotion::Conflict { current } if current == version.judged_against => {
                    let target = format!("the alias of {}", record.series);
                    let busy = aws::Error::Contention { target, attempts: 1 };
                    return Err(TrainFunctionError::aws("promote the version")(busy));
                }
                Promotion::Conflict { current } => {
                    serving = current.unwrap_or(serving);
                    step = NextStep::RejectOutdated;
                }
            }
        }
        if step == NextStep::RejectOutdated {
            // Whoever moved the alias meanwhile, it was not against this challenger that they decided.
            record::refuse(record, version.judged_against);
        }
        if step != NextStep::Nothing {
            let rejected = self.registry.reject(&record.series, version.version).await;
            rejected.map_err(TrainFunctionError::aws("reject the version"))?;
        }
        Ok(serving)
    }

    async fn publish_verdict(
        &self,
        summary: &TrainingResult,
        version: &VersionRecord,
        serving: u32,
    ) -> Result<(), TrainFunctionError> {
        let verdict = GateDecisionEvent {
            series: summary.series.clone(),
            run: version.run.clone(),
            version: version.version,
            champion: serving,
            promoted: summary.promoted,
            reasons: summary.reasons.clone(),
        };
        let published = self.bus.publish(verdict.detail_type(), &verdict).await;
        published.map_err(TrainFunctionError::aws("announce the verdict"))
    }

    async fn put(&self, record: &RunRecord) -> Result<(), TrainFunctionError> {
        self.runs.put(record).await.map_err(TrainFunctionError::aws("store the run"))
    }
}

fn finish(record: &mut RunRecord, status: RunStatus, invocation: &Invocation) {
    let elapsed = invocation.elapsed();
    record.status = status;
    record.duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let elapsed = SignedDuration::try_from(elapsed).unwrap_or_default();
    record.finished_at = Some(invocation.started_at.saturating_add(elapsed).unwrap_or(invocation.started_at));
}

/// Counts the end of a training, for the alarms. A training that could not begin for another one, or was taken over, is neither.
fn emit_status_metric(series: &Series, result: &Result<TrainingResult, TrainFunctionError>) {
    let metric = match result {
        Err(TrainFunctionError::Lock { source: LockError::Held { .. } | LockError::Lost { .. } }) => return,
        Ok(_) => "TrainingFinished",
        Err(_) => "TrainingFailed",
    };
    Metrics::for_series(series.slug()).count(metric, 1).emit();
}

fn emit_metrics(summary: &TrainingResult) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of one invocation")]
    let duration = summary.duration_ms as f64;
    let log_loss = summary.evaluation["forecast"]["log_loss"].as_f64().unwrap_or(f64::NAN);
    let skill = summary.evaluation["forecast"]["brier_skill"].as_f64().unwrap_or(f64::NAN);
    Metrics::for_series(summary.series.slug())
        .count("Promoted", usize::from(summary.promoted))
        .count("Rejected", usize::from(!summary.promoted))
        .value("HoldoutLogLoss", log_loss, MetricUnit::None)
        .value("HoldoutBrierSkill", skill, MetricUnit::None)
        .value("TrainingDuration", duration, MetricUnit::Milliseconds)
        .emit();
}
