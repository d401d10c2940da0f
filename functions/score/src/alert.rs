//! What an alert, a notice or a recovery says: subject, text and machine-readable body.

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

/// Where a reader finds what the message is about.
#[derive(Debug, Clone)]
pub(crate) struct ReportLocation {
    /// Key of the HTML report in the bucket.
    pub(crate) report_key: String,
    /// Its address.
    pub(crate) link: String,
}

impl ReportLocation {
    /// Of the report of one moment: on the API, or in the bucket when no API is known.
    pub(crate) fn for_report(series: &Series, as_of: Timestamp, api_url: Option<&str>, bucket: &str) -> Self {
        Self::new(keys::report(series, as_of, "html"), series, &keys::report_id(as_of), api_url, bucket)
    }

    /// Of the newest report, when there is none of this moment.
    pub(crate) fn of_latest(series: &Series, api_url: Option<&str>, bucket: &str) -> Self {
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

/// The subject of the mail.
pub(crate) fn subject(series: &Series, announcement: &Notification) -> String {
    let announced = &announcement.announced;
    let rules = announced.rules.iter().map(|rule| rule.as_str()).collect::<Vec<_>>().join(", ").replace('_', " ");
    let what = match announced.kind {
        AlertKind::Recovery => format!("over: {rules}"),
        AlertKind::Notice => rules,
        AlertKind::Drift if announced.action == AlertAction::RetrainAndPage => {
            format!("URGENT, training asked for: {rules}")
        }
        AlertKind::Drift => format!("training asked for: {rules}"),
    };
    format!("Weathervane {series}: {what}")
}

/// The message. `findings` are those of the moment, absent when the champion was refused.
pub(crate) fn build_alert(
    series: &Series,
    announcement: &Notification,
    findings: Option<&SeriesAssessment<'_>>,
    place: &ReportLocation,
) -> Alert {
    let announced = &announcement.announced;
    Alert {
        series: series.clone(),
        version: announced.version,
        as_of: announced.as_of,
        kind: announced.kind,
        action: announced.action,
        severity: match announced.kind {
            AlertKind::Recovery => Severity::Note,
            AlertKind::Drift | AlertKind::Notice => announced.action.severity(),
        },
        rules: announced.rules.iter().map(ToString::to_string).collect(),
        reasons: announcement.findings.iter().map(|finding| finding.text.clone()).collect(),
        since: announcement.since,
        report_key: place.report_key.clone(),
        text: text::email_body(series, announcement, findings, &place.link),
    }
}

/// Features by how far they are beyond their thresholds, the farthest first.
pub(crate) fn largest_drifts(window: &WindowDrift) -> Vec<&FeatureDrift> {
    let mut features: Vec<_> = window.features.iter().collect();
    features.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
    features
}

#[cfg(test)]
mod tests;
