//! The tables of EVALUATION.md, as Markdown.

use crate::{markets::StudyResult, replay::ReplayResult, statistics::Proportion};
use contracts::action::AlertAction;
use market_data::Series;
use market_data::numbers::as_f64;
use std::collections::BTreeSet;

/// False alarms, then delays.
pub(crate) fn markets(measured: &StudyResult) -> String {
    let plan = &measured.plan;
    let looks =
        |level: &AlertAction| format!("{:.2} %", 100.0 * measured.looks.get(level).copied().unwrap_or_default());
    let mut rows = vec![row(["series", "said", "markets", "share of markets (95 %)", "share of looks"])];
    for (level, share) in &measured.false_alarms {
        let said = format!("{level} or more");
        rows.push(row([&plan.series.slug(), &said, &of(share), &percent(share), &looks(level)]));
    }
    for (rule, share) in &measured.by_rule {
        rows.push(row([&plan.series.slug(), &format!("`{rule}`"), &of(share), &percent(share), ""]));
    }
    let mut text = table(rows);
    let sent: Vec<String> = measured.messages.iter().map(|(kind, n)| format!("{kind} {n:.2}")).collect();
    text += &format!("\nMessages per market: {}.\n", sent.join(", "));

    let mut head = vec!["series".to_owned(), "change".to_owned(), "seen".to_owned(), "bars: quartiles".to_owned()];
    let days: Vec<usize> =
        measured.detection.iter().flat_map(|one| &one.delays.within).map(|(days, _)| *days).collect();
    let days = BTreeSet::from_iter(days);
    head.extend(days.iter().map(|days| format!("{days} days")));
    head.push("first rules".to_owned());
    let mut rows = vec![head];
    for one in &measured.detection {
        let quartile = |bars: &Option<usize>| bars.map_or_else(|| "never".to_owned(), |bars| bars.to_string());
        let within = |days: &usize| {
            let share = one.delays.within.iter().find(|(at, _)| at == days);
            share.map_or_else(String::new, |(_, share)| format!("{:.0} %", 100.0 * share))
        };
        let mut cells = vec![
            plan.series.slug(),
            one.change.clone(),
            format!("{} of {}", one.delays.seen, one.delays.of),
            one.delays.quartiles.iter().map(quartile).collect::<Vec<_>>().join(" / "),
        ];
        cells.extend(days.iter().map(within));
        let rules: Vec<String> = one.first_rules.iter().map(|(rule, n)| format!("`{rule}` {n}")).collect();
        cells.push(rules.join(", "));
        rows.push(cells);
    }
    text += "\n";
    text += &table(rows);
    text
}

/// The policies, then the alerts of the one that follows them.
pub(crate) fn replay(series: &Series, replayed: &[ReplayResult]) -> String {
    let mut rows = vec![row([
        "series",
        "trained",
        "trainings",
        "promoted",
        "alerts / notices / recoveries",
        "forecasts",
        "log loss",
        "climatology's",
        "less than never again's (95 %)",
    ])];
    for one in replayed {
        let promoted = one.trainings.iter().filter(|training| training.promoted).count();
        let sent = |kind: &str| one.messages.iter().filter(|message| message.kind == kind).count().to_string();
        let against = one.against_never.as_ref().map_or_else(String::new, |difference| {
            let [low, high] = difference.interval;
            format!("{:+.5} ({low:+.5} to {high:+.5})", difference.mean)
        });
        rows.push(row([
            &series.slug(),
            one.policy.name(),
            &one.trainings.len().to_string(),
            &promoted.to_string(),
            &["drift", "notice", "recovery"].map(sent).join(" / "),
            &one.n.to_string(),
            &format!("{:.5}", one.log_loss),
            &format!("{:.5}", one.log_loss_climatology),
            &against,
        ]));
    }
    let mut text = table(rows);
    let mut rows = vec![row(["series", "bars at which it fired, never again", "on alert"])];
    let fired = |one: Option<&ReplayResult>, rule: &String| {
        let bars = one.and_then(|one| Some((*one.fired.get(rule)?, one.bars)));
        bars.map_or_else(|| "0".to_owned(), |(n, of)| format!("{n} ({:.1} %)", 100.0 * as_f64(n) / as_f64(of)))
    };
    let rules: BTreeSet<&String> = replayed.iter().flat_map(|one| one.fired.keys()).collect();
    for rule in rules {
        let never = format!("`{rule}` {}", fired(replayed.first(), rule));
        rows.push(row([&series.slug(), &never, &fired(replayed.last(), rule)]));
    }
    text += "\n";
    text += &table(rows);
    let mut rows = vec![row(["series", "trained", "when", "message", "rules"])];
    for (one, message) in replayed.iter().flat_map(|one| one.messages.iter().map(move |message| (one, message))) {
        let rules = message.rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        let said = format!("{}, {}", message.kind, message.action);
        rows.push(row([&series.slug(), one.policy.name(), &message.as_of.to_string(), &said, &rules]));
    }
    text += "\n";
    text += &table(rows);
    text
}

fn of(share: &Proportion) -> String {
    format!("{} of {}", share.hits, share.of)
}

fn percent(share: &Proportion) -> String {
    let [low, high] = share.interval.map(|end| 100.0 * end);
    format!("{:.1} % ({low:.1} to {high:.1})", 100.0 * share.share)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn table(mut rows: Vec<Vec<String>>) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    rows.insert(1.min(rows.len()), vec!["---".to_owned(); columns]);
    rows.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect()
}
