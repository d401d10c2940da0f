//! Distribution as it is stored with a forecast, and its scores once the outcome is known.

use super::{BAND_LEVELS, DistributionEvidence, Quantiles};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Origin of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DistributionBasis {
    /// The champion's distribution model.
    Model,
    /// The empirical distribution of all settled moves.
    Climatology,
}

/// Distribution of a stored forecast: what cannot be computed again from the rest of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredDistribution {
    /// Origin of the distribution.
    pub basis: DistributionBasis,
    /// Close at the decision time.
    pub close: f64,
    /// Quantiles of the move.
    pub quantiles: Quantiles,
    /// Climatology at the decision time: quantiles of all moves settled by then.
    pub baseline: Quantiles,
    /// Evidence at the decision time.
    pub evidence: DistributionEvidence,
}

/// Scores of a settled distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DistributionScores {
    /// Continuous ranked probability score, in log returns; lower is better.
    pub crps: f64,
    /// Score of climatology's distribution.
    pub baseline_crps: f64,
    /// Probability integral transform: share of the distribution below the outcome, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub pit: f64,
    /// True for each band that holds the outcome: of 50, 80 and 95 %.
    #[schema(value_type = Vec<bool>, min_items = 3, max_items = 3)]
    pub in_band: [bool; 3],
}

impl StoredDistribution {
    /// Distribution of a forecast with this probability of up.
    ///
    /// * `model`: quantiles of a distribution model at the decision time; without them the distribution is climatology.
    /// * `baseline`: climatology at the decision time.
    /// * `close`: close at the decision time.
    #[must_use]
    pub fn new(
        model: Option<Quantiles>,
        baseline: Quantiles,
        close: f64,
        probability_up: f64,
        evidence: DistributionEvidence,
    ) -> Self {
        let baseline = baseline.rounded();
        let basis = if model.is_some() { DistributionBasis::Model } else { DistributionBasis::Climatology };
        let quantiles = model.unwrap_or(baseline).with_probability_up(probability_up).rounded();
        Self { basis, close, quantiles, baseline, evidence }
    }

    /// Scores of the distribution for an outcome, a log return.
    #[must_use]
    pub fn score(&self, outcome: f64) -> DistributionScores {
        DistributionScores {
            crps: self.quantiles.crps(outcome),
            baseline_crps: self.baseline.crps(outcome),
            pit: self.quantiles.probability_integral_transform(outcome),
            in_band: BAND_LEVELS.map(|level| {
                let [low, high] = self.quantiles.band(level);
                (low..=high).contains(&outcome)
            }),
        }
    }
}
