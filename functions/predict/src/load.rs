//! Models, bars, baselines and quality reports from the stores, cached between calls.
//!
//! Loading never fails. An object that cannot be read is replaced by its last known state where there is one, and a warning
//! says so.

mod champion;

use crate::{
    baseline::{Baseline, StoredBaseline, StoredExperts},
    cache::TtlCache,
    metrics::count_unreadable,
    model_input::{CachedInput, ModelInput},
    problem::{Problem, ProblemKind},
    quality,
    serving_context::ServingContext,
    window,
};
use aws::{ForecastRecord, ForecastStore, ModelRegistry, ObjectStore, keys};
use champion::ChampionLookup;
use contracts::{
    Warning, WarningCode,
    distribution::{OddsConfig, OddsSizes},
    report::ChallengerSummary,
};
use jiff::{SignedDuration, Timestamp};
use market_data::{Interval, Series, Symbol, gaps::QualityReport, window::BarWindow};
use model::Artifact;
use observability::error_chain;
use serde::Deserialize;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// Maximum age of a cached answer of a store.
pub const CACHE_TTL: SignedDuration = SignedDuration::from_secs(5);
/// Maximum time that a request waits for a store. Model and bars are read at the same time.
pub const STORE_TIMEOUT: Duration = Duration::from_secs(4);
/// Time for which a rejected artifact is not read again.
pub const REJECTED_TTL: SignedDuration = SignedDuration::from_secs(60);

/// Symbol and interval of bars.
type MarketKey = (Symbol, Interval);

/// What a forecast needs of the newest stored one.
#[derive(Debug, Clone)]
struct NewestForecast {
    baseline: Baseline,
    experts: Option<Arc<StoredExperts>>,
}

impl NewestForecast {
    const fn unread() -> Self {
        Self { baseline: Baseline::Unread, experts: None }
    }
}

impl From<Option<&ForecastRecord>> for NewestForecast {
    fn from(record: Option<&ForecastRecord>) -> Self {
        Self {
            baseline: record.map_or(Baseline::NoneStored, |record| Baseline::Stored(StoredBaseline::from(record))),
            experts: record.map(|record| Arc::new(StoredExperts::from(record))),
        }
    }
}

/// Parts of the newest score report that the API answers with; empty before the first report.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NewestReport {
    performance: Option<serde_json::Value>,
    challengers: Vec<ChallengerSummary>,
}

/// Reader of the stores with its caches.
#[derive(Debug)]
pub struct Loader {
    registry: ModelRegistry,
    storage: ObjectStore,
    forecasts: ForecastStore,
    champions: TtlCache<Series, ChampionLookup>,
    windows: TtlCache<MarketKey, Option<Arc<BarWindow>>>,
    quality_reports: TtlCache<MarketKey, Option<Arc<QualityReport>>>,
    newest_forecasts: TtlCache<Series, NewestForecast>,
    reports: TtlCache<Series, Arc<NewestReport>>,
    model_inputs: TtlCache<Series, CachedInput>,
    odds: OddsConfig,
    /// Reasons for rejected model versions.
    rejected_models: TtlCache<(Series, u32), String>,
    /// Object keys and other names of failed reads.
    recent_failures: TtlCache<String, ()>,
}

impl Loader {
    /// Loader with empty caches.
    #[must_use]
    pub fn new(registry: ModelRegistry, storage: ObjectStore, forecasts: ForecastStore) -> Self {
        Self {
            registry,
            storage,
            forecasts,
            champions: TtlCache::default(),
            windows: TtlCache::default(),
            quality_reports: TtlCache::default(),
            newest_forecasts: TtlCache::default(),
            reports: TtlCache::default(),
            model_inputs: TtlCache::default(),
            odds: OddsConfig::default(),
            rejected_models: TtlCache::default(),
            recent_failures: TtlCache::default(),
        }
    }

    /// The same loader with these sizes of moves in the odds.
    #[must_use]
    pub fn with_odds(self, odds: OddsConfig) -> Self {
        Self { odds, ..self }
    }

    /// Loads everything that a forecast of `series` at `now` needs.
    pub async fn serving_context(&self, series: &Series, now: Timestamp) -> ServingContext {
        let ((champion, model_warning), (window, window_warning), NewestForecast { baseline, experts }) = tokio::join!(
            self.champion(series, now),
            self.window(&series.symbol, series.interval, now),
            self.newest_forecast(series, now),
        );
        let warnings = model_warning.into_iter().chain(window_warning).collect();
        let artifact = champion.as_ref().map(|champion| &champion.artifact);
        let model_input = self.model_input(series, artifact, window.as_ref(), now);
        let odds_sizes = Some(self.odds_sizes(series));
        ServingContext { champion, window, baseline, experts, odds_sizes, model_input, warnings }
    }

    /// Sizes of moves in the odds of `series`.
    pub(crate) fn odds_sizes(&self, series: &Series) -> OddsSizes {
        self.odds.sizes(series)
    }

    /// Model input of this artifact and window, where it was computed already.
    fn model_input(
        &self,
        series: &Series,
        artifact: Option<&Arc<Artifact>>,
        window: Option<&Arc<BarWindow>>,
        now: Timestamp,
    ) -> Arc<ModelInput> {
        if let Some(cached) = self.model_inputs.get(series).filter(|entry| entry.value.is_of(artifact, window)) {
            return cached.value.input;
        }
        let fresh = CachedInput::new(artifact.cloned(), window.cloned());
        self.model_inputs.insert(series.clone(), fresh.clone(), now);
        fresh.input
    }

    /// Climatology and experts of the newest stored forecast.
    async fn newest_forecast(&self, series: &Series, now: Timestamp) -> NewestForecast {
        let cached = self.newest_forecasts.get(series);
        if let Some(fresh) = cached.as_ref().filter(|entry| entry.is_younger_than(CACHE_TTL, now)) {
            return fresh.value.clone();
        }
        // A forecast extends any stored baseline, so an older one is as good.
        let last = cached.map_or_else(NewestForecast::unread, |entry| entry.value);
        let name = format!("baseline of {series}");
        if self.failed_recently(&name, now) {
            return last;
        }
        let started = Instant::now();
        match with_timeout(self.forecasts.latest(series, 1)).await {
            Ok(records) => {
                let newest = NewestForecast::from(records.first());
                self.newest_forecasts.insert(series.clone(), newest.clone(), now);
                newest
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "failed to read the newest stored forecast");
                self.recent_failures.insert(name, (), now_after(now, started));
                last
            }
        }
    }

    /// Experts of the newest stored forecast; `None` before the first.
    ///
    /// # Errors
    /// [`ProblemKind::Unavailable`] when the stored forecasts could not be read.
    pub(crate) async fn experts(&self, series: &Series, now: Timestamp) -> Result<Option<Arc<StoredExperts>>, Problem> {
        match self.newest_forecast(series, now).await {
            NewestForecast { baseline: Baseline::Unread, .. } => {
                Err(Problem::new(ProblemKind::Unavailable, "the stored forecasts could not be read"))
            }
            NewestForecast { experts, .. } => Ok(experts),
        }
    }

    /// Track record in the newest score report, and a warning when it could not be read.
    pub async fn track_record(&self, series: &Series, now: Timestamp) -> (Option<serde_json::Value>, Option<Warning>) {
        let (report, warning) = self.newest_report(series, now).await;
        (report.performance.clone(), warning)
    }

    /// Live evidence of the challengers in the newest score report, and a warning when it could not be read.
    pub(crate) async fn challengers(
        &self,
        series: &Series,
        now: Timestamp,
    ) -> (Vec<ChallengerSummary>, Option<Warning>) {
        let (report, warning) = self.newest_report(series, now).await;
        (report.challengers.clone(), warning)
    }

    async fn newest_report(&self, series: &Series, now: Timestamp) -> (Arc<NewestReport>, Option<Warning>) {
        if let Some(fresh) = self.reports.get(series).filter(|entry| entry.is_younger_than(CACHE_TTL, now)) {
            return (fresh.value, None);
        }
        let key = keys::latest_report(series);
        let unavailable =
            Some(Warning::new(WarningCode::TrackRecordUnavailable, "the realised performance could not be read"));
        if self.failed_recently(&key, now) {
            return (Arc::default(), unavailable);
        }
        let started = Instant::now();
        match with_timeout(self.storage.get_json::<NewestReport>(&key)).await {
            Ok(report) => {
                let report = Arc::new(report.unwrap_or_default());
                self.reports.insert(series.clone(), Arc::clone(&report), now);
                (report, None)
            }
            Err(reason) => {
                tracing::error!(series = %series, error = reason, "failed to read the score report");
                self.recent_failures.insert(key, (), now_after(now, started));
                (Arc::default(), unavailable)
            }
        }
    }

    /// Quality report of the bars, and a warning when there is none or it may be outdated.
    pub async fn quality_report(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<QualityReport>>, Option<Warning>) {
        let object = keys::quality(symbol, interval);
        let market = (symbol.clone(), interval);
        match self.object(&self.quality_reports, market, &object, quality::read, now).await {
            Ok(Some(report)) => (Some(report), None),
            Ok(None) => {
                let message = "there is no record of gaps and doubtful bars yet";
                (None, Some(Warning::new(WarningCode::QualityReportMissing, message)))
            }
            Err(last) => {
                count_unreadable("QualityReportUnavailable", &object);
                let message = "the record of gaps and doubtful bars could not be read";
                (last, Some(Warning::new(WarningCode::QualityReportUnavailable, message)))
            }
        }
    }

    /// Latest bars, and a warning when they may be outdated.
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
                count_unreadable("WindowUnavailable", &object);
                let message = "the latest bars could not be read: newer ones may exist";
                (last, Some(Warning::new(WarningCode::BarsUnavailable, message)))
            }
        }
    }

    /// Content of `object`, or `None` when there is no such object. The error is its last known content.
    async fn object<T, E: Error + 'static>(
        &self,
        cache: &TtlCache<MarketKey, Option<Arc<T>>>,
        market: MarketKey,
        object: &str,
        read: fn(&[u8], &Symbol, Interval) -> Result<T, E>,
        now: Timestamp,
    ) -> Result<Option<Arc<T>>, Option<Arc<T>>> {
        let cached = cache.get(&market);
        if let Some(fresh) = cached.as_ref().filter(|entry| entry.is_younger_than(CACHE_TTL, now)) {
            return Ok(fresh.value.clone());
        }
        if self.failed_recently(object, now) {
            return Err(cached.and_then(|entry| entry.value));
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
                cache.insert(market, value.clone(), now);
                Ok(value)
            }
            Err(reason) => {
                tracing::error!(object, error = reason, "failed to read an object of ingest");
                self.recent_failures.insert(object.to_owned(), (), now_after(now, started));
                Err(cached.and_then(|entry| entry.value))
            }
        }
    }

    /// True if reading `name` failed within [`CACHE_TTL`]: then requests do not wait for the same store again.
    fn failed_recently(&self, name: &str, now: Timestamp) -> bool {
        self.recent_failures.get(&name.to_owned()).is_some_and(|failed| failed.is_younger_than(CACHE_TTL, now))
    }
}

/// Answer of a store within [`STORE_TIMEOUT`]; else the reason why there is none.
pub(crate) async fn with_timeout<T>(answer: impl Future<Output = Result<T, aws::Error>>) -> Result<T, String> {
    match timeout(STORE_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| error_chain(&error)),
        Err(_) => Err(format!("no answer within {} s", STORE_TIMEOUT.as_secs())),
    }
}

/// Present time, when it was `now` at `started`.
pub(crate) fn now_after(now: Timestamp, started: Instant) -> Timestamp {
    let elapsed = SignedDuration::try_from(started.elapsed()).ok();
    elapsed.and_then(|elapsed| now.checked_add(elapsed).ok()).unwrap_or(now)
}
