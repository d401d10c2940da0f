//! Comparison of paired losses, whatever their score: the mechanism of every gate.

use super::settings::{GateConfig, GateError};
use crate::bootstrap::{BootstrapConfig, BootstrapInterval, Sides, block_bootstrap_mean, default_block_length};
use market_data::numbers::as_f64;

/// Losses of the same rows; lower is better.
#[derive(Debug, Clone, Copy)]
pub(super) struct PairedLosses<'a> {
    pub(super) challenger: &'a [f64],
    pub(super) champion: &'a [f64],
    pub(super) climatology: &'a [f64],
    /// Number of bars from decision to target, over which neighbouring outcomes overlap.
    pub(super) horizon: u32,
}

/// Result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// True if both lower bounds are above zero on enough independent outcomes.
    pub(super) passed: bool,
    /// True if there are enough independent outcomes.
    pub(super) enough: bool,
    pub(super) n: usize,
    pub(super) n_effective: f64,
    /// Mean losses of challenger, champion and climatology.
    pub(super) means: [f64; 3],
    pub(super) gain_over_champion: BootstrapInterval,
    pub(super) gain_over_climatology: BootstrapInterval,
}

impl PairedLosses<'_> {
    /// Compares the losses, which have the same length.
    pub(super) fn compare(&self, config: &GateConfig) -> Result<Comparison, GateError> {
        let Self { challenger, champion, climatology, horizon } = *self;
        let n = challenger.len();
        let resampling = BootstrapConfig {
            block: default_block_length(n, horizon as usize),
            resamples: config.resamples,
            seed: config.seed,
            confidence: config.confidence,
            sides: Sides::OneSided,
        };
        let gain_over = |other: &[f64]| {
            let gains: Vec<f64> = other.iter().zip(challenger).map(|(other, own)| other - own).collect();
            block_bootstrap_mean(&gains, &resampling)
        };
        let (gain_over_champion, gain_over_climatology) = (gain_over(champion)?, gain_over(climatology)?);
        let rows = as_f64(n);
        let n_effective = rows / f64::from(horizon);
        let enough = n_effective >= config.min_effective;
        Ok(Comparison {
            passed: enough && gain_over_champion.lo > 0.0 && gain_over_climatology.lo > 0.0,
            enough,
            n,
            n_effective,
            means: [challenger, champion, climatology].map(|losses| losses.iter().sum::<f64>() / rows),
            gain_over_champion,
            gain_over_climatology,
        })
    }
}

/// Share in percent, rounded to hundredths.
pub(super) fn percent(share: f64) -> f64 {
    (share * 1e4).round() / 100.0
}

/// Beginning of a sentence about a gain.
pub(super) fn finding(gain: &BootstrapInterval) -> &'static str {
    match gain {
        gain if gain.lo > 0.0 => "better than",
        gain if gain.estimate > 0.0 => "not reliably better than",
        _ => "not better than",
    }
}

/// Sentence about the number of outcomes, which are called `noun`.
pub(super) fn describe_number(noun: &str, compared: &Comparison, horizon: u32, config: &GateConfig) -> String {
    let Comparison { enough, n, n_effective, .. } = compared;
    format!(
        "{n} {noun} at horizon {horizon} count as {n_effective:.0} independent ones, {} the {:.0} required",
        if *enough { "at least" } else { "fewer than" },
        config.min_effective
    )
}
