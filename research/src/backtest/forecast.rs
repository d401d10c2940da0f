//! Forecast of a backtest.

use contracts::{
    distribution::{LEVELS, Quantiles},
    expert::ExpertForecast,
    forecast::Direction,
};
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// Forecast as the system would have made it at its decision time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct BacktestForecast {
    /// Close of the last bar used.
    pub(crate) decision_time: Timestamp,
    pub(crate) probability_up: f64,
    /// Climatology at the decision time.
    pub(crate) baseline_probability: f64,
    /// True if the forecast has no direction: without an edge, with a band that includes one half, and with features outside
    /// the trained range.
    pub(crate) abstain: bool,
    /// 1 for up, 0 for down; `None` for a tie, a gap, or a target after the last bar.
    pub(crate) outcome: Option<u8>,
    /// Distribution of the move.
    #[serde(flatten)]
    pub(crate) distribution: BacktestDistribution,
    /// Probability of up by the champion alone; only as deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) champion: Option<f64>,
    /// Experts with their weights in the mixture; only as deployed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) experts: Vec<ExpertForecast>,
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

/// Distribution of the move, as it would have been stored, with its baselines and the realised move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct BacktestDistribution {
    /// Quantiles of the log return from the close at the decision time to that at the target time; `None` before any move is
    /// settled.
    #[serde(serialize_with = "with_levels")]
    pub(crate) quantiles: Option<Quantiles>,
    /// Climatology: quantiles of all moves settled at the decision time.
    #[serde(serialize_with = "with_levels")]
    pub(crate) baseline_quantiles: Option<Quantiles>,
    /// Quantiles of the settled moves of the last 365 days.
    #[serde(skip)]
    pub(crate) recent_quantiles: Option<Quantiles>,
    /// Realised move, a log return, 0 for a tie; `None` for a gap or a target after the last bar.
    pub(crate) outcome_return: Option<f64>,
    /// True if a distribution model made it, false if it is climatology.
    #[serde(skip)]
    pub(crate) by_model: bool,
}

/// Serialises quantiles as `{levels, values}`.
#[expect(clippy::ref_option, reason = "the signature that serde calls")]
fn with_levels<S: Serializer>(quantiles: &Option<Quantiles>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(quantiles) = quantiles else { return serializer.serialize_none() };
    let mut table = serializer.serialize_struct("Quantiles", 2)?;
    table.serialize_field("levels", &LEVELS)?;
    table.serialize_field("values", quantiles.values())?;
    table.end()
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
