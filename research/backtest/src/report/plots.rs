//! The page's charts.

use super::Report;
use crate::walk::BacktestForecast;
use contracts::forecast::Direction;
use evaluation::{
    Evaluation, ReliabilityBin,
    metrics::{log_losses, squared_errors},
};
use features::dataset::Dataset;
use jiff::Timestamp;
use web::{Chart, ChartSpec, ReliabilityPoint, Scale, ValueUnit, format_date};

/// Calls that the price chart marks, at most; more are thinned evenly.
const MARKS: usize = 240;

/// A settled forecast, for the charts that sum over them.
struct Settled {
    time: Timestamp,
    p: f64,
    base: f64,
    up: bool,
}

/// All charts; each `None` when there is too little to draw.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) price: Option<Chart>,
    /// Of how many calls the price chart marks one.
    pub(super) every: usize,
    pub(super) probability: Option<Chart>,
    pub(super) saved: Option<Chart>,
    pub(super) reliability: Option<Chart>,
    pub(super) skill: Option<Chart>,
    /// Forecasts that each point of the rolling skill looks back on.
    pub(super) window: usize,
    pub(super) equity: Option<Chart>,
}

impl Plots {
    pub(super) fn new(report: &Report<'_>, history: &Dataset) -> Self {
        let decisions = &report.decisions;
        let settled: Vec<Settled> = decisions
            .iter()
            .filter_map(|one| {
                let (time, p, base) = (one.decision_time, one.probability_up, one.baseline_probability);
                Some(Settled { time, p, base, up: one.up()? })
            })
            .collect();
        let called: Vec<&BacktestForecast> = decisions.iter().filter(|one| !one.abstain).collect();
        let every = called.len().div_ceil(MARKS).max(1);
        // Half a year, or a third of what there is.
        let half_year = usize::try_from(history.series.interval.bars_per_year() / 2).unwrap_or(usize::MAX);
        let window = half_year.min(settled.len() / 3).max(1);
        Self {
            price: price(history, decisions, &called, every),
            every,
            probability: probability(decisions),
            saved: saved(&settled),
            reliability: report.evaluation.as_ref().and_then(reliability),
            skill: skill(&settled, window),
            window,
            equity: report.evaluation.as_ref().and_then(|evaluation| equity(evaluation, history, decisions)),
        }
    }
}

fn price(
    history: &Dataset,
    decisions: &[BacktestForecast],
    called: &[&BacktestForecast],
    every: usize,
) -> Option<Chart> {
    let bars = &history.bars[decisions.first()?.bar..];
    let mark = |one: &&BacktestForecast| {
        let (class, way) = if one.direction() == Direction::Up { ("up", "up") } else { ("down", "down") };
        let title = format!("{}: {way}, p(up) {:.3}", format_date(one.decision_time), one.probability_up);
        (class, one.decision_time, history.bars[one.bar].close, title)
    };
    ChartSpec {
        label: "Closing price with the direction of the forecasts",
        lines: vec![("price", bars.iter().map(|bar| (history.series.decision_time(bar.time), bar.close)).collect())],
        marks: called.iter().step_by(every).map(mark).collect(),
        scale: Scale::Log,
        ..ChartSpec::default()
    }
    .chart()
}

fn probability(decisions: &[BacktestForecast]) -> Option<Chart> {
    let line =
        |value: fn(&BacktestForecast) -> f64| decisions.iter().map(|one| (one.decision_time, value(one))).collect();
    ChartSpec {
        label: "Forecast probability of up against climatology",
        lines: vec![("forecast", line(|one| one.probability_up)), ("baseline", line(|one| one.baseline_probability))],
        reference_line: Some(0.5),
        unit: ValueUnit::Percent,
        ..ChartSpec::default()
    }
    .chart()
}

/// Log loss saved against climatology, summed: a line that climbs is skill.
fn saved(settled: &[Settled]) -> Option<Chart> {
    let up: Vec<bool> = settled.iter().map(|one| one.up).collect();
    let losses = |p: fn(&Settled) -> f64| log_losses(&settled.iter().map(p).collect::<Vec<_>>(), &up);
    let sum = losses(|one| one.base).into_iter().zip(losses(|one| one.p)).scan(0.0, |sum, (base, own)| {
        *sum += base - own;
        Some(*sum)
    });
    let line = settled.iter().map(|one| one.time).zip(sum).collect();
    let label = "Cumulative log loss saved against climatology";
    ChartSpec { label, lines: vec![("forecast", line)], reference_line: Some(0.0), ..ChartSpec::default() }.chart()
}

fn reliability(evaluation: &Evaluation) -> Option<Chart> {
    let group = |bin: &ReliabilityBin| {
        let ReliabilityBin { forecast, up, up_interval: interval, n, .. } = *bin;
        ReliabilityPoint { forecast, up, interval, n: u32::try_from(n).unwrap_or(u32::MAX) }
    };
    web::reliability(&evaluation.deciles.iter().map(group).collect::<Vec<_>>())
}

/// Brier skill over the last `window` settled forecasts.
fn skill(settled: &[Settled], window: usize) -> Option<Chart> {
    let up: Vec<bool> = settled.iter().map(|one| one.up).collect();
    let errors = |p: fn(&Settled) -> f64| squared_errors(&settled.iter().map(p).collect::<Vec<_>>(), &up);
    let (own, base) = (errors(|one| one.p), errors(|one| one.base));
    let skills = own.windows(window).zip(base.windows(window)).map(|(own, base)| {
        let skill = 1.0 - own.iter().sum::<f64>() / base.iter().sum::<f64>();
        if skill.is_finite() { skill } else { 0.0 }
    });
    let line = settled.iter().skip(window - 1).map(|one| one.time).zip(skills).collect();
    let label = "Rolling Brier skill against climatology";
    ChartSpec { label, lines: vec![("forecast", line)], reference_line: Some(0.0), ..ChartSpec::default() }.chart()
}

fn equity(evaluation: &Evaluation, history: &Dataset, decisions: &[BacktestForecast]) -> Option<Chart> {
    let first = decisions.first()?.bar;
    let line = |equity: &[f64]| {
        // What is lost beyond this cannot be told apart, and would press all else flat.
        let place = |(capital, bar): (&f64, usize)| (history.decision_time(bar), capital.max(0.01));
        equity.iter().zip(first..).map(place).collect()
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
