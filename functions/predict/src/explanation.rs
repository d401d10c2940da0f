//! What moved a forecast, cut to what a reader looks at.

use model::{Contribution, Explanation};
use serde::Serialize;
use utoipa::ToSchema;

/// How many features are named.
pub const MAX_CONTRIBUTIONS: usize = 10;

/// `expected`, all contributions and `rest` add up to the forecast's probability.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastExplanation {
    /// The forecast for the expected raw probability of the model; the forecast itself when no feature moved it.
    pub expected: f64,
    /// The ten features that moved it most, the largest first.
    #[schema(max_items = 10)]
    pub contributions: Vec<Contribution>,
    /// The sum of what the others did.
    pub rest: f64,
}

impl ForecastExplanation {
    /// Of a forecast that no feature moved.
    pub(crate) fn nothing(probability: f64) -> Self {
        Self { expected: probability, contributions: Vec::new(), rest: 0.0 }
    }
}

impl From<Explanation> for ForecastExplanation {
    fn from(explanation: Explanation) -> Self {
        let Explanation { expected, mut contributions } = explanation;
        let rest = contributions.iter().skip(MAX_CONTRIBUTIONS).fold(0.0, |sum, other| sum + other.contribution);
        contributions.truncate(MAX_CONTRIBUTIONS);
        Self { expected, contributions, rest }
    }
}
