//! What there is to know about each series.

use crate::forecast::{Situation, is_stale};
use domain::{
    Interval, Series, Symbol,
    forecast::{DataRef, Edge},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// The answer of `GET /v1/series`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Every configured series; the first is the default.
    pub series: Vec<SeriesStatus>,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesStatus {
    /// Its slug.
    pub series: Series,
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// How many bars ahead.
    pub horizon: u32,
    /// Who serves.
    pub champion: Option<ChampionStatus>,
    /// The latest bars.
    pub data: Option<DataRef>,
    /// Whether those are older than they should be.
    pub stale: bool,
    /// What score measured last on settled forecasts; null before the first.
    pub realised: Option<Value>,
    /// When training is scheduled.
    pub training_schedule: Option<String>,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// The version that serves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChampionStatus {
    /// Its number.
    pub version: u32,
    /// Its model family.
    pub family: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Seconds since then.
    pub age_seconds: i64,
    /// SHA-256 of its artifact.
    pub sha256: String,
    /// Its evidence.
    pub edge: Edge,
}

impl SeriesStatus {
    /// The status of `series` at `now`.
    #[must_use]
    pub fn of(
        series: Series,
        situation: &Situation,
        realised: Option<Value>,
        training_schedule: Option<String>,
        now: Timestamp,
    ) -> Self {
        let champion = situation.champion.as_ref().map(|champion| ChampionStatus {
            version: champion.record.version,
            family: champion.artifact.family().to_string(),
            trained_at: champion.record.trained_at,
            age_seconds: champion.age_seconds(now),
            sha256: champion.record.sha256.clone(),
            edge: champion.artifact.edge,
        });
        let data = situation.window.as_ref().and_then(|window| {
            let last_bar = window.bars.last()?.time;
            let age_seconds = now.as_second() - series.decision_time(last_bar).as_second();
            Some(DataRef { last_bar, age_seconds, source: window.source.clone() })
        });
        let mut warnings = situation.warnings.clone();
        warnings.extend(situation.champion.as_ref().and_then(|champion| champion.degraded.clone()));
        Self {
            symbol: series.symbol.clone(),
            interval: series.interval,
            horizon: series.horizon,
            stale: data.as_ref().is_none_or(|data| is_stale(&series, data.age_seconds)),
            series,
            champion,
            data,
            realised,
            training_schedule,
            warnings,
        }
    }
}
