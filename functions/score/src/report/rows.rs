//! Lines of the page's tables.

use super::Report;
use crate::alert::largest_drifts;
use aws::{AlertRecord, keys};
use contracts::action::{AlertAction, Severity};
use evaluation::TOO_FEW;
use monitoring::{ExpectedPerformance, RealisedPerformance, RuleFinding, RuleState, drift::FeatureDrift};
use web::{MeterBar, format_date, format_minute, wording};

/// Features that the table shows.
const FEATURES: usize = 15;
/// The ratio at which a bar is full.
const FULL: f64 = 3.0;

/// `54.2 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A value with its interval, which too few outcomes do not have.
pub(super) fn signed(value: f64, interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(|| format!("{value:+.3}, {TOO_FEW}"), |[lo, hi]| format!("{value:+.3} [{lo:+.3}, {hi:+.3}]"))
}

/// What a reader should take away.
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
            AlertAction::None => ("Nothing to do", "No rule fires.", "good"),
            AlertAction::Note => {
                ("Noted", "Something has changed, which alone is no reason to act. Nobody is alerted.", "note")
            }
            AlertAction::Warn => {
                ("People are told", "An alert goes out, unless one did recently. No training is asked for.", "note")
            }
            AlertAction::Retrain => (
                "A training is asked for",
                "An alert goes out and asks for a training, unless one did recently. Its model serves only if it passes the gate.",
                "alarm",
            ),
            AlertAction::RetrainAndPage => (
                "Urgent: a training is asked for",
                "An urgent alert goes out and asks for a training, unless one did recently.",
                "alarm",
            ),
        };
        Self { headline, sentence, tone }
    }
}

/// One rule.
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
            RuleState::Undecided => ("not over yet", "is-note"),
            RuleState::Clear => ("clear", "is-up"),
            RuleState::Unknown => ("cannot tell", "muted"),
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

/// One stretch of the track record.
#[derive(Debug)]
pub(super) struct PerformanceRow {
    pub(super) name: &'static str,
    pub(super) from: String,
    pub(super) n: usize,
    pub(super) log_loss: String,
    pub(super) climatology: String,
    pub(super) skill: String,
    pub(super) auc: String,
    pub(super) calibration: String,
    pub(super) hits: String,
}

/// The track record, the shortest stretch first.
pub(super) fn performance(report: &Report) -> Vec<PerformanceRow> {
    let of = &report.performance;
    let all = if of.whole { "since the start" } else { "all looked back on" };
    [("recent", &of.rolling), ("since promotion", &of.since_promotion), (all, &of.since_start)]
        .into_iter()
        .filter_map(|(name, stretch)| Some((name, stretch.as_ref()?)))
        .map(|(name, p): (_, &RealisedPerformance)| PerformanceRow {
            name,
            from: format_date(p.from),
            n: p.n,
            log_loss: format!("{:.4}", p.log_loss),
            climatology: format!("{:.4}", p.log_loss_climatology),
            skill: signed(p.brier_skill, p.brier_skill_ci),
            auc: area(p.auc),
            calibration: format!("{:.3}", p.calibration_error),
            hits: hits(p.hit_rate, p.called),
        })
        .collect()
}

/// What forecasts claim of themselves.
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

/// The estimates, and for comparison what came true.
pub(super) fn expected(report: &Report) -> Vec<ExpectedRow> {
    let estimate = |name, one: &ExpectedPerformance| ExpectedRow {
        name,
        n: one.n,
        log_loss: format!("{:.4} \u{b1} {:.4}", one.log_loss, one.log_loss_error),
        climatology: format!("{:.4}", one.log_loss_climatology),
        brier: format!("{:.4}", one.brier),
        auc: area(one.auc),
        hits: hits(one.hit_rate, one.called),
    };
    let came = |one: &RealisedPerformance| ExpectedRow {
        name: "this champion's, as they came",
        n: one.n,
        log_loss: format!("{:.4}", one.log_loss),
        climatology: format!("{:.4}", one.log_loss_climatology),
        brier: format!("{:.4}", one.brier),
        auc: area(one.auc),
        hits: hits(one.hit_rate, one.called),
    };
    let estimates =
        [("open, estimated", &report.expected.open), ("this champion's, estimated", &report.expected.rolling)];
    let mut rows: Vec<_> =
        estimates.into_iter().filter_map(|(name, one)| Some(estimate(name, one.as_ref()?))).collect();
    if !rows.is_empty() {
        rows.extend(report.performance.champion.as_ref().map(came));
    }
    rows
}

fn area(auc: Option<f64>) -> String {
    auc.map_or_else(|| "none".to_owned(), |auc| format!("{auc:.3}"))
}

fn hits(rate: Option<f64>, called: usize) -> String {
    rate.map_or_else(|| "none called".to_owned(), |rate| format!("{} of {called}", percent(rate)))
}

/// One feature.
#[derive(Debug)]
pub(super) struct FeatureDriftRow<'a> {
    pub(super) name: &'a str,
    pub(super) ratio: f64,
    pub(super) drifted: bool,
    /// The population stability index by its threshold, when the reference has one.
    pub(super) psi: Option<f64>,
    /// The Jensen-Shannon distance by its threshold.
    pub(super) jensen_shannon: Option<f64>,
    pub(super) bar: MeterBar,
}

/// The features that moved most in the last window, the farthest first.
pub(super) fn features(report: &Report) -> Vec<FeatureDriftRow<'_>> {
    let Some(window) = report.drift.as_ref().and_then(|drift| drift.windows.last()) else { return Vec::new() };
    let row = |feature: &'_ FeatureDrift| {
        let class = match feature.ratio {
            _ if !feature.drifted => "fine",
            ratio if ratio > window.severity_threshold => "severe",
            _ => "beyond",
        };
        MeterBar::new(class, feature.ratio, 1.0, FULL)
    };
    largest_drifts(window)
        .into_iter()
        .take(FEATURES)
        .map(|feature| FeatureDriftRow {
            name: &feature.name,
            ratio: feature.ratio,
            drifted: feature.drifted,
            psi: feature.psi.ratio,
            jensen_shannon: feature.jensen_shannon.ratio,
            bar: row(feature),
        })
        .collect()
}

/// An alert.
#[derive(Debug)]
pub(super) struct AlertRow<'a> {
    pub(super) at: String,
    pub(super) severity: &'static str,
    pub(super) class: &'static str,
    pub(super) about: &'static str,
    pub(super) version: u32,
    pub(super) rules: String,
    pub(super) text: &'a str,
    /// Its report, from this one.
    pub(super) report: Option<String>,
}

impl<'a> AlertRow<'a> {
    pub(super) fn new(record: &'a AlertRecord) -> Self {
        Self {
            at: format_minute(record.as_of),
            severity: record.severity.as_str(),
            class: match record.severity {
                Severity::Note => "muted",
                Severity::Warning => "is-note",
                Severity::Critical => "is-down",
            },
            about: wording::alert_label(record.kind, record.action),
            version: record.version,
            rules: record.rules.join(", "),
            text: record.text.trim(),
            report: report(record),
        }
    }
}

/// The last part of the path of an alert's report, which is that of its time or of no page.
fn report(record: &AlertRecord) -> Option<String> {
    let key = keys::report(&record.series, record.as_of, "html");
    let name = key.rsplit('/').next()?.trim_end_matches(".html");
    (key == record.report_key).then(|| name.to_owned())
}
