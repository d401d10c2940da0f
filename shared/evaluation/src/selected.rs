//! What having chosen the best of many trials does to the strategy's Sharpe ratio.

use crate::selection::{TrialStatistics, expected_max_sharpe, probabilistic_sharpe};
use serde::{Deserialize, Serialize};

/// The selection beside what it leaves of the result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SelectionAdjustment {
    /// Trials really made.
    pub trials: usize,
    /// Probability that the best on one half of the blocks does not beat the median on the other.
    pub overfitting_probability: Option<f64>,
    /// The Sharpe ratio per bar that the best of so many trials without skill is expected to reach.
    pub expected_max_sharpe: f64,
    /// Probability that the true Sharpe ratio of long/short without abstaining, after costs, is above that; absent when
    /// its returns do not vary, or when no model forecast: what is always on one side has the market's.
    pub deflated_sharpe: Option<f64>,
}

impl SelectionAdjustment {
    /// `returns` are those of each bar of the strategy.
    pub(super) fn new(selection: &TrialStatistics, by_model: bool, returns: &[f64]) -> Self {
        let expected_max_sharpe = expected_max_sharpe(selection.sharpe_deviation, selection.trials);
        Self {
            trials: selection.trials,
            overfitting_probability: selection.overfitting_probability,
            expected_max_sharpe,
            deflated_sharpe: probabilistic_sharpe(returns, expected_max_sharpe).filter(|_| by_model),
        }
    }
}
