//! Response of an invocation.

use crate::{assessment::SeriesAssessment, notifier::NotificationOutcome, track_record::TrackRecord};
use contracts::{
    action::{AlertAction, AlertKind},
    distribution::Odds,
    forecast::Direction,
};
use jiff::Timestamp;
use market_data::{Interval, Series, Symbol};
use serde::Serialize;

/// Response to one request.
#[derive(Debug, Serialize)]
pub struct ScoreResponse {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    pub(crate) as_of: Timestamp,
    pub(crate) series: Vec<SeriesSummary>,
}

/// Result for one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeriesStatus {
    /// All steps succeeded.
    Scored,
    /// The series has no champion yet.
    NoChampion,
    /// The lake has no closed bar of the series.
    NoBars,
    /// The champion's artifact is missing, unreadable, or differs from the registered one.
    #[serde(rename = "model_refused")]
    ModelRejected,
    /// A step failed. The invocation fails too and is retried.
    Failed,
}

/// Result of the notifications of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertStatus {
    /// A notification was sent.
    Sent,
    /// The notification of this event was sent before.
    Repeated,
    /// The same evidence was notified before, and its cool-down goes on.
    CoolingDown,
    /// A notification for a later time was sent before, so none is sent for this one.
    Late,
    /// No notification was due.
    None,
}

impl AlertStatus {
    fn from_outcome(outcome: &NotificationOutcome) -> Self {
        match outcome {
            NotificationOutcome { sent, .. } if !sent.is_empty() => Self::Sent,
            NotificationOutcome { repeated: true, .. } => Self::Repeated,
            NotificationOutcome { late: true, .. } => Self::Late,
            NotificationOutcome { suppressed_until: Some(_), .. } => Self::CoolingDown,
            _ => Self::None,
        }
    }
}

/// Summary of one series.
#[derive(Debug, Serialize)]
pub(crate) struct SeriesSummary {
    pub(crate) series: Series,
    pub(crate) status: SeriesStatus,
    /// Error chain of a series that could not be scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Version of the champion; absent when the series was not scored.
    pub(crate) champion: Option<u32>,
    /// Number of forecasts stored by this invocation.
    pub(crate) forecasts_made: usize,
    /// Number of forecasts settled by this invocation.
    pub(crate) settled: usize,
    pub(crate) latest: Option<LatestForecast>,
    pub(crate) performance: TrackRecord,
    /// Absent when no window can be compared with the reference.
    pub(crate) drift: Option<DriftStatus>,
    /// Strongest action of the firing rules.
    pub(crate) action: AlertAction,
    pub(crate) alert: AlertStatus,
    /// Kinds of the notifications sent by this invocation.
    pub(crate) sent: Vec<AlertKind>,
    /// S3 key of the HTML report.
    pub(crate) report: Option<String>,
}

/// Summary of the newest forecast.
#[derive(Debug, Serialize)]
pub(crate) struct LatestForecast {
    pub(crate) decision_time: Timestamp,
    pub(crate) probability_up: f64,
    pub(crate) direction: Direction,
    /// Prices of the 80 % band, low and high; absent without a distribution.
    pub(crate) band_80: Option<[f64; 2]>,
    /// Odds of large moves; empty without a distribution.
    pub(crate) odds: Vec<Odds>,
}

/// Summary of the conclusion about drift.
#[derive(Debug, Serialize)]
pub(crate) struct DriftStatus {
    /// Share of features above their thresholds in the latest window.
    pub(crate) share: f64,
    pub(crate) confirmed: bool,
    pub(crate) reasons: Vec<String>,
}

impl SeriesSummary {
    /// Summary of a scored series, before its notifications are sent.
    pub(crate) fn scored(
        assessment: &SeriesAssessment<'_>,
        forecasts_made: usize,
        settled: usize,
        report_key: String,
    ) -> Self {
        let newest = assessment.newest_distribution.as_ref();
        Self {
            champion: Some(assessment.champion.version),
            forecasts_made,
            settled,
            latest: assessment.records.last().map(|record| LatestForecast {
                decision_time: record.forecast.decision_time,
                probability_up: record.forecast.probability_up,
                direction: record.forecast.direction,
                band_80: newest.and_then(|newest| Some(newest.bands.get(1)?.prices)),
                odds: newest.map(|newest| newest.odds.clone()).unwrap_or_default(),
            }),
            performance: assessment.track_record.clone(),
            drift: assessment.drift.as_ref().map(|drift| DriftStatus {
                share: drift.windows.last().map_or(0.0, |window| window.share_drifted),
                confirmed: drift.conclusion.confirmed,
                reasons: drift.conclusion.reasons.clone(),
            }),
            action: assessment.decision.action,
            report: Some(report_key),
            ..Self::skipped(assessment.series.clone(), SeriesStatus::Scored, None)
        }
    }

    /// Summary of a series that was not scored.
    pub(crate) fn skipped(series: Series, status: SeriesStatus, error: Option<String>) -> Self {
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

    /// Adds the result of the notifications.
    pub(crate) fn set_notifications(&mut self, outcome: &NotificationOutcome) {
        self.alert = AlertStatus::from_outcome(outcome);
        self.sent = outcome.sent.iter().map(|record| record.kind).collect();
    }
}
