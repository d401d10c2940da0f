//! The use case: one training of one series under its lock, from the bars to a published verdict.

use crate::{
    error::TrainFunctionError,
    live_gate::LiveGate,
    metrics,
    next_step::{NextStep, next_step},
    plan::TrainingPlan,
    publisher::{ModelPublisher, NewModel},
    record,
    response::{TrainStatus, TrainingResult},
    run_id::run_id,
    shadow::{ShadowEntry, add_refit},
};
use aws::{
    AwsClients, Config, ConfigError, EventBus, ForecastStore, LockTable, ModelRegistry, ObjectStore, Promotion,
    RunRecord, RunStatus, RunStore, StoredEvaluation, StoredVerdict, VersionRecord, VersionStatus,
};
use bar_store::BarStore;
use contracts::{
    costs::Costs,
    events::{GateDecisionEvent, TrainRequest},
};
use evaluation::gate::{GateConfig, PromotedParts};
use lambda_shell::Invocation;
use market_data::fingerprint::dataset_hash;
use model::Artifact;
use monitoring::MonitoringConfig;
use observability::{error_chain, peak_memory_mb};
use serde_json::Value;
use tokio::sync::mpsc;
use tracing::Span;
use training::{HoldOutRole, SearchProgress, TrainError, TrainingConfig, TrainingInput, TrainingOutcome, Trial};

/// Share of the invocation's time for which it waits for another training of the series.
const MAX_LOCK_WAIT_SHARE: f64 = 0.4;
/// Share of the invocation's time for the search; the rest is for the fit, the evaluation and the stores.
const SEARCH_SHARE: f64 = 0.6;
/// Number of latest runs among which a training looks for abandoned ones.
const RECENT_RUNS: usize = 50;
/// Number of latest versions among which a run looks for its own, and counts the earlier trainings.
pub(crate) const RECENT_VERSIONS: usize = 50;

/// Clients and configuration of train, made once per process.
#[derive(Debug)]
pub struct TrainService {
    /// The bucket.
    pub storage: ObjectStore,
    /// The model registry.
    pub registry: ModelRegistry,
    /// Store of runs and trials.
    pub runs: RunStore,
    /// Store of the forecasts, with those of the challengers.
    pub forecasts: ForecastStore,
    /// Locks: one training at a time for each series.
    pub locks: LockTable,
    /// Bus on which verdicts are published.
    pub bus: EventBus,
    /// Overrides of the training configuration, if any.
    pub training: Option<Value>,
    /// Overrides of the monitoring configuration, if any.
    pub drift: Option<Value>,
    /// Costs of trading.
    pub costs: Costs,
}

impl TrainService {
    /// Makes the service from the environment's configuration.
    ///
    /// # Errors
    /// The configuration is incomplete.
    pub fn new(config: &Config, clients: &AwsClients) -> Result<Self, ConfigError> {
        Ok(Self {
            storage: clients.storage()?,
            registry: clients.registry()?,
            runs: clients.runs()?,
            forecasts: clients.forecasts()?,
            locks: clients.locks()?,
            bus: clients.bus()?,
            training: config.training.clone(),
            drift: config.drift.clone(),
            costs: config.costs,
        })
    }

    /// Trains the series, unless the same run is finished. A training of the series that is already running is waited for.
    ///
    /// # Errors
    /// [`TrainFunctionError`]; the run is then recorded as failed, unless the training could not begin or its lock was lost.
    pub async fn train_exclusively(
        &self,
        request: &TrainRequest,
        invocation: &Invocation,
    ) -> Result<TrainingResult, TrainFunctionError> {
        let lock = format!("train#{}", request.series);
        let max_wait = invocation.time_left().mul_f64(MAX_LOCK_WAIT_SHARE);
        let work = async { self.train_locked(request, &invocation.restarted()).await };
        let result = self.locks.hold(&lock, invocation.started_at, max_wait, work).await;
        metrics::emit_status(&request.series, &result);
        result
    }

    async fn train_locked(
        &self,
        request: &TrainRequest,
        invocation: &Invocation,
    ) -> Result<TrainingResult, TrainFunctionError> {
        let series = &request.series;
        let mut config = TrainingConfig::with_overrides(series, self.training.as_ref())?;
        config.seed = request.seed.unwrap_or(config.seed);
        let drift = MonitoringConfig::with_overrides(series.interval, self.drift.as_ref())?;
        // A model cannot be trained in the future.
        let at = request.as_of.unwrap_or(invocation.started_at).min(invocation.started_at);
        let as_of = series.interval.floor(at);
        let bars = BarStore::new(&self.storage).bars_until(&series.symbol, series.interval, as_of).await?;
        let dataset_hash = dataset_hash(&bars);
        let run = run_id(series, as_of, &dataset_hash, &config, self.costs)
            .map_err(TrainFunctionError::json("configuration"))?;
        // Field of the span that the handler opened.
        Span::current().record("run", &run);
        let earlier = self.runs.get(series, &run).await.map_err(TrainFunctionError::aws("look up the run"))?;
        if let Some(finished) = earlier.as_ref().filter(|record| record.status == RunStatus::Finished) {
            let alias = self.registry.alias(series).await.map_err(TrainFunctionError::aws("find the champion"))?;
            return Ok(TrainingResult::from_run(TrainStatus::AlreadyDone, finished, alias.map(|alias| alias.version)));
        }
        let mut record = record::started_run(request, &run, &config, &dataset_hash, invocation.started_at)?;
        if let Some(earlier) = earlier {
            record::carry_over(&mut record, earlier);
        }
        self.put(&record).await?;
        self.close_abandoned(&record, invocation).await?;
        let plan =
            TrainingPlan { request: request.clone(), config, drift, bars, as_of, at, invocation: invocation.clone() };
        match self.run(&plan, &mut record).await {
            Ok(result) => Ok(result),
            Err(error) => {
                record.verdict = Some(StoredVerdict::failed(error_chain(&error)));
                record::finish(&mut record, RunStatus::Failed, invocation);
                // The first error is the one to report.
                if let Err(second) = self.put(&record).await {
                    tracing::warn!(run, error = error_chain(&second), "failed to record the failed run");
                }
                Err(error)
            }
        }
    }

    /// Closes runs that are still recorded as running. Under the lock of the series no other training of it is alive.
    async fn close_abandoned(&self, own: &RunRecord, invocation: &Invocation) -> Result<(), TrainFunctionError> {
        let latest = self.runs.latest(&own.series, RECENT_RUNS).await;
        for mut record in latest.map_err(TrainFunctionError::aws("look for abandoned runs"))? {
            if record.status == RunStatus::Running && record.run != own.run {
                tracing::warn!(run = record.run, "closed an abandoned run");
                let error = format!("its invocation died before it ended; run {} replaced it", own.run);
                record.verdict = Some(StoredVerdict::not_promoted(Vec::new()));
                if let Some(version) = self.registered_version(&record).await? {
                    self.close_version(&mut record, &version).await?;
                }
                record.verdict.get_or_insert_default().error = Some(error);
                (record.status, record.finished_at) = (RunStatus::Failed, Some(invocation.started_at));
                self.runs.close(&record).await.map_err(TrainFunctionError::aws("close an abandoned run"))?;
            }
        }
        Ok(())
    }

    /// Closes the version of an abandoned run: it was promoted, or is rejected now.
    async fn close_version(&self, record: &mut RunRecord, version: &VersionRecord) -> Result<(), TrainFunctionError> {
        record::apply_version(record, version);
        let was_promoted = matches!(version.status, VersionStatus::Champion | VersionStatus::Retired);
        record.verdict.get_or_insert_default().promoted = Some(was_promoted);
        if was_promoted {
            let result = TrainingResult::from_run(TrainStatus::Trained, record, Some(version.version));
            return self.publish_verdict(&result, version, version.version).await;
        }
        let rejected = self.registry.reject(&record.series, version.version).await;
        rejected.map_err(TrainFunctionError::aws("reject the version")).map(|_| ())
    }

    /// Trains, decides and publishes.
    async fn run(&self, plan: &TrainingPlan, record: &mut RunRecord) -> Result<TrainingResult, TrainFunctionError> {
        let series = &plan.request.series;
        let publisher =
            ModelPublisher { storage: &self.storage, registry: &self.registry, clock: plan.invocation.started_at };
        let champion = publisher.ensure_champion(series, &plan.bars, &plan.config, &plan.drift, plan.at).await?;
        let gate = LiveGate { registry: &self.registry, forecasts: &self.forecasts, plan };
        let evidence = gate.evidence(&champion).await?;
        let champion = self.promote_proven(&gate, &publisher, record, champion, &evidence).await?;
        let version = match self.registered_version(record).await? {
            // An earlier attempt registered it: its verdict stands.
            Some(version) => {
                let trials = self.runs.trials(&record.run, usize::MAX).await;
                record.trials = trials.map_err(TrainFunctionError::aws("count the trials"))?.len();
                version
            }
            None => match self.train_challenger(plan, record, &publisher, &champion).await? {
                Ok(version) => version,
                Err(too_short) => {
                    record.verdict = Some(StoredVerdict::not_promoted(vec![error_chain(too_short.as_ref())]));
                    record::finish(record, RunStatus::Finished, &plan.invocation);
                    self.put(record).await?;
                    return Ok(TrainingResult::from_run(TrainStatus::ClimatologyOnly, record, Some(champion.version)));
                }
            },
        };
        record::apply_version(record, &version);
        let shadow = ShadowEntry { plan, registry: &self.registry, evidence: &evidence };
        let serving = self.promote(plan, record, &version, &champion, &shadow).await?;
        if version.verdict.as_ref().is_some_and(|verdict| verdict.is_promoted() || verdict.is_admitted()) {
            add_refit(plan, record, &version, &publisher, &shadow).await?;
        }
        record::finish(record, RunStatus::Finished, &plan.invocation);
        let result = TrainingResult::from_run(TrainStatus::Trained, record, Some(serving));
        self.publish_verdict(&result, &version, serving).await?;
        self.put(record).await?;
        metrics::emit(&result);
        Ok(result)
    }

    /// Version that the run registered in an earlier attempt, if any.
    async fn registered_version(&self, record: &RunRecord) -> Result<Option<VersionRecord>, TrainFunctionError> {
        let versions = self.registry.versions(&record.series, RECENT_VERSIONS).await;
        let versions = versions.map_err(TrainFunctionError::aws("list the versions"))?;
        Ok(versions.into_iter().find(|version| version.run == record.run))
    }

    /// Fits, evaluates and registers a challenger. The inner error means that the history is too short.
    async fn train_challenger(
        &self,
        plan: &TrainingPlan,
        record: &mut RunRecord,
        publisher: &ModelPublisher<'_>,
        champion: &VersionRecord,
    ) -> Result<Result<VersionRecord, Box<TrainError>>, TrainFunctionError> {
        let artifact = publisher.load_artifact(champion).await?;
        let unusable_champion = artifact.as_ref().err().cloned();
        let role = self.holdout_role(plan, record, champion).await?;
        let outcome = match self.fit(plan, record.run.clone(), artifact.ok(), role).await? {
            Ok(outcome) => outcome,
            Err(error) if error.needs_more_bars() => return Ok(Err(error)),
            Err(source) => return Err(TrainFunctionError::Train { series: record.series.clone(), source }),
        };
        (record.rows, record.trials) = (outcome.rows, outcome.trials.len());
        record.search = record::search_summary(&outcome)?;
        record.peak_memory_mb = peak_memory_mb();
        // Stored here for a later attempt that finds the version registered.
        self.put(record).await?;
        let trials = record::trials(&outcome.trials)?;
        self.runs.put_trials(&record.run, &trials).await.map_err(TrainFunctionError::aws("store the trials"))?;
        let mut verdict = outcome.verdict;
        verdict.reasons.extend(unusable_champion.clone());
        let own = StoredEvaluation::new(&outcome.evaluation).map_err(TrainFunctionError::json("evaluation"))?;
        let own_drift = serde_json::to_value(outcome.drift_reference);
        let own_drift = own_drift.map_err(TrainFunctionError::json("drift reference"))?;
        // What belongs to a kept direction is kept with it, unless it cannot be used and is the base rate. The evidence of a kept
        // distribution is in the artifact.
        let (evaluation, drift_reference) = match (verdict.parts, &unusable_champion) {
            (PromotedParts::Distribution, Some(_)) => (own.keeping_direction_of(&StoredEvaluation::default()), None),
            (PromotedParts::Distribution, None) => {
                let reference = publisher.load_drift_reference(champion).await?;
                (own.keeping_direction_of(&champion.evaluation), reference)
            }
            (PromotedParts::None | PromotedParts::Direction | PromotedParts::Both, _) => (own, Some(own_drift)),
        };
        let model = NewModel {
            artifact: &outcome.artifact,
            bytes: outcome.bytes,
            drift_reference,
            evaluation,
            verdict: Some(StoredVerdict::new(&verdict).map_err(TrainFunctionError::json("verdict"))?),
            judged_against: Some(champion.version),
        };
        Ok(Ok(publisher.register(model, plan.at).await?))
    }

    /// Fits on a thread of its own, because it takes seconds to minutes and the lock has to be renewed meanwhile. Trials are stored
    /// as they end, so that a later attempt at the same run resumes from them.
    async fn fit(
        &self,
        plan: &TrainingPlan,
        run: String,
        champion: Option<Artifact>,
        (holdout_role, gate): (HoldOutRole, GateConfig),
    ) -> Result<Result<TrainingOutcome, Box<TrainError>>, TrainFunctionError> {
        let stored =
            self.runs.trials(&run, usize::MAX).await.map_err(TrainFunctionError::aws("look for earlier trials"))?;
        let previous_trials = record::restore_trials(&stored);
        let series = plan.request.series.clone();
        let config = TrainingConfig { gate, ..plan.config.clone() };
        let (drift, bars, as_of) = (plan.drift.clone(), plan.bars.clone(), plan.as_of);
        let costs = self.costs;
        let deadline = plan.invocation.instant_at_share(SEARCH_SHARE);
        let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<Trial>>();
        let name = run.clone();
        let work = tokio::task::spawn_blocking(move || {
            // Without a receiver the trials are stored at the end.
            let send = |trials: &[Trial]| drop(sender.send(trials.to_vec()));
            training::train(&TrainingInput {
                series: &series,
                bars: &bars,
                config: &config,
                drift: &drift,
                champion: champion.as_ref(),
                costs,
                as_of,
                run: &run,
                holdout_role,
                progress: SearchProgress { previous_trials: &previous_trials, on_batch: &send, deadline },
            })
            .map_err(Box::new)
        });
        while let Some(trials) = receiver.recv().await {
            let records = record::trials(&trials)?;
            if let Err(error) = self.runs.put_trials(&name, &records).await {
                tracing::warn!(
                    run = name,
                    error = error_chain(&error),
                    "failed to store trials of an unfinished search"
                );
            }
        }
        work.await.map_err(|source| TrainFunctionError::Stopped { what: "training", source })
    }

    /// Executes the step that is left of the verdict. Returns the version that serves afterwards.
    async fn promote(
        &self,
        plan: &TrainingPlan,
        record: &mut RunRecord,
        version: &VersionRecord,
        champion: &VersionRecord,
        shadow: &ShadowEntry<'_>,
    ) -> Result<u32, TrainFunctionError> {
        let mut serving = champion.version;
        let mut step = next_step(version, serving);
        if step == NextStep::Promote {
            let reason = record.verdict.as_ref().and_then(|verdict| verdict.reasons.first());
            let reason = reason.map_or("passed the gate", String::as_str).to_owned();
            let (series, number, at) = (&record.series, version.version, plan.at);
            let promotion = self
                .registry
                .promote(series, number, VersionStatus::Candidate, version.judged_against, &reason, at)
                .await;
            match promotion.map_err(TrainFunctionError::aws("promote the version"))? {
                Promotion::Promoted => return Ok(number),
                Promotion::Conflict { current } if current == Some(number) => return Ok(number),
                // Another write was in the way, but no other version: the retry decides again.
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
            // The version that serves now was not compared with this challenger.
            record::withdraw_promotion(record, version.judged_against);
        }
        if step == NextStep::Admit {
            shadow.admit(version, None).await?;
        } else if step != NextStep::Nothing {
            let rejected = self.registry.reject(&record.series, version.version).await;
            rejected.map_err(TrainFunctionError::aws("reject the version"))?;
        }
        Ok(serving)
    }

    async fn publish_verdict(
        &self,
        result: &TrainingResult,
        version: &VersionRecord,
        serving: u32,
    ) -> Result<(), TrainFunctionError> {
        let event = GateDecisionEvent {
            series: result.series.clone(),
            run: version.run.clone(),
            version: version.version,
            champion: serving,
            promoted: result.promoted,
            admitted: result.admitted,
            reasons: result.reasons.clone(),
        };
        let published = self.bus.publish(event.detail_type(), &event).await;
        published.map_err(TrainFunctionError::aws("publish the verdict"))
    }

    pub(crate) async fn put(&self, record: &RunRecord) -> Result<(), TrainFunctionError> {
        self.runs.put(record).await.map_err(TrainFunctionError::aws("store the run"))
    }
}
