//! Platt's calibration: a logistic curve over the log odds of the raw probability.

use serde::{Deserialize, Serialize};

/// Raw probabilities closer to 0 or 1 than this carry no further information.
const CLIP: f64 = 1e-6;

/// `sigmoid(slope * logit(p) + intercept)`; Platt (1999), Probabilistic outputs for support vector machines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Below 1 pulls overconfident probabilities together.
    pub slope: f64,
    /// Shifts all log odds.
    pub intercept: f64,
}

impl Calibration {
    /// Changes nothing.
    pub const IDENTITY: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The calibrated probability of a raw one.
    #[must_use]
    pub fn apply(&self, raw: f64) -> f64 {
        sigmoid(self.slope * logit(raw) + self.intercept)
    }
}

/// Log odds of a probability, clipped to 1e-6 from 0 and 1.
#[must_use]
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(CLIP, 1.0 - CLIP);
    (p / (1.0 - p)).ln()
}

/// Probability of log odds.
#[must_use]
pub fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_moves_odds_as_stated() {
        for p in [0.001, 0.3, 0.5, 0.97] {
            assert!((Calibration::IDENTITY.apply(p) - p).abs() < 1e-12);
        }
        // Odds of 9 to 1 at half the slope are 3 to 1.
        assert!((Calibration { slope: 0.5, intercept: 0.0 }.apply(0.9) - 0.75).abs() < 1e-12);
        assert!(Calibration::IDENTITY.apply(0.0) > 0.0 && Calibration::IDENTITY.apply(1.0) < 1.0);
    }
}
