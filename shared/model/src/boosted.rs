//! Gradient-boosted trees on log odds.

use crate::{ArtifactError, Forest, calibration::sigmoid};

/// Maximum absolute log odds of a base or a leaf. Sums of them must stay finite.
const MAX_LOG_ODDS: f64 = 1e6;

/// Gradient-boosted trees: `sigmoid(base + sum of the leaves of a row)`; Friedman (2001), Greedy function approximation.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// Log odds without any tree.
    pub base: f64,
    /// Trees, whose leaves are log odds of at most 1e6 with the learning rate included.
    pub trees: Forest,
}

impl Boosted {
    /// Raw probability of up.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        sigmoid(self.log_odds(values))
    }

    /// Log odds of up; the base alone for an invalid row or invalid trees.
    pub(crate) fn log_odds(&self, values: &[f64]) -> f64 {
        self.base + self.trees.sum(values).unwrap_or(0.0)
    }

    /// Checks that the model can serve rows of `features` values.
    pub(crate) fn validate(&self, features: usize) -> Result<(), ArtifactError> {
        let log_odds = -MAX_LOG_ODDS..=MAX_LOG_ODDS;
        if !log_odds.contains(&self.base) {
            let expected = "log odds of at most 1e6";
            return Err(ArtifactError::Value { name: "base log odds", value: self.base, expected });
        }
        self.trees.validate(features, log_odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Node;

    fn boosted(base: f64, leaf: f64) -> Boosted {
        let nodes = vec![
            Node::Split { feature: 0, left: 1, threshold: 0.5, cover: 3.0 },
            Node::Leaf { value: -0.5, cover: 2.0 },
            Node::Leaf { value: leaf, cover: 1.0 },
            Node::Leaf { value: 0.25, cover: 3.0 },
        ];
        Boosted { base, trees: Forest { roots: vec![0, 3], nodes } }
    }

    #[test]
    fn leaves_add_up_in_log_odds() {
        let model = boosted(0.1, 2.0);
        assert!(model.validate(1).is_ok());
        // Log odds 0.1 - 0.5 + 0.25 and 0.1 + 2 + 0.25; reference values: Python 3, 1 / (1 + math.exp(-x)).
        assert!((model.predict(&[0.5]) - 0.462570154656250).abs() < 1e-14);
        assert!((model.predict(&[0.6]) - 0.9129342275597286).abs() < 1e-14);
    }

    #[test]
    fn infinite_or_excessive_log_odds_are_rejected() {
        for bad in [f64::NAN, f64::INFINITY, -1e7] {
            assert!(boosted(bad, 2.0).validate(1).is_err(), "{bad}");
            assert!(boosted(0.1, bad).validate(1).is_err(), "{bad}");
        }
    }
}
