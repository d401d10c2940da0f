//! Hyper-parameter candidates.

use model::Family;
use serde::{Deserialize, Serialize};

/// One combination of family and hyper-parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case", deny_unknown_fields)]
pub enum Candidate {
    /// Logistic regression with an L2 penalty.
    Logistic {
        /// Penalty per training row: `ridge * rows / 2 * |weights|^2` is added to the summed log loss.
        ridge: f64,
    },
    /// Random forest: regression trees on 0 and 1, whose leaves are shares of `up`.
    RandomForest {
        /// How many trees.
        trees: u16,
        /// Levels of nodes in a tree, the root's included.
        levels: u16,
        /// Rows in a leaf, at least.
        leaf_rows: usize,
        /// Features tried at each split.
        features: usize,
    },
}

impl Candidate {
    /// Its family.
    #[must_use]
    pub fn family(&self) -> Family {
        match self {
            Self::Logistic { .. } => Family::Logistic,
            Self::RandomForest { .. } => Family::RandomForest,
        }
    }
}
