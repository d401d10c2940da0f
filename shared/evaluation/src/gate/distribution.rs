//! Gate for distributions, compared by CRPS.

use super::{
    comparison::{Comparison, PairedLosses, describe_number, finding},
    settings::{GateConfig, GateError},
};
use crate::bootstrap::BootstrapInterval;
use serde::{Deserialize, Serialize};

/// CRPS of distributions of the same hold-out rows, in log returns, one value for each settled move.
///
/// All distributions of a row have to be adjusted to the same probability of up, that of the direction that will serve. Then the
/// gain is that of the distribution alone. Ties are moves of zero and count.
#[derive(Debug, Clone, Copy)]
pub struct DistributionGateInput<'a> {
    /// CRPS of the challenger.
    pub challenger: &'a [f64],
    /// CRPS of the champion; that of climatology for a champion without distribution.
    pub champion: &'a [f64],
    /// CRPS of climatology, the distribution of the moves settled at each decision time.
    pub climatology: &'a [f64],
    /// Number of bars from decision to target, over which neighbouring moves overlap.
    pub horizon: u32,
}

/// Decision of the gate on a distribution, with all numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionGateDecision {
    /// True if the distribution replaces the champion's.
    pub promoted: bool,
    /// Number of rows.
    pub n: usize,
    /// Approximate number of independent moves: `n / horizon`.
    pub n_effective: f64,
    /// Mean CRPS of the challenger, in log returns.
    pub crps_challenger: f64,
    /// Mean CRPS of the champion, in log returns.
    pub crps_champion: f64,
    /// Mean CRPS of climatology, in log returns.
    pub crps_climatology: f64,
    /// Mean CRPS of the champion minus that of the challenger; above zero is better.
    pub gain_over_champion: BootstrapInterval,
    /// Mean CRPS of climatology minus that of the challenger; above zero is better.
    pub gain_over_climatology: BootstrapInterval,
    /// Result of each condition, with its numbers.
    pub reasons: Vec<String>,
}

/// Tests the distribution of a challenger against those of the champion and climatology.
///
/// # Errors
/// Returns an error if the inputs are empty, have different lengths, or are not finite.
///
/// # Examples
/// ```
/// use evaluation::gate::{DistributionGateInput, GateConfig, evaluate_distribution_gate};
/// let climatology: Vec<f64> = (0..400).map(|i| 0.02 + f64::from(i % 7) / 1000.0).collect();
/// let challenger: Vec<f64> = climatology.iter().map(|crps| crps * 0.98).collect();
/// let input = DistributionGateInput {
///     challenger: &challenger, champion: &climatology, climatology: &climatology, horizon: 1,
/// };
/// let decision = evaluate_distribution_gate(&input, &GateConfig::default()).unwrap();
/// assert!(decision.promoted);
/// assert!(decision.reasons[0].starts_with("better than the champion: CRPS lower by 2.00 % on average"));
/// ```
pub fn evaluate_distribution_gate(
    input: &DistributionGateInput<'_>,
    config: &GateConfig,
) -> Result<DistributionGateDecision, GateError> {
    validate(input)?;
    let DistributionGateInput { challenger, champion, climatology, horizon } = *input;
    let compared = PairedLosses { challenger, champion, climatology, horizon }.compare(config)?;
    let Comparison { passed, n, n_effective, means, gain_over_champion, gain_over_climatology, .. } = compared;
    let [crps_challenger, crps_champion, crps_climatology] = means;
    let reasons = vec![
        describe_gain("the champion", &gain_over_champion, crps_champion, config.confidence),
        describe_gain("climatology", &gain_over_climatology, crps_climatology, config.confidence),
        describe_number("moves", &compared, horizon, config),
    ];
    Ok(DistributionGateDecision {
        promoted: passed,
        n,
        n_effective,
        crps_challenger,
        crps_champion,
        crps_climatology,
        gain_over_champion,
        gain_over_climatology,
        reasons,
    })
}

/// Gain as a share of the mean CRPS of the other.
fn describe_gain(other: &str, gain: &BootstrapInterval, crps: f64, confidence: f64) -> String {
    // Without any loss of the other there is no share.
    let percent = |gain: f64| if crps > 0.0 { 100.0 * gain / crps } else { 0.0 };
    let (estimate, lo) = (percent(gain.estimate), percent(gain.lo));
    let direction = if gain.estimate < 0.0 { "higher" } else { "lower" };
    format!(
        "{} {other}: CRPS {direction} by {:.2} % on average, lower bound of the gain {lo:.2} % at {} %",
        finding(gain),
        estimate.abs(),
        super::comparison::percent(confidence)
    )
}

fn validate(input: &DistributionGateInput<'_>) -> Result<(), GateError> {
    if input.horizon == 0 {
        return Err(GateError::Horizon);
    }
    let outcomes = input.challenger.len();
    for (name, losses) in
        [("challenger", input.challenger), ("champion", input.champion), ("climatology", input.climatology)]
    {
        if losses.len() != outcomes {
            return Err(GateError::Length { name, length: losses.len(), outcomes });
        }
        if let Some(row) = losses.iter().position(|loss| !loss.is_finite()) {
            return Err(GateError::Loss { name, row, value: losses[row] });
        }
    }
    Ok(())
}
