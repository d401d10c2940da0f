//! Explanation of a forecast: contributions of its features, and inputs of the width of its bands.

use model::{Contribution, Explanation, WidthFactor};
use serde::Serialize;
use utoipa::ToSchema;

/// Maximum number of features in an explanation.
pub const MAX_CONTRIBUTIONS: usize = 10;

/// Amount of detail in a forecast response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Forecast alone.
    Plain,
    /// Forecast with its explanation.
    Explained,
}

/// Contributions of the features to a forecast, and inputs of the width of its bands. `expected`, all contributions and `rest` add
/// up to its probability. In a mixture the contributions are those to the champion's probability times its weight.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ForecastExplanation {
    /// Forecast for the expected raw probability of the model, mixed with the other experts; equal to the forecast when no feature
    /// contributed.
    pub expected: f64,
    /// Ten largest contributions by size, in descending order.
    #[schema(value_type = Vec<crate::schema::Contribution>, max_items = 10)]
    pub contributions: Vec<Contribution>,
    /// Sum of the other contributions.
    pub rest: f64,
    /// Inputs that make the bands of the distribution wide or narrow now, the largest effect first. Empty where the
    /// distribution is climatology.
    #[schema(value_type = Vec<crate::schema::WidthFactor>)]
    pub width: Vec<WidthFactor>,
}

impl ForecastExplanation {
    /// Explanation of a forecast that does not depend on features.
    pub(crate) fn without_features(probability: f64) -> Self {
        Self { expected: probability, contributions: Vec::new(), rest: 0.0, width: Vec::new() }
    }

    /// Explanation of a mixture with this probability, in which the explained model has a weight from 0 to 1.
    pub(crate) fn mixed(mut self, weight: f64, probability: f64) -> Self {
        self.contributions.iter_mut().for_each(|item| item.contribution *= weight);
        self.rest *= weight;
        let explained = self.rest + self.contributions.iter().map(|item| item.contribution).sum::<f64>();
        Self { expected: probability - explained, ..self }
    }
}

impl From<Explanation> for ForecastExplanation {
    fn from(explanation: Explanation) -> Self {
        let Explanation { expected, mut contributions } = explanation;
        let rest = contributions.iter().skip(MAX_CONTRIBUTIONS).fold(0.0, |sum, rest| sum + rest.contribution);
        contributions.truncate(MAX_CONTRIBUTIONS);
        Self { expected, contributions, rest, width: Vec::new() }
    }
}
