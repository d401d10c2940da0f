//! Events that start the functions and pass between them. An event may be delivered more than once, or late.

use crate::action::{AlertAction, AlertKind, Severity};
use jiff::Timestamp;
use market_data::{Interval, Series, Symbol, time};
use serde::{Deserialize, Serialize};

/// Field `source` of every event on the bus of Weathervane.
pub const SOURCE: &str = "weathervane";

/// Request to ingest bars. Without `from`, ingestion continues after the last stored bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// First bar of a back-fill, by open time, inclusive.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// End of a back-fill, by open time, exclusive. Default: all closed bars.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Time that counts as now. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

impl IngestRequest {
    /// Field `detail-type` of the event.
    pub const DETAIL_TYPE: &'static str = "IngestRequested";
}

/// Detail of the event `BarsIngested`: new closed bars are in the lake and in the bar window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarsIngested {
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// Open time of the first new bar.
    #[serde(with = "time::required")]
    pub first: Timestamp,
    /// Open time of the last closed bar in the lake.
    #[serde(with = "time::required")]
    pub last: Timestamp,
    /// Number of new bars.
    pub new_bars: usize,
    /// Origin of the last bar, as a label.
    pub source: String,
    /// Time that counted as now.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
}

impl BarsIngested {
    /// Field `detail-type` of the event.
    pub const DETAIL_TYPE: &'static str = "BarsIngested";
}

/// Request to score the forecasts of a symbol, for a direct invocation instead of the event [`BarsIngested`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRequest {
    /// Symbol of the series.
    pub symbol: Symbol,
    /// Interval of the series.
    pub interval: Interval,
    /// Time that counts as now. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// Reason for a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainReason {
    /// The weekly schedule.
    Schedule,
    /// An alert of the monitoring.
    Drift,
    /// A manual request.
    Manual,
}

/// Request to train a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// Series to train.
    pub series: Series,
    /// Reason for the training.
    pub reason: TrainReason,
    /// Time that counts as now: bars that close later are not used. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Seed of every random choice. Default: the configured one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Alert that requests the training; absent for other reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertRef>,
}

/// Reference to the alert that requested a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRef {
    /// Time of the alert, which identifies it together with the series.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
    /// Version of the champion that the alert is about.
    pub version: u32,
    /// Ids of the rules that fired.
    pub rules: Vec<String>,
    /// Key of the report in the bucket.
    pub report_key: String,
}

/// Body of a message on the alert topic, for programs. The message's attributes repeat `kind`, `action`, `severity` and
/// `series`, so that subscriptions can filter.
///
/// Fields that were added later have defaults. A message of an older release is read as a drift alert that requests a
/// training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Series that the alert is about.
    pub series: Series,
    /// Version of the champion at that time.
    pub version: u32,
    /// Time that counted as now.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
    /// Kind of the alert.
    #[serde(default)]
    pub kind: AlertKind,
    /// Action of the system.
    #[serde(default = "Alert::default_action")]
    pub action: AlertAction,
    /// Urgency of the alert for people.
    #[serde(default = "Alert::default_severity")]
    pub severity: Severity,
    /// Ids of the rules that fired; for a recovery, of the rules that closed.
    #[serde(default)]
    pub rules: Vec<String>,
    /// One sentence for each rule, with its numbers and windows.
    pub reasons: Vec<String>,
    /// Time since which the rules have fired; absent if unknown.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Key of the report in the bucket.
    pub report_key: String,
    /// Full text of the mail, for people.
    pub text: String,
}

impl Alert {
    /// Reference that a request for a training keeps.
    #[must_use]
    pub fn to_ref(&self) -> AlertRef {
        AlertRef {
            as_of: self.as_of,
            version: self.version,
            rules: self.rules.clone(),
            report_key: self.report_key.clone(),
        }
    }

    const fn default_action() -> AlertAction {
        AlertAction::Retrain
    }

    const fn default_severity() -> Severity {
        Severity::Warning
    }
}

/// Detail of the events `ModelPromoted` and `ModelRejected`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDecisionEvent {
    /// Series of the model.
    pub series: Series,
    /// Id of the run that trained the challenger.
    pub run: String,
    /// Version of the challenger.
    pub version: u32,
    /// Version of the champion after the decision.
    pub champion: u32,
    /// True if the challenger became champion.
    pub promoted: bool,
    /// True if it was admitted to the shadow instead, where its live forecasts decide.
    #[serde(default)]
    pub admitted: bool,
    /// Reasons of the gate, one sentence each.
    pub reasons: Vec<String>,
}

impl GateDecisionEvent {
    /// Field `detail-type` of the event.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match (self.promoted, self.admitted) {
            (true, _) => "ModelPromoted",
            (false, true) => "ModelAdmitted",
            (false, false) => "ModelRejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_alert_of_an_older_release_requests_a_training() {
        let old = json!({
            "series": "eth-usd-1d-h7", "version": 3, "as_of": "2023-11-05T00:05:00Z",
            "reasons": ["40 % of the features drifted"], "report_key": "reports/x.json", "text": "Drift."
        });
        let alert: Alert = serde_json::from_value(old).unwrap();
        assert_eq!(
            (alert.kind, alert.action, alert.severity),
            (AlertKind::Drift, AlertAction::Retrain, Severity::Warning)
        );
    }
}
