//! Charts of the distributions.

use super::Report;
use crate::backtest::{evaluate::settled_distribution, forecast::BacktestForecast};
use contracts::distribution::{BAND_LEVELS, Quantiles};
use evaluation::distribution::{DistributionEvaluation, SettledDistribution, Skill};
use features::dataset::Dataset;
use jiff::Timestamp;
use market_data::{Interval, Series, numbers::as_f64};
use web::{Chart, FanOutcomes, FanPoint, ValueUnit, coverage_over_time, crps_skill_over_time, fan, pit_histogram};

/// Maximum number of points of the skill over time. Each has a bootstrap of its own.
const MAX_SKILL_POINTS: usize = 60;

/// Resamples of each point of the skill over time.
const RESAMPLES: usize = 500;

/// Charts of the distributions; each is `None` when there are too few points.
#[derive(Debug)]
pub(super) struct DistributionPlots {
    pub(super) fan: Option<Chart>,
    pub(super) pit: Option<Chart>,
    pub(super) coverage: Option<Chart>,
    pub(super) skill: Option<Chart>,
    pub(super) recent_skill: Option<Chart>,
    /// Number of settled distributions in each point over time.
    pub(super) window: usize,
}

impl DistributionPlots {
    pub(super) fn new(report: &Report<'_>, dataset: &Dataset) -> Self {
        let settled: Vec<SettledDistribution> = report.forecasts.iter().filter_map(settled_distribution).collect();
        let half_year = usize::try_from(dataset.series.interval.bars_per_year() / 2).unwrap_or(usize::MAX);
        let window = half_year.min(settled.len() / 3).max(1);
        let distribution = report.evaluation.as_ref().and_then(|evaluation| evaluation.distribution.as_ref());
        let skill = |label, baseline: fn(&SettledDistribution) -> Option<Quantiles>| {
            skill(label, &settled, baseline, window, &dataset.series, report.config.training.gate.seed)
        };
        Self {
            fan: fan_of_last_weeks(&report.forecasts, dataset),
            pit: distribution.and_then(pit),
            coverage: coverage(&settled, window),
            skill: skill("CRPS skill over climatology, over time", |row| Some(row.baseline)),
            recent_skill: skill("CRPS skill over the last 365 days, over time", |row| row.recent),
            window,
        }
    }
}

/// Bands of the price of the last eight weeks of days or two weeks of hours, at their target times, with the realised prices.
fn fan_of_last_weeks(forecasts: &[BacktestForecast], dataset: &Dataset) -> Option<Chart> {
    let number = match dataset.series.interval {
        Interval::Day => 8 * 7,
        Interval::Hour => 2 * 7 * 24,
    };
    let point = |forecast: &BacktestForecast| {
        let close = dataset.bars[forecast.bar].close;
        let price = |log_return: f64| close * log_return.exp();
        let quantiles = forecast.distribution.quantiles?;
        Some(FanPoint {
            x: dataset.series.target_time(forecast.decision_time),
            bands: BAND_LEVELS.map(|level| quantiles.band(level).map(price)),
            outcome: forecast.distribution.outcome_return.map(price),
        })
    };
    let last = &forecasts[forecasts.len().saturating_sub(number)..];
    let points: Vec<FanPoint<Timestamp>> = last.iter().filter_map(point).collect();
    fan("Forecast bands of the price, with the realised price", &points, ValueUnit::Number, FanOutcomes::Line)
}

fn pit(evaluation: &DistributionEvaluation) -> Option<Chart> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of decisions")]
    let independent = evaluation.n_effective as usize;
    pit_histogram(&evaluation.pit.counts, independent)
}

/// Share of outcomes inside each band, over the last `window` settled distributions.
fn coverage(settled: &[SettledDistribution], window: usize) -> Option<Chart> {
    let inside: Vec<[bool; 3]> = settled
        .iter()
        .map(|row| {
            BAND_LEVELS.map(|level| {
                let [low, high] = row.quantiles.band(level);
                (low..=high).contains(&row.outcome)
            })
        })
        .collect();
    let mut counts = [0_usize; 3];
    let mut points = Vec::new();
    for (index, row) in settled.iter().enumerate() {
        for (band, count) in counts.iter_mut().enumerate() {
            *count += usize::from(inside[index][band]);
            *count -= usize::from(index >= window && inside[index - window][band]);
        }
        if index + 1 >= window {
            points.push((row.decision_time, counts.map(|count| as_f64(count) / as_f64(window))));
        }
    }
    coverage_over_time(&points)
}

/// CRPS skill over a baseline with its interval, over windows of settled distributions that end at equal steps.
fn skill(
    label: &'static str,
    settled: &[SettledDistribution],
    baseline: fn(&SettledDistribution) -> Option<Quantiles>,
    window: usize,
    series: &Series,
    seed: u64,
) -> Option<Chart> {
    let losses = |row: &SettledDistribution| {
        Some((row.decision_time, row.quantiles.crps(row.outcome), baseline(row)?.crps(row.outcome)))
    };
    let losses: Vec<(Timestamp, f64, f64)> = settled.iter().filter_map(losses).collect();
    let windows = losses.windows(window);
    let step = windows.len().div_ceil(MAX_SKILL_POINTS).max(1);
    let point = |rows: &[(Timestamp, f64, f64)]| {
        let (own, baseline): (Vec<f64>, Vec<f64>) = rows.iter().map(|(_, own, baseline)| (*own, *baseline)).unzip();
        let Skill { skill, interval } = Skill::measure(&own, &baseline, series.horizon, RESAMPLES, seed).ok()?;
        Some((rows.last()?.0, skill, interval?))
    };
    // From the end, so that the last window is among them.
    let mut points: Vec<_> = windows.rev().step_by(step).filter_map(point).collect();
    points.reverse();
    crps_skill_over_time(label, &points)
}
