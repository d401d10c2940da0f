//! The evaluation record: how settled forecasts did beside the baselines, and what following them was worth.
//!
//! One record for a training's hold-out and for a backtest, so that their numbers can be compared. Every interval is a
//! two-sided 95 % one by the circular block bootstrap ([`crate::bootstrap`]), all from the same seed.

mod after_costs;
mod band;
pub mod bootstrap;
mod called;
mod forecaster;
pub mod gate;
mod input;
pub mod metrics;
mod reliability;
mod sample;
mod scores;
mod selected;
pub mod selection;
pub mod splits;
mod strategy;
#[cfg(test)]
mod testing;
mod verdict;

pub use after_costs::{StrategyReturns, unfiltered_long_short_returns};
pub use band::{BandCoverage, band_half_width};
pub use called::DirectionalAccuracy;
pub use forecaster::{ForecasterScores, ScoreIntervals};
pub use input::{Costs, EvaluatedForecast, EvaluationInput, EvaluationSettings};
pub use reliability::{ReliabilityBin, reliability_curve};
pub use scores::Scores;
pub use selected::SelectionAdjustment;
pub use strategy::Strategy;

use crate::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap_mean, default_block_length,
};
use contracts::forecast::{EdgeVerdict, MAX_PROBABILITY};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use sample::BootstrapSample;
use serde::{Deserialize, Serialize};

/// Independent outcomes below which nothing but counts and means is reported: no interval, Sharpe ratio or annual return. The
/// percentiles of resampled means need about as many to hold what they promise, and a year's growth extrapolated from fewer
/// days is noise to the power of a dozen.
pub const MIN_INDEPENDENT: f64 = 30.0;
/// Text that stands in place of such a number.
pub const TOO_FEW: &str = "too few to judge";

/// True if so many outcomes, of which neighbours overlap over `horizon` bars and so count `1 / horizon`, amount to at least
/// [`MIN_INDEPENDENT`].
#[must_use]
pub fn enough_to_judge(outcomes: usize, horizon: u32) -> bool {
    as_f64(outcomes) / f64::from(horizon.max(1)) >= MIN_INDEPENDENT
}

/// Confidence of every interval, both sides together.
const CONFIDENCE: f64 = 0.95;

/// The record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// First settled decision time.
    pub from: Timestamp,
    /// Last settled decision time.
    pub through: Timestamp,
    /// Forecasts with an outcome; ties have none.
    pub n: usize,
    /// Independent labels among them, about: `n / horizon`.
    pub n_effective: f64,
    /// How the intervals were made.
    pub resampling: BootstrapConfig,
    /// The forecasts.
    pub forecast: ForecasterScores,
    /// The base rate known at each decision time.
    pub climatology: ForecasterScores,
    /// The side of the last settled label, with its hit rate known at each decision time.
    pub persistence: ForecasterScores,
    /// 99 % up, always.
    pub always_up: ForecasterScores,
    /// Mean log loss of the forecasts minus climatology's: below zero is better.
    pub log_loss_difference: BootstrapInterval,
    /// Ten groups of equally many similar forecasts.
    pub deciles: Vec<ReliabilityBin>,
    /// How often the band held what it should.
    pub band: BandCoverage,
    /// The forecasts that pointed up or down.
    pub called: DirectionalAccuracy,
    /// Whether they have an edge over climatology.
    pub edge: EdgeVerdict,
    /// What all this amounts to, in one sentence.
    pub verdict: String,
    /// What following the forecasts was worth.
    pub after_costs: StrategyReturns,
    /// What having chosen among many trials does to that; absent when nothing was searched.
    pub selection: Option<SelectionAdjustment>,
}

impl Evaluation {
    /// Scores what is settled; `None` when nothing is.
    ///
    /// # Errors
    /// [`BootstrapError`] for settings without resamples.
    ///
    /// # Examples
    /// ```
    /// use evaluation::{Costs, Evaluation, EvaluationInput, EvaluationSettings, Judged};
    /// use market_data::{Bar, Series};
    /// use contracts::forecast::{Direction, EdgeVerdict};
    /// let series: Series = "eth-usd-1d-h1".parse().unwrap();
    /// let close = |day: i64| if day * day % 7 < 3 { 11.0 } else { 10.0 };
    /// let bars: Vec<Bar> = (0..400)
    ///     .map(|day| {
    ///         let time = jiff::Timestamp::from_second(day * 86_400).unwrap();
    ///         Bar { time, open: close(day), high: 11.0, low: 10.0, close: close(day), volume: 1.0 }
    ///     })
    ///     .collect();
    /// let labels = features::labels::labels(&bars, series.interval, series.horizon);
    /// let judged: Vec<Judged> = (0..400)
    ///     .map(|bar| Judged {
    ///         bar,
    ///         decision_time: series.decision_time(bars[bar].time),
    ///         probability_up: if labels[bar] == Some(true) { 0.9 } else { 0.1 },
    ///         baseline_probability: 0.5,
    ///         persistence_probability: 0.5,
    ///         band: [0.0, 1.0],
    ///         direction: Direction::Abstain,
    ///         up: labels[bar],
    ///     })
    ///     .collect();
    /// let settings = EvaluationSettings { resamples: 200, seed: 1, min_effective: 100.0, costs: Costs::default() };
    /// let (bars, judged, settings) = (&bars[..], &judged[..], &settings);
    /// let input = EvaluationInput {
    ///     series: &series, bars, judged, through: 399, by_model: true, selection: None, settings
    /// };
    /// let record = Evaluation::new(&input).unwrap().unwrap();
    /// assert_eq!(record.edge, EdgeVerdict::Significant);
    /// assert!((record.forecast.scores.brier - 0.01).abs() < 1e-12);
    /// ```
    pub fn new(input: &EvaluationInput<'_>) -> Result<Option<Self>, BootstrapError> {
        let EvaluationInput { series, forecasts: judged, from_model: by_model, selection, settings, .. } = *input;
        let settled: Vec<(&EvaluatedForecast, bool)> = judged.iter().filter_map(|one| Some((one, one.up?))).collect();
        let (Some((first, _)), Some((last, _))) = (settled.first(), settled.last()) else { return Ok(None) };
        let n = settled.len();
        let resampling = BootstrapConfig {
            block: default_block_length(n, series.horizon as usize),
            resamples: settings.resamples,
            seed: settings.seed,
            confidence: CONFIDENCE,
            sides: Sides::TwoSided,
        };
        let values =
            |value: fn(&EvaluatedForecast) -> f64| settled.iter().map(|(one, _)| value(one)).collect::<Vec<f64>>();
        let (p, base) = (values(|one| one.probability_up), values(|one| one.baseline_probability));
        let up: Vec<bool> = settled.iter().map(|(_, up)| *up).collect();
        let sample = BootstrapSample { up: &up, resampling, enough: enough_to_judge(n, series.horizon) };
        let scored = |p: &[f64]| ForecasterScores::new(p, &base, &sample);

        let losses = metrics::log_losses(&p, &up).into_iter().zip(metrics::log_losses(&base, &up));
        let differences: Vec<f64> = losses.map(|(own, climatology)| own - climatology).collect();
        let log_loss_difference = block_bootstrap_mean(&differences, &resampling)?;
        let forecast = scored(&p)?;
        let n_effective = as_f64(n) / f64::from(series.horizon);
        let enough = n_effective >= settings.min_effective;
        let (edge, verdict) = if by_model {
            verdict::assess_edge(&log_loss_difference, &forecast, n_effective, enough)
        } else {
            (EdgeVerdict::None, verdict::describe_base_rate(n_effective))
        };
        let after_costs = StrategyReturns::new(input, &resampling)?;
        Ok(Some(Self {
            from: first.decision_time,
            through: last.decision_time,
            n,
            n_effective,
            resampling,
            climatology: scored(&base)?,
            persistence: scored(&values(|one| one.persistence_probability))?,
            always_up: scored(&vec![MAX_PROBABILITY; n])?,
            deciles: reliability::equal_count_bins(&p, &sample)?,
            band: BandCoverage::new(&settled),
            called: DirectionalAccuracy::new(&settled, &sample)?,
            selection: selection.map(|selection| {
                SelectionAdjustment::new(selection, by_model, &after_costs.unfiltered_long_short.returns)
            }),
            after_costs,
            log_loss_difference,
            forecast,
            edge,
            verdict,
        }))
    }
}

#[cfg(test)]
mod tests;
