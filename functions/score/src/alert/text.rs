//! Text of a mail: ASCII, in lines short enough for any mail reader.

use super::largest_drifts;
use crate::{assessment::SeriesAssessment, distribution_text::sentences};
use contracts::action::AlertKind;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{Notification, RealisedPerformance, RecoveryReason, RuleFinding, RuleId};
use std::fmt::Write as _;
use web::wording::edge_label;

/// Number of features in the list of the largest drifts.
const MAX_FEATURES: usize = 5;
/// Maximum number of characters in a line.
const MAX_WIDTH: usize = 100;

/// Full text of the mail.
pub(super) fn email_body(
    series: &Series,
    notification: &Notification,
    assessment: Option<&SeriesAssessment<'_>>,
    link: &str,
) -> String {
    let record = &notification.record;
    let champion = assessment.map_or_else(
        || format!("version {}", record.version),
        |assessment| {
            let artifact = &assessment.champion.artifact;
            format!(
                "version {} ({}), trained {}",
                record.version,
                artifact.family(),
                format_minute(artifact.trained_at)
            )
        },
    );
    let headline = match record.kind {
        AlertKind::Drift => format!("Weathervane requested retraining of {series}."),
        AlertKind::Notice => format!("Weathervane issued a warning for {series}."),
        AlertKind::Recovery => format!("Weathervane closed an alert of {series}."),
    };
    let as_of = format_minute(record.as_of);
    let since = notification.since.map_or_else(|| "unknown".to_owned(), format_minute);
    let mut text = format!("{headline}\n\nAs of     {as_of}\nSince     {since}\nChampion  {champion}\n");
    if let Some(assessment) = assessment {
        let _ = writeln!(text, "Evidence  {}", edge_label(&assessment.champion.artifact.edge));
    }
    match record.kind {
        AlertKind::Recovery => recovery_section(&mut text, notification),
        AlertKind::Drift | AlertKind::Notice => firing_section(&mut text, &notification.findings),
    }
    if let (Some(assessment), AlertKind::Drift | AlertKind::Notice) = (assessment, record.kind) {
        forecast_section(&mut text, assessment);
    }
    if let (Some(assessment), AlertKind::Drift) = (assessment, record.kind) {
        evidence_section(&mut text, assessment);
    }
    text.push_str("\nActions\n");
    for paragraph in action_section(series, notification) {
        wrap_lines(&mut text, "  ", &paragraph);
    }
    let _ = write!(text, "\nReport  {link}\n");
    text
}

fn firing_section(text: &mut String, findings: &[RuleFinding]) {
    text.push_str("\nFiring rules\n");
    for finding in findings {
        let window = finding
            .window
            .map_or_else(String::new, |[from, to]| format!(", {} to {}", format_minute(from), format_minute(to)));
        wrap_lines(text, "  ", &format!("- {}{window}", finding.rule));
        wrap_lines(text, "    ", &finding.text);
    }
}

fn recovery_section(text: &mut String, notification: &Notification) {
    text.push_str("\nClosed rules\n");
    let version = notification.record.version;
    for (rule, reason) in &notification.recovery {
        wrap_lines(text, "  ", &format!("- {rule}"));
        let reason = match reason {
            RecoveryReason::EvidenceGone => "The evidence has been gone for as long as the rule requires.".to_owned(),
            RecoveryReason::ChampionChanged => {
                format!("The alert concerned another version: version {version} serves now.")
            }
            RecoveryReason::FiringForNewChampion => format!(
                "The alert concerned another version. The rule also fires for version {version}, which serves now; that \
                 is notified separately after the first cool-down."
            ),
            RecoveryReason::NotificationsDisabled => {
                "The configuration no longer sends notifications for this rule.".to_owned()
            }
        };
        wrap_lines(text, "    ", &reason);
    }
}

/// Band and odds of the newest forecast.
fn forecast_section(text: &mut String, assessment: &SeriesAssessment<'_>) {
    let newest = assessment.newest_distribution.as_ref().zip(assessment.records.last());
    if let Some((distribution, record)) = newest {
        text.push_str("\nForecast of the move\n");
        for sentence in sentences(distribution, record.forecast.target_time) {
            wrap_lines(text, "  ", &sentence);
        }
    }
}

fn evidence_section(text: &mut String, assessment: &SeriesAssessment<'_>) {
    if let Some(window) = assessment.drift.as_ref().and_then(|drift| drift.windows.last()) {
        text.push_str("\nFeatures with the largest drift (distance / threshold; drifted above 1)\n");
        for feature in largest_drifts(window).into_iter().take(MAX_FEATURES) {
            let _ = writeln!(text, "  {:<20} {:>6.2}", feature.name, feature.ratio);
        }
    }
    text.push_str("\nTrack record against climatology (log loss, lower is better)\n");
    let track_record = &assessment.track_record;
    for (name, performance) in [("this champion", &track_record.champion), ("all champions", &track_record.rolling)] {
        let _ = writeln!(text, "  {name:<13}  {}", describe_performance(performance.as_ref()));
    }
}

fn action_section(series: &Series, notification: &Notification) -> Vec<String> {
    let record = &notification.record;
    let cooldown = record.quiet_until.map(|until| {
        format!(
            "The same evidence is not notified again before {}. This cool-down grows each time, up to a limit. A \
             stronger action ends it.",
            format_minute(until)
        )
    });
    let action = match record.kind {
        AlertKind::Drift => {
            let version = record.version;
            let meanwhile = if record.rules.contains(&RuleId::ModelRefused) {
                format!("version {version} makes no forecasts here, and the API serves a cached model or the base rate")
            } else {
                format!("version {version} continues to serve")
            };
            let repeats = match record.repeats {
                0 | 1 => String::new(),
                n => {
                    format!(" This is request {n} for the same evidence; the earlier ones did not change the champion.")
                }
            };
            format!(
                "Retraining of {series} was requested, with the bars up to this time. The new model serves only if it \
                 passes the gate. Until then {meanwhile}.{repeats}"
            )
        }
        AlertKind::Notice if record.rules.contains(&RuleId::OddsAboveLimit) => {
            "None: the limits of the odds are yours, and retraining does not change the market. Forecasts continue."
                .to_owned()
        }
        AlertKind::Notice if record.rules.iter().any(|rule| rule.concerns_data()) => {
            "None: retraining does not repair data. Forecasts continue with the available data.".to_owned()
        }
        AlertKind::Notice => "None: this warning alone does not request retraining. Forecasts continue.".to_owned(),
        AlertKind::Recovery => return vec!["None. New evidence sends a new alert.".to_owned()],
    };
    [Some(action), cooldown].into_iter().flatten().collect()
}

fn describe_performance(performance: Option<&RealisedPerformance>) -> String {
    performance.map_or_else(
        || "no settled forecast yet".to_owned(),
        |performance| {
            let RealisedPerformance { log_loss, log_loss_climatology, n, .. } = performance;
            format!("{log_loss:.4} against {log_loss_climatology:.4}, {n} forecasts")
        },
    )
}

/// Date and minute with the time zone: `2023-05-06 07:00 UTC`.
fn format_minute(time: Timestamp) -> String {
    format!("{} UTC", web::format::format_minute(time))
}

/// Appends words in lines of at most [`MAX_WIDTH`] characters. A longer word has a line of its own.
fn wrap_lines(text: &mut String, indent: &str, words: &str) {
    let mut line = indent.to_owned();
    for word in words.split_whitespace() {
        if line.len() > indent.len() && line.len() + 1 + word.len() > MAX_WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = indent.to_owned();
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
