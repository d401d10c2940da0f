//! The gate: whether a challenger may replace the champion.
//!
//! Both are judged on the same hold-out rows, which neither was fitted on. The challenger passes only when the one-sided
//! lower bound of its mean log-loss gain is above zero twice: over the champion and over climatology; and when the
//! hold-out holds enough independent labels (labels that overlap by `h` bars count as `1/h`). A tie keeps the champion.

use crate::bootstrap::{
    BootstrapConfig, BootstrapError, BootstrapInterval, Sides, block_bootstrap_mean, default_block_length,
};
use crate::metrics::log_losses;
use serde::{Deserialize, Serialize};

/// How strict the gate is.
///
/// The defaults, and why:
/// * `confidence` 0.95, one-sided: without skill at most about one training in twenty promotes. It holds for one
///   training; several on nearly the same hold-out are several looks.
/// * `min_effective` 100: a share of so many independent labels has a standard error of 5 points, and an AUC has to be
///   about .60 to be above chance at 5 % (.550 at 365 labels, scaled by the root of their number).
/// * `resamples` 2000: the Monte-Carlo error of the share below a 5 % bound is `sqrt(0.05 * 0.95 / 2000)`, about 0.5
///   points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// One-sided confidence of each lower bound, between 0 and 1.
    pub confidence: f64,
    /// Fewest independent labels that count as evidence.
    pub min_effective: f64,
    /// Bootstrap resamples.
    pub resamples: usize,
    /// Bootstrap seed.
    pub seed: u64,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { confidence: 0.95, min_effective: 100.0, resamples: 2000, seed: 0x77_65_61_74 }
    }
}

/// Forecasts of the same hold-out rows, and their outcomes.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// The challenger's probabilities of `up`.
    pub challenger: &'a [f64],
    /// The champion's.
    pub champion: &'a [f64],
    /// The base rates known at each decision time.
    pub climatology: &'a [f64],
    /// Whether it went up.
    pub outcomes: &'a [bool],
    /// Bars until an outcome is known: how far neighbouring labels overlap.
    pub horizon: u32,
}

/// What the gate decided and every number it decided by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    /// Whether the challenger becomes champion.
    pub promoted: bool,
    /// Rows compared.
    pub n: usize,
    /// Independent labels among them, about: `n / horizon`.
    pub n_effective: f64,
    /// The challenger's mean log loss.
    pub log_loss_challenger: f64,
    /// The champion's.
    pub log_loss_champion: f64,
    /// Climatology's.
    pub log_loss_climatology: f64,
    /// Champion's minus challenger's log loss: above zero is better.
    pub gain_over_champion: BootstrapInterval,
    /// Climatology's minus challenger's.
    pub gain_over_climatology: BootstrapInterval,
    /// One sentence per rule, with its numbers.
    pub reasons: Vec<String>,
}

/// Why the gate cannot decide.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// The inputs are not about the same rows.
    #[error("{name} has {length} values, but there are {outcomes} outcomes")]
    Length {
        /// Which input.
        name: &'static str,
        /// Its length.
        length: usize,
        /// How many outcomes.
        outcomes: usize,
    },
    /// A forecast is not a probability.
    #[error("{name} forecast {value} for row {row}, which is not a probability")]
    Probability {
        /// Which input.
        name: &'static str,
        /// Which row, from 0.
        row: usize,
        /// What it was.
        value: f64,
    },
    /// The horizon is zero.
    #[error("the horizon is zero bars")]
    Horizon,
    /// No rows, or senseless settings.
    #[error("no interval of the gain")]
    Bootstrap {
        /// Why.
        #[from]
        source: BootstrapError,
    },
}

/// Judges a challenger.
///
/// # Errors
/// [`GateError`] when the inputs do not fit together, are no probabilities, or are empty.
///
/// # Examples
/// ```
/// use evaluation::gate::{GateConfig, GateInput, judge};
/// let outcomes: Vec<bool> = (0..400).map(|i| i % 3 == 0).collect();
/// let sure: Vec<f64> = outcomes.iter().map(|&up| if up { 0.8 } else { 0.2 }).collect();
/// let base = vec![0.33; 400];
/// let input =
///     GateInput { challenger: &sure, champion: &base, climatology: &base, outcomes: &outcomes, horizon: 1 };
/// assert!(judge(&input, &GateConfig::default()).unwrap().promoted);
/// ```
pub fn evaluate_gate(input: &GateInput<'_>, config: &GateConfig) -> Result<GateDecision, GateError> {
    check(input)?;
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
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let rows = n as f64;
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
    let BootstrapInterval { estimate: mean, lo, .. } = gain;
    let finding = if *lo > 0.0 {
        "better than"
    } else if *mean > 0.0 {
        "not reliably better than"
    } else {
        "not better than"
    };
    let percent = confidence * 100.0;
    format!("{finding} {other}: log loss lower by {mean:.5} on average, lower bound {lo:.5} at {percent:.0} %")
}

fn check(input: &GateInput<'_>) -> Result<(), GateError> {
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
