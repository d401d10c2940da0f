//! Hyper-parameter candidates.

use crate::TrainingConfigError;
use model::Family;
use serde::{Deserialize, Serialize};

/// What can be fitted.
pub(crate) const FAMILIES: [Family; 4] = [Family::Logistic, Family::RandomForest, Family::ExtraTrees, Family::Boosting];

/// One combination of family, hyper-parameters and row weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The family and what it is fitted with.
    #[serde(flatten)]
    pub hyper: Hyperparameters,
    /// Years after which a row counts half as much as the last; all count the same without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<f64>,
    /// Whether a label counts by the share of its bars that no other label covers, so that a cluster of overlapping
    /// labels is not believed once for each (López de Prado 2018, chapter 4).
    #[serde(default)]
    pub uniqueness: bool,
}

/// Hyper-parameters by family.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Hyperparameters {
    /// Logistic regression with an L2 penalty.
    Logistic {
        /// Penalty per training row: `ridge * rows / 2 * |weights|^2` is added to the summed log loss.
        ridge: f64,
        /// Which features it has.
        #[serde(default, skip_serializing_if = "FeatureSubset::is_all")]
        inputs: FeatureSubset,
    },
    /// Random forest: regression trees on 0 and 1, whose leaves are shares of `up`, each on a bootstrap of the rows.
    RandomForest(ForestParams),
    /// Extremely randomised trees: the same on all rows, with the best of random thresholds.
    ExtraTrees(ForestParams),
    /// Gradient boosting of the log loss.
    Boosting {
        /// How many trees, one after the other.
        rounds: u16,
        /// Share of each tree that is kept, 0 to 1.
        rate: f64,
        /// Splits from the root to a leaf, at most.
        depth: u8,
        /// Rows in a leaf, about, at least.
        leaf_rows: f64,
        /// L2 penalty on the leaves.
        l2: f64,
        /// Share of the rows that each tree sees, 0 to 1.
        sample: f64,
    },
}

/// Which features a logistic regression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSubset {
    /// All.
    #[default]
    All,
    /// Only which way the close went lately, `direction_*`: what persistence goes by, with a weight that is learnt. With
    /// so few there is little to overfit.
    Direction,
}

impl FeatureSubset {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// Whether it has a feature.
    pub(crate) fn has(self, feature: &str) -> bool {
        self == Self::All || feature.starts_with("direction_")
    }
}

/// Hyper-parameters of a forest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForestParams {
    /// How many trees.
    pub trees: u16,
    /// Levels of nodes in a tree, the root's included.
    pub levels: u16,
    /// Rows in a leaf, at least.
    pub leaf_rows: usize,
    /// Features tried at each split.
    pub features: usize,
}

impl Candidate {
    /// A candidate that counts every row the same.
    #[must_use]
    pub fn unweighted(hyper: Hyperparameters) -> Self {
        Self { hyper, half_life: None, uniqueness: false }
    }

    /// Its family.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.hyper {
            Hyperparameters::Logistic { .. } => Family::Logistic,
            Hyperparameters::RandomForest(_) => Family::RandomForest,
            Hyperparameters::ExtraTrees(_) => Family::ExtraTrees,
            Hyperparameters::Boosting { .. } => Family::Boosting,
        }
    }

    /// What it competes with for a place in the pool: others of its family that have the same features.
    pub(crate) fn ensemble_slot(&self) -> (Family, FeatureSubset) {
        match self.hyper {
            Hyperparameters::Logistic { inputs, .. } => (Family::Logistic, inputs),
            _ => (self.family(), FeatureSubset::All),
        }
    }

    /// Checks that it can be fitted.
    pub(crate) fn check(&self) -> Result<(), TrainingConfigError> {
        let above_zero = |name, value: f64| {
            let fits = value.is_finite() && value > 0.0;
            if fits { Ok(()) } else { Err(TrainingConfigError::Value { name, value, expected: "a number above zero" }) }
        };
        self.half_life.map_or(Ok(()), |years| above_zero("half_life", years))?;
        match self.hyper {
            Hyperparameters::Logistic { ridge, .. } if !(ridge.is_finite() && ridge >= 0.0) => {
                Err(TrainingConfigError::Value {
                    name: "ridge",
                    value: ridge,
                    expected: "a finite number, zero or more",
                })
            }
            Hyperparameters::Logistic { .. } => Ok(()),
            Hyperparameters::RandomForest(forest) | Hyperparameters::ExtraTrees(forest) => {
                above_zero("trees", f64::from(forest.trees))?;
                above_zero("features", if forest.features == 0 { 0.0 } else { 1.0 })
            }
            Hyperparameters::Boosting { rounds, rate, depth, leaf_rows, l2, sample } => {
                above_zero("rounds", f64::from(rounds))?;
                above_zero("depth", f64::from(depth))?;
                above_zero("leaf_rows", leaf_rows)?;
                above_zero("l2", l2)?;
                for (name, share) in [("rate", rate), ("sample", sample)] {
                    above_zero(name, share)?;
                    if share > 1.0 {
                        return Err(TrainingConfigError::Value { name, value: share, expected: "at most 1" });
                    }
                }
                Ok(())
            }
        }
    }
}
