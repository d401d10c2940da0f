//! Odds: the probabilities of moves larger than given sizes.

use super::Quantiles;
use market_data::{Interval, Series};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Largest size of a move in the odds: the whole price.
pub const MAX_ODDS_SIZE: f64 = 1.0;

/// Sizes of moves for the odds: shares of the price, above 0 and at most [`MAX_ODDS_SIZE`], ascending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct OddsSizes(Vec<f64>);

/// Error for a size outside the permitted range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("size {size} of a move is not above 0 and at most {MAX_ODDS_SIZE}")]
pub struct InvalidOddsSize {
    /// The size.
    pub size: f64,
}

impl OddsSizes {
    /// Default sizes by the time from decision to target: 1 % up to six hours, 3 and 5 % up to three days, otherwise 5 and 10 %.
    #[must_use]
    pub fn for_series(series: &Series) -> Self {
        let hours = u64::from(series.horizon) * if series.interval == Interval::Day { 24 } else { 1 };
        Self(match hours {
            0..=6 => vec![0.01],
            7..=72 => vec![0.03, 0.05],
            _ => vec![0.05, 0.1],
        })
    }

    /// The sizes, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// Configured sizes of the odds, by series.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct OddsConfig(HashMap<Series, OddsSizes>);

impl OddsConfig {
    /// Sizes of `series`: the configured ones, or the default.
    #[must_use]
    pub fn sizes(&self, series: &Series) -> OddsSizes {
        self.0.get(series).cloned().unwrap_or_else(|| OddsSizes::for_series(series))
    }
}

impl FromIterator<(Series, OddsSizes)> for OddsConfig {
    fn from_iter<I: IntoIterator<Item = (Series, OddsSizes)>>(sizes: I) -> Self {
        Self(sizes.into_iter().collect())
    }
}

impl TryFrom<Vec<f64>> for OddsSizes {
    type Error = InvalidOddsSize;

    fn try_from(mut sizes: Vec<f64>) -> Result<Self, InvalidOddsSize> {
        if let Some(&size) = sizes.iter().find(|size| !(**size > 0.0 && **size <= MAX_ODDS_SIZE)) {
            return Err(InvalidOddsSize { size });
        }
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        Ok(Self(sizes))
    }
}

impl From<OddsSizes> for Vec<f64> {
    fn from(sizes: OddsSizes) -> Self {
        sizes.0
    }
}

/// Probabilities of a move larger than a size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Odds {
    /// Size of the move as a share of the price: 0.05 is 5 %.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub size: f64,
    /// Probability that the price rises by more.
    #[schema(minimum = 0, maximum = 1)]
    pub up: f64,
    /// Probability that the price falls by more.
    #[schema(minimum = 0, maximum = 1)]
    pub down: f64,
    /// Probability of either.
    #[schema(minimum = 0, maximum = 1)]
    pub either: f64,
}

/// Side of a large move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OddsSide {
    /// The price rises by more than the size.
    Up,
    /// The price falls by more than the size.
    Down,
    /// Either of them.
    Either,
}

impl OddsSide {
    /// Every side.
    pub const ALL: [Self; 3] = [Self::Up, Self::Down, Self::Either];

    /// Name in JSON and in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Either => "either",
        }
    }

    /// Noun in a sentence.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Up => "rise",
            Self::Down => "fall",
            Self::Either => "move",
        }
    }

    /// True if the price moved by more than `size` on this side; `outcome` is the log return.
    #[must_use]
    pub fn happened(self, outcome: f64, size: f64) -> bool {
        let (up, down) = (outcome > size.ln_1p(), outcome < (-size).ln_1p());
        match self {
            Self::Up => up,
            Self::Down => down,
            Self::Either => up || down,
        }
    }
}

impl Odds {
    /// Probability of a larger move on one side.
    #[must_use]
    pub const fn of(&self, side: OddsSide) -> f64 {
        match side {
            OddsSide::Up => self.up,
            OddsSide::Down => self.down,
            OddsSide::Either => self.either,
        }
    }

    /// Odds of a distribution for one size, above 0 and at most 1. A price cannot fall by more than all of it.
    #[must_use]
    pub fn new(quantiles: &Quantiles, size: f64) -> Self {
        let up = 1.0 - quantiles.cumulative(size.ln_1p());
        let down = if size < 1.0 { quantiles.cumulative((-size).ln_1p()) } else { 0.0 };
        Self { size, up, down, either: up + down }
    }
}
