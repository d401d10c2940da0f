//! Markdown tables of EVALUATION.md.

use super::{
    false_alarms::StudyResult,
    gate_year::{GateResult, GateYearResult},
    replay::ReplayResult,
    statistics::Proportion,
};
use contracts::action::AlertAction;
use market_data::{Series, numbers::as_f64};
use std::collections::BTreeSet;

/// Table of false alarms, then table of detection delays.
pub(crate) fn false_alarms(result: &StudyResult) -> String {
    let series = result.plan.series.slug();
    let firing_share = |action: &AlertAction| {
        format!("{:.2} %", 100.0 * result.firing_shares.get(action).copied().unwrap_or_default())
    };
    let mut rows = vec![row(["series", "said", "markets", "share of markets (95 %)", "share of looks"])];
    for (action, proportion) in &result.false_alarms {
        let name = format!("{action} or more");
        rows.push(row([&series, &name, &hits(proportion), &percent(proportion), &firing_share(action)]));
    }
    for (rule, proportion) in &result.by_rule {
        rows.push(row([&series, &format!("`{rule}`"), &hits(proportion), &percent(proportion), ""]));
    }
    let mut text = table(rows);
    let messages: Vec<String> = result.messages.iter().map(|(kind, n)| format!("{kind} {n:.2}")).collect();
    text += &format!("\nMessages per market: {}.\n\n", messages.join(", "));
    text + &detection_table(result)
}

fn detection_table(result: &StudyResult) -> String {
    let mut head = vec!["series".to_owned(), "change".to_owned(), "seen".to_owned(), "bars: quartiles".to_owned()];
    let days: BTreeSet<usize> =
        result.detection.iter().flat_map(|detection| &detection.delays.within).map(|(days, _)| *days).collect();
    head.extend(days.iter().map(|days| format!("{days} days")));
    head.push("first rules".to_owned());
    let mut rows = vec![head];
    for detection in &result.detection {
        let quartile = |bars: &Option<usize>| bars.map_or_else(|| "never".to_owned(), |bars| bars.to_string());
        let share_within = |column: &usize| {
            let share = detection.delays.within.iter().find(|(days, _)| days == column);
            share.map_or_else(String::new, |(_, share)| format!("{:.0} %", 100.0 * share))
        };
        let mut cells = vec![
            result.plan.series.slug(),
            detection.change.clone(),
            format!("{} of {}", detection.delays.detected, detection.delays.total),
            detection.delays.quartiles.iter().map(quartile).collect::<Vec<_>>().join(" / "),
        ];
        cells.extend(days.iter().map(share_within));
        let rules: Vec<String> = detection.first_rules.iter().map(|(rule, n)| format!("`{rule}` {n}")).collect();
        cells.push(rules.join(", "));
        rows.push(cells);
    }
    table(rows)
}

/// Table of the policies, then tables of the rules that fired and of the messages.
pub(crate) fn replay(series: &Series, results: &[ReplayResult]) -> String {
    [policy_table(series, results), rule_table(series, results), message_table(series, results)].join("\n")
}

fn policy_table(series: &Series, results: &[ReplayResult]) -> String {
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
    for result in results {
        let promoted = result.trainings.iter().filter(|training| training.promoted).count();
        let messages = |kind: &str| result.messages.iter().filter(|message| message.kind == kind).count().to_string();
        let against_never = result.against_never.as_ref().map_or_else(String::new, |difference| {
            let [low, high] = difference.interval;
            format!("{:+.5} ({low:+.5} to {high:+.5})", difference.mean)
        });
        rows.push(row([
            &series.slug(),
            result.policy.label(),
            &result.trainings.len().to_string(),
            &promoted.to_string(),
            &["drift", "notice", "recovery"].map(messages).join(" / "),
            &result.n.to_string(),
            &format!("{:.5}", result.log_loss),
            &format!("{:.5}", result.log_loss_climatology),
            &against_never,
        ]));
    }
    table(rows)
}

fn rule_table(series: &Series, results: &[ReplayResult]) -> String {
    let mut rows = vec![row(["series", "bars at which it fired, never again", "on alert"])];
    let fired = |result: Option<&ReplayResult>, rule: &String| {
        let bars = result.and_then(|result| Some((*result.fired.get(rule)?, result.bars)));
        bars.map_or_else(|| "0".to_owned(), |(n, total)| format!("{n} ({:.1} %)", 100.0 * as_f64(n) / as_f64(total)))
    };
    let rules: BTreeSet<&String> = results.iter().flat_map(|result| result.fired.keys()).collect();
    for rule in rules {
        let never = format!("`{rule}` {}", fired(results.first(), rule));
        rows.push(row([&series.slug(), &never, &fired(results.last(), rule)]));
    }
    table(rows)
}

fn message_table(series: &Series, results: &[ReplayResult]) -> String {
    let mut rows = vec![row(["series", "trained", "when", "message", "rules"])];
    for result in results {
        for message in &result.messages {
            let rules = message.rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
            let text = format!("{}, {}", message.kind, message.action);
            rows.push(row([&series.slug(), result.policy.label(), &message.as_of.to_string(), &text, &rules]));
        }
    }
    table(rows)
}

/// Table of both gates.
pub(crate) fn gate_year(result: &GateYearResult) -> String {
    let mut rows = vec![row([
        "signal",
        "gate",
        "markets with a promotion",
        "share (95 %)",
        "direction",
        "distribution",
        "weeks to the direction: quartiles",
    ])];
    let signal = result.plan.signal.to_string();
    let gates = [("as deployed", &result.deployed), ("95 % on each hold-out", &result.each_holdout)];
    for (name, GateResult { promoted, direction, distribution, weeks }) in gates {
        let quartile = |weeks: &Option<usize>| weeks.map_or_else(|| "never".to_owned(), |weeks| weeks.to_string());
        let quartiles = weeks.quartiles.iter().map(quartile).collect::<Vec<_>>().join(" / ");
        let parts = [direction, distribution].map(|part| part.hits.to_string());
        rows.push(row([&signal, name, &hits(promoted), &percent(promoted), &parts[0], &parts[1], &quartiles]));
    }
    let GateYearResult { trainings, admitted, plan, .. } = result;
    table(rows)
        + &format!("\n{trainings} trainings in {} markets, {admitted} versions entered the shadow.\n", plan.markets)
}

fn hits(proportion: &Proportion) -> String {
    format!("{} of {}", proportion.hits, proportion.total)
}

fn percent(proportion: &Proportion) -> String {
    let [low, high] = proportion.interval.map(|end| 100.0 * end);
    format!("{:.1} % ({low:.1} to {high:.1})", 100.0 * proportion.share)
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn table(mut rows: Vec<Vec<String>>) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    rows.insert(1.min(rows.len()), vec!["---".to_owned(); columns]);
    rows.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect()
}
