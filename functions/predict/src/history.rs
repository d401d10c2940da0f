//! Past forecasts with their outcomes.

use crate::command::HistoryQuery;
use aws::{ForecastRecord, Outcome};
use domain::{Series, forecast::Forecast};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Which series.
    pub series: Series,
    /// First decision time asked for.
    pub from: Timestamp,
    /// Last decision time asked for.
    pub to: Timestamp,
    /// Oldest first.
    pub forecasts: Vec<Past>,
    /// Where the next page is; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A forecast and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Past {
    /// As it was made.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// When.
    pub made_at: Timestamp,
    /// What happened; null until known.
    pub outcome: Option<Outcome>,
    /// When that was known.
    pub settled_at: Option<Timestamp>,
}

impl From<ForecastRecord> for Past {
    fn from(record: ForecastRecord) -> Self {
        let ForecastRecord { forecast, made_at, outcome, settled_at, .. } = record;
        Self { forecast, made_at, outcome, settled_at }
    }
}

impl History {
    /// The page of `records` that answers `query`. A full page has a successor.
    #[must_use]
    pub fn page(query: &HistoryQuery, records: Vec<ForecastRecord>) -> Self {
        let next = records.last().filter(|_| records.len() >= query.limit).map(|last| {
            let from = last.forecast.decision_time.saturating_add(SignedDuration::from_secs(1)).unwrap_or(query.to);
            let HistoryQuery { series, to, limit, .. } = query;
            format!("/v1/series/{series}/forecasts?from={from}&to={to}&limit={limit}")
        });
        Self {
            series: query.series.clone(),
            from: query.from,
            to: query.to,
            forecasts: records.into_iter().map(Past::from).collect(),
            next,
        }
    }
}
