//! Forecast of a backtest.

use contracts::forecast::Direction;
use jiff::Timestamp;
use serde::Serialize;

/// Forecast as the system would have made it at its decision time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct BacktestForecast {
    /// Close of the last bar used.
    pub(crate) decision_time: Timestamp,
    pub(crate) probability_up: f64,
    /// Climatology at the decision time.
    pub(crate) baseline_probability: f64,
    /// True if the forecast has no direction, for lack of an edge.
    pub(crate) abstain: bool,
    /// 1 for up, 0 for down; `None` for a tie, a gap, or a target after the last bar.
    pub(crate) outcome: Option<u8>,
    /// Index of the last bar used.
    #[serde(skip)]
    pub(crate) bar: usize,
    /// True if a model made the forecast, false if it is the base rate.
    #[serde(skip)]
    pub(crate) by_model: bool,
    /// Lower and upper end of the uncertainty band.
    #[serde(skip)]
    pub(crate) band: [f64; 2],
}

impl BacktestForecast {
    /// Label of the forecast: true for up, `None` where there is no outcome.
    pub(crate) fn label(&self) -> Option<bool> {
        self.outcome.map(|outcome| outcome == 1)
    }

    pub(crate) fn direction(&self) -> Direction {
        match self.abstain {
            true => Direction::Abstain,
            false if self.probability_up > 0.5 => Direction::Up,
            false => Direction::Down,
        }
    }
}
