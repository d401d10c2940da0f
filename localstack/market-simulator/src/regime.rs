//! Regimes of a market.

use crate::draws::uniform;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Regime of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Changes between calm, bull and bear, about 90 days each. A crisis never occurs, so that it stays unseen in training.
    Mixed,
    /// No drift, 0.6 times the volatility, 0.7 times the volume.
    Calm,
    /// Upward drift at the usual volatility.
    Bull,
    /// Downward drift, 1.25 times the volatility.
    Bear,
    /// Strong downward drift, 4 times the volatility, 5 times the volume.
    Crisis,
}

/// Parameters of a regime, relative to the market's usual level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RegimeParams {
    /// Relative increase of up moves and decrease of down moves on daily bars; negative for a falling market.
    pub(crate) drift_bias: f64,
    /// Factor of the usual volatility.
    pub(crate) volatility: f64,
    /// Factor of the usual volume.
    pub(crate) volume: f64,
}

/// Mean number of days in one regime of [`Regime::Mixed`].
const MEAN_REGIME_DAYS: f64 = 90.0;

impl Regime {
    /// Regime of the first bar.
    pub(crate) fn first(self) -> Self {
        if self == Self::Mixed { Self::Calm } else { self }
    }

    /// Draws the regime of the next bar, given that of this bar. Takes one random value in every case.
    pub(crate) fn next(self, current: Self, bars_per_day: f64, rng: &mut ChaCha8Rng) -> Self {
        let draw = uniform(rng) * MEAN_REGIME_DAYS * bars_per_day;
        match (self, current) {
            (Self::Mixed, _) if draw > 1.0 => current,
            (Self::Mixed, Self::Calm) => {
                if draw < 0.5 {
                    Self::Bull
                } else {
                    Self::Bear
                }
            }
            (Self::Mixed, Self::Bull) => {
                if draw < 0.5 {
                    Self::Bear
                } else {
                    Self::Calm
                }
            }
            (Self::Mixed, _) => {
                if draw < 0.5 {
                    Self::Calm
                } else {
                    Self::Bull
                }
            }
            (fixed, _) => fixed,
        }
    }

    pub(crate) fn params(self) -> RegimeParams {
        match self {
            Self::Mixed | Self::Calm => RegimeParams { drift_bias: 0.0, volatility: 0.6, volume: 0.7 },
            Self::Bull => RegimeParams { drift_bias: 0.08, volatility: 1.0, volume: 1.1 },
            Self::Bear => RegimeParams { drift_bias: -0.08, volatility: 1.25, volume: 1.2 },
            Self::Crisis => RegimeParams { drift_bias: -0.4, volatility: 4.0, volume: 5.0 },
        }
    }
}
