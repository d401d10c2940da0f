//! Gradient-boosted trees on log odds.

use crate::{ArtifactError, Forest, calibration::sigmoid};

/// Larger log odds are refused: nothing is that certain, and sums of them must stay finite.
const MAX_LOG_ODDS: f64 = 1e6;

/// `sigmoid(base + sum of the leaves a row falls into)`; Friedman (2001), Greedy function approximation.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// Log odds before any tree.
    pub base: f64,
    /// The trees; their leaves are log odds of at most a million, the learning rate already in them.
    pub trees: Forest,
}

impl Boosted {
    /// The raw probability of `up`.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        sigmoid(self.log_odds(values))
    }

    /// The log odds of `up`. The base alone for a row or trees that the check would have refused.
    pub(crate) fn log_odds(&self, values: &[f64]) -> f64 {
        self.base + self.trees.sum(values).unwrap_or(0.0)
    }

    /// Checks that it can serve rows of `features` values.
    pub(crate) fn check(&self, features: usize) -> Result<(), ArtifactError> {
        let log_odds = -MAX_LOG_ODDS..=MAX_LOG_ODDS;
        if !log_odds.contains(&self.base) {
            let expected = "log odds of at most a million";
            return Err(ArtifactError::Value { name: "base log odds", value: self.base, expected });
        }
        self.trees.check(features, log_odds)
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
    fn leaves_add_up_on_the_scale_of_log_odds() {
        let model = boosted(0.1, 2.0);
        assert!(model.check(1).is_ok());
        // 0.1 - 0.5 + 0.25 and 0.1 + 2 + 0.25; Python 3's 1 / (1 + math.exp(-x)).
        assert!((model.predict(&[0.5]) - 0.462570154656250).abs() < 1e-14);
        assert!((model.predict(&[0.6]) - 0.9129342275597286).abs() < 1e-14);
    }

    #[test]
    fn log_odds_that_are_not_finite_or_absurd_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1e7] {
            assert!(boosted(bad, 2.0).check(1).is_err(), "{bad}");
            assert!(boosted(0.1, bad).check(1).is_err(), "{bad}");
        }
    }
}
