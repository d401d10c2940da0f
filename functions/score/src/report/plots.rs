//! The page's charts.

use super::{Recent, Report};
use aws::Outcome;
use chart::{Chart, Drawing, Unit, date};
use domain::{forecast::Direction, metrics::log_losses};

pub(super) fn price(report: &Report) -> Option<Chart> {
    let close_at = |time| report.closes.iter().find(|close| close.time == time).map(|close| close.close);
    let marks = report.recent.iter().filter_map(|recent| {
        let class = match recent.direction {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Abstain => "abstain",
        };
        Some((class, recent.decision_time, close_at(recent.decision_time)?, tell(recent)))
    });
    Drawing {
        label: "Closing price with the direction of each forecast",
        lines: vec![("price", report.closes.iter().map(|close| (close.time, close.close)).collect())],
        marks: marks.collect(),
        ..Drawing::default()
    }
    .chart()
}

pub(super) fn probability(report: &Report) -> Option<Chart> {
    let line = |value: fn(&Recent) -> f64| report.recent.iter().map(|r| (r.decision_time, value(r))).collect();
    let marks = report.recent.iter().filter_map(|recent| {
        let class = match recent.outcome? {
            Outcome::Up => "up",
            Outcome::Down => "down",
            Outcome::Tie => "abstain",
        };
        Some((class, recent.decision_time, recent.probability_up, tell(recent)))
    });
    Drawing {
        label: "Forecast probability of up against climatology, with outcomes",
        lines: vec![
            ("baseline", line(|recent| recent.baseline_probability)),
            ("forecast", line(|recent| recent.probability_up)),
        ],
        marks: marks.collect(),
        rule: Some(0.5),
        unit: Unit::Percent,
        ..Drawing::default()
    }
    .chart()
}

/// Log loss saved against climatology, summed over the settled live forecasts: a line that climbs is skill.
pub(super) fn skill(report: &Report) -> Option<Chart> {
    let settled = report.recent.iter().filter(|recent| recent.live);
    let sum = settled
        .filter_map(|recent| {
            let up = [recent.outcome?.label()?];
            let loss = |p: f64| log_losses(&[p], &up).first().copied();
            Some((recent.decision_time, loss(recent.baseline_probability)? - loss(recent.probability_up)?))
        })
        .scan(0.0, |sum, (time, saved)| {
            *sum += saved;
            Some((time, *sum))
        });
    let (label, lines) = ("Cumulative log loss saved against climatology", vec![("forecast", sum.collect())]);
    Drawing { label, lines, rule: Some(0.0), ..Drawing::default() }.chart()
}

pub(super) fn tell(recent: &Recent) -> String {
    format!("{}: p(up) {:.3}, {}", date(recent.decision_time), recent.probability_up, told(recent.outcome))
}

pub(super) fn told(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "open",
        Some(Outcome::Up) => "up",
        Some(Outcome::Down) => "down",
        Some(Outcome::Tie) => "no move",
    }
}
