//! Readiness of the service: every series has its champion and a forecast that has not expired.

use crate::forecast::{ServingContext, data_age, expired, is_stale};
use contracts::{Warning, WarningCode};
use jiff::Timestamp;
use market_data::Series;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET /ready`: 200 when every series is ready, else 503.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether every series is.
    pub ready: bool,
    /// Every configured series.
    pub series: Vec<SeriesReadiness>,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeriesReadiness {
    /// Its slug.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// True if its champion is loaded and its current forecast has not expired.
    pub ready: bool,
    /// The version that answers; null when none does.
    #[schema(required)]
    pub champion: Option<u32>,
    /// Why it is not ready; forecasts are answered all the same, with warnings.
    pub reasons: Vec<Warning>,
}

impl Readiness {
    /// Of all series.
    #[must_use]
    pub fn of(series: Vec<SeriesReadiness>) -> Self {
        Self { ready: series.iter().all(|one| one.ready), series }
    }
}

impl SeriesReadiness {
    /// Of a series in its `situation` at `clock`; replayed history has its own now.
    #[must_use]
    pub fn of(series: Series, situation: &ServingContext, clock: Timestamp) -> Self {
        let now = situation.now(clock);
        let ServingContext { champion, window, warnings, .. } = situation;
        let mut reasons = warnings.clone();
        match champion {
            None => reasons.push(Warning::new(WarningCode::NoModel, "no model serves")),
            Some(champion) => reasons.extend(champion.standing.warning()),
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
