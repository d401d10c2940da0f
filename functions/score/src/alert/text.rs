//! The text of a mail. ASCII, lines that a mail reader does not have to break.

use super::most_moved;
use crate::findings::Findings;
use domain::{
    Series,
    drift::Performance,
    monitor::{AlertKind, Announcement, Finding, Recovery, RuleId},
};
use jiff::Timestamp;
use std::fmt::Write as _;

/// How many features are listed.
const LISTED: usize = 5;
const WIDTH: usize = 100;

/// The whole text.
pub(super) fn text(
    series: &Series,
    announcement: &Announcement,
    findings: Option<&Findings<'_>>,
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
        AlertKind::Recovery => over(&mut text, announcement),
        AlertKind::Drift | AlertKind::Notice => fired(&mut text, &announcement.findings),
    }
    if let (Some(findings), AlertKind::Drift) = (findings, announced.kind) {
        numbers(&mut text, findings);
    }
    text.push_str("\nWhat the system does\n");
    for line in done(series, announcement) {
        wrapped(&mut text, "  ", &line);
    }
    let _ = write!(text, "\nReport  {link}\n");
    text
}

fn fired(text: &mut String, findings: &[Finding]) {
    text.push_str("\nWhat happened\n");
    for finding in findings {
        let window =
            finding.window.map_or_else(String::new, |[from, to]| format!(", {} to {}", minute(from), minute(to)));
        wrapped(text, "  ", &format!("- {}{window}", finding.rule));
        wrapped(text, "    ", &finding.text);
    }
}

fn over(text: &mut String, announcement: &Announcement) {
    text.push_str("\nWhat is over\n");
    for (rule, why) in &announcement.over {
        wrapped(text, "  ", &format!("- {rule}"));
        let why = match why {
            Recovery::EvidenceGone => "The evidence has been gone for as long as the rule asks.".to_owned(),
            Recovery::OtherChampion => {
                format!("It was about another version: version {} serves now.", announcement.announced.version)
            }
            Recovery::FiresAnew => format!(
                "It was about another version. There is the same evidence against version {}, which serves now: that is \
                 told apart, when a first silence is over.",
                announcement.announced.version
            ),
            Recovery::NotAnnounced => "The configuration no longer announces it.".to_owned(),
        };
        wrapped(text, "    ", &why);
    }
}

fn numbers(text: &mut String, findings: &Findings<'_>) {
    if let Some(window) = findings.drift.as_ref().and_then(|drift| drift.windows.last()) {
        text.push_str("\nFeatures that moved most (distance by threshold; above 1 is beyond it)\n");
        for feature in most_moved(window).into_iter().take(LISTED) {
            let _ = writeln!(text, "  {:<20} {:>6.2}", feature.name, feature.ratio);
        }
    }
    text.push_str("\nTrack record against climatology (log loss, lower is better)\n");
    let realised = &findings.realised;
    for (name, performance) in [("this champion", &realised.champion), ("recent", &realised.rolling)] {
        let _ = writeln!(text, "  {name:<13}  {}", record(performance.as_ref()));
    }
}

fn done(series: &Series, announcement: &Announcement) -> Vec<String> {
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
            let nothing = if announced.rules.iter().any(|rule| !rule.is_of_champion()) {
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

fn record(performance: Option<&Performance>) -> String {
    performance.map_or_else(
        || "no settled forecast yet".to_owned(),
        |p| format!("{:.4} against {:.4}, {} forecasts", p.log_loss, p.log_loss_climatology, p.n),
    )
}

fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Adds words in lines of at most [`WIDTH`].
fn wrapped(text: &mut String, indent: &str, words: &str) {
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
