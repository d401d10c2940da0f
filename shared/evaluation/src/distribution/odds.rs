//! Scores of the odds.

use super::{
    comparison::Skill,
    input::{DistributionInput, SettledDistribution},
};
use crate::{bootstrap::BootstrapError, metrics};
use contracts::distribution::{Odds, OddsSide, Quantiles};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Score of the probabilities of a move larger than one size, on one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OddsScore {
    /// Size of the move as a share of the price.
    pub size: f64,
    /// Side of the move.
    pub side: OddsSide,
    /// Share of the outcomes with such a move.
    pub frequency: f64,
    /// Mean forecast probability.
    pub mean_probability: f64,
    /// Brier skill over climatology.
    pub brier_skill: Skill,
    /// Brier skill over the last 365 days, on the decisions that have this baseline; absent without any.
    pub brier_skill_over_recent: Option<Skill>,
    /// Area under the ROC curve: probability that a move of this size had a higher forecast than another outcome. Absent if all
    /// outcomes or none had such a move.
    pub auc: Option<f64>,
}

/// Scores of the odds of each size and side.
pub(super) fn odds_scores(input: &DistributionInput<'_>) -> Result<Vec<OddsScore>, BootstrapError> {
    let DistributionInput { series, settled, sizes, resamples, seed, .. } = *input;
    let measure = |own: &[f64], other: &[f64]| Skill::measure(own, other, series.horizon, resamples, seed);
    let mut scores = Vec::new();
    for &size in sizes.as_slice() {
        let odds = |quantiles: fn(&SettledDistribution) -> Option<Quantiles>| -> Vec<Option<Odds>> {
            settled.iter().map(|row| quantiles(row).map(|quantiles| Odds::new(&quantiles, size))).collect()
        };
        let (forecast, baseline, recent) =
            (odds(|row| Some(row.quantiles)), odds(|row| Some(row.baseline)), odds(|row| row.recent));
        for side in OddsSide::ALL {
            let happened: Vec<bool> = settled.iter().map(|row| side.happened(row.outcome, size)).collect();
            // Rounding may exceed one by an ulp.
            let probability = |odds: &Option<Odds>| odds.map(|odds| odds.of(side).clamp(0.0, 1.0));
            let p: Vec<f64> = forecast.iter().filter_map(probability).collect();
            let errors = metrics::squared_errors(&p, &happened);
            let baseline: Vec<f64> = baseline.iter().filter_map(probability).collect();
            let brier_skill = measure(&errors, &metrics::squared_errors(&baseline, &happened))?;
            let (mut own, mut others) = (vec![], vec![]);
            for ((error, recent), &happened) in errors.iter().zip(&recent).zip(&happened) {
                if let Some(p) = probability(recent) {
                    own.push(*error);
                    others.push((p - f64::from(u8::from(happened))).powi(2));
                }
            }
            let over_recent = (!own.is_empty()).then(|| measure(&own, &others));
            let n = as_f64(settled.len());
            scores.push(OddsScore {
                size,
                side,
                frequency: as_f64(happened.iter().filter(|happened| **happened).count()) / n,
                mean_probability: p.iter().sum::<f64>() / n,
                brier_skill,
                brier_skill_over_recent: over_recent.transpose()?,
                auc: metrics::auc(&p, &happened),
            });
        }
    }
    Ok(scores)
}
