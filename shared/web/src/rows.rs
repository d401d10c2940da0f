//! Table rows that the dashboard and the reports share, with every number in its final form.

use crate::{
    format::{UNKNOWN, format_date, format_hits, format_minute, format_signed},
    wording::alert_label,
};
use contracts::{
    action::{AlertAction, AlertKind, Severity},
    report::{PerformanceSummary, TrackRecordSummary},
};
use jiff::Timestamp;

/// Performance over one period of the track record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformanceRow {
    /// Name of the period.
    pub name: &'static str,
    /// Date of the first forecast.
    pub from: String,
    /// Number of settled forecasts with an outcome.
    pub n: usize,
    /// Mean log loss.
    pub log_loss: String,
    /// Mean log loss of climatology.
    pub climatology: String,
    /// Brier skill with its 95 % interval.
    pub skill: String,
    /// Area under the ROC curve.
    pub auc: String,
    /// Expected calibration error.
    pub calibration: String,
    /// Share of correct calls.
    pub hits: String,
}

impl PerformanceRow {
    /// Rows of a track record, the shortest period first; a period without settled forecasts has none.
    #[must_use]
    pub fn from_track_record(record: &TrackRecordSummary) -> Vec<Self> {
        let all = if record.complete { "since the start" } else { "all in range" };
        [("recent", &record.rolling), ("since promotion", &record.since_promotion), (all, &record.since_start)]
            .into_iter()
            .filter_map(|(name, period)| Some(Self::new(name, period.as_ref()?)))
            .collect()
    }

    fn new(name: &'static str, period: &PerformanceSummary) -> Self {
        let loss = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("{value:.4}"));
        let skill = period.brier_skill.map(|value| format_signed(value, period.brier_skill_ci));
        let calibration = period.calibration_error.map(|error| format!("{error:.3}"));
        Self {
            name,
            from: period.from.map_or_else(|| UNKNOWN.to_owned(), format_date),
            n: period.n,
            log_loss: loss(period.log_loss),
            climatology: loss(period.log_loss_climatology),
            skill: skill.unwrap_or_else(|| UNKNOWN.to_owned()),
            auc: period.auc.map_or_else(|| "none".to_owned(), |auc| format!("{auc:.3}")),
            calibration: calibration.unwrap_or_else(|| UNKNOWN.to_owned()),
            hits: format_hits(period.hit_rate, period.called),
        }
    }
}

/// Alert in a list of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow<'a> {
    /// Time that counted as now when the alert was sent.
    pub as_of: Timestamp,
    /// Urgency for a person.
    pub severity: Severity,
    /// Reason for the message.
    pub kind: AlertKind,
    /// Action that was taken.
    pub action: AlertAction,
    /// Champion version at that time.
    pub version: u32,
    /// Ids of the firing rules.
    pub rules: &'a [String],
    /// Text of the mail.
    pub text: &'a str,
    /// Relative address of the alert's report; none when the page has no such report.
    pub report: Option<String>,
}

impl AlertRow<'_> {
    /// Time of the alert, to the minute.
    #[must_use]
    pub fn minute(&self) -> String {
        format_minute(self.as_of)
    }

    /// CSS class of the severity.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.severity {
            Severity::Note => "muted",
            Severity::Warning => "is-note",
            Severity::Critical => "is-down",
        }
    }

    /// Kind and action in a few words.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        alert_label(self.kind, self.action)
    }

    /// Ids of the firing rules, joined by commas.
    #[must_use]
    pub fn rule_names(&self) -> String {
        self.rules.join(", ")
    }

    /// Text of the mail without blank lines around it.
    #[must_use]
    pub fn message(&self) -> &str {
        self.text.trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_record_has_a_row_per_settled_period() {
        let period = PerformanceSummary {
            n: 31,
            from: Some(Timestamp::UNIX_EPOCH),
            log_loss: Some(0.69),
            brier_skill: Some(0.01),
            brier_skill_ci: Some([-0.01, 0.03]),
            called: 4,
            hit_rate: Some(0.75),
            ..PerformanceSummary::default()
        };
        let record = TrackRecordSummary {
            rolling: Some(period.clone()),
            since_start: Some(period),
            ..TrackRecordSummary::default()
        };
        let rows = PerformanceRow::from_track_record(&record);
        assert_eq!(rows.iter().map(|row| row.name).collect::<Vec<_>>(), ["recent", "all in range"]);
        let row = &rows[0];
        assert_eq!((row.from.as_str(), row.n, row.log_loss.as_str()), ("1970-01-01", 31, "0.6900"));
        assert_eq!(
            (row.climatology.as_str(), row.calibration.as_str(), row.auc.as_str()),
            ("unknown", "unknown", "none")
        );
        assert_eq!((row.skill.as_str(), row.hits.as_str()), ("+0.010 [-0.010, +0.030]", "75.0 % of 4"));
    }
}
