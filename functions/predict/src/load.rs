//! Model and window from the stores, kept between calls.

use crate::{
    champion::{Champion, Refusal},
    forecast::Situation,
    memory::Memory,
    window,
};
use aws::{Alias, Clients, ConfigError, Metrics, Registry, Storage, failure, keys};
use domain::{Interval, Series, Symbol, window::Window};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How old an answer of the registry, or a window, may be.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(5);
/// How long a refused artifact is not read again.
pub const REFUSED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Reads the stores and remembers.
#[derive(Debug)]
pub struct Loader {
    registry: Registry,
    storage: Storage,
    champions: Memory<Series, Option<Champion>>,
    windows: Memory<(Symbol, Interval), Option<Arc<Window>>>,
    refusals: Memory<(Series, u32), String>,
}

/// Why a version is not at hand.
enum Missing {
    /// It may not serve.
    Refused(Refusal),
    /// A store did not answer.
    Unavailable(aws::Error),
}

impl Loader {
    /// A loader without memory.
    ///
    /// # Errors
    /// The bucket or the registry is not configured.
    pub fn new(clients: &Clients) -> Result<Self, ConfigError> {
        Ok(Self {
            registry: clients.registry()?,
            storage: clients.storage()?,
            champions: Memory::default(),
            windows: Memory::default(),
            refusals: Memory::default(),
        })
    }

    /// The situation of `series` at `now`. Never fails: what cannot be loaded is remembered, replaced or missing, and
    /// the warnings say so.
    pub async fn situation(&self, series: &Series, now: Timestamp) -> Situation {
        let ((champion, about_model), (window, about_window)) =
            tokio::join!(self.champion(series, now), self.window(&series.symbol, series.interval, now));
        Situation { champion, window, warnings: about_model.into_iter().chain(about_window).collect() }
    }

    /// The realised performance in the newest score report.
    pub async fn realised(&self, series: &Series) -> Option<serde_json::Value> {
        match self.storage.get_json::<serde_json::Value>(&keys::latest_report(series)).await {
            Ok(report) => report.and_then(|mut report| Some(report.get_mut("performance")?.take())),
            Err(error) => {
                tracing::error!(series = %series, error = failure::chain(&error), "reading the score report");
                None
            }
        }
    }

    async fn champion(&self, series: &Series, now: Timestamp) -> (Option<Champion>, Option<String>) {
        let remembered = self.champions.recall(series);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return (fresh.value.clone(), None);
        }
        let cached = remembered.and_then(|one| one.value);
        let alias = match self.registry.alias(series).await {
            Ok(alias) => alias,
            Err(error) => {
                report_unavailable(series, &error);
                return (cached, Some("the registry did not answer: a newer model may exist".to_owned()));
            }
        };
        let champion = match alias {
            Some(alias) => match self.serving(series, &alias, cached, now).await {
                Ok(champion) => champion,
                Err((fallback, warning)) => return (fallback, Some(warning)),
            },
            None => None,
        };
        self.champions.remember(series.clone(), champion.clone(), now);
        (champion, None)
    }

    /// Who answers for `alias`. The error is who answers when a store did not; it is not remembered.
    async fn serving(
        &self,
        series: &Series,
        alias: &Alias,
        cached: Option<Champion>,
        now: Timestamp,
    ) -> Result<Option<Champion>, (Option<Champion>, String)> {
        let sound = cached.filter(|champion| champion.degraded.is_none() || champion.record.version != alias.version);
        if let Some(champion) = sound.as_ref().filter(|one| one.record.version == alias.version) {
            return Ok(Some(Champion { degraded: None, ..champion.clone() }));
        }
        let known = self.refusals.recall(&(series.clone(), alias.version));
        let reason = match known.filter(|one| one.is_younger_than(REFUSED_FOR, now)) {
            Some(refusal) => refusal.value,
            None => match self.fetch(series, alias.version).await {
                Ok(champion) => return Ok(Some(champion)),
                Err(Missing::Refused(refusal)) => {
                    let reason = refusal.to_string();
                    report_refused(&refusal);
                    self.refusals.remember((series.clone(), alias.version), reason.clone(), now);
                    reason
                }
                Err(Missing::Unavailable(error)) => {
                    report_unavailable(series, &error);
                    let reason = format!("model version {} could not be read", alias.version);
                    return Err((self.substitute(series, alias, sound, &reason).await, reason));
                }
            },
        };
        Ok(self.substitute(series, alias, sound, &reason).await)
    }

    /// Who answers instead of the alias's version: whoever served until now, else the version before it, else the
    /// base rate of the version itself.
    async fn substitute(
        &self,
        series: &Series,
        alias: &Alias,
        cached: Option<Champion>,
        reason: &str,
    ) -> Option<Champion> {
        if let Some(cached) = cached {
            return Some(cached.standing_in(reason));
        }
        if let Some(previous) = alias.previous
            && let Ok(champion) = self.fetch(series, previous).await
        {
            return Some(champion.standing_in(reason));
        }
        let record = self.registry.version(series, alias.version).await.ok().flatten()?;
        Some(Champion::base_rate_of(record, reason))
    }

    async fn fetch(&self, series: &Series, version: u32) -> Result<Champion, Missing> {
        let record = self.registry.version(series, version).await.map_err(Missing::Unavailable)?;
        let record = record.ok_or_else(|| {
            let reason = "it is not registered".to_owned();
            Missing::Refused(Refusal { series: series.clone(), version, reason })
        })?;
        let bytes = self.storage.get(&record.artifact_key).await.map_err(Missing::Unavailable)?;
        Champion::verify(record, bytes.as_deref()).map_err(Missing::Refused)
    }

    async fn window(
        &self,
        symbol: &Symbol,
        interval: Interval,
        now: Timestamp,
    ) -> (Option<Arc<Window>>, Option<String>) {
        let key = (symbol.clone(), interval);
        let remembered = self.windows.recall(&key);
        if let Some(fresh) = remembered.as_ref().filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return (fresh.value.clone(), None);
        }
        let object = keys::window(symbol, interval);
        let read = match self.storage.get(&object).await {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => window::read(&bytes, symbol, interval)
                .map(|window| Some(Arc::new(window)))
                .map_err(|error| failure::chain(&error)),
            Err(error) => Err(failure::chain(&error)),
        };
        match read {
            Ok(window) => {
                self.windows.remember(key, window.clone(), now);
                (window, None)
            }
            Err(reason) => {
                tracing::error!(object, error = reason, "reading the window");
                Metrics::of_function("predict").count("WindowUnavailable", 1).property("object", object).emit();
                let warning = "the latest bars could not be read: newer ones may exist".to_owned();
                (remembered.and_then(|one| one.value), Some(warning))
            }
        }
    }
}

fn report_refused(refusal: &Refusal) {
    tracing::error!(series = %refusal.series, version = refusal.version, reason = refusal.reason, "model refused");
    let Refusal { series, version, reason } = refusal;
    for metrics in [Metrics::of_series(series), Metrics::of_function("predict")] {
        metrics.count("ModelRefused", 1).property("version", *version).property("reason", reason.as_str()).emit();
    }
}

fn report_unavailable(series: &Series, error: &aws::Error) {
    tracing::error!(series = %series, error = failure::chain(error), "the model could not be loaded");
    Metrics::of_function("predict").count("ModelUnavailable", 1).property("series", series.slug()).emit();
}
