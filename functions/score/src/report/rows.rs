//! Rows of the page's tables.

use super::Report;
use crate::alert::largest_drifts;
use aws::{AlertRecord, keys};
use contracts::action::AlertAction;
use monitoring::{ExpectedPerformance, RealisedPerformance, RuleFinding, RuleState, drift::FeatureDrift};
use web::{AlertRow, MeterBar, format::format_hits, format_minute};

/// Maximum number of features in the drift table.
const MAX_FEATURES: usize = 15;
/// Ratio of distance to threshold at which a meter is full.
const FULL_METER_RATIO: f64 = 3.0;

/// Action of the rules in words.
#[derive(Debug)]
pub(super) struct ActionBanner {
    pub(super) headline: &'static str,
    pub(super) sentence: &'static str,
    /// CSS class.
    pub(super) tone: &'static str,
}

impl ActionBanner {
    pub(super) fn new(report: &Report) -> Self {
        let (headline, sentence, tone) = match report.decision.action {
            AlertAction::None => ("No action", "No rule fires.", "good"),
            AlertAction::Note => {
                ("Change noted", "A change was detected that alone requires no action. No alert is sent.", "note")
            }
            AlertAction::Warn => {
                ("Warning", "An alert is sent, unless one was sent recently. No retraining is requested.", "note")
            }
            AlertAction::Retrain => (
                "Retraining requested",
                "An alert is sent and retraining is requested, unless that was done recently. The new model serves only if it passes the gate.",
                "alarm",
            ),
            AlertAction::RetrainAndPage => (
                "Urgent: retraining requested",
                "An urgent alert is sent and retraining is requested, unless that was done recently.",
                "alarm",
            ),
        };
        Self { headline, sentence, tone }
    }
}

/// Finding of one rule.
#[derive(Debug)]
pub(super) struct FindingRow<'a> {
    pub(super) rule: String,
    pub(super) state: &'static str,
    pub(super) class: &'static str,
    pub(super) action: &'static str,
    pub(super) since: Option<String>,
    pub(super) text: &'a str,
}

impl<'a> FindingRow<'a> {
    pub(super) fn new(finding: &'a RuleFinding) -> Self {
        let (state, class) = match finding.state {
            RuleState::Fires => ("fires", if finding.action.requests_training() { "is-down" } else { "is-note" }),
            RuleState::Undecided => ("undecided", "is-note"),
            RuleState::Clear => ("clear", "is-up"),
            RuleState::Unknown => ("unknown", "muted"),
        };
        Self {
            rule: finding.rule.as_str().replace('_', " "),
            state,
            class,
            action: match finding.action {
                AlertAction::None => "do nothing",
                AlertAction::Note => "note",
                AlertAction::Warn => "warn",
                AlertAction::Retrain => "retrain",
                AlertAction::RetrainAndPage => "retrain and page",
            },
            since: finding.since.map(format_minute),
            text: &finding.text,
        }
    }
}

/// Estimated or realised performance of one group of forecasts.
#[derive(Debug)]
pub(super) struct ExpectedRow {
    pub(super) name: &'static str,
    pub(super) n: usize,
    pub(super) log_loss: String,
    pub(super) climatology: String,
    pub(super) brier: String,
    pub(super) auc: String,
    pub(super) hits: String,
}

/// Rows of the estimated performance, and of the realised one for comparison.
pub(super) fn expected(report: &Report) -> Vec<ExpectedRow> {
    let estimate = |name, expected: &ExpectedPerformance| ExpectedRow {
        name,
        n: expected.n,
        log_loss: format!("{:.4} \u{b1} {:.4}", expected.log_loss, expected.log_loss_error),
        climatology: format!("{:.4}", expected.log_loss_climatology),
        brier: format!("{:.4}", expected.brier),
        auc: format_auc(expected.auc),
        hits: format_hits(expected.hit_rate, expected.called),
    };
    let realised_row = |realised: &RealisedPerformance| ExpectedRow {
        name: "this champion, realised",
        n: realised.n,
        log_loss: format!("{:.4}", realised.log_loss),
        climatology: format!("{:.4}", realised.log_loss_climatology),
        brier: format!("{:.4}", realised.brier),
        auc: format_auc(realised.auc),
        hits: format_hits(realised.hit_rate, realised.called),
    };
    let estimates =
        [("open, estimated", &report.expected.open), ("this champion, estimated", &report.expected.rolling)];
    let mut rows: Vec<_> =
        estimates.into_iter().filter_map(|(name, expected)| Some(estimate(name, expected.as_ref()?))).collect();
    if !rows.is_empty() {
        rows.extend(report.performance.champion.as_ref().map(realised_row));
    }
    rows
}

fn format_auc(auc: Option<f64>) -> String {
    auc.map_or_else(|| "none".to_owned(), |auc| format!("{auc:.3}"))
}

/// Drift of one feature.
#[derive(Debug)]
pub(super) struct FeatureDriftRow<'a> {
    pub(super) name: &'a str,
    pub(super) ratio: f64,
    pub(super) drifted: bool,
    /// Ratio of the population stability index to its threshold. Absent if the reference has no threshold.
    pub(super) psi: Option<f64>,
    /// Ratio of the Jensen-Shannon distance to its threshold. Absent if the reference has no threshold.
    pub(super) jensen_shannon: Option<f64>,
    pub(super) meter: MeterBar,
}

/// Features with the largest drift in the last window, largest first.
pub(super) fn features(report: &Report) -> Vec<FeatureDriftRow<'_>> {
    let Some(window) = report.drift.as_ref().and_then(|drift| drift.windows.last()) else { return Vec::new() };
    let meter = |feature: &'_ FeatureDrift| {
        let class = match feature.ratio {
            _ if !feature.drifted => "fine",
            ratio if ratio > window.severity_threshold => "severe",
            _ => "beyond",
        };
        MeterBar::new(class, feature.ratio, 1.0, FULL_METER_RATIO)
    };
    largest_drifts(window)
        .into_iter()
        .take(MAX_FEATURES)
        .map(|feature| FeatureDriftRow {
            name: &feature.name,
            ratio: feature.ratio,
            drifted: feature.drifted,
            psi: feature.psi.ratio,
            jensen_shannon: feature.jensen_shannon.ratio,
            meter: meter(feature),
        })
        .collect()
}

/// Row of an alert before the report. Its report is addressed relative to this one.
pub(super) fn alert_row(record: &AlertRecord) -> AlertRow<'_> {
    AlertRow {
        as_of: record.as_of,
        severity: record.severity,
        kind: record.kind,
        action: record.action,
        version: record.version,
        rules: &record.rules,
        text: &record.text,
        report: report_name(record),
    }
}

/// Last segment of the path of an alert's report. `None` if the alert names another object.
fn report_name(record: &AlertRecord) -> Option<String> {
    let key = keys::report(&record.series, record.as_of, "html");
    let name = key.rsplit('/').next()?.trim_end_matches(".html");
    (key == record.report_key).then(|| name.to_owned())
}
