//! Past forecasts with their outcomes.

use crate::{command::HistoryQuery, cursor::Cursor};
use aws::{ForecastRecord, Outcome};
use domain::{Series, forecast::Forecast};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct History {
    /// Which series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// First decision time asked for.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Last decision time asked for.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Oldest first.
    pub forecasts: Vec<Past>,
    /// Where the next page is; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A forecast and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Past {
    /// As it was made.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// What happened; null until known.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// When that was known.
    #[schema(value_type = Option<String>, format = DateTime, required)]
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
        let next = records.last().filter(|_| records.len() >= usize::from(query.limit)).map(|last| {
            // Decision times are whole seconds.
            let from = last.forecast.decision_time.as_second() + 1;
            let cursor = Cursor { from, to: query.to.as_second(), limit: query.limit };
            format!("/v1/series/{}/forecasts?cursor={cursor}", query.series)
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
