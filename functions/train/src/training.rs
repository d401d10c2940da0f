//! One training of one series: lock, load, learn, store, judge, announce.

use crate::{
    bars,
    champion::{Made, Shelves},
    error::TrainingError,
    identity::run_name,
    memory::peak_mb,
    record,
    summary::{Status, Summary},
    verdict::{NextStep, next_step},
};
use aws::{
    Bus, LockError, Locks, Metrics, Promotion, Registry, RunRecord, RunStatus, Runs, Storage, VersionRecord,
    VersionStatus, failure::chain,
};
use domain::{
    Bar, Series,
    dataset::dataset_hash,
    drift::DriftConfig,
    event::{ModelVerdict, TrainRequest},
};
use jiff::{SignedDuration, Timestamp};
use learn::{Progress, TrainError, TrainingConfig, TrainingInput, TrainingOutcome, Trial};
use model::Artifact;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tracing::Span;

/// The share of an invocation's time for which it waits for another training of the series: the rest has to do for its own.
const WAITING_SHARE: f64 = 0.4;
/// Share of the time that a search may take; the rest is for the fit, the evaluation and the stores.
const SEARCH_SHARE: f64 = 0.6;
/// Number of runs back in which a training looks for those that died.
const RECENT_RUNS: usize = 50;
/// How many versions back a repeated run looks for its own.
const RECENT_VERSIONS: usize = 50;

/// Everything a training needs, made once.
#[derive(Debug)]
pub struct Trainer {
    /// The bucket.
    pub storage: Storage,
    /// The model registry.
    pub registry: Registry,
    /// Runs and trials.
    pub runs: Runs,
    /// One training at a time per series.
    pub locks: Locks,
    /// Where verdicts are announced.
    pub bus: Bus,
    /// Overrides of the training configuration.
    pub training: Option<Value>,
    /// Overrides of the drift configuration.
    pub drift: Option<Value>,
}

/// When it is, and how long one may work.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The clock.
    pub clock: Timestamp,
    /// When the invocation began.
    pub started: Instant,
    /// How long it may take from then.
    pub time_left: Duration,
}

impl Moment {
    /// The same invocation, as it is by now.
    fn now(self) -> Self {
        let Self { clock, started, time_left } = self;
        let passed = started.elapsed();
        let later = SignedDuration::try_from(passed).ok().and_then(|passed| clock.checked_add(passed).ok());
        Self { clock: later.unwrap_or(clock), started: Instant::now(), time_left: time_left.saturating_sub(passed) }
    }
}

/// What is fixed before anything is fitted.
struct Plan {
    request: TrainRequest,
    config: TrainingConfig,
    drift: DriftConfig,
    bars: Vec<Bar>,
    /// The close of the last bar that may be used.
    as_of: Timestamp,
    /// What the registry records as the time of its changes.
    at: Timestamp,
    moment: Moment,
}

impl Trainer {
    /// Trains the series, unless the same run is finished. Another training of the series is waited for.
    ///
    /// # Errors
    /// [`TrainingError`]; the run is then on record as failed, unless the training could not begin or its lock was lost.
    pub async fn train(&self, request: &TrainRequest, moment: Moment) -> Result<Summary, TrainingError> {
        let name = format!("train#{}", request.series);
        let patience = moment.time_left.mul_f64(WAITING_SHARE);
        let work = async { self.locked(request, moment.now()).await };
        let result = self.locks.hold(&name, moment.clock, patience, work).await;
        count(&request.series, &result);
        result
    }

    async fn locked(&self, request: &TrainRequest, moment: Moment) -> Result<Summary, TrainingError> {
        let series = &request.series;
        let mut config = TrainingConfig::overridden(series, self.training.as_ref())?;
        config.seed = request.seed.unwrap_or(config.seed);
        let drift = DriftConfig::overridden(series.interval, self.drift.as_ref())?;
        // A time that is yet to come is none that a model can be trained at.
        let at = request.as_of.unwrap_or(moment.clock).min(moment.clock);
        let as_of = series.interval.floor(at);
        let bars = bars::load(&self.storage, series, as_of).await?;
        let dataset_hash = dataset_hash(&bars);
        let run = run_name(series, as_of, &dataset_hash, &config).map_err(TrainingError::json("configuration"))?;
        // Of the span that the handler has opened.
        Span::current().record("run", &run);
        let known = self.runs.get(series, &run).await.map_err(TrainingError::aws("look up the run"))?;
        if let Some(finished) = known.as_ref().filter(|record| record.status == RunStatus::Finished) {
            let alias = self.registry.alias(series).await.map_err(TrainingError::aws("find the champion"))?;
            return Ok(Summary::of(Status::AlreadyDone, finished, alias.map(|alias| alias.version)));
        }
        let mut record = record::begun(request, &run, &config, &dataset_hash, moment.clock)?;
        if let Some(earlier) = known {
            record::carry_over(&mut record, earlier);
        }
        self.put(&record).await?;
        self.close_abandoned(&record, moment).await?;
        let plan = Plan { request: request.clone(), config, drift, bars, as_of, at, moment };
        match self.run(&plan, &mut record).await {
            Ok(summary) => Ok(summary),
            Err(error) => {
                record.verdict = json!({"promoted": false, "error": chain(&error)});
                finish(&mut record, RunStatus::Failed, moment);
                // The first error is the one to report.
                if let Err(second) = self.put(&record).await {
                    tracing::warn!(run, error = chain(&second), "the failed run is not on record");
                }
                Err(error)
            }
        }
    }

    /// Ends the records of runs that still say `running`: under the series' lock no other training of it is alive.
    async fn close_abandoned(&self, own: &RunRecord, moment: Moment) -> Result<(), TrainingError> {
        let latest = self.runs.latest(&own.series, RECENT_RUNS).await;
        for mut record in latest.map_err(TrainingError::aws("look for abandoned runs"))? {
            if record.status == RunStatus::Running && record.run != own.run {
                tracing::warn!(run = record.run, "its invocation died: this training takes its place");
                let error = format!("its invocation died before it ended; run {} was made in its place", own.run);
                record.verdict = json!({"promoted": false});
                if let Some(version) = self.registered(&record).await? {
                    self.close_version(&mut record, &version).await?;
                }
                record.verdict["error"] = error.into();
                (record.status, record.finished_at) = (RunStatus::Failed, Some(moment.clock));
                self.runs.close(&record).await.map_err(TrainingError::aws("close an abandoned run"))?;
            }
        }
        Ok(())
    }

    /// Says what became of the version of a run that died: it was promoted, or it never will be.
    async fn close_version(&self, record: &mut RunRecord, version: &VersionRecord) -> Result<(), TrainingError> {
        record::describe(record, version);
        if record.verdict.is_null() {
            record.verdict = json!({});
        }
        let served = matches!(version.status, VersionStatus::Champion | VersionStatus::Retired);
        record.verdict["promoted"] = served.into();
        if served {
            let summary = Summary::of(Status::Trained, record, Some(version.version));
            return self.announce(&summary, version, version.version).await;
        }
        let rejected = self.registry.reject(&record.series, version.version).await;
        rejected.map_err(TrainingError::aws("reject the version")).map(|_| ())
    }

    async fn run(&self, plan: &Plan, record: &mut RunRecord) -> Result<Summary, TrainingError> {
        let series = &plan.request.series;
        let shelves = Shelves { storage: &self.storage, registry: &self.registry, clock: plan.moment.clock };
        let champion = shelves.champion(series, &plan.bars, &plan.config, &plan.drift, plan.at).await?;
        let version = match self.registered(record).await? {
            // An earlier attempt got this far: its verdict stands.
            Some(version) => {
                let trials = self.runs.trials(&record.run, usize::MAX).await;
                record.trials = trials.map_err(TrainingError::aws("count the trials"))?.len();
                version
            }
            None => match self.learn(plan, record, &shelves, &champion).await? {
                Ok(version) => version,
                Err(too_short) => {
                    record.verdict = json!({"promoted": false, "reasons": [chain(too_short.as_ref())]});
                    finish(record, RunStatus::Finished, plan.moment);
                    self.put(record).await?;
                    return Ok(Summary::of(Status::ClimatologyOnly, record, Some(champion.version)));
                }
            },
        };
        record::describe(record, &version);
        let serving = self.promote(plan, record, &version, &champion).await?;
        finish(record, RunStatus::Finished, plan.moment);
        let summary = Summary::of(Status::Trained, record, Some(serving));
        self.announce(&summary, &version, serving).await?;
        self.put(record).await?;
        measure(&summary);
        Ok(summary)
    }

    async fn registered(&self, record: &RunRecord) -> Result<Option<VersionRecord>, TrainingError> {
        let versions = self.registry.versions(&record.series, RECENT_VERSIONS).await;
        let versions = versions.map_err(TrainingError::aws("list the versions"))?;
        Ok(versions.into_iter().find(|version| version.run == record.run))
    }

    /// Fits, judges and registers a challenger; the inner error says that the history is too short.
    async fn learn(
        &self,
        plan: &Plan,
        record: &mut RunRecord,
        shelves: &Shelves<'_>,
        champion: &VersionRecord,
    ) -> Result<Result<VersionRecord, Box<TrainError>>, TrainingError> {
        let artifact = shelves.artifact(champion).await?;
        let unusable = artifact.as_ref().err().cloned();
        let outcome = match self.fit(plan, record.run.clone(), artifact.ok()).await? {
            Ok(outcome) => outcome,
            Err(error) if error.needs_more_bars() => return Ok(Err(error)),
            Err(source) => return Err(TrainingError::Train { series: record.series.clone(), source }),
        };
        (record.rows, record.trials) = (outcome.rows, outcome.trials.len());
        record.search = record::searched(&outcome)?;
        record.peak_memory_mb = peak_mb();
        // A later attempt that finds the version registered has no other way to know these.
        self.put(record).await?;
        let trials = record::trials(&outcome.trials)?;
        self.runs.put_trials(&record.run, &trials).await.map_err(TrainingError::aws("store the trials"))?;
        let mut verdict = outcome.verdict;
        verdict.reasons.extend(unusable);
        let made = Made {
            artifact: &outcome.artifact,
            bytes: outcome.bytes,
            drift_reference: Some(
                serde_json::to_value(outcome.drift_reference).map_err(TrainingError::json("drift reference"))?,
            ),
            evaluation: serde_json::to_value(outcome.evaluation).map_err(TrainingError::json("evaluation"))?,
            verdict: Some(serde_json::to_value(verdict).map_err(TrainingError::json("verdict"))?),
            judged_against: Some(champion.version),
        };
        Ok(Ok(shelves.register(made, plan.at).await?))
    }

    /// Fits on a thread of its own: it takes seconds to minutes, in which the runtime has to stay responsive. Trials
    /// are stored as they are made, so that a later attempt at the same run goes on from there.
    async fn fit(
        &self,
        plan: &Plan,
        run: String,
        champion: Option<Artifact>,
    ) -> Result<Result<TrainingOutcome, Box<TrainError>>, TrainingError> {
        let stored = self.runs.trials(&run, usize::MAX).await.map_err(TrainingError::aws("look for earlier trials"))?;
        let known = record::known(&stored);
        let series = plan.request.series.clone();
        let (config, drift, bars, as_of) = (plan.config.clone(), plan.drift.clone(), plan.bars.clone(), plan.as_of);
        let deadline = plan.moment.started.checked_add(plan.moment.time_left.mul_f64(SEARCH_SHARE));
        let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<Trial>>();
        let name = run.clone();
        let work = tokio::task::spawn_blocking(move || {
            // Whoever listened has gone away: the trials are stored at the end.
            let made = |trials: &[Trial]| drop(sender.send(trials.to_vec()));
            learn::train(&TrainingInput {
                series: &series,
                bars: &bars,
                config: &config,
                drift: &drift,
                champion: champion.as_ref(),
                as_of,
                run: &run,
                progress: Progress { known: &known, made: &made, deadline },
            })
            .map_err(Box::new)
        });
        while let Some(trials) = receiver.recv().await {
            let records = record::trials(&trials)?;
            if let Err(error) = self.runs.put_trials(&name, &records).await {
                tracing::warn!(run = name, error = chain(&error), "a later attempt would make these trials again");
            }
        }
        work.await.map_err(|source| TrainingError::Stopped { what: "training", source })
    }

    /// Does what is left to do about the verdict, and returns the version that serves afterwards.
    async fn promote(
        &self,
        plan: &Plan,
        record: &mut RunRecord,
        version: &VersionRecord,
        champion: &VersionRecord,
    ) -> Result<u32, TrainingError> {
        let mut serving = champion.version;
        let mut step = next_step(version, serving);
        if step == NextStep::Promote {
            let reason = record.verdict["reasons"][0].as_str().unwrap_or("passed the gate").to_owned();
            let (series, number, at) = (&record.series, version.version, plan.at);
            let promotion = self.registry.promote(series, number, version.judged_against, &reason, at).await;
            match promotion.map_err(TrainingError::aws("promote the version"))? {
                Promotion::Done => return Ok(number),
                Promotion::Conflict { current } if current == Some(number) => return Ok(number),
                // Another write was in the way, no other version: the retry decides anew.
                Promotion::Conflict { current } if current == version.judged_against => {
                    let target = format!("the alias of {}", record.series);
                    let busy = aws::Error::Contention { target, attempts: 1 };
                    return Err(TrainingError::aws("promote the version")(busy));
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
            rejected.map_err(TrainingError::aws("reject the version"))?;
        }
        Ok(serving)
    }

    async fn announce(&self, summary: &Summary, version: &VersionRecord, serving: u32) -> Result<(), TrainingError> {
        let verdict = ModelVerdict {
            series: summary.series.clone(),
            run: version.run.clone(),
            version: version.version,
            champion: serving,
            promoted: summary.promoted,
            reasons: summary.reasons.clone(),
        };
        let published = self.bus.publish(verdict.detail_type(), &verdict).await;
        published.map_err(TrainingError::aws("announce the verdict"))
    }

    async fn put(&self, record: &RunRecord) -> Result<(), TrainingError> {
        self.runs.put(record).await.map_err(TrainingError::aws("store the run"))
    }
}

fn finish(record: &mut RunRecord, status: RunStatus, moment: Moment) {
    let elapsed = moment.started.elapsed();
    record.status = status;
    record.duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let elapsed = SignedDuration::try_from(elapsed).unwrap_or_default();
    record.finished_at = Some(moment.clock.saturating_add(elapsed).unwrap_or(moment.clock));
}

/// Counts the end of a training, for the alarms. A training that could not begin for another one, or was taken over, is neither.
fn count(series: &Series, result: &Result<Summary, TrainingError>) {
    let metric = match result {
        Err(TrainingError::Lock { source: LockError::Busy { .. } | LockError::Lost { .. } }) => return,
        Ok(_) => "TrainingFinished",
        Err(_) => "TrainingFailed",
    };
    Metrics::of_series(series).count(metric, 1).emit();
}

fn measure(summary: &Summary) {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of one invocation")]
    let duration = summary.duration_ms as f64;
    let log_loss = summary.evaluation["forecast"]["log_loss"].as_f64().unwrap_or(f64::NAN);
    let skill = summary.evaluation["forecast"]["brier_skill"].as_f64().unwrap_or(f64::NAN);
    Metrics::of_series(&summary.series)
        .count("Promoted", usize::from(summary.promoted))
        .count("Rejected", usize::from(!summary.promoted))
        .value("HoldoutLogLoss", log_loss, aws::metrics::Unit::None)
        .value("HoldoutBrierSkill", skill, aws::metrics::Unit::None)
        .value("TrainingDuration", duration, aws::metrics::Unit::Milliseconds)
        .emit();
}
