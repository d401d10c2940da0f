//! Model that serves a series: the champion, else the best fallback.

use super::{CACHE_TTL, Loader, REJECTED_TTL, now_after, with_timeout};
use crate::{
    champion::{ModelRejected, ServingModel, ServingStatus},
    metrics::{count_rejected_model, count_unavailable_model},
};
use aws::{Alias, VersionRecord};
use contracts::{Warning, WarningCode};
use jiff::Timestamp;
use market_data::Series;
use observability::error_chain;
use tokio::time::Instant;

/// Result of looking up the model of a series.
#[derive(Debug, Clone, Default)]
pub(super) struct ChampionLookup {
    champion: Option<ServingModel>,
    /// Warning about a part that could not be read.
    warning: Option<Warning>,
}

impl ChampionLookup {
    fn unavailable(champion: Option<ServingModel>, reason: String) -> Self {
        Self { champion, warning: Some(model_unavailable(reason)) }
    }

    /// True if the version that the alias names serves, or no version is promoted.
    fn is_healthy(&self) -> bool {
        let is_champion = |champion: &ServingModel| champion.status == ServingStatus::Champion;
        self.warning.is_none() && self.champion.as_ref().is_none_or(is_champion)
    }
}

impl From<ServingModel> for ChampionLookup {
    fn from(champion: ServingModel) -> Self {
        Self { champion: Some(champion), warning: None }
    }
}

/// Error of loading a model version.
enum LoadError {
    /// The artifact may not serve.
    Rejected(ModelRejected),
    /// A store did not answer; with the registered version, if that is known.
    Unavailable { error: aws::Error, record: Option<Box<VersionRecord>> },
}

impl Loader {
    pub(super) async fn champion(&self, series: &Series, now: Timestamp) -> (Option<ServingModel>, Option<Warning>) {
        let cached = self.champions.get(series);
        if let Some(fresh) = cached.as_ref().filter(|entry| entry.is_younger_than(CACHE_TTL, now)) {
            return (fresh.value.champion.clone(), fresh.value.warning.clone());
        }
        let cached = cached.and_then(|entry| entry.value.champion);
        let outdated = Some(model_unavailable("the registry did not answer: a newer model may exist"));
        let name = format!("model of {series}");
        if self.failed_recently(&name, now) {
            return (cached, outdated);
        }
        let started = Instant::now();
        match with_timeout(self.look_up_champion(series, cached.clone(), now)).await {
            Ok(lookup) => {
                // A fallback counts from its arrival, so that the next request does not wait for the same store again.
                let loaded_at = if lookup.is_healthy() { now } else { now_after(now, started) };
                self.champions.insert(series.clone(), lookup.clone(), loaded_at);
                (lookup.champion, lookup.warning)
            }
            Err(reason) => {
                report_unavailable(series, &reason);
                self.recent_failures.insert(name, (), now_after(now, started));
                (cached, outdated)
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

    /// Model that serves for `alias`.
    async fn champion_for_alias(
        &self,
        series: &Series,
        alias: &Alias,
        cached: Option<ServingModel>,
        now: Timestamp,
    ) -> ChampionLookup {
        let has_artifact = |champion: &&ServingModel| !matches!(champion.status, ServingStatus::BaseRate(_));
        let usable = cached.as_ref().filter(has_artifact);
        if let Some(champion) = usable.filter(|champion| champion.record.version == alias.version) {
            return ServingModel { status: ServingStatus::Champion, ..champion.clone() }.into();
        }
        let rejected = self.rejected_models.get(&(series.clone(), alias.version));
        let reason = match rejected.filter(|entry| entry.is_younger_than(REJECTED_TTL, now)) {
            Some(entry) => entry.value,
            None => match self.fetch(series, alias.version).await {
                Ok(champion) => return champion.into(),
                Err(LoadError::Rejected(rejected)) => {
                    let reason = rejected.to_string();
                    report_rejected(&rejected);
                    self.rejected_models.insert((series.clone(), alias.version), reason.clone(), now);
                    reason
                }
                Err(LoadError::Unavailable { error, record }) => {
                    report_unavailable(series, &error_chain(&error));
                    let reason = format!("model version {} could not be read", alias.version);
                    // Another version is not read: the request has waited for the store already.
                    return match (usable, record) {
                        (Some(usable), _) => usable.clone().as_fallback(&reason).into(),
                        (None, Some(record)) => ServingModel::base_rate_of(*record, &reason).into(),
                        (None, None) => ChampionLookup::unavailable(cached, reason),
                    };
                }
            },
        };
        match usable {
            Some(usable) => usable.clone().as_fallback(&reason).into(),
            None => self.fallback_champion(series, alias, reason).await,
        }
    }

    /// Fallback without a cached model: the version before the alias's, else the base rate of the alias's version.
    async fn fallback_champion(&self, series: &Series, alias: &Alias, reason: String) -> ChampionLookup {
        if let Some(previous) = alias.previous
            && let Ok(champion) = self.fetch(series, previous).await
        {
            return champion.as_fallback(&reason).into();
        }
        match self.registry.version(series, alias.version).await {
            Ok(Some(record)) => ServingModel::base_rate_of(record, &reason).into(),
            Ok(None) => ChampionLookup::unavailable(None, reason),
            Err(error) => {
                report_unavailable(series, &error_chain(&error));
                ChampionLookup::unavailable(None, reason)
            }
        }
    }

    async fn fetch(&self, series: &Series, version: u32) -> Result<ServingModel, LoadError> {
        let rejected = |reason| LoadError::Rejected(ModelRejected { series: series.clone(), version, reason });
        let unavailable = |error, record| LoadError::Unavailable { error, record };
        let record = self.registry.version(series, version).await.map_err(|error| unavailable(error, None))?;
        let record = record.ok_or_else(|| rejected("it is not registered".to_owned()))?;
        let bytes = match self.storage.get(&record.artifact_key).await {
            Ok(bytes) => bytes,
            // Reading it again would not make it smaller.
            Err(error @ aws::Error::TooLarge { .. }) => return Err(rejected(error.to_string())),
            Err(error) => return Err(unavailable(error, Some(Box::new(record)))),
        };
        ServingModel::from_verified_bytes(record, bytes.as_deref()).map_err(LoadError::Rejected)
    }
}

fn model_unavailable(message: impl Into<String>) -> Warning {
    Warning::new(WarningCode::ModelUnavailable, message)
}

fn report_rejected(rejected: &ModelRejected) {
    let ModelRejected { series, version, reason } = rejected;
    tracing::error!(series = %series, version, reason, "rejected model");
    count_rejected_model(rejected);
}

fn report_unavailable(series: &Series, reason: &str) {
    tracing::error!(series = %series, error = reason, "failed to load the model");
    count_unavailable_model(series);
}
