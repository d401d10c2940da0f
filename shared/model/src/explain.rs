//! Explanation of a forecast: Shapley values of the features, rescaled to the probability of the forecast.
//!
//! 1. Each member has exact contributions on its own scale. A logistic regression has its terms in log odds, `weight *
//!    (value - mean) / scale`. Trees have path-dependent TreeSHAP values ([`tree`]), in shares of up for forests and in log
//!    odds for boosting. They add up to the difference between the row's value and the expected value. The expected value is
//!    that of the mean row for a logistic regression and that of the training rows for trees.
//! 2. Contributions in log odds are rescaled to add up to the member's probability minus its expected probability, the
//!    sigmoid of the expected log odds.
//! 3. The contributions of the members are averaged by weight, as their probabilities are.
//! 4. The averages are rescaled to add up to the forecast minus the forecast for the expected raw probability. This includes
//!    calibration, shrinkage and limits.
//!
//! Rescaling keeps the order and proportions of the contributions. On a curve, no division of the difference is exact.

mod tree;

#[cfg(test)]
mod tests;

use crate::{Artifact, Model, PredictError, calibration::sigmoid};
use market_data::numbers::as_f64;
use serde::Serialize;

/// Minimum distance between the two points that measure a slope. With closer points, rounding would dominate it.
const MIN_CURVE_STEP: f64 = 1e-6;
/// Maximum sum of absolute contributions. It is needed because the slope of a calibration is not limited.
const MAX_TOTAL_CONTRIBUTION: f64 = 10.0;

/// Explanation of a forecast. `expected` and all contributions add up to the forecast, within 1e-9.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Forecast for the expected raw probability; the forecast itself without contributions.
    pub expected: f64,
    /// Contributions that are not zero, largest first; empty for climatology.
    pub contributions: Vec<Contribution>,
}

/// Contribution of one feature to a forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// Name of the feature.
    pub feature: String,
    /// Value of the feature.
    pub value: f64,
    /// Change of the probability of up by the feature; negative towards down.
    pub contribution: f64,
}

impl Artifact {
    /// Explains the forecast for one feature row. It takes about 1,000 times as long as the forecast.
    ///
    /// # Errors
    /// Returns the errors of [`Artifact::predict`].
    pub fn explain(&self, values: &[f64]) -> Result<Explanation, PredictError> {
        self.validate_row(values)?;
        let (mut averages, mut expected) = (vec![0.0; values.len()], 0.0);
        for member in &self.members {
            let mut contributions = vec![0.0; values.len()];
            expected += member.weight * member.model.attribute(values, &mut contributions);
            averages.iter_mut().zip(contributions).for_each(|(sum, contribution)| *sum += member.weight * contribution);
        }
        let raw = self.raw(values);
        rescale_contributions(&mut averages, expected, raw, &|raw| self.final_probability(raw));
        let total: f64 = averages.iter().sum();
        let named =
            self.feature_names.iter().zip(values).zip(averages).filter(|(_, contribution)| *contribution != 0.0);
        let mut contributions: Vec<Contribution> = named
            .map(|((name, &value), contribution)| Contribution { feature: name.clone(), value, contribution })
            .collect();
        contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Ok(Explanation { expected: self.final_probability(raw) - total, contributions })
    }
}

impl Model {
    /// Writes the contribution of each feature to the raw probability. Returns the expected raw probability, to which they are
    /// relative.
    fn attribute(&self, values: &[f64], contributions: &mut [f64]) -> f64 {
        match self {
            Self::Logistic(model) => {
                contributions.iter_mut().zip(model.terms(values)).for_each(|(contribution, term)| *contribution = term);
                rescale_contributions(contributions, model.intercept, model.log_odds(values), &sigmoid);
                sigmoid(model.intercept)
            }
            Self::Forest(model) => {
                let expected = tree::attribute(model, values, contributions);
                let trees = as_f64(model.roots.len().max(1));
                contributions.iter_mut().for_each(|contribution| *contribution /= trees);
                expected / trees
            }
            Self::Boosted(model) => {
                let expected = model.base + tree::attribute(&model.trees, values, contributions);
                rescale_contributions(contributions, expected, model.log_odds(values), &sigmoid);
                sigmoid(expected)
            }
        }
    }
}

/// Rescales contributions that add up to `to - from` so that they add up to `curve(to) - curve(from)`.
///
/// The factor is the mean slope of the curve between both points, which are at least [`MIN_CURVE_STEP`] apart. The remainder,
/// from rounding or from [`MAX_TOTAL_CONTRIBUTION`], is divided by absolute size. Contributions that are all zero, or not
/// finite, become zero.
fn rescale_contributions(contributions: &mut [f64], from: f64, to: f64, curve: &dyn Fn(f64) -> f64) {
    let size: f64 = contributions.iter().map(|contribution| contribution.abs()).sum();
    if !(size.is_finite() && size > 0.0) {
        contributions.fill(0.0);
        return;
    }
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from).abs().max(MIN_CURVE_STEP));
    let slope = (curve(middle + half) - curve(middle - half)) / (2.0 * half);
    let max_slope = MAX_TOTAL_CONTRIBUTION / size;
    let slope = if slope.is_finite() { slope.clamp(-max_slope, max_slope) } else { 0.0 };
    let sum: f64 = contributions.iter().sum();
    let remainder = (curve(to) - curve(from) - slope * sum) / size;
    for contribution in contributions {
        *contribution = slope * *contribution + remainder * contribution.abs();
    }
}
