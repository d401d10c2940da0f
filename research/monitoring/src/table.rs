//! The tables of EVALUATION.md, as Markdown.

use crate::{
    markets::Measured,
    replay::Replayed,
    statistics::{Share, float},
    watch::Level,
};
use domain::Series;

/// False alarms, then delays.
pub(crate) fn markets(measured: &Measured) -> String {
    let plan = &measured.plan;
    let looks = |level: &Level| format!("{:.2} %", 100.0 * measured.looks.get(level).copied().unwrap_or_default());
    let mut rows = vec![row(["series", "said", "markets", "share of markets (95 %)", "share of looks"])];
    for (level, share) in &measured.false_alarms {
        let said = format!("{} or more", level.name());
        rows.push(row([&plan.series.slug(), &said, &of(share), &percent(share), &looks(level)]));
    }
    for (rule, share) in &measured.by_rule {
        rows.push(row([&plan.series.slug(), &format!("`{rule}`"), &of(share), &percent(share), ""]));
    }
    let mut text = table(rows);

    let mut head = vec!["series".to_owned(), "change".to_owned(), "seen".to_owned(), "bars: quartiles".to_owned()];
    let days: Vec<usize> = measured.detection.iter().flat_map(|one| &one.delays.within).map(|(days, _)| *days).collect();
    let days = std::collections::BTreeSet::from_iter(days);
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
pub(crate) fn replay(series: &Series, replayed: &[Replayed]) -> String {
    let mut rows = vec![row([
        "series",
        "trained",
        "trainings",
        "promoted",
        "alerts to retrain",
        "bars with a note / warning / alert",
        "forecasts",
        "log loss",
        "climatology's",
        "less than never again's (95 %)",
    ])];
    for one in replayed {
        let promoted = one.trainings.iter().filter(|training| training.promoted).count();
        let retrain = one.alerts.iter().filter(|alert| alert.level == Level::Retrain).count();
        let looks = [Level::Note, Level::Warn, Level::Retrain].map(|level| {
            let share = float(one.looks.get(&level).copied().unwrap_or_default()) / float(one.bars.max(1));
            format!("{:.1} %", 100.0 * share)
        });
        let against = one.against_never.as_ref().map_or_else(String::new, |difference| {
            let [low, high] = difference.interval;
            format!("{:+.5} ({low:+.5} to {high:+.5})", difference.mean)
        });
        rows.push(row([
            &series.slug(),
            one.policy.name(),
            &one.trainings.len().to_string(),
            &promoted.to_string(),
            &retrain.to_string(),
            &looks.join(" / "),
            &one.n.to_string(),
            &format!("{:.5}", one.log_loss),
            &format!("{:.5}", one.log_loss_climatology),
            &against,
        ]));
    }
    let mut text = table(rows);
    let mut rows = vec![row(["series", "when", "level", "rules"])];
    for alert in replayed.last().into_iter().flat_map(|one| &one.alerts).filter(|alert| alert.level > Level::Note) {
        let rules = alert.rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        rows.push(row([&series.slug(), &alert.as_of.to_string(), alert.level.name(), &rules]));
    }
    text += "\n";
    text += &table(rows);
    text
}

fn of(share: &Share) -> String {
    format!("{} of {}", share.hits, share.of)
}

fn percent(share: &Share) -> String {
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
