//! What an invocation answers.

use crate::{notifier::NotificationOutcome, track_record::TrackRecord};
use contracts::{
    action::{AlertAction, AlertKind},
    forecast::Direction,
};
use jiff::Timestamp;
use market_data::{Interval, Series, Symbol};
use serde::Serialize;

/// The answer to one event.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreResponse {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    pub(crate) as_of: Timestamp,
    pub(crate) series: Vec<SeriesSummary>,
}

/// What became of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// All was done.
    Scored,
    /// There is no champion to forecast with yet.
    NoChampion,
    /// There is no closed bar.
    NoBars,
    /// The champion's artifact is not what was registered, or not readable.
    ModelRefused,
    /// Something failed; the invocation fails too, and is tried again.
    Failed,
}

/// What became of the alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertStatus {
    /// It went out.
    Sent,
    /// It went out before, for this very event.
    Repeated,
    /// The same was announced a while ago, and it is not time yet to say it again.
    CoolingDown,
    /// Something was told of a later moment before, so nothing of this one.
    Late,
    /// There was nothing to alert of.
    None,
}

impl AlertStatus {
    /// In one word.
    pub(crate) fn of(told: &NotificationOutcome) -> Self {
        match told {
            NotificationOutcome { sent, .. } if !sent.is_empty() => Self::Sent,
            NotificationOutcome { repeated: true, .. } => Self::Repeated,
            NotificationOutcome { late: true, .. } => Self::Late,
            NotificationOutcome { held_until: Some(_), .. } => Self::CoolingDown,
            _ => Self::None,
        }
    }
}

/// One series.
#[derive(Debug, Serialize)]
pub(crate) struct SeriesSummary {
    pub(crate) series: Series,
    pub(crate) status: Status,
    /// Why not, when it was not scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    pub(crate) champion: Option<u32>,
    pub(crate) forecasts_made: usize,
    pub(crate) settled: usize,
    pub(crate) latest: Option<LatestForecast>,
    pub(crate) performance: TrackRecord,
    pub(crate) drift: Option<DriftStatus>,
    /// The strongest action of the rules that fire.
    pub(crate) action: AlertAction,
    pub(crate) alert: AlertStatus,
    /// Kinds of what was sent.
    pub(crate) sent: Vec<AlertKind>,
    /// Key of the HTML report.
    pub(crate) report: Option<String>,
}

/// The newest forecast, in short.
#[derive(Debug, Serialize)]
pub(crate) struct LatestForecast {
    pub(crate) decision_time: Timestamp,
    pub(crate) probability_up: f64,
    pub(crate) direction: Direction,
}

/// The conclusion about drift, in short.
#[derive(Debug, Serialize)]
pub(crate) struct DriftStatus {
    /// Share of features beyond their thresholds in the present window.
    pub(crate) share: f64,
    pub(crate) confirmed: bool,
    pub(crate) reasons: Vec<String>,
}

impl SeriesSummary {
    /// Adds what became of the announcements.
    pub(crate) fn set_notifications(&mut self, told: &NotificationOutcome) {
        self.alert = AlertStatus::of(told);
        self.sent = told.sent.iter().map(|announced| announced.kind).collect();
    }

    /// A series for which nothing was done.
    pub(crate) fn skipped(series: Series, status: Status, error: Option<String>) -> Self {
        Self {
            series,
            status,
            error,
            champion: None,
            forecasts_made: 0,
            settled: 0,
            latest: None,
            performance: TrackRecord::default(),
            drift: None,
            action: AlertAction::None,
            alert: AlertStatus::None,
            sent: vec![],
            report: None,
        }
    }
}
