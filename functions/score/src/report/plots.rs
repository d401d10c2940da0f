//! The page's charts.

use super::{RecentForecast, Report, rows};
use aws::Outcome;
use evaluation::{ReliabilityBin, metrics::log_losses};
use jiff::Timestamp;
use monitoring::SequentialTest;
use web::{Chart, ChartSpec, ReliabilityPoint, Scale, ValueUnit, format_date, step_line};

/// Evidence below this is not drawn: it is none.
const NO_EVIDENCE: f64 = 0.01;

/// All charts; each `None` when there is too little to draw.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) price: Option<Chart>,
    pub(super) probability: Option<Chart>,
    pub(super) skill: Option<Chart>,
    pub(super) saved: Option<Chart>,
    pub(super) reliability: Option<Chart>,
    pub(super) served: Option<Chart>,
    pub(super) evidence: Option<Chart>,
    pub(super) upheaval: Option<Chart>,
}

impl Plots {
    pub(super) fn new(report: &Report) -> Self {
        Self {
            price: price(report),
            probability: probability(report),
            skill: skill(report),
            saved: cumulative_gain(report),
            reliability: reliability(report),
            served: served(report),
            evidence: evidence(report),
            upheaval: upheaval(report),
        }
    }
}

fn price(report: &Report) -> Option<Chart> {
    let close_at = |time| report.closes.iter().find(|close| close.time == time).map(|close| close.close);
    let mark = |recent: &RecentForecast| {
        Some((recent.direction.as_str(), recent.decision_time, close_at(recent.decision_time)?, forecast_label(recent)))
    };
    ChartSpec {
        label: "Closing price with the direction of each forecast",
        lines: vec![("price", report.closes.iter().map(|close| (close.time, close.close)).collect())],
        marks: report.recent.iter().filter_map(mark).collect(),
        ..ChartSpec::default()
    }
    .chart()
}

fn probability(report: &Report) -> Option<Chart> {
    let line = |value: fn(&RecentForecast) -> f64| report.recent.iter().map(|r| (r.decision_time, value(r))).collect();
    let marks = report.recent.iter().filter_map(|recent| {
        let class = match recent.outcome? {
            Outcome::Up => "up",
            Outcome::Down => "down",
            Outcome::Tie => "abstain",
        };
        Some((class, recent.decision_time, recent.probability_up, forecast_label(recent)))
    });
    ChartSpec {
        label: "Forecast probability of up against climatology, with outcomes",
        lines: vec![
            ("baseline", line(|recent| recent.baseline_probability)),
            ("forecast", line(|recent| recent.probability_up)),
        ],
        marks: marks.collect(),
        reference_line: Some(0.5),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

fn skill(report: &Report) -> Option<Chart> {
    let points = &report.curves.rolling_skill;
    let last = points.last().map(|point| format!("At last {}.", rows::signed(point.skill, Some(point.interval))));
    ChartSpec {
        label: "Rolling Brier skill against climatology, with its interval",
        description: last.unwrap_or_default(),
        bands: vec![("forecast", points.iter().map(|point| (point.through, point.interval)).collect())],
        lines: vec![("forecast", points.iter().map(|point| (point.through, point.skill)).collect())],
        reference_line: Some(0.0),
        ..ChartSpec::default()
    }
    .chart()
}

/// Log loss saved against climatology, summed over the settled live forecasts: a line that climbs is skill.
fn cumulative_gain(report: &Report) -> Option<Chart> {
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
    ChartSpec { label, lines, reference_line: Some(0.0), ..ChartSpec::default() }.chart()
}

fn reliability(report: &Report) -> Option<Chart> {
    let group = |bin: &ReliabilityBin| {
        let ReliabilityBin { forecast, up, up_interval: interval, n, .. } = *bin;
        ReliabilityPoint { forecast, up, interval, n: u32::try_from(n).unwrap_or(u32::MAX) }
    };
    web::reliability(&report.curves.reliability.iter().map(group).collect::<Vec<_>>())
}

/// The version that served, a step for each change.
fn served(report: &Report) -> Option<Chart> {
    let served = &report.curves.served;
    let points: Vec<_> = served.iter().map(|one| (one.from, f64::from(one.version))).collect();
    let told = |version: u32, from: Timestamp| format!("version {version} from {}", format_date(from));
    ChartSpec {
        label: "Version that served",
        description: served.iter().map(|one| told(one.version, one.from)).collect::<Vec<_>>().join("; ") + ".",
        lines: vec![("forecast", step_line(&points, served.last()?.through))],
        marks: served
            .iter()
            .map(|one| ("forecast", one.from, f64::from(one.version), told(one.version, one.from)))
            .collect(),
        unit: ValueUnit::Whole,
        ..ChartSpec::default()
    }
    .chart()
}

/// Both sequential tests, and the lower of their thresholds.
fn evidence(report: &Report) -> Option<Chart> {
    let tests = &report.sequential;
    let tests = [("forecast", &tests.worse_than_climatology), ("other", &tests.worse_than_promised)];
    let tests = || tests.iter().filter_map(|(class, test)| Some((*class, test.as_ref()?)));
    let path = |test: &SequentialTest| test.path.iter().map(|(time, value)| (*time, value.max(NO_EVIDENCE))).collect();
    ChartSpec {
        label: "Evidence that the champion is worse than climatology or than promised",
        description: tests()
            .map(|(_, test)| format!("Now {:.2}, a test fires at {:.0}.", test.e_value, test.threshold))
            .collect::<Vec<_>>()
            .join(" "),
        lines: tests().map(|(class, test)| (class, path(test))).collect(),
        reference_line: tests().map(|(_, test)| test.threshold).reduce(f64::min),
        scale: Scale::Log,
        ..ChartSpec::default()
    }
    .chart()
}

fn upheaval(report: &Report) -> Option<Chart> {
    let upheaval = report.upheaval.as_ref()?;
    ChartSpec {
        label: "Largest ratio of range and volume to their limits",
        description: format!("Now {:.2}; severe above 1.", upheaval.ratio),
        lines: vec![("forecast", upheaval.path.clone())],
        reference_line: Some(1.0),
        ..ChartSpec::default()
    }
    .chart()
}

fn forecast_label(recent: &RecentForecast) -> String {
    format!(
        "{}: {} up, {}",
        format_date(recent.decision_time),
        rows::percent(recent.probability_up),
        outcome_label(recent.outcome)
    )
}

/// What happened.
pub(super) fn outcome_label(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "open",
        Some(Outcome::Up) => "up",
        Some(Outcome::Down) => "down",
        Some(Outcome::Tie) => "no move",
    }
}
