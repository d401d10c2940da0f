//! Logistic regression on standardised features.

use crate::{ArtifactError, calibration::sigmoid};

/// Logistic regression: `sigmoid(intercept + sum of weight * (value - mean) / scale)`. All vectors have the width of a feature
/// row.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Mean of each feature over the training rows.
    pub means: Vec<f64>,
    /// Standard deviation of each feature over the training rows, above zero.
    pub scales: Vec<f64>,
    /// Weight of each standardised feature.
    pub weights: Vec<f64>,
    /// Log odds at the mean of all features.
    pub intercept: f64,
}

impl Logistic {
    /// Raw probability of up.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        sigmoid(self.log_odds(values))
    }

    /// Log odds of up; those of the mean row if the terms are too large to be added.
    pub(crate) fn log_odds(&self, values: &[f64]) -> f64 {
        let sum = self.terms(values).fold(self.intercept, |sum, term| sum + term);
        if sum.is_nan() { self.intercept } else { sum }
    }

    /// Contribution of each feature to the log odds, relative to the mean row.
    pub(crate) fn terms(&self, values: &[f64]) -> impl Iterator<Item = f64> {
        let standardised = values.iter().zip(&self.means).zip(&self.scales).zip(&self.weights);
        standardised.map(|(((value, mean), scale), weight)| weight * (value - mean) / scale)
    }

    /// Checks that the model can serve rows of `features` values.
    pub(crate) fn validate(&self, features: usize) -> Result<(), ArtifactError> {
        for (part, values) in [("means", &self.means), ("scales", &self.scales), ("weights", &self.weights)] {
            if values.len() != features {
                return Err(ArtifactError::Length { part, found: values.len(), expected: features });
            }
        }
        let finite = |name, value: f64| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(ArtifactError::Value { name, value, expected: "a finite number" })
            }
        };
        finite("intercept", self.intercept)?;
        self.means.iter().try_for_each(|&value| finite("mean", value))?;
        self.weights.iter().try_for_each(|&value| finite("weight", value))?;
        match self.scales.iter().find(|scale| !(scale.is_finite() && **scale > 0.0)) {
            Some(&value) => Err(ArtifactError::Value { name: "scale", value, expected: "a finite number above zero" }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_is_the_sigmoid_of_standardised_features() {
        let model =
            Logistic { means: vec![10.0, 0.0], scales: vec![2.0, 1.0], weights: vec![1.0, -3.0], intercept: 0.5 };
        // Log odds 0.5 + 1 * (14 - 10) / 2 - 3 * 0.5 = 1.
        assert!((model.predict(&[14.0, 0.5]) - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-15);
    }
}
