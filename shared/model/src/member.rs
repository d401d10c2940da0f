//! What an artifact is made of: fitted models with their weights.

use crate::{ArtifactError, Boosted, Forest, Logistic};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The base rate, whatever the features.
    Climatology,
    /// Logistic regression on standardised features.
    Logistic,
    /// Mean of many decision trees, each grown on resampled rows.
    RandomForest,
    /// Mean of many decision trees whose thresholds are drawn at random.
    ExtraTrees,
    /// Sum of many small decision trees, each fitted to what the ones before it missed.
    Boosting,
    /// Weighted mean of several of the others.
    Ensemble,
}

impl Family {
    /// Its name in files and answers, snake case.
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

/// Fitted parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// See [`Logistic`].
    Logistic(Logistic),
    /// See [`Forest`]: a random forest or extra trees.
    Forest(Forest),
    /// See [`Boosted`].
    Boosted(Boosted),
}

impl Model {
    /// The trees, if it has any.
    pub(crate) fn forest(&self) -> Option<&Forest> {
        match self {
            Self::Logistic(_) => None,
            Self::Forest(forest) | Self::Boosted(Boosted { trees: forest, .. }) => Some(forest),
        }
    }

    /// The raw probability of `up`.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        match self {
            Self::Logistic(model) => model.predict(values),
            Self::Forest(model) => model.predict(values),
            Self::Boosted(model) => model.predict(values),
        }
    }
}

/// A model and its say in the artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// How the model was fitted.
    pub family: Family,
    /// Its share of the artifact's raw probability, above 0 and up to 1.
    pub weight: f64,
    /// Its parameters, of a kind that fits the family.
    pub model: Model,
}

impl Member {
    /// Checks that it can serve rows of `features` values; `member` is its place in the artifact.
    pub(crate) fn check(&self, member: usize, features: usize) -> Result<(), ArtifactError> {
        if !(self.weight > 0.0 && self.weight <= 1.0) {
            let expected = "a number above 0 and up to 1";
            return Err(ArtifactError::Value { name: "weight", value: self.weight, expected });
        }
        match (self.family, &self.model) {
            (Family::Logistic, Model::Logistic(model)) => model.check(features),
            (Family::RandomForest | Family::ExtraTrees, Model::Forest(model)) => model.check(features, 0.0..=1.0),
            (Family::Boosting, Model::Boosted(model)) => model.check(features),
            _ => Err(ArtifactError::Member { member, problem: "its parameters do not fit its family" }),
        }
    }
}
