//! Evaluation of settled forecasts: scores against baselines, returns of simple strategies, and the gate.
//!
//! [`Evaluation`] is the record of a training's hold-out and of a backtest, so that their numbers are comparable;
//! [`distribution::DistributionEvaluation`] is the same for the distribution of the move. Every
//! interval is a two-sided 95 % interval by the circular block [`bootstrap`], with the same seed.

mod band;
pub mod bootstrap;
mod directional_accuracy;
pub mod distribution;
mod edge;
mod forecaster;
pub mod gate;
mod input;
pub mod metrics;
mod reliability;
mod sample;
mod scores;
pub mod selection;
mod selection_adjustment;
pub mod splits;
mod strategy;
mod strategy_returns;
#[cfg(test)]
mod testing;
mod training_results;

pub use band::{BandCoverage, band_half_width};
pub use contracts::{TOO_FEW, costs::Costs};
pub use directional_accuracy::DirectionalAccuracy;
pub use forecaster::{ForecasterScores, ScoreIntervals};
pub use input::{EvaluatedForecast, EvaluationInput, EvaluationSettings};
pub use reliability::{ReliabilityBin, reliability_curve};
pub use scores::Scores;
pub use selection_adjustment::SelectionAdjustment;
pub use strategy::Strategy;
pub use strategy_returns::{StrategyReturns, unfiltered_long_short_returns};
pub use training_results::{CrossValidationScore, FeatureImportance, SearchStop};

use crate::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap_mean, default_block_length,
};
use contracts::{
    costs::CallReturns,
    forecast::{EdgeVerdict, MAX_PROBABILITY},
};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use sample::BootstrapSample;
use serde::{Deserialize, Serialize};

/// Minimum number of independent outcomes for intervals, Sharpe ratios and annual returns. Below it only counts and means are
/// reported: percentiles of resampled means are unreliable there, and annual growth extrapolated from fewer days is noise.
pub const MIN_INDEPENDENT: f64 = 30.0;

/// True if the outcomes amount to at least [`MIN_INDEPENDENT`] independent ones. Outcomes that overlap over `horizon` bars
/// count as `1 / horizon`.
#[must_use]
pub fn enough_to_judge(outcomes: usize, horizon: u32) -> bool {
    as_f64(outcomes) / f64::from(horizon.max(1)) >= MIN_INDEPENDENT
}

/// Two-sided confidence of every interval.
const CONFIDENCE: f64 = 0.95;

/// Evaluation record of the settled forecasts of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// First settled decision time.
    pub from: Timestamp,
    /// Last settled decision time.
    pub through: Timestamp,
    /// Number of forecasts with an outcome; ties have none.
    pub n: usize,
    /// Approximate number of independent labels: `n / horizon`.
    pub n_effective: f64,
    /// Settings of the bootstrap for the intervals.
    pub resampling: BootstrapConfig,
    /// Scores of the forecasts.
    pub forecast: ForecasterScores,
    /// Scores of climatology, the base rate known at each decision time.
    pub climatology: ForecasterScores,
    /// Scores of persistence, which repeats the last settled label with its hit rate known at each decision time.
    pub persistence: ForecasterScores,
    /// Scores of a constant forecast of 99 % up.
    pub always_up: ForecasterScores,
    /// Mean log loss of the forecasts minus that of climatology; below zero is better.
    pub log_loss_difference: BootstrapInterval,
    /// Reliability curve over ten groups of equal counts.
    pub deciles: Vec<ReliabilityBin>,
    /// Coverage of the uncertainty band.
    pub band: BandCoverage,
    /// Accuracy of the forecasts that pointed up or down.
    pub called: DirectionalAccuracy,
    /// Edge over climatology.
    pub edge: EdgeVerdict,
    /// Sentence that states the edge with its numbers.
    pub verdict: String,
    /// Returns of strategies that follow the forecasts, after costs.
    pub after_costs: StrategyReturns,
    /// Returns of following the calls after costs, with a conclusion; `unknown` in records of older releases.
    #[serde(default)]
    pub following_calls: CallReturns,
    /// Adjustment for the selection among many trials; absent without a search.
    pub selection: Option<SelectionAdjustment>,
    /// Evaluation of the distributions; absent in records without any. [`Evaluation::new`] leaves it absent, and the caller adds
    /// it: distributions also have ties as outcomes, so their rows differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<distribution::DistributionEvaluation>,
}

impl Evaluation {
    /// Evaluates the settled forecasts; `None` if none is settled.
    ///
    /// # Errors
    /// Returns an error for settings without resamples.
    ///
    /// # Examples
    /// ```
    /// use evaluation::{Costs, Evaluation, EvaluationInput, EvaluationSettings, EvaluatedForecast};
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
    /// let forecasts: Vec<EvaluatedForecast> = (0..400)
    ///     .map(|bar| EvaluatedForecast {
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
    /// let (bars, forecasts, settings) = (&bars[..], &forecasts[..], &settings);
    /// let input = EvaluationInput {
    ///     series: &series, bars, forecasts, last_bar: 399, from_model: true, selection: None, settings
    /// };
    /// let record = Evaluation::new(&input).unwrap().unwrap();
    /// assert_eq!(record.edge, EdgeVerdict::Shown);
    /// assert!((record.forecast.scores.brier - 0.01).abs() < 1e-12);
    /// ```
    pub fn new(input: &EvaluationInput<'_>) -> Result<Option<Self>, BootstrapError> {
        let EvaluationInput { series, forecasts, from_model, selection, settings, .. } = *input;
        let settled: Vec<(&EvaluatedForecast, bool)> =
            forecasts.iter().filter_map(|forecast| Some((forecast, forecast.up?))).collect();
        let (Some((first, _)), Some((last, _))) = (settled.first(), settled.last()) else { return Ok(None) };
        let n = settled.len();
        let resampling = BootstrapConfig {
            block: default_block_length(n, series.horizon as usize),
            resamples: settings.resamples,
            seed: settings.seed,
            confidence: CONFIDENCE,
            sides: Sides::TwoSided,
        };
        let values = |value: fn(&EvaluatedForecast) -> f64| {
            settled.iter().map(|(forecast, _)| value(forecast)).collect::<Vec<f64>>()
        };
        let (p, base) = (values(|forecast| forecast.probability_up), values(|forecast| forecast.baseline_probability));
        let outcomes: Vec<bool> = settled.iter().map(|(_, up)| *up).collect();
        let sample = BootstrapSample { outcomes: &outcomes, resampling, enough: enough_to_judge(n, series.horizon) };
        let score = |p: &[f64]| ForecasterScores::new(p, &base, &sample);

        let losses = metrics::log_losses(&p, &outcomes).into_iter().zip(metrics::log_losses(&base, &outcomes));
        let differences: Vec<f64> = losses.map(|(forecast, climatology)| forecast - climatology).collect();
        let log_loss_difference = block_bootstrap_mean(&differences, &resampling)?;
        let forecast = score(&p)?;
        let n_effective = as_f64(n) / f64::from(series.horizon);
        let enough = n_effective >= settings.min_effective;
        let (edge, verdict) = if from_model {
            edge::assess_edge(&log_loss_difference, &forecast, n_effective, enough)
        } else {
            (EdgeVerdict::None, edge::describe_base_rate(n_effective))
        };
        let after_costs = StrategyReturns::new(input, &resampling)?;
        Ok(Some(Self {
            from: first.decision_time,
            through: last.decision_time,
            n,
            n_effective,
            resampling,
            climatology: score(&base)?,
            persistence: score(&values(|forecast| forecast.persistence_probability))?,
            always_up: score(&vec![MAX_PROBABILITY; n])?,
            deciles: reliability::equal_count_bins(&p, &sample)?,
            band: BandCoverage::new(&settled),
            called: DirectionalAccuracy::new(&settled, &sample)?,
            selection: selection.map(|selection| {
                SelectionAdjustment::new(selection, from_model, &after_costs.unfiltered_long_short.returns)
            }),
            following_calls: after_costs.after_costs(edge),
            after_costs,
            distribution: None,
            log_loss_difference,
            forecast,
            edge,
            verdict,
        }))
    }
}

#[cfg(test)]
mod tests;
