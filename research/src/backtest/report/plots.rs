//! Charts of the page.

use super::Report;
use crate::backtest::forecast::BacktestForecast;
use contracts::forecast::Direction;
use evaluation::{
    Evaluation, ReliabilityBin,
    metrics::{log_losses, squared_errors},
};
use features::dataset::Dataset;
use jiff::Timestamp;
use web::{Chart, ChartSpec, ReliabilityPoint, Scale, ValueUnit, format_date};

/// Most directions that the price chart marks; of more it marks an even subset.
const MAX_MARKS: usize = 240;

/// Settled forecast, for the charts that aggregate forecasts.
struct SettledPoint {
    decision_time: Timestamp,
    probability_up: f64,
    baseline_probability: f64,
    label: bool,
}

/// Charts of the page; each is `None` when there are too few points.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) price: Option<Chart>,
    /// Step from one marked direction of the price chart to the next; 1 when all are marked.
    pub(super) mark_step: usize,
    pub(super) probability: Option<Chart>,
    pub(super) saved: Option<Chart>,
    pub(super) reliability: Option<Chart>,
    pub(super) skill: Option<Chart>,
    /// Number of settled forecasts in each point of the rolling skill.
    pub(super) window: usize,
    pub(super) equity: Option<Chart>,
}

impl Plots {
    pub(super) fn new(report: &Report<'_>, dataset: &Dataset) -> Self {
        let forecasts = &report.forecasts;
        let settled: Vec<SettledPoint> = forecasts
            .iter()
            .filter_map(|forecast| {
                let BacktestForecast { decision_time, probability_up, baseline_probability, .. } = *forecast;
                Some(SettledPoint { decision_time, probability_up, baseline_probability, label: forecast.label()? })
            })
            .collect();
        let called: Vec<&BacktestForecast> = forecasts.iter().filter(|forecast| !forecast.abstain).collect();
        let mark_step = called.len().div_ceil(MAX_MARKS).max(1);
        // Half a year, or a third of the settled forecasts.
        let half_year = usize::try_from(dataset.series.interval.bars_per_year() / 2).unwrap_or(usize::MAX);
        let window = half_year.min(settled.len() / 3).max(1);
        Self {
            price: price(dataset, forecasts, &called, mark_step),
            mark_step,
            probability: probability(forecasts),
            saved: saved(&settled),
            reliability: report.evaluation.as_ref().and_then(reliability),
            skill: skill(&settled, window),
            window,
            equity: report.evaluation.as_ref().and_then(|evaluation| equity(evaluation, dataset, forecasts)),
        }
    }
}

fn price(
    dataset: &Dataset,
    forecasts: &[BacktestForecast],
    called: &[&BacktestForecast],
    mark_step: usize,
) -> Option<Chart> {
    let bars = &dataset.bars[forecasts.first()?.bar..];
    let mark = |forecast: &&BacktestForecast| {
        let direction = if forecast.direction() == Direction::Up { "up" } else { "down" };
        let (time, probability) = (forecast.decision_time, forecast.probability_up);
        let title = format!("{}: {direction}, p(up) {probability:.3}", format_date(time));
        (direction, time, dataset.bars[forecast.bar].close, title)
    };
    ChartSpec {
        label: "Closing price with the direction of the forecasts",
        lines: vec![("price", bars.iter().map(|bar| (dataset.series.decision_time(bar.time), bar.close)).collect())],
        marks: called.iter().step_by(mark_step).map(mark).collect(),
        scale: Scale::Log,
        ..ChartSpec::default()
    }
    .chart()
}

fn probability(forecasts: &[BacktestForecast]) -> Option<Chart> {
    let line = |value: fn(&BacktestForecast) -> f64| {
        forecasts.iter().map(|forecast| (forecast.decision_time, value(forecast))).collect()
    };
    ChartSpec {
        label: "Forecast probability of up against climatology",
        lines: vec![
            ("forecast", line(|forecast| forecast.probability_up)),
            ("baseline", line(|forecast| forecast.baseline_probability)),
        ],
        reference_line: Some(0.5),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

/// Chart of a value from 0 up and down, over the decision times from the settled forecast `first` on.
fn skill_chart(
    label: &'static str,
    settled: &[SettledPoint],
    first: usize,
    values: impl Iterator<Item = f64>,
) -> Option<Chart> {
    let line = settled.iter().skip(first).map(|point| point.decision_time).zip(values).collect();
    ChartSpec { label, lines: vec![("forecast", line)], reference_line: Some(0.0), ..ChartSpec::default() }.chart()
}

/// Loss of each settled forecast, and of its baseline.
fn losses(settled: &[SettledPoint], loss: fn(&[f64], &[bool]) -> Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let labels: Vec<bool> = settled.iter().map(|point| point.label).collect();
    let of_probability = |probability: fn(&SettledPoint) -> f64| {
        let probabilities: Vec<f64> = settled.iter().map(probability).collect();
        loss(&probabilities, &labels)
    };
    (of_probability(|point| point.probability_up), of_probability(|point| point.baseline_probability))
}

/// Cumulative log loss saved against climatology: it rises where the forecasts have skill.
fn saved(settled: &[SettledPoint]) -> Option<Chart> {
    let (own, baseline) = losses(settled, log_losses);
    let cumulative = baseline.into_iter().zip(own).scan(0.0, |sum, (baseline, own)| {
        *sum += baseline - own;
        Some(*sum)
    });
    skill_chart("Cumulative log loss saved against climatology", settled, 0, cumulative)
}

fn reliability(evaluation: &Evaluation) -> Option<Chart> {
    let point = |bin: &ReliabilityBin| {
        let ReliabilityBin { forecast, up, up_interval: interval, n, .. } = *bin;
        ReliabilityPoint { forecast, up, interval, n: u32::try_from(n).unwrap_or(u32::MAX) }
    };
    web::reliability(&evaluation.deciles.iter().map(point).collect::<Vec<_>>())
}

/// Brier skill over the last `window` settled forecasts.
fn skill(settled: &[SettledPoint], window: usize) -> Option<Chart> {
    let (own, baseline) = losses(settled, squared_errors);
    let skills = own.windows(window).zip(baseline.windows(window)).map(|(own, baseline)| {
        let skill = 1.0 - own.iter().sum::<f64>() / baseline.iter().sum::<f64>();
        if skill.is_finite() { skill } else { 0.0 }
    });
    skill_chart("Rolling Brier skill against climatology", settled, window - 1, skills)
}

fn equity(evaluation: &Evaluation, dataset: &Dataset, forecasts: &[BacktestForecast]) -> Option<Chart> {
    let first = forecasts.first()?.bar;
    let line = |equity: &[f64]| {
        // A lower bound of 1 %: a near-total loss would compress the rest of the log scale.
        let point = |(capital, bar): (&f64, usize)| (dataset.decision_time(bar), capital.max(0.01));
        equity.iter().zip(first..).map(point).collect()
    };
    let costs = &evaluation.after_costs;
    ChartSpec {
        label: "Capital after costs: following the forecasts, against holding",
        lines: vec![
            ("baseline", line(&costs.always_long.equity)),
            ("other", line(&costs.long_short.equity)),
            ("forecast", line(&costs.long_flat.equity)),
        ],
        reference_line: Some(1.0),
        scale: Scale::Log,
        ..ChartSpec::default()
    }
    .chart()
}
