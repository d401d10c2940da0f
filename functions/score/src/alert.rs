//! Alerts, notices and recoveries: subject, mail text and machine-readable body.

mod text;

use crate::assessment::SeriesAssessment;
use aws::keys;
use contracts::{
    action::{AlertAction, AlertKind, Severity},
    events::Alert,
};
use jiff::Timestamp;
use market_data::Series;
use monitoring::{
    Notification,
    drift::{FeatureDrift, WindowDrift},
};

/// Location of the report that an alert refers to.
#[derive(Debug, Clone)]
pub(crate) struct ReportLocation {
    /// S3 key of the HTML report.
    pub(crate) report_key: String,
    /// URL of the report: of the API, or `s3://` without one.
    pub(crate) link: String,
}

impl ReportLocation {
    /// Location of the report of one time.
    pub(crate) fn for_report(series: &Series, as_of: Timestamp, api_url: Option<&str>, bucket: &str) -> Self {
        Self::new(keys::report(series, as_of, "html"), series, &keys::report_id(as_of), api_url, bucket)
    }

    /// Location of the latest report, for a time without a report.
    pub(crate) fn latest(series: &Series, api_url: Option<&str>, bucket: &str) -> Self {
        Self::new(keys::latest_report(series).replace(".json", ".html"), series, "latest", api_url, bucket)
    }

    fn new(report_key: String, series: &Series, name: &str, api_url: Option<&str>, bucket: &str) -> Self {
        let link = match api_url {
            Some(url) => format!("{url}/reports/{series}/{name}"),
            None => format!("s3://{bucket}/{report_key}"),
        };
        Self { report_key, link }
    }
}

/// Subject of the mail.
pub(crate) fn subject(series: &Series, notification: &Notification) -> String {
    let record = &notification.record;
    let rules = record.rules.iter().map(|rule| rule.as_str()).collect::<Vec<_>>().join(", ").replace('_', " ");
    let summary = match record.kind {
        AlertKind::Recovery => format!("recovered: {rules}"),
        AlertKind::Notice => rules,
        AlertKind::Drift if record.action == AlertAction::RetrainAndPage => {
            format!("URGENT, retraining requested: {rules}")
        }
        AlertKind::Drift => format!("retraining requested: {rules}"),
    };
    format!("Weathervane {series}: {summary}")
}

/// Builds the alert. The assessment is absent if the champion was rejected.
pub(crate) fn build_alert(
    series: &Series,
    notification: &Notification,
    assessment: Option<&SeriesAssessment<'_>>,
    location: &ReportLocation,
) -> Alert {
    let record = &notification.record;
    Alert {
        series: series.clone(),
        version: record.version,
        as_of: record.as_of,
        kind: record.kind,
        action: record.action,
        severity: match record.kind {
            AlertKind::Recovery => Severity::Note,
            AlertKind::Drift | AlertKind::Notice => record.action.severity(),
        },
        rules: record.rules.iter().map(ToString::to_string).collect(),
        reasons: notification.findings.iter().map(|finding| finding.text.clone()).collect(),
        since: notification.since,
        report_key: location.report_key.clone(),
        text: text::email_body(series, notification, assessment, &location.link),
    }
}

/// Features by the ratio of distance to threshold, largest first.
pub(crate) fn largest_drifts(window: &WindowDrift) -> Vec<&FeatureDrift> {
    let mut features: Vec<_> = window.features.iter().collect();
    features.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    features
}

#[cfg(test)]
mod tests;
