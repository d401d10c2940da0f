//! Gate for directions: probabilities of up, compared by log loss.

use super::{
    comparison::{Comparison, PairedLosses, describe_number},
    settings::{GateConfig, GateError},
};
use crate::{bootstrap::BootstrapInterval, metrics::log_losses};
use serde::{Deserialize, Serialize};

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

/// Decision of the gate on a direction, with all numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    /// True if the direction replaces the champion's.
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
    let [challenger, champion, climatology] =
        [input.challenger, input.champion, input.climatology].map(|p| log_losses(p, input.outcomes));
    let losses = PairedLosses {
        challenger: &challenger,
        champion: &champion,
        climatology: &climatology,
        horizon: input.horizon,
    };
    let compared = losses.compare(config)?;
    let reasons = vec![
        describe_gain("the champion", &compared.gain_over_champion, config.confidence),
        describe_gain("climatology", &compared.gain_over_climatology, config.confidence),
        describe_number("labels", &compared, input.horizon, config),
    ];
    let Comparison { passed, n, n_effective, means, gain_over_champion, gain_over_climatology, .. } = compared;
    let [log_loss_challenger, log_loss_champion, log_loss_climatology] = means;
    Ok(GateDecision {
        promoted: passed,
        n,
        n_effective,
        log_loss_challenger,
        log_loss_champion,
        log_loss_climatology,
        gain_over_champion,
        gain_over_climatology,
        reasons,
    })
}

fn describe_gain(other: &str, gain: &BootstrapInterval, confidence: f64) -> String {
    let BootstrapInterval { estimate, lo, .. } = gain;
    let (finding, percent) = (super::comparison::finding(gain), super::comparison::percent(confidence));
    format!("{finding} {other}: log loss lower by {estimate:.5} on average, lower bound {lo:.5} at {percent} %")
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
