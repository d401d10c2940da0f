//! Outcome of a forecast.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Change of the close between decision time and target time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The close at the target time is higher.
    Up,
    /// The close at the target time is lower.
    Down,
    /// Both closes are equal: no label.
    Tie,
}

impl Outcome {
    /// `true` for up, `false` for down, `None` for a tie.
    #[must_use]
    pub const fn label(self) -> Option<bool> {
        match self {
            Self::Up => Some(true),
            Self::Down => Some(false),
            Self::Tie => None,
        }
    }

    /// Name of the outcome, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Tie => "tie",
        }
    }
}

impl From<Option<bool>> for Outcome {
    fn from(label: Option<bool>) -> Self {
        match label {
            Some(true) => Self::Up,
            Some(false) => Self::Down,
            None => Self::Tie,
        }
    }
}

/// Log return from one positive close to another, zero for a tie. It is finite even if their ratio is not.
#[must_use]
pub fn log_return(close_at_decision: f64, close_at_target: f64) -> f64 {
    let ratio = close_at_target / close_at_decision;
    if ratio.is_normal() { ratio.ln() } else { close_at_target.ln() - close_at_decision.ln() }
}
