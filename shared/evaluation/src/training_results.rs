//! Results of a training that its run record stores.

use contracts::forecast::Edge;
use serde::{Deserialize, Serialize};

/// Reason for the end of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchStop {
    /// The search reached its number of trials.
    Trials,
    /// The search reached its time limit.
    Time,
}

/// Scores of the out-of-fold forecasts against climatology.
///
/// In each fold, ensemble weights, calibration and shrinkage are those that the other folds selected. The candidates are not:
/// sampler and pruning used all folds, so the scores are slightly too good. In a refit with fixed candidates, an earlier
/// search selected these on nearly the same rows (in a backtest up to a year before). Forecasts of the artifact are not
/// affected: neither its fit nor its selection used a bar after `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrossValidationScore {
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// Mean log loss of climatology, in nats.
    pub log_loss_climatology: f64,
    /// Brier skill with its interval; [`Edge::NONE`] if the folds shrank the model to the base rate.
    pub edge: Edge,
}

/// Importance of one feature for the forecasts of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureImportance {
    /// Name of the feature.
    pub feature: String,
    /// Mean absolute contribution as a share of the sum over all features, 0 to 1.
    pub share: f64,
}
