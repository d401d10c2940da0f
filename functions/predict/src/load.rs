//! Model, window and ledger from the stores, kept between calls.

use crate::{
    baseline::{Baseline, StoredBaseline},
    champion::{Champion, Refusal, Standing},
    forecast::Situation,
    memory::Memory,
    quality, window,
};
use aws::{Alias, Forecasts, Metrics, Registry, Storage, VersionRecord, failure, keys};
use domain::{Interval, Series, Symbol, Warning, WarningCode, gaps::Ledger, window::Window};
use jiff::{SignedDuration, Timestamp};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// How old an answer of the registry, a window or a ledger may be.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How long a request waits for model and window at most, both at the same time; then what is remembered answers.
pub const PATIENCE: Duration = Duration::from_secs(4);
/// How long a refused artifact is not read again.
pub const REFUSED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Reads the stores and remembers.
#[derive(Debug)]
pub struct Loader {
    registry: Registry,
    storage: Storage,
    forecasts: Forecasts,
    champions: Memory<Series, Found>,
    windows: Memory<Market, Option<Arc<Window>>>,
    ledgers: Memory<Market, Option<Arc<Ledger>>>,
    baselines: Memory<Series, Baseline>,
    track_records: Memory<Series, Option<serde_json::Value>>,
    refusals: Memory<(Series, u32), String>,
    /// What could not be read: a registry's alias or an object.
    silent: Memory<String, ()>,
}

/// Who answers for a series.
#[derive(Debug, Clone, Default)]
struct Found {
    champion: Option<Champion>,
    /// What could not be found out.
    warning: Option<Warning>,
}

impl Found {
    /// Whether the version that the alias names answers, or there is none.
    fn is_sound(&self) -> bool {
        let as_registered = |champion: &Champion| champion.standing == Standing::AsRegistered;
        self.warning.is_none() && self.champion.as_ref().is_none_or(as_registered)
    }
}

impl From<Champion> for Found {
    fn from(champion: Champion) -> Self {
        Self { champion: Some(champion), warning: None }
    }
}

/// Whose bars.
type Market = (Symbol, Interval);

/// Why a version is not at hand.
enum Missing {
    /// It may not serve.
    Refused(Refusal),
    /// A store did not answer; what the registry says of the version, if that is known.
    Unavailable { error: aws::Error, record: Option<Box<VersionRecord>> },
}

impl Loader {
    /// A loader without memory.
    #[must_use]
    pub fn new(registry: Registry, storage: Storage, forecasts: Forecasts) -> Self {
        Self {
            registry,
            storage,
            forecasts,
            champions: Memory::default(),
            windows: Memory::default(),
            ledgers: Memory::default(),
            baselines: Memory::default(),
            track_records: Memory::default(),
            refusals: Memory::default(),
            silent: Memory::default(),
        }
    }

    /// The situation of `series` at `now`. Never fails: what cannot be loaded is remembered, replaced or missing, and
    /// the warnings say so.
    pub async fn situation(&self, series: &Series, now: Timestamp) -> Situation {
        let ((champion, about_model), (window, about_window), baseline) = tokio::join!(
            self.champion(series, now),
            self.window(&series.symbol, series.interval, now),
            self.baseline(series, now),
        );
        let warnings = about_model.into_iter().chain(about_window).collect();
        Situation { champion, window, baseline, warnings }
    }

    /// Climatology of the newest stored forecast, at most [`FRESH_FOR`] old.
    async fn baseline(&self, series: &Series, now: Timestamp) -> Baseline {
        let remembered = self.baselines.recall(series);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return fresh.value;
        }
        // It is carried on from any stored forecast, so an older one does as well.
        let last = remembered.map_or(Baseline::Unread, |one| one.value);
        let what = format!("baseline of {series}");
        if self.is_silent(&what, now) {
            return last;
        }
        let started = Instant::now();
        match in_time(self.forecasts.latest(series, 1)).await {
            Ok(records) => {
                let stored = records.first().map(StoredBaseline::from);
                let baseline = stored.map_or(Baseline::NoneStored, Baseline::Stored);
                self.baselines.remember(series.clone(), baseline, now);
                baseline
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "reading the newest stored forecast");
                self.silent.remember(what, (), later(now, started));
                last
            }
        }
    }

    /// The realised performance in the newest score report, at most [`FRESH_FOR`] old, and a warning when it could not be
    /// read.
    pub async fn realised(&self, series: &Series, now: Timestamp) -> (Option<serde_json::Value>, Option<Warning>) {
        if let Some(fresh) = self.track_records.recall(series).filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return (fresh.value, None);
        }
        let key = keys::latest_report(series);
        let unread =
            Some(Warning::new(WarningCode::TrackRecordUnavailable, "the realised performance could not be read"));
        if self.is_silent(&key, now) {
            return (None, unread);
        }
        let started = Instant::now();
        match in_time(self.storage.get_json::<serde_json::Value>(&key)).await {
            Ok(report) => {
                let realised = report.and_then(|mut report| Some(report.get_mut("performance")?.take()));
                self.track_records.remember(series.clone(), realised.clone(), now);
                (realised, None)
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "reading the score report");
                self.silent.remember(key, (), later(now, started));
                (None, unread)
            }
        }
    }

    /// What ingest notes about the bars, and a warning when that is not known or perhaps not the newest. Never fails.
    pub async fn ledger(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<Ledger>>, Option<Warning>) {
        let object = keys::quality(symbol, interval);
        let market = (symbol.clone(), interval);
        match self.object(&self.ledgers, market, &object, quality::read, now).await {
            Ok(Some(ledger)) => (Some(ledger), None),
            Ok(None) => {
                let message = "there is no record of gaps and doubtful bars yet";
                (None, Some(Warning::new(WarningCode::QualityReportMissing, message)))
            }
            Err(last) => {
                report_unreadable("LedgerUnavailable", &object);
                let message = "the record of gaps and doubtful bars could not be read";
                (last, Some(Warning::new(WarningCode::QualityReportUnavailable, message)))
            }
        }
    }

    /// Whether reading `what` has just failed: a store that does not answer is not waited for by every request.
    fn is_silent(&self, what: &str, now: Timestamp) -> bool {
        self.silent.recall(&what.to_owned()).is_some_and(|failed| failed.is_younger_than(FRESH_FOR, now))
    }

    async fn champion(&self, series: &Series, now: Timestamp) -> (Option<Champion>, Option<Warning>) {
        let remembered = self.champions.recall(series);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return (fresh.value.champion.clone(), fresh.value.warning.clone());
        }
        let cached = remembered.and_then(|one| one.value.champion);
        let perhaps_older = Some(model_unavailable("the registry did not answer: a newer model may exist"));
        let what = format!("model of {series}");
        if self.is_silent(&what, now) {
            return (cached, perhaps_older);
        }
        let started = Instant::now();
        match in_time(self.look_up(series, cached.clone(), now)).await {
            Ok(found) => {
                // What is not as it should be counts from now on: the time that it took must not be taken again at once.
                let at = if found.is_sound() { now } else { later(now, started) };
                self.champions.remember(series.clone(), found.clone(), at);
                (found.champion, found.warning)
            }
            Err(reason) => {
                report_unavailable(series, &reason);
                self.silent.remember(what, (), later(now, started));
                (cached, perhaps_older)
            }
        }
    }

    async fn look_up(&self, series: &Series, cached: Option<Champion>, now: Timestamp) -> Result<Found, aws::Error> {
        Ok(match self.registry.alias(series).await? {
            Some(alias) => self.serving(series, &alias, cached, now).await,
            None => Found::default(),
        })
    }

    /// Who answers for `alias`.
    async fn serving(&self, series: &Series, alias: &Alias, cached: Option<Champion>, now: Timestamp) -> Found {
        let is_sound = |champion: &&Champion| !matches!(champion.standing, Standing::BaseRate(_));
        let sound = cached.as_ref().filter(is_sound);
        if let Some(champion) = sound.filter(|one| one.record.version == alias.version) {
            return Champion { standing: Standing::AsRegistered, ..champion.clone() }.into();
        }
        let known = self.refusals.recall(&(series.clone(), alias.version));
        let reason = match known.filter(|one| one.is_younger_than(REFUSED_FOR, now)) {
            Some(refusal) => refusal.value,
            None => match self.fetch(series, alias.version).await {
                Ok(champion) => return champion.into(),
                Err(Missing::Refused(refusal)) => {
                    let reason = refusal.to_string();
                    report_refused(&refusal);
                    self.refusals.remember((series.clone(), alias.version), reason.clone(), now);
                    reason
                }
                Err(Missing::Unavailable { error, record }) => {
                    report_unavailable(series, &failure::chain(&error));
                    let reason = format!("model version {} could not be read", alias.version);
                    // The store is not asked for another version: whoever waits has waited for it already.
                    return match (sound, record) {
                        (Some(sound), _) => sound.clone().standing_in(&reason).into(),
                        (None, Some(record)) => Champion::base_rate_of(*record, &reason).into(),
                        (None, None) => Found { champion: cached, warning: Some(model_unavailable(reason)) },
                    };
                }
            },
        };
        match sound {
            Some(sound) => sound.clone().standing_in(&reason).into(),
            None => self.substitute(series, alias, reason).await,
        }
    }

    /// Who answers instead of the alias's version, when nobody is at hand: the version before it, else the base rate of the
    /// version itself.
    async fn substitute(&self, series: &Series, alias: &Alias, reason: String) -> Found {
        if let Some(previous) = alias.previous
            && let Ok(champion) = self.fetch(series, previous).await
        {
            return champion.standing_in(&reason).into();
        }
        match self.registry.version(series, alias.version).await {
            Ok(Some(record)) => Champion::base_rate_of(record, &reason).into(),
            Ok(None) => Found { champion: None, warning: Some(model_unavailable(reason)) },
            Err(error) => {
                report_unavailable(series, &failure::chain(&error));
                Found { champion: None, warning: Some(model_unavailable(reason)) }
            }
        }
    }

    async fn fetch(&self, series: &Series, version: u32) -> Result<Champion, Missing> {
        let unavailable = |error, record| Missing::Unavailable { error, record };
        let record = self.registry.version(series, version).await.map_err(|error| unavailable(error, None))?;
        let record = record.ok_or_else(|| {
            let reason = "it is not registered".to_owned();
            Missing::Refused(Refusal { series: series.clone(), version, reason })
        })?;
        let bytes = match self.storage.get(&record.artifact_key).await {
            Ok(bytes) => bytes,
            // It will not shrink by being asked for again.
            Err(error @ aws::Error::TooLarge { .. }) => {
                return Err(Missing::Refused(Refusal { series: series.clone(), version, reason: error.to_string() }));
            }
            Err(error) => return Err(unavailable(error, Some(Box::new(record)))),
        };
        Champion::verify(record, bytes.as_deref()).map_err(Missing::Refused)
    }

    async fn window(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<Window>>, Option<Warning>) {
        let object = keys::window(symbol, interval);
        let market = (symbol.clone(), interval);
        match self.object(&self.windows, market, &object, window::read, now).await {
            Ok(window) => (window, None),
            Err(last) => {
                report_unreadable("WindowUnavailable", &object);
                let message = "the latest bars could not be read: newer ones may exist";
                (last, Some(Warning::new(WarningCode::BarsUnavailable, message)))
            }
        }
    }

    /// What `object` says, at most [`FRESH_FOR`] old; `None` when there is no such object. The error is what it said
    /// when it could last be read.
    async fn object<T, E: Error + 'static>(
        &self,
        memory: &Memory<Market, Option<Arc<T>>>,
        market: Market,
        object: &str,
        read: fn(&[u8], &Symbol, Interval) -> Result<T, E>,
        now: Timestamp,
    ) -> Result<Option<Arc<T>>, Option<Arc<T>>> {
        let remembered = memory.recall(&market);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return Ok(fresh.value.clone());
        }
        if self.is_silent(object, now) {
            return Err(remembered.and_then(|one| one.value));
        }
        let started = Instant::now();
        let content = in_time(self.storage.get(object)).await.and_then(|bytes| match bytes {
            None => Ok(None),
            Some(bytes) => read(&bytes, &market.0, market.1)
                .map(|value| Some(Arc::new(value)))
                .map_err(|error| failure::chain(&error)),
        });
        match content {
            Ok(value) => {
                memory.remember(market, value.clone(), now);
                Ok(value)
            }
            Err(reason) => {
                tracing::error!(object, error = reason, "reading what ingest wrote");
                self.silent.remember(object.to_owned(), (), later(now, started));
                Err(remembered.and_then(|one| one.value))
            }
        }
    }
}

fn model_unavailable(message: impl Into<String>) -> Warning {
    Warning::new(WarningCode::ModelUnavailable, message)
}

fn report_unreadable(metric: &'static str, object: &str) {
    Metrics::of_function("predict").count(metric, 1).property("object", object).emit();
}

fn report_refused(refusal: &Refusal) {
    tracing::error!(series = %refusal.series, version = refusal.version, reason = refusal.reason, "model refused");
    let Refusal { series, version, reason } = refusal;
    for metrics in [Metrics::of_series(series), Metrics::of_function("predict")] {
        metrics.count("ModelRefused", 1).property("version", *version).property("reason", reason.as_str()).emit();
    }
}

fn report_unavailable(series: &Series, reason: &str) {
    tracing::error!(series = %series, error = reason, "the model could not be loaded");
    Metrics::of_function("predict").count("ModelUnavailable", 1).property("series", series.slug()).emit();
}

/// What a store answers within [`PATIENCE`], or why it does not.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T, aws::Error>>) -> Result<T, String> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| failure::chain(&error)),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// The time by now, when it was `now` at `started`.
pub(crate) fn later(now: Timestamp, started: Instant) -> Timestamp {
    let passed = SignedDuration::try_from(started.elapsed()).ok();
    passed.and_then(|passed| now.checked_add(passed).ok()).unwrap_or(now)
}
