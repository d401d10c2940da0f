//! Charts of the page.

use super::{
    RecentForecast, Report,
    chart_data::ServicePeriod,
    distribution_charts::{FanBands, WindowScores},
};
use aws::Outcome;
use evaluation::{ReliabilityBin, metrics::log_losses};
use monitoring::SequentialTest;
use web::{
    Chart, ChartSpec, FanOutcomes, FanPoint, ReliabilityPoint, Scale, ValueUnit, format_date, format_percent,
    format_signed, step_line,
};

/// Lower limit of e-values in the chart, whose scale is logarithmic.
const MIN_E_VALUE: f64 = 0.01;

/// All charts. A chart with too few points is absent.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) price: Option<Chart>,
    pub(super) probability: Option<Chart>,
    pub(super) skill: Option<Chart>,
    pub(super) gain: Option<Chart>,
    pub(super) reliability: Option<Chart>,
    pub(super) service_periods: Option<Chart>,
    pub(super) evidence: Option<Chart>,
    pub(super) evidence_of_distribution: Option<Chart>,
    pub(super) regime_shift: Option<Chart>,
    pub(super) fan: Option<Chart>,
    pub(super) pit: Option<Chart>,
    pub(super) coverage: Option<Chart>,
    pub(super) crps_skill: Option<Chart>,
}

impl Plots {
    pub(super) fn new(report: &Report) -> Self {
        Self {
            price: price(report),
            probability: probability(report),
            skill: skill(report),
            gain: cumulative_gain(report),
            reliability: reliability(report),
            service_periods: service_periods(report),
            evidence: evidence(
                "Evidence that the champion is worse than climatology or than its hold-out bound",
                [&report.sequential.worse_than_climatology, &report.sequential.worse_than_holdout],
            ),
            evidence_of_distribution: evidence(
                "Evidence that the distribution is worse than climatology, or that the 80 % band holds another share",
                [&report.sequential.distribution_worse_than_climatology, &report.sequential.band_coverage],
            ),
            regime_shift: regime_shift(report),
            fan: fan(report),
            pit: pit(report),
            coverage: coverage(report),
            crps_skill: crps_skill(report),
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
    let line = |value: fn(&RecentForecast) -> f64| {
        report.recent.iter().map(|recent| (recent.decision_time, value(recent))).collect()
    };
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
    let points = &report.chart_data.rolling_skill;
    let last = points.last().map(|point| format!("Latest {}.", format_signed(point.skill, Some(point.interval))));
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

/// Log loss of climatology minus that of the forecasts, summed over the settled live ones. A rising line is skill.
fn cumulative_gain(report: &Report) -> Option<Chart> {
    let settled = report.recent.iter().filter(|recent| recent.live);
    let sum = settled
        .filter_map(|recent| {
            let up = [recent.outcome?.label()?];
            let loss = |p: f64| log_losses(&[p], &up).first().copied();
            Some((recent.decision_time, loss(recent.baseline_probability)? - loss(recent.probability_up)?))
        })
        .scan(0.0, |sum, (time, gain)| {
            *sum += gain;
            Some((time, *sum))
        });
    let (label, lines) = ("Cumulative log loss gain over climatology", vec![("forecast", sum.collect())]);
    ChartSpec { label, lines, reference_line: Some(0.0), ..ChartSpec::default() }.chart()
}

fn reliability(report: &Report) -> Option<Chart> {
    let group = |bin: &ReliabilityBin| {
        let ReliabilityBin { forecast, up, up_interval: interval, n, .. } = *bin;
        ReliabilityPoint { forecast, up, interval, n: u32::try_from(n).unwrap_or(u32::MAX) }
    };
    web::reliability(&report.chart_data.reliability.iter().map(group).collect::<Vec<_>>())
}

/// Version in service, with a step for each change.
fn service_periods(report: &Report) -> Option<Chart> {
    let periods = &report.chart_data.service_periods;
    let points: Vec<_> = periods.iter().map(|period| (period.from, f64::from(period.version))).collect();
    let label = |period: &ServicePeriod| format!("version {} from {}", period.version, format_date(period.from));
    ChartSpec {
        label: "Version in service",
        description: periods.iter().map(label).collect::<Vec<_>>().join("; ") + ".",
        lines: vec![("forecast", step_line(&points, periods.last()?.through))],
        marks: periods
            .iter()
            .map(|period| ("forecast", period.from, f64::from(period.version), label(period)))
            .collect(),
        unit: ValueUnit::Whole,
        ..ChartSpec::default()
    }
    .chart()
}

/// E-values of two sequential tests, and the lower of their thresholds.
fn evidence(label: &'static str, tests: [&Option<SequentialTest>; 2]) -> Option<Chart> {
    let tests = [("forecast", tests[0]), ("other", tests[1])];
    let tests = || tests.iter().filter_map(|(class, test)| Some((*class, test.as_ref()?)));
    let path = |test: &SequentialTest| test.path.iter().map(|(time, value)| (*time, value.max(MIN_E_VALUE))).collect();
    ChartSpec {
        label,
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

fn regime_shift(report: &Report) -> Option<Chart> {
    let shift = report.regime_shift.as_ref()?;
    ChartSpec {
        label: "Largest ratio of range and volume to their limits",
        description: format!("Now {:.2}; severe above 1.", shift.ratio),
        lines: vec![("forecast", shift.path.clone())],
        reference_line: Some(1.0),
        ..ChartSpec::default()
    }
    .chart()
}

/// Bands of the latest forecasts at their target times, as changes of the price, with the realised moves.
fn fan(report: &Report) -> Option<Chart> {
    let point = |forecast: &FanBands| FanPoint {
        x: forecast.target_time,
        bands: forecast.bands.map(|band| band.map(f64::exp_m1)),
        outcome: forecast.outcome.map(f64::exp_m1),
    };
    let points: Vec<_> = report.distribution.fan.iter().map(point).collect();
    web::fan("Bands of the latest forecasts with the realised moves", &points, ValueUnit::Percent, FanOutcomes::Marks)
}

fn pit(report: &Report) -> Option<Chart> {
    let all = report.performance.distribution.since_start.as_ref()?;
    web::pit_histogram(&all.pit, all.independent)
}

fn coverage(report: &Report) -> Option<Chart> {
    let point = |window: &WindowScores| (window.through, window.coverage);
    web::coverage_over_time(&report.distribution.over_time.iter().map(point).collect::<Vec<_>>())
}

fn crps_skill(report: &Report) -> Option<Chart> {
    let point = |window: &WindowScores| (window.through, window.crps_skill, window.interval);
    let points: Vec<_> = report.distribution.over_time.iter().map(point).collect();
    web::crps_skill_over_time("CRPS skill of the distributions over climatology, with its interval", &points)
}

fn forecast_label(recent: &RecentForecast) -> String {
    format!(
        "{}: {} up, {}",
        format_date(recent.decision_time),
        format_percent(recent.probability_up),
        outcome_label(recent.outcome)
    )
}

/// Name of an outcome.
pub(super) fn outcome_label(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "open",
        Some(Outcome::Up) => "up",
        Some(Outcome::Down) => "down",
        Some(Outcome::Tie) => "no move",
    }
}
