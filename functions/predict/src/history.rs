//! Past forecasts with their outcomes.

use crate::{
    cursor::Cursor,
    request::{HistoryQuery, Span},
};
use aws::ForecastRecord;
use contracts::{
    Outcome,
    distribution::{Distribution, DistributionScores, OddsSizes},
    expert::ExpertForecast,
    forecast::Forecast,
};
use jiff::Timestamp;
use market_data::Series;
use serde::Serialize;
use utoipa::ToSchema;

/// Page of past forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastHistory {
    /// Slug of the series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// First decision time of the query; without bounds that of the first forecast, null without any.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub from: Option<Timestamp>,
    /// Last decision time of the query; without bounds that of the last forecast, null without any.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub to: Option<Timestamp>,
    /// Forecasts in ascending order of decision time.
    pub forecasts: Vec<StoredForecast>,
    /// Address of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Stored forecast with its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StoredForecast {
    /// Forecast as it was stored.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Time that counted as now when it was made; in a replay this is a time in the past.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Time by the clock at which it was stored; null in records of older releases.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub stored_at: Option<Timestamp>,
    /// True if it was made in a replay and stored at or after its target time. Such a forecast is no evidence of skill.
    pub replayed: bool,
    /// Outcome; null until it is known.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// Time at which the outcome was stored; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub settled_at: Option<Timestamp>,
    /// Move from the close at the decision time to the close at the target time, a log return; null until it is known.
    #[schema(required)]
    pub settled_move: Option<f64>,
    /// Scores of the distribution; null until the outcome is known, and without a stored distribution.
    #[schema(required)]
    pub distribution_scores: Option<DistributionScores>,
}

impl StoredForecast {
    /// Forecast of a record, with odds of these sizes.
    #[must_use]
    pub fn new(record: ForecastRecord, sizes: &OddsSizes) -> Self {
        let replayed = record.is_replayed();
        let ForecastRecord { mut forecast, distribution, experts, made_at, stored_at, outcome, settled_at, .. } =
            record;
        forecast.experts = experts.iter().map(ExpertForecast::public).collect();
        forecast.distribution = distribution.map(|stored| Distribution::new(&forecast.series, &stored, sizes));
        let closes = record.close_at_decision.zip(record.close_at_target);
        let settled_move = closes.map(|(decision, target)| (target / decision).ln()).filter(|value| value.is_finite());
        let distribution_scores = record.distribution_scores;
        Self { forecast, made_at, stored_at, replayed, outcome, settled_at, settled_move, distribution_scores }
    }
}

impl ForecastHistory {
    /// Page of `records`, in ascending order, that answers `query`, with odds of these sizes. A full page between two times has a next page; a page of
    /// the newest forecasts has none.
    #[must_use]
    pub fn page(query: &HistoryQuery, records: Vec<ForecastRecord>, sizes: &OddsSizes) -> Self {
        let decision_time = |record: Option<&ForecastRecord>| record.map(|record| record.forecast.decision_time);
        let (from, to, next) = match query.span {
            Span::Newest => (decision_time(records.first()), decision_time(records.last()), None),
            Span::Between { from, to } => {
                let last = records.last().filter(|_| records.len() >= usize::from(query.limit));
                // Decision times are whole seconds.
                let rest = last.map(|record| record.forecast.decision_time.as_second() + 1);
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
            forecasts: records.into_iter().map(|record| StoredForecast::new(record, sizes)).collect(),
            next,
        }
    }
}
