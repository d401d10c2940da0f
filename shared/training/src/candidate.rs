//! Hyper-parameter candidates.

use crate::TrainingConfigError;
use model::Family;
use serde::{Deserialize, Serialize};

/// Families that can be fitted.
pub(crate) const FAMILIES: [Family; 4] = [Family::Logistic, Family::RandomForest, Family::ExtraTrees, Family::Boosting];

/// Combination of family, hyper-parameters and row weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Family and its hyper-parameters.
    #[serde(flatten)]
    pub hyper: Hyperparameters,
    /// Half-life of a row's weight in years, counted back from the last row; `None` weights all rows equally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<f64>,
    /// True if a row is weighted by its label's average uniqueness, so that overlapping labels do not count several times
    /// (López de Prado 2018, chapter 4).
    #[serde(default)]
    pub uniqueness: bool,
}

/// Hyper-parameters by family.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum Hyperparameters {
    /// Logistic regression with an L2 penalty.
    Logistic {
        /// Penalty per training row: the sum of log losses is increased by `ridge * rows / 2 * |weights|^2`.
        ridge: f64,
        /// Features of the regression.
        #[serde(default, skip_serializing_if = "FeatureSubset::is_all")]
        inputs: FeatureSubset,
    },
    /// Random forest: regression trees on 0 and 1, each on a bootstrap of the rows. A leaf is the share of `up`.
    RandomForest(ForestParams),
    /// Extremely randomised trees: as a random forest, but on all rows and with the best of random thresholds.
    ExtraTrees(ForestParams),
    /// Gradient boosting of the log loss.
    Boosting {
        /// Number of trees, fitted one after the other.
        rounds: u16,
        /// Learning rate, from 0 to 1.
        rate: f64,
        /// Maximum number of splits from the root to a leaf.
        depth: u8,
        /// Approximate minimum number of rows in a leaf.
        leaf_rows: f64,
        /// L2 penalty on the leaves.
        l2: f64,
        /// Share of the rows that each tree is fitted on, from 0 to 1.
        sample: f64,
        /// Share of the features that each tree is fitted on, from 0 to 1.
        #[serde(default = "all", skip_serializing_if = "is_all")]
        columns: f64,
    },
}

/// The whole, as a share.
fn all() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_all(share: &f64) -> bool {
    *share >= 1.0
}

/// Features of a logistic regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSubset {
    /// All features.
    #[default]
    All,
    /// Recent directions of the close only, `direction_*`: persistence with fitted weights. With so few features there is
    /// little to overfit.
    Direction,
}

impl FeatureSubset {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// True if the subset contains the feature.
    pub(crate) fn contains(self, feature: &str) -> bool {
        self == Self::All || feature.starts_with("direction_")
    }
}

/// Hyper-parameters of a forest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForestParams {
    /// Number of trees.
    pub trees: u16,
    /// Number of levels of a tree, including the root.
    pub levels: u16,
    /// Minimum number of rows in a leaf.
    pub leaf_rows: usize,
    /// Number of features tried at each split.
    pub features: usize,
}

impl Candidate {
    /// Candidate that weights all rows equally.
    #[must_use]
    pub fn unweighted(hyper: Hyperparameters) -> Self {
        Self { hyper, half_life: None, uniqueness: false }
    }

    /// Family of the candidate.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.hyper {
            Hyperparameters::Logistic { .. } => Family::Logistic,
            Hyperparameters::RandomForest(_) => Family::RandomForest,
            Hyperparameters::ExtraTrees(_) => Family::ExtraTrees,
            Hyperparameters::Boosting { .. } => Family::Boosting,
        }
    }

    /// Slot of the ensemble: of the candidates with the same family and features, only the best can become a member.
    pub(crate) fn ensemble_slot(&self) -> (Family, FeatureSubset) {
        match self.hyper {
            Hyperparameters::Logistic { inputs, .. } => (Family::Logistic, inputs),
            _ => (self.family(), FeatureSubset::All),
        }
    }

    /// Checks the range of every hyper-parameter.
    pub(crate) fn validate(&self) -> Result<(), TrainingConfigError> {
        let above_zero = |name, value: f64| {
            let is_valid = value.is_finite() && value > 0.0;
            if is_valid {
                Ok(())
            } else {
                Err(TrainingConfigError::Value { name, value, expected: "a number above zero" })
            }
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
            Hyperparameters::Boosting { rounds, rate, depth, leaf_rows, l2, sample, columns } => {
                above_zero("rounds", f64::from(rounds))?;
                above_zero("depth", f64::from(depth))?;
                above_zero("leaf_rows", leaf_rows)?;
                above_zero("l2", l2)?;
                for (name, share) in [("rate", rate), ("sample", sample), ("columns", columns)] {
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
