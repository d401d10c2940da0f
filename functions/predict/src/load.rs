//! Model, window and ledger from the stores, kept between calls.

use crate::{
    baseline::{Baseline, StoredBaseline},
    cache::TtlCache,
    champion::{ModelRejected, ServingModel, ServingStatus},
    forecast::ServingContext,
    quality, window,
};
use aws::{Alias, ForecastStore, ModelRegistry, ObjectStore, VersionRecord, keys};
use contracts::{Warning, WarningCode};
use jiff::{SignedDuration, Timestamp};
use market_data::{Interval, Series, Symbol, gaps::QualityReport, window::BarWindow};
use observability::{Metrics, error_chain};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// How old an answer of the registry, a window or a ledger may be.
pub const CACHE_TTL: SignedDuration = SignedDuration::from_secs(5);
/// How long a request waits for model and window at most, both at the same time; then what is remembered answers.
pub const STORE_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a refused artifact is not read again.
pub const REJECTED_TTL: SignedDuration = SignedDuration::from_secs(60);

/// Reads the stores and remembers.
#[derive(Debug)]
pub struct Loader {
    registry: ModelRegistry,
    storage: ObjectStore,
    forecasts: ForecastStore,
    champions: TtlCache<Series, ChampionLookup>,
    windows: TtlCache<MarketKey, Option<Arc<BarWindow>>>,
    ledgers: TtlCache<MarketKey, Option<Arc<QualityReport>>>,
    baselines: TtlCache<Series, Baseline>,
    track_records: TtlCache<Series, Option<serde_json::Value>>,
    refusals: TtlCache<(Series, u32), String>,
    /// What could not be read: a registry's alias or an object.
    recent_failures: TtlCache<String, ()>,
}

/// Who answers for a series.
#[derive(Debug, Clone, Default)]
struct ChampionLookup {
    champion: Option<ServingModel>,
    /// What could not be found out.
    warning: Option<Warning>,
}

impl ChampionLookup {
    /// Whether the version that the alias names answers, or there is none.
    fn is_sound(&self) -> bool {
        let as_registered = |champion: &ServingModel| champion.standing == ServingStatus::Champion;
        self.warning.is_none() && self.champion.as_ref().is_none_or(as_registered)
    }
}

impl From<ServingModel> for ChampionLookup {
    fn from(champion: ServingModel) -> Self {
        Self { champion: Some(champion), warning: None }
    }
}

/// Whose bars.
type MarketKey = (Symbol, Interval);

/// Why a version is not at hand.
enum LoadError {
    /// It may not serve.
    Refused(ModelRejected),
    /// A store did not answer; what the registry says of the version, if that is known.
    Unavailable { error: aws::Error, record: Option<Box<VersionRecord>> },
}

impl Loader {
    /// A loader without memory.
    #[must_use]
    pub fn new(registry: ModelRegistry, storage: ObjectStore, forecasts: ForecastStore) -> Self {
        Self {
            registry,
            storage,
            forecasts,
            champions: TtlCache::default(),
            windows: TtlCache::default(),
            ledgers: TtlCache::default(),
            baselines: TtlCache::default(),
            track_records: TtlCache::default(),
            refusals: TtlCache::default(),
            recent_failures: TtlCache::default(),
        }
    }

    /// The situation of `series` at `now`. Never fails: what cannot be loaded is remembered, replaced or missing, and
    /// the warnings say so.
    pub async fn serving_context(&self, series: &Series, now: Timestamp) -> ServingContext {
        let ((champion, about_model), (window, about_window), baseline) = tokio::join!(
            self.champion(series, now),
            self.window(&series.symbol, series.interval, now),
            self.baseline(series, now),
        );
        let warnings = about_model.into_iter().chain(about_window).collect();
        ServingContext { champion, window, baseline, warnings }
    }

    /// Climatology of the newest stored forecast, at most [`FRESH_FOR`] old.
    async fn baseline(&self, series: &Series, now: Timestamp) -> Baseline {
        let remembered = self.baselines.get(series);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(CACHE_TTL, now)) {
            return fresh.value;
        }
        // It is carried on from any stored forecast, so an older one does as well.
        let last = remembered.map_or(Baseline::Unread, |one| one.value);
        let what = format!("baseline of {series}");
        if self.failed_recently(&what, now) {
            return last;
        }
        let started = Instant::now();
        match with_timeout(self.forecasts.latest(series, 1)).await {
            Ok(records) => {
                let stored = records.first().map(StoredBaseline::from);
                let baseline = stored.map_or(Baseline::NoneStored, Baseline::Stored);
                self.baselines.insert(series.clone(), baseline, now);
                baseline
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "reading the newest stored forecast");
                self.recent_failures.insert(what, (), now_after(now, started));
                last
            }
        }
    }

    /// The realised performance in the newest score report, at most [`FRESH_FOR`] old, and a warning when it could not be
    /// read.
    pub async fn realised(&self, series: &Series, now: Timestamp) -> (Option<serde_json::Value>, Option<Warning>) {
        if let Some(fresh) = self.track_records.get(series).filter(|one| one.is_younger_than(CACHE_TTL, now)) {
            return (fresh.value, None);
        }
        let key = keys::latest_report(series);
        let unread =
            Some(Warning::new(WarningCode::TrackRecordUnavailable, "the realised performance could not be read"));
        if self.failed_recently(&key, now) {
            return (None, unread);
        }
        let started = Instant::now();
        match with_timeout(self.storage.get_json::<serde_json::Value>(&key)).await {
            Ok(report) => {
                let realised = report.and_then(|mut report| Some(report.get_mut("performance")?.take()));
                self.track_records.insert(series.clone(), realised.clone(), now);
                (realised, None)
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "reading the score report");
                self.recent_failures.insert(key, (), now_after(now, started));
                (None, unread)
            }
        }
    }

    /// What ingest notes about the bars, and a warning when that is not known or perhaps not the newest. Never fails.
    pub async fn quality_report(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<QualityReport>>, Option<Warning>) {
        let object = keys::quality(symbol, interval);
        let market = (symbol.clone(), interval);
        match self.object(&self.ledgers, market, &object, quality::read, now).await {
            Ok(Some(ledger)) => (Some(ledger), None),
            Ok(None) => {
                let message = "there is no record of gaps and doubtful bars yet";
                (None, Some(Warning::new(WarningCode::QualityReportMissing, message)))
            }
            Err(last) => {
                report_unreadable("QualityReportUnavailable", &object);
                let message = "the record of gaps and doubtful bars could not be read";
                (last, Some(Warning::new(WarningCode::QualityReportUnavailable, message)))
            }
        }
    }

    /// Whether reading `what` has just failed: a store that does not answer is not waited for by every request.
    fn failed_recently(&self, what: &str, now: Timestamp) -> bool {
        self.recent_failures.get(&what.to_owned()).is_some_and(|failed| failed.is_younger_than(CACHE_TTL, now))
    }

    async fn champion(&self, series: &Series, now: Timestamp) -> (Option<ServingModel>, Option<Warning>) {
        let remembered = self.champions.get(series);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(CACHE_TTL, now)) {
            return (fresh.value.champion.clone(), fresh.value.warning.clone());
        }
        let cached = remembered.and_then(|one| one.value.champion);
        let perhaps_older = Some(model_unavailable("the registry did not answer: a newer model may exist"));
        let what = format!("model of {series}");
        if self.failed_recently(&what, now) {
            return (cached, perhaps_older);
        }
        let started = Instant::now();
        match with_timeout(self.look_up_champion(series, cached.clone(), now)).await {
            Ok(found) => {
                // What is not as it should be counts from now on: the time that it took must not be taken again at once.
                let at = if found.is_sound() { now } else { now_after(now, started) };
                self.champions.insert(series.clone(), found.clone(), at);
                (found.champion, found.warning)
            }
            Err(reason) => {
                report_unavailable(series, &reason);
                self.recent_failures.insert(what, (), now_after(now, started));
                (cached, perhaps_older)
            }
        }
    }

    async fn look_up_champion(
        &self,
        series: &Series,
        cached: Option<ServingModel>,
        now: Timestamp,
    ) -> Result<ChampionLookup, aws::Error> {
        Ok(match self.registry.alias(series).await? {
            Some(alias) => self.champion_for_alias(series, &alias, cached, now).await,
            None => ChampionLookup::default(),
        })
    }

    /// Who answers for `alias`.
    async fn champion_for_alias(
        &self,
        series: &Series,
        alias: &Alias,
        cached: Option<ServingModel>,
        now: Timestamp,
    ) -> ChampionLookup {
        let is_sound = |champion: &&ServingModel| !matches!(champion.standing, ServingStatus::BaseRate(_));
        let sound = cached.as_ref().filter(is_sound);
        if let Some(champion) = sound.filter(|one| one.record.version == alias.version) {
            return ServingModel { standing: ServingStatus::Champion, ..champion.clone() }.into();
        }
        let known = self.refusals.get(&(series.clone(), alias.version));
        let reason = match known.filter(|one| one.is_younger_than(REJECTED_TTL, now)) {
            Some(refusal) => refusal.value,
            None => match self.fetch(series, alias.version).await {
                Ok(champion) => return champion.into(),
                Err(LoadError::Refused(refusal)) => {
                    let reason = refusal.to_string();
                    report_refused(&refusal);
                    self.refusals.insert((series.clone(), alias.version), reason.clone(), now);
                    reason
                }
                Err(LoadError::Unavailable { error, record }) => {
                    report_unavailable(series, &error_chain(&error));
                    let reason = format!("model version {} could not be read", alias.version);
                    // The store is not asked for another version: whoever waits has waited for it already.
                    return match (sound, record) {
                        (Some(sound), _) => sound.clone().as_fallback(&reason).into(),
                        (None, Some(record)) => ServingModel::base_rate_of(*record, &reason).into(),
                        (None, None) => ChampionLookup { champion: cached, warning: Some(model_unavailable(reason)) },
                    };
                }
            },
        };
        match sound {
            Some(sound) => sound.clone().as_fallback(&reason).into(),
            None => self.fallback_champion(series, alias, reason).await,
        }
    }

    /// Who answers instead of the alias's version, when nobody is at hand: the version before it, else the base rate of the
    /// version itself.
    async fn fallback_champion(&self, series: &Series, alias: &Alias, reason: String) -> ChampionLookup {
        if let Some(previous) = alias.previous
            && let Ok(champion) = self.fetch(series, previous).await
        {
            return champion.as_fallback(&reason).into();
        }
        match self.registry.version(series, alias.version).await {
            Ok(Some(record)) => ServingModel::base_rate_of(record, &reason).into(),
            Ok(None) => ChampionLookup { champion: None, warning: Some(model_unavailable(reason)) },
            Err(error) => {
                report_unavailable(series, &error_chain(&error));
                ChampionLookup { champion: None, warning: Some(model_unavailable(reason)) }
            }
        }
    }

    async fn fetch(&self, series: &Series, version: u32) -> Result<ServingModel, LoadError> {
        let unavailable = |error, record| LoadError::Unavailable { error, record };
        let record = self.registry.version(series, version).await.map_err(|error| unavailable(error, None))?;
        let record = record.ok_or_else(|| {
            let reason = "it is not registered".to_owned();
            LoadError::Refused(ModelRejected { series: series.clone(), version, reason })
        })?;
        let bytes = match self.storage.get(&record.artifact_key).await {
            Ok(bytes) => bytes,
            // It will not shrink by being asked for again.
            Err(error @ aws::Error::TooLarge { .. }) => {
                return Err(LoadError::Refused(ModelRejected {
                    series: series.clone(),
                    version,
                    reason: error.to_string(),
                }));
            }
            Err(error) => return Err(unavailable(error, Some(Box::new(record)))),
        };
        ServingModel::from_verified_bytes(record, bytes.as_deref()).map_err(LoadError::Refused)
    }

    async fn window(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<BarWindow>>, Option<Warning>) {
        let object = keys::bar_window(symbol, interval);
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
        memory: &TtlCache<MarketKey, Option<Arc<T>>>,
        market: MarketKey,
        object: &str,
        read: fn(&[u8], &Symbol, Interval) -> Result<T, E>,
        now: Timestamp,
    ) -> Result<Option<Arc<T>>, Option<Arc<T>>> {
        let remembered = memory.get(&market);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(CACHE_TTL, now)) {
            return Ok(fresh.value.clone());
        }
        if self.failed_recently(object, now) {
            return Err(remembered.and_then(|one| one.value));
        }
        let started = Instant::now();
        let content = with_timeout(self.storage.get(object)).await.and_then(|bytes| match bytes {
            None => Ok(None),
            Some(bytes) => read(&bytes, &market.0, market.1)
                .map(|value| Some(Arc::new(value)))
                .map_err(|error| error_chain(&error)),
        });
        match content {
            Ok(value) => {
                memory.insert(market, value.clone(), now);
                Ok(value)
            }
            Err(reason) => {
                tracing::error!(object, error = reason, "reading what ingest wrote");
                self.recent_failures.insert(object.to_owned(), (), now_after(now, started));
                Err(remembered.and_then(|one| one.value))
            }
        }
    }
}

fn model_unavailable(message: impl Into<String>) -> Warning {
    Warning::new(WarningCode::ModelUnavailable, message)
}

fn report_unreadable(metric: &'static str, object: &str) {
    Metrics::for_function("predict").count(metric, 1).property("object", object).emit();
}

fn report_refused(refusal: &ModelRejected) {
    tracing::error!(series = %refusal.series, version = refusal.version, reason = refusal.reason, "model refused");
    let ModelRejected { series, version, reason } = refusal;
    for metrics in [Metrics::for_series(series.slug()), Metrics::for_function("predict")] {
        metrics.count("ModelRefused", 1).property("version", *version).property("reason", reason.as_str()).emit();
    }
}

fn report_unavailable(series: &Series, reason: &str) {
    tracing::error!(series = %series, error = reason, "the model could not be loaded");
    Metrics::for_function("predict").count("ModelUnavailable", 1).property("series", series.slug()).emit();
}

/// What a store answers within [`PATIENCE`], or why it does not.
pub(crate) async fn with_timeout<T>(answer: impl Future<Output = Result<T, aws::Error>>) -> Result<T, String> {
    match timeout(STORE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| error_chain(&error)),
        Err(_) => Err(format!("no answer within {} s", STORE_TIMEOUT.as_secs())),
    }
}

/// The time by now, when it was `now` at `started`.
pub(crate) fn now_after(now: Timestamp, started: Instant) -> Timestamp {
    let passed = SignedDuration::try_from(started.elapsed()).ok();
    passed.and_then(|passed| now.checked_add(passed).ok()).unwrap_or(now)
}
