//! Adjustment of the strategy's Sharpe ratio for the selection among many trials.

use crate::selection::{TrialStatistics, expected_max_sharpe, probabilistic_sharpe};
use serde::{Deserialize, Serialize};

/// Adjustment of a result for the selection among many trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SelectionAdjustment {
    /// Number of evaluated trials.
    pub trials: usize,
    /// Probability of backtest overfitting, 0 to 1: that the best trial on one half of the blocks does not beat the median on
    /// the other half. Absent with too few trials or blocks.
    pub overfitting_probability: Option<f64>,
    /// Expected maximum of the Sharpe ratio per bar over so many trials without skill.
    pub expected_max_sharpe: f64,
    /// Deflated Sharpe ratio, 0 to 1: probability that the true Sharpe ratio of long/short without abstaining, after costs,
    /// exceeds that maximum. Absent if the returns do not vary, or if no model made the forecasts, because a constant side
    /// has the Sharpe ratio of the market.
    pub deflated_sharpe: Option<f64>,
}

impl SelectionAdjustment {
    /// Adjustment of a strategy with these returns per bar.
    pub(super) fn new(selection: &TrialStatistics, from_model: bool, returns: &[f64]) -> Self {
        let expected_max_sharpe = expected_max_sharpe(selection.sharpe_deviation, selection.trials);
        Self {
            trials: selection.trials,
            overfitting_probability: selection.overfitting_probability,
            expected_max_sharpe,
            deflated_sharpe: probabilistic_sharpe(returns, expected_max_sharpe).filter(|_| from_model),
        }
    }
}
