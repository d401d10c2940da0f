//! What there is to know about each series.

use crate::{
    dashboard::Realised,
    forecast::{Situation, data_age, expired, is_stale},
    quality::Quality,
};
use domain::{
    Interval, Series, Symbol, Warning,
    forecast::{DataRef, Edge},
    gaps::Ledger,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// The answer of `GET /v1/series`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// Every configured series; the first is the default.
    pub series: Vec<SeriesStatus>,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SeriesStatus {
    /// Its slug.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// The pair.
    #[schema(value_type = String, example = "ETH-USD")]
    pub symbol: Symbol,
    /// The bars.
    #[schema(value_type = String, example = "1d")]
    pub interval: Interval,
    /// How many bars ahead.
    pub horizon: u32,
    /// Who serves.
    #[schema(required)]
    pub champion: Option<ChampionStatus>,
    /// The bars.
    #[schema(required)]
    pub data: Option<DataStatus>,
    /// Whether those are older than they should be.
    pub stale: bool,
    /// What score measured last on settled forecasts; null before the first.
    #[schema(value_type = Option<Realised>, required)]
    pub realised: Option<Value>,
    /// When training is scheduled.
    #[schema(required)]
    pub training_schedule: Option<String>,
    /// What a reader should know.
    pub warnings: Vec<Warning>,
}

/// The bars that are stored.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DataStatus {
    /// The latest one.
    #[serde(flatten)]
    pub latest: DataRef,
    /// Gaps and findings among all of them; null when they are not known.
    #[schema(required)]
    pub quality: Option<Quality>,
}

/// The version that serves.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChampionStatus {
    /// Its number.
    pub version: u32,
    /// Its model family.
    pub family: String,
    /// When it was trained.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// Seconds since then.
    pub age_seconds: i64,
    /// SHA-256 of its artifact.
    pub sha256: String,
    /// Its evidence.
    pub edge: Edge,
}

/// What is known of a series.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The model, the latest bars, and what a reader should know about the loading.
    pub situation: Situation,
    /// What ingest notes about the bars.
    pub ledger: Option<Arc<Ledger>>,
    /// What score measured last on settled forecasts.
    pub realised: Option<Value>,
    /// When training is scheduled.
    pub training_schedule: Option<String>,
}

impl SeriesStatus {
    /// The status of `series` at `clock`; replayed history has its own now.
    #[must_use]
    pub fn of(series: Series, known: Known, clock: Timestamp) -> Self {
        let Known { situation, ledger, realised, training_schedule } = known;
        let (now, replayed) = (situation.now(clock), situation.replayed());
        let Situation { champion: model, window, mut warnings, .. } = situation;
        let champion = model.as_ref().map(|champion| ChampionStatus {
            version: champion.record.version,
            family: champion.artifact.family().to_string(),
            trained_at: champion.record.trained_at,
            age_seconds: champion.age_seconds(now.max(champion.record.trained_at)),
            sha256: champion.record.sha256.clone(),
            edge: champion.artifact.edge,
        });
        let data = window.and_then(|window| {
            let last_bar = window.bars.last()?.time;
            let age_seconds = data_age(&series, last_bar, now);
            let latest = DataRef { last_bar, age_seconds, source: window.source.clone() };
            Some(DataStatus { latest, quality: ledger.as_deref().map(Quality::from) })
        });
        warnings.extend(model.and_then(|champion| champion.standing.warning()));
        let decided = data.as_ref().map(|data| series.decision_time(data.latest.last_bar));
        warnings.extend(decided.and_then(|decided| expired(&series, decided, now)));
        warnings.extend(replayed);
        Self {
            symbol: series.symbol.clone(),
            interval: series.interval,
            horizon: series.horizon,
            stale: data.as_ref().is_none_or(|data| is_stale(&series, data.latest.age_seconds)),
            series,
            champion,
            data,
            realised,
            training_schedule,
            warnings,
        }
    }
}
