//! The text of a mail. ASCII, lines that a mail reader does not have to break.

use super::largest_drifts;
use crate::assessment::SeriesAssessment;
use contracts::action::AlertKind;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{Notification, RealisedPerformance, RecoveryReason, RuleFinding, RuleId};
use std::fmt::Write as _;

/// How many features are listed.
const LISTED: usize = 5;
const WIDTH: usize = 100;

/// The whole text.
pub(super) fn email_body(
    series: &Series,
    announcement: &Notification,
    findings: Option<&SeriesAssessment<'_>>,
    link: &str,
) -> String {
    let announced = &announcement.announced;
    let champion = findings.map_or_else(
        || format!("version {}", announced.version),
        |findings| {
            let artifact = &findings.champion.artifact;
            format!("version {} ({}), trained {}", announced.version, artifact.family(), minute(artifact.trained_at))
        },
    );
    let what = match announced.kind {
        AlertKind::Drift => format!("Weathervane asks for a training of {series}."),
        AlertKind::Notice => format!("Weathervane has noticed something about {series}."),
        AlertKind::Recovery => format!("Weathervane {series}: what was announced is over."),
    };
    let since = announcement.since.map_or_else(|| "unknown".to_owned(), minute);
    let mut text =
        format!("{what}\n\nSeen at   {}\nSince     {since}\nChampion  {champion}\n", minute(announced.as_of));
    match announced.kind {
        AlertKind::Recovery => recovery_section(&mut text, announcement),
        AlertKind::Drift | AlertKind::Notice => firing_section(&mut text, &announcement.findings),
    }
    if let (Some(findings), AlertKind::Drift) = (findings, announced.kind) {
        evidence_section(&mut text, findings);
    }
    text.push_str("\nWhat the system does\n");
    for line in action_section(series, announcement) {
        wrap_lines(&mut text, "  ", &line);
    }
    let _ = write!(text, "\nReport  {link}\n");
    text
}

fn firing_section(text: &mut String, findings: &[RuleFinding]) {
    text.push_str("\nWhat happened\n");
    for finding in findings {
        let window =
            finding.window.map_or_else(String::new, |[from, to]| format!(", {} to {}", minute(from), minute(to)));
        wrap_lines(text, "  ", &format!("- {}{window}", finding.rule));
        wrap_lines(text, "    ", &finding.text);
    }
}

fn recovery_section(text: &mut String, announcement: &Notification) {
    text.push_str("\nWhat is over\n");
    for (rule, why) in &announcement.recovery {
        wrap_lines(text, "  ", &format!("- {rule}"));
        let why = match why {
            RecoveryReason::EvidenceGone => "The evidence has been gone for as long as the rule asks.".to_owned(),
            RecoveryReason::ChampionChanged => {
                format!("It was about another version: version {} serves now.", announcement.announced.version)
            }
            RecoveryReason::FiringForNewChampion => format!(
                "It was about another version. There is the same evidence against version {}, which serves now: that is \
                 told apart, when a first silence is over.",
                announcement.announced.version
            ),
            RecoveryReason::NotificationsDisabled => "The configuration no longer announces it.".to_owned(),
        };
        wrap_lines(text, "    ", &why);
    }
}

fn evidence_section(text: &mut String, findings: &SeriesAssessment<'_>) {
    if let Some(window) = findings.drift.as_ref().and_then(|drift| drift.windows.last()) {
        text.push_str("\nFeatures that moved most (distance by threshold; above 1 is beyond it)\n");
        for feature in largest_drifts(window).into_iter().take(LISTED) {
            let _ = writeln!(text, "  {:<20} {:>6.2}", feature.name, feature.ratio);
        }
    }
    text.push_str("\nTrack record against climatology (log loss, lower is better)\n");
    let realised = &findings.realised;
    for (name, performance) in [("this champion", &realised.champion), ("recent", &realised.rolling)] {
        let _ = writeln!(text, "  {name:<13}  {}", record(performance.as_ref()));
    }
}

fn action_section(series: &Series, announcement: &Notification) -> Vec<String> {
    let announced = &announcement.announced;
    let next = announced.quiet_until.map(|until| {
        format!(
            "The same is not announced again before {}; the silence grows each time, up to a limit. A stronger reason \
             breaks it.",
            minute(until)
        )
    });
    match announced.kind {
        AlertKind::Drift => {
            let again = match announced.repeats {
                0 | 1 => String::new(),
                n => format!(" It is number {n} for this evidence; none before it has changed the champion."),
            };
            let until = match announced.version {
                version if announced.rules.contains(&RuleId::ModelRefused) => format!(
                    "version {version} makes no forecasts here, and the API answers from its memory or with the base rate"
                ),
                version => format!("version {version} goes on serving"),
            };
            let asked = format!(
                "A training of {series} is asked for, with the bars up to this moment. Its result serves only if it \
                 passes the gate; until then {until}.{again}"
            );
            [Some(asked), next].into_iter().flatten().collect()
        }
        AlertKind::Notice => {
            let nothing = if announced.rules.iter().any(|rule| !rule.concerns_champion()) {
                "Nothing: a training does not mend data. Forecasts go on, with the data that there are."
            } else {
                "Nothing yet: this alone asks for no training. Forecasts go on."
            }
            .to_owned();
            [Some(nothing), next].into_iter().flatten().collect()
        }
        AlertKind::Recovery => vec!["It goes on as before. New evidence would be announced again.".to_owned()],
    }
}

fn record(performance: Option<&RealisedPerformance>) -> String {
    performance.map_or_else(
        || "no settled forecast yet".to_owned(),
        |p| format!("{:.4} against {:.4}, {} forecasts", p.log_loss, p.log_loss_climatology, p.n),
    )
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Adds words in lines of at most [`WIDTH`].
fn wrap_lines(text: &mut String, indent: &str, words: &str) {
    let mut line = indent.to_owned();
    for word in words.split_whitespace() {
        if line.len() > indent.len() && line.len() + 1 + word.len() > WIDTH {
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
