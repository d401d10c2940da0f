//! Readiness of the service: every series has its champion and a forecast that has not expired.

use crate::{
    forecast::{data_age, expired, is_stale},
    serving_context::ServingContext,
};
use contracts::{Warning, WarningCode};
use jiff::Timestamp;
use market_data::Series;
use serde::Serialize;
use utoipa::ToSchema;

/// Answer of `GET /ready`: with status 200 when all series are ready, else 503.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// True if all series are ready.
    pub ready: bool,
    /// Readiness of each configured series.
    pub series: Vec<SeriesReadiness>,
}

/// Readiness of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeriesReadiness {
    /// Slug of the series.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// True if the champion is loaded and the current forecast has not expired.
    pub ready: bool,
    /// Version of the model that serves; null without a model.
    #[schema(required)]
    pub champion: Option<u32>,
    /// Reasons why the series is not ready. Its forecasts are still served, with warnings.
    pub reasons: Vec<Warning>,
}

impl Readiness {
    /// Readiness of the service with these series.
    #[must_use]
    pub fn new(series: Vec<SeriesReadiness>) -> Self {
        Self { ready: series.iter().all(|series| series.ready), series }
    }
}

impl SeriesReadiness {
    /// Readiness of a series. `clock` is the present time; replayed history has its own.
    #[must_use]
    pub fn new(series: Series, context: &ServingContext, clock: Timestamp) -> Self {
        let now = context.now(clock);
        let ServingContext { champion, window, warnings, .. } = context;
        let mut reasons = warnings.clone();
        match champion {
            None => reasons.push(Warning::new(WarningCode::NoModel, "no model serves")),
            Some(champion) => reasons.extend(champion.status.warning()),
        }
        match window.as_ref().and_then(|window| window.bars.last()) {
            None => reasons.push(Warning::new(WarningCode::NoBars, "there are no bars")),
            Some(last) => {
                let close = series.decision_time(last.time);
                reasons.extend(expired(&series, close, now));
                if is_stale(&series, data_age(&series, last.time, now)) {
                    reasons.push(Warning::new(WarningCode::StaleData, format!("the last bar closed at {close}")));
                }
            }
        }
        let champion = champion.as_ref().map(|champion| champion.record.version);
        Self { series, ready: reasons.is_empty(), champion, reasons }
    }
}
