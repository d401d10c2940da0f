//! The messages that start the functions and pass between them. Every delivery may come twice or late.

use crate::action::{AlertAction, AlertKind, Severity};
use jiff::Timestamp;
use market_data::{Interval, Series, Symbol, time};
use serde::{Deserialize, Serialize};

/// `source` of every event on the Weathervane bus.
pub const SOURCE: &str = "weathervane";

/// What ingest is asked for. Without `from` it continues after the last stored bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// First bar of a back-fill, by open time, inclusive.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// End of a back-fill, by open time, exclusive. Default: all closed bars.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What counts as now. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

impl IngestRequest {
    /// `detail-type` on the bus.
    pub const DETAIL_TYPE: &'static str = "IngestRequested";
}

/// Detail of `BarsIngested`: new closed bars are in the lake and in the latest window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarsIngested {
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// Open time of the first bar of this delivery.
    #[serde(with = "time::required")]
    pub first: Timestamp,
    /// Open time of the last closed bar in the lake.
    #[serde(with = "time::required")]
    pub last: Timestamp,
    /// How many bars were new.
    pub new_bars: usize,
    /// Which source answered.
    pub source: String,
    /// What counted as now.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
}

impl BarsIngested {
    /// `detail-type` on the bus.
    pub const DETAIL_TYPE: &'static str = "BarsIngested";
}

/// What score is asked for, when it is invoked directly rather than by [`BarsIngested`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRequest {
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// What counts as now. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
}

/// Why a training runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainReason {
    /// The weekly schedule.
    Schedule,
    /// A confirmed drift alert.
    Drift,
    /// Somebody asked.
    Manual,
}

/// What train is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRequest {
    /// The series to train.
    pub series: Series,
    /// Why.
    pub reason: TrainReason,
    /// What counts as now: bars that close later are not used. Default: the clock.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Seed of every random choice. Default: the configured one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The alert that asks for it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertRef>,
}

/// Which alert asked for a training.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRef {
    /// Its time: with the series, its name.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
    /// The champion that it was about.
    pub version: u32,
    /// Ids of the rules that fired.
    pub rules: Vec<String>,
    /// Where its report is in the bucket.
    pub report_key: String,
}

/// The machine-readable body of a message on the alert topic. Its attributes repeat `kind`, `action`, `severity` and
/// `series` so that subscriptions can filter.
///
/// What came later has defaults, so that an older message still means what it did: a drift alert that asks for a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The series.
    pub series: Series,
    /// Champion version at that time.
    pub version: u32,
    /// What counted as now.
    #[serde(with = "time::required")]
    pub as_of: Timestamp,
    /// Why it is sent.
    #[serde(default)]
    pub kind: AlertKind,
    /// What the system does about it.
    #[serde(default = "Alert::default_action")]
    pub action: AlertAction,
    /// How urgent it is for a person.
    #[serde(default = "Alert::default_severity")]
    pub severity: Severity,
    /// Ids of the rules that fired.
    #[serde(default)]
    pub rules: Vec<String>,
    /// One sentence for each rule, with its numbers and windows.
    pub reasons: Vec<String>,
    /// Since when the evidence is there.
    #[serde(default, with = "time::optional", skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where the report is in the bucket.
    pub report_key: String,
    /// For a person, the whole mail text.
    pub text: String,
}

impl Alert {
    /// What a training keeps of it.
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

/// Detail of `ModelPromoted` and `ModelRejected`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDecisionEvent {
    /// The series.
    pub series: Series,
    /// The run that made it.
    pub run: String,
    /// The challenger's version.
    pub version: u32,
    /// The version that serves after the verdict.
    pub champion: u32,
    /// Whether the challenger became champion.
    pub promoted: bool,
    /// The gate's reasons, one sentence each.
    pub reasons: Vec<String>,
}

impl GateDecisionEvent {
    /// `detail-type` on the bus.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        if self.promoted { "ModelPromoted" } else { "ModelRejected" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_alert_of_an_older_release_still_asks_for_a_training() {
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
