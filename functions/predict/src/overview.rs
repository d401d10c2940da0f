//! Status of each series.

use crate::{
    forecast::{data_age, expired, is_stale},
    quality::DataQuality,
    serving_context::ServingContext,
};
use contracts::{
    Warning,
    forecast::{DataRef, Edge},
    report::TrackRecordSummary,
};
use jiff::Timestamp;
use market_data::{Interval, Series, Symbol, gaps::QualityReport};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Answer of `GET /v1/series`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// Status of each configured series; the first is the default.
    pub series: Vec<SeriesStatus>,
}

/// Status of one series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SeriesStatus {
    /// Slug of the series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// Base and quote currency.
    #[schema(value_type = String, example = "ETH-USD")]
    pub symbol: Symbol,
    /// Interval of the bars.
    #[schema(value_type = String, example = "1d")]
    pub interval: Interval,
    /// Number of bars from decision to target.
    pub horizon: u32,
    /// Model that serves; null without one.
    #[schema(required)]
    pub champion: Option<ChampionStatus>,
    /// Stored bars; null before the first.
    #[schema(required)]
    pub data: Option<DataStatus>,
    /// True if the bars are older than two intervals and ten minutes, or if there are none.
    pub stale: bool,
    /// Performance of settled forecasts in the newest report; null before the first report.
    #[schema(value_type = Option<TrackRecordSummary>, required)]
    pub realised: Option<Value>,
    /// Schedule of the training; null without one.
    #[schema(required)]
    pub training_schedule: Option<String>,
    /// Warnings about data and model.
    pub warnings: Vec<Warning>,
}

/// Stored bars of a series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DataStatus {
    /// Latest bar.
    #[serde(flatten)]
    pub latest: DataRef,
    /// Gaps and findings among all bars; null when they are unknown.
    #[schema(required)]
    pub quality: Option<DataQuality>,
}

/// Model that serves.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChampionStatus {
    /// Version in the registry of the series.
    pub version: u32,
    /// Model family.
    pub family: String,
    /// Time of the training.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// Seconds since the training.
    pub age_seconds: i64,
    /// SHA-256 of the artifact, in hex.
    pub sha256: String,
    /// Skill over climatology on the hold-out.
    pub edge: Edge,
}

/// Loaded inputs of a series status.
#[derive(Debug, Clone, Default)]
pub struct SeriesInputs {
    /// Model and latest bars, with warnings about loading them.
    pub context: ServingContext,
    /// Quality report of the bars.
    pub quality_report: Option<Arc<QualityReport>>,
    /// Performance of settled forecasts in the newest report.
    pub track_record: Option<Value>,
    /// Schedule of the training.
    pub training_schedule: Option<String>,
}

impl SeriesStatus {
    /// Status of `series`. `clock` is the present time; replayed history has its own.
    #[must_use]
    pub fn new(series: Series, inputs: SeriesInputs, clock: Timestamp) -> Self {
        let SeriesInputs { context, quality_report, track_record, training_schedule } = inputs;
        let (now, replay_warning) = (context.now(clock), context.replay_warning());
        let ServingContext { champion: model, window, mut warnings, .. } = context;
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
            Some(DataStatus { latest, quality: quality_report.as_deref().map(DataQuality::from) })
        });
        warnings.extend(model.and_then(|champion| champion.status.warning()));
        let decision_time = data.as_ref().map(|data| series.decision_time(data.latest.last_bar));
        warnings.extend(decision_time.and_then(|time| expired(&series, time, now)));
        warnings.extend(replay_warning);
        Self {
            symbol: series.symbol.clone(),
            interval: series.interval,
            horizon: series.horizon,
            stale: data.as_ref().is_none_or(|data| is_stale(&series, data.latest.age_seconds)),
            series,
            champion,
            data,
            realised: track_record,
            training_schedule,
            warnings,
        }
    }
}
