//! Which features moved a forecast, and how far: Shapley values, carried to the scale of the forecast.
//!
//! 1. Each member is explained on its own scale, exactly: a logistic regression by its terms in log odds, `weight *
//!    (value - mean) / scale`; trees by path-dependent TreeSHAP ([`tree`]), in shares of `up` for forests and in log
//!    odds for boosting. These add up to the distance between the row's value and the expected one: that of the mean
//!    row for a logistic regression, that of the rows its trees were grown on for the others.
//! 2. From log odds they are scaled so that they add up to the member's probability minus its expected probability,
//!    the sigmoid of the expected log odds.
//! 3. Members are pooled by weight, as their probabilities are.
//! 4. The pooled ones are scaled so that they add up to the forecast minus the forecast for the expected raw
//!    probability: through calibration, shrinkage and bounds.
//!
//! A scaling keeps the order and proportions of contributions; along a curve no single split of the distance is exact.

mod tree;

#[cfg(test)]
mod tests;

use crate::{Artifact, Model, PredictError, calibration::sigmoid};
use serde::Serialize;
use utoipa::ToSchema;

/// Ends of a curve nearer than this are taken apart to measure its slope: the ratio of two roundings means nothing.
const MIN_CURVE_STEP: f64 = 1e-6;
/// The most that contributions may add up to regardless of sign: a step of a calibration may be as steep as it likes.
const MAX_TOTAL_CONTRIBUTION: f64 = 10.0;

/// A forecast taken apart: `expected` and all contributions add up to the forecast, within 1e-9.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The forecast for the expected raw probability. The forecast itself when nothing moved it.
    pub expected: f64,
    /// Of every feature that moved the forecast, the largest first. None for climatology.
    pub contributions: Vec<Contribution>,
}

/// What one feature did to a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Contribution {
    /// Its name.
    pub feature: String,
    /// Its value.
    pub value: f64,
    /// How far it moved the probability of `up`; below zero toward `down`.
    pub contribution: f64,
}

impl Artifact {
    /// Which features moved the forecast for one feature row. It costs a thousand times what the forecast does.
    ///
    /// # Errors
    /// As [`Artifact::predict`].
    pub fn explain(&self, values: &[f64]) -> Result<Explanation, PredictError> {
        self.validate_row(values)?;
        let (mut pooled, mut expected) = (vec![0.0; values.len()], 0.0);
        for member in &self.members {
            let mut own = vec![0.0; values.len()];
            expected += member.weight * member.model.attribute(values, &mut own);
            pooled.iter_mut().zip(own).for_each(|(sum, own)| *sum += member.weight * own);
        }
        let raw = self.raw(values);
        rescale_contributions(&mut pooled, expected, raw, &|raw| self.final_probability(raw));
        let moved: f64 = pooled.iter().sum();
        let named = self.feature_names.iter().zip(values).zip(pooled).filter(|(_, contribution)| *contribution != 0.0);
        let mut contributions: Vec<Contribution> = named
            .map(|((name, &value), contribution)| Contribution { feature: name.clone(), value, contribution })
            .collect();
        contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Ok(Explanation { expected: self.final_probability(raw) - moved, contributions })
    }
}

impl Model {
    /// Writes how far each feature moves the raw probability from the expected one, which is returned.
    fn attribute(&self, values: &[f64], contributions: &mut [f64]) -> f64 {
        match self {
            Self::Logistic(model) => {
                contributions.iter_mut().zip(model.terms(values)).for_each(|(place, term)| *place = term);
                rescale_contributions(contributions, model.intercept, model.log_odds(values), &sigmoid);
                sigmoid(model.intercept)
            }
            Self::Forest(model) => {
                let expected = tree::attribute(model, values, contributions);
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 trees")]
                let trees = model.roots.len().max(1) as f64;
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

/// Scales contributions that add up to `to - from` so that they add up to the same distance on a curve.
///
/// The factor is the curve's mean slope between both ends, at least [`APART`]. What is then missing, a rounding or
/// what [`MAX_SIZE`] cut off, is shared out by size. Contributions that are all zero, or not finite, become zero.
fn rescale_contributions(contributions: &mut [f64], from: f64, to: f64, curve: &dyn Fn(f64) -> f64) {
    let size: f64 = contributions.iter().map(|contribution| contribution.abs()).sum();
    if !(size.is_finite() && size > 0.0) {
        contributions.fill(0.0);
        return;
    }
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from).abs().max(MIN_CURVE_STEP));
    let slope = (curve(middle + half) - curve(middle - half)) / (2.0 * half);
    let most = MAX_TOTAL_CONTRIBUTION / size;
    let slope = if slope.is_finite() { slope.clamp(-most, most) } else { 0.0 };
    let sum: f64 = contributions.iter().sum();
    let missing = (curve(to) - curve(from) - slope * sum) / size;
    for contribution in contributions {
        *contribution = slope * *contribution + missing * contribution.abs();
    }
}
