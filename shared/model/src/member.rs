//! Members of an artifact: fitted models with their weights.

use crate::{ArtifactError, Boosted, Forest, Logistic};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Family of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Base rate, independent of the features.
    Climatology,
    /// Logistic regression on standardised features.
    Logistic,
    /// Mean of many decision trees, each grown on resampled rows.
    RandomForest,
    /// Mean of many decision trees with random thresholds.
    ExtraTrees,
    /// Sum of many small decision trees, each fitted to the residuals of the earlier ones.
    Boosting,
    /// Weighted mean of several models.
    Ensemble,
}

impl Family {
    /// Name in files and responses, in snake case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Climatology => "climatology",
            Self::Logistic => "logistic",
            Self::RandomForest => "random_forest",
            Self::ExtraTrees => "extra_trees",
            Self::Boosting => "boosting",
            Self::Ensemble => "ensemble",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Fitted model.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Logistic regression.
    Logistic(Logistic),
    /// Random forest or extra trees.
    Forest(Forest),
    /// Gradient-boosted trees.
    Boosted(Boosted),
}

impl Model {
    /// Trees of the model; `None` for a logistic regression.
    pub(crate) fn forest(&self) -> Option<&Forest> {
        match self {
            Self::Logistic(_) => None,
            Self::Forest(forest) | Self::Boosted(Boosted { trees: forest, .. }) => Some(forest),
        }
    }

    /// Raw probability of up.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        match self {
            Self::Logistic(model) => model.predict(values),
            Self::Forest(model) => model.predict(values),
            Self::Boosted(model) => model.predict(values),
        }
    }
}

/// Model with its weight in the artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Family of the model.
    pub family: Family,
    /// Weight in the artifact's raw probability, above 0 and at most 1.
    pub weight: f64,
    /// Parameters, which match the family.
    pub model: Model,
}

impl Member {
    /// Checks that the member can serve rows of `features` values; `member` is its index in the artifact.
    pub(crate) fn validate(&self, member: usize, features: usize) -> Result<(), ArtifactError> {
        if !(self.weight > 0.0 && self.weight <= 1.0) {
            let expected = "a number above 0 and up to 1";
            return Err(ArtifactError::Value { name: "weight", value: self.weight, expected });
        }
        match (self.family, &self.model) {
            (Family::Logistic, Model::Logistic(model)) => model.validate(features),
            (Family::RandomForest | Family::ExtraTrees, Model::Forest(model)) => model.validate(features, 0.0..=1.0),
            (Family::Boosting, Model::Boosted(model)) => model.validate(features),
            _ => Err(ArtifactError::Member { member, problem: "the parameters do not match the family" }),
        }
    }
}
