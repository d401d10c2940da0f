//! Past forecasts with their outcomes.

use crate::{
    command::{HistoryQuery, Span},
    cursor::Cursor,
};
use aws::{ForecastRecord, Outcome};
use contracts::forecast::Forecast;
use jiff::Timestamp;
use market_data::Series;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastHistory {
    /// Which series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// First decision time asked for; without bounds that of the first forecast, null without any.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub from: Option<Timestamp>,
    /// Last decision time asked for; without bounds that of the last forecast, null without any.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub to: Option<Timestamp>,
    /// Oldest first.
    pub forecasts: Vec<StoredForecast>,
    /// Where the next page is; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A forecast and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StoredForecast {
    /// As it was made.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Time that counted as now when it was made; in a replay a time of the past.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Time by the clock at which it was stored; null in records of older releases.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub stored_at: Option<Timestamp>,
    /// True if it was made in a replay, stored at or after its target time: no evidence of what was forecast.
    pub replayed: bool,
    /// What happened; null until known.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// When that was known.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub settled_at: Option<Timestamp>,
}

impl From<ForecastRecord> for StoredForecast {
    fn from(record: ForecastRecord) -> Self {
        let replayed = record.is_replayed();
        let ForecastRecord { forecast, made_at, stored_at, outcome, settled_at, .. } = record;
        Self { forecast, made_at, stored_at, replayed, outcome, settled_at }
    }
}

impl ForecastHistory {
    /// The page of `records`, oldest first, that answers `query`. A full page between two times has a successor; the newest
    /// forecasts have none.
    #[must_use]
    pub fn page(query: &HistoryQuery, records: Vec<ForecastRecord>) -> Self {
        let decided = |record: Option<&ForecastRecord>| record.map(|record| record.forecast.decision_time);
        let (from, to, next) = match query.span {
            Span::Newest => (decided(records.first()), decided(records.last()), None),
            Span::Between { from, to } => {
                let full = records.last().filter(|_| records.len() >= usize::from(query.limit));
                // Decision times are whole seconds.
                let rest = full.map(|last| last.forecast.decision_time.as_second() + 1);
                let next = rest.filter(|rest| *rest <= to.as_second()).map(|rest| {
                    let cursor = Cursor { from: rest, to: to.as_second(), limit: query.limit };
                    format!("/v1/series/{}/forecasts?cursor={cursor}", query.series)
                });
                (Some(from), Some(to), next)
            }
        };
        Self {
            series: query.series.clone(),
            from,
            to,
            forecasts: records.into_iter().map(StoredForecast::from).collect(),
            next,
        }
    }
}
