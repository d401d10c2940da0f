//! Gate: the statistical test that a challenger must pass to replace the champion.
//!
//! Both are compared on the same hold-out rows, on which neither was fitted. The challenger passes under two conditions:
//!
//! * The one-sided lower bound of its mean log-loss gain is above zero, both over the champion and over climatology.
//! * The hold-out has enough independent labels (labels that overlap by `h` bars count as `1/h`).
//!
//! `training::train` also rejects a challenger whose folds show no skill.
//!
//! A tie keeps the champion.

use crate::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap_mean, default_block_length,
};
use crate::metrics::log_losses;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Settings of the gate.
///
/// Reasons for the defaults:
/// * `confidence` 0.95, one-sided: without skill, about 5 % of trainings promote at most. This holds for one training;
///   several trainings on nearly the same hold-out have a higher rate.
/// * `min_effective` 100: a share of 100 independent labels has a standard error of 5 percentage points. An AUC must be
///   about .60 to differ from chance at 5 % (.550 at 365 labels, scaled by the root of their number).
/// * `resamples` 2000: the Monte-Carlo error of the share below a 5 % bound is `sqrt(0.05 * 0.95 / 2000)`, about 0.5
///   percentage points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// One-sided confidence of each lower bound, between 0 and 1.
    pub confidence: f64,
    /// Minimum number of independent labels.
    pub min_effective: f64,
    /// Number of bootstrap resamples.
    pub resamples: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { confidence: 0.95, min_effective: 100.0, resamples: 2000, seed: 0x77_65_61_74 }
    }
}

/// Forecasts of the same hold-out rows, with their outcomes.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// Probabilities of up by the challenger.
    pub challenger: &'a [f64],
    /// Probabilities of up by the champion.
    pub champion: &'a [f64],
    /// Climatology at each decision time.
    pub climatology: &'a [f64],
    /// Outcomes: true for up.
    pub outcomes: &'a [bool],
    /// Number of bars from decision to target, over which neighbouring labels overlap.
    pub horizon: u32,
}

/// Decision of the gate, with all numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    /// True if the challenger becomes the champion.
    pub promoted: bool,
    /// Number of rows.
    pub n: usize,
    /// Approximate number of independent labels: `n / horizon`.
    pub n_effective: f64,
    /// Mean log loss of the challenger, in nats.
    pub log_loss_challenger: f64,
    /// Mean log loss of the champion, in nats.
    pub log_loss_champion: f64,
    /// Mean log loss of climatology, in nats.
    pub log_loss_climatology: f64,
    /// Mean log loss of the champion minus that of the challenger; above zero is better.
    pub gain_over_champion: BootstrapInterval,
    /// Mean log loss of climatology minus that of the challenger; above zero is better.
    pub gain_over_climatology: BootstrapInterval,
    /// Result of each condition, with its numbers.
    pub reasons: Vec<String>,
}

/// Error of the gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// The inputs have different lengths.
    #[error("gate input {name} has {length} values for {outcomes} outcomes")]
    Length {
        /// Name of the input.
        name: &'static str,
        /// Its length.
        length: usize,
        /// Number of outcomes.
        outcomes: usize,
    },
    /// A forecast is not a probability.
    #[error("gate input {name} has value {value} in row {row}, expected a probability")]
    Probability {
        /// Name of the input.
        name: &'static str,
        /// Index of the row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// The horizon is zero.
    #[error("gate horizon is 0 bars, expected at least 1")]
    Horizon,
    /// There are no rows, or the bootstrap settings are invalid.
    #[error("failed to compute the interval of the gain")]
    Bootstrap {
        /// Error of the bootstrap.
        #[from]
        source: BootstrapError,
    },
}

/// Tests a challenger against the champion and climatology.
///
/// # Errors
/// Returns an error if the inputs are empty, have different lengths, or are not probabilities.
///
/// # Examples
/// ```
/// use evaluation::gate::{GateConfig, GateInput, evaluate_gate};
/// let outcomes: Vec<bool> = (0..400).map(|i| i % 3 == 0).collect();
/// let challenger: Vec<f64> = outcomes.iter().map(|&up| if up { 0.8 } else { 0.2 }).collect();
/// let base = vec![0.33; 400];
/// let input =
///     GateInput { challenger: &challenger, champion: &base, climatology: &base, outcomes: &outcomes, horizon: 1 };
/// assert!(evaluate_gate(&input, &GateConfig::default()).unwrap().promoted);
/// ```
pub fn evaluate_gate(input: &GateInput<'_>, config: &GateConfig) -> Result<GateDecision, GateError> {
    validate(input)?;
    let n = input.outcomes.len();
    let [challenger, champion, climatology] =
        [input.challenger, input.champion, input.climatology].map(|p| log_losses(p, input.outcomes));
    let resampling = BootstrapConfig {
        block: default_block_length(n, input.horizon as usize),
        resamples: config.resamples,
        seed: config.seed,
        confidence: config.confidence,
        sides: Sides::OneSided,
    };
    let gain_over = |other: &[f64]| {
        let gains: Vec<f64> = other.iter().zip(&challenger).map(|(other, own)| other - own).collect();
        block_bootstrap_mean(&gains, &resampling)
    };
    let (gain_over_champion, gain_over_climatology) = (gain_over(&champion)?, gain_over(&climatology)?);
    let rows = as_f64(n);
    let n_effective = rows / f64::from(input.horizon);
    let enough = n_effective >= config.min_effective;
    let promoted = enough && gain_over_champion.lo > 0.0 && gain_over_climatology.lo > 0.0;
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / rows;
    let reasons = vec![
        describe_gain("the champion", &gain_over_champion, config.confidence),
        describe_gain("climatology", &gain_over_climatology, config.confidence),
        format!(
            "{n} labels at horizon {} count as {n_effective:.0} independent ones, {} the {:.0} required",
            input.horizon,
            if enough { "at least" } else { "fewer than" },
            config.min_effective
        ),
    ];
    Ok(GateDecision {
        promoted,
        n,
        n_effective,
        log_loss_challenger: mean(&challenger),
        log_loss_champion: mean(&champion),
        log_loss_climatology: mean(&climatology),
        gain_over_champion,
        gain_over_climatology,
        reasons,
    })
}

fn describe_gain(other: &str, gain: &BootstrapInterval, confidence: f64) -> String {
    let BootstrapInterval { estimate, lo, .. } = gain;
    let finding = if *lo > 0.0 {
        "better than"
    } else if *estimate > 0.0 {
        "not reliably better than"
    } else {
        "not better than"
    };
    let percent = confidence * 100.0;
    format!("{finding} {other}: log loss lower by {estimate:.5} on average, lower bound {lo:.5} at {percent:.0} %")
}

fn validate(input: &GateInput<'_>) -> Result<(), GateError> {
    if input.horizon == 0 {
        return Err(GateError::Horizon);
    }
    let outcomes = input.outcomes.len();
    let forecasts =
        [("challenger", input.challenger), ("champion", input.champion), ("climatology", input.climatology)];
    for (name, p) in forecasts {
        if p.len() != outcomes {
            return Err(GateError::Length { name, length: p.len(), outcomes });
        }
        if let Some(row) = p.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(GateError::Probability { name, row, value: p[row] });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
