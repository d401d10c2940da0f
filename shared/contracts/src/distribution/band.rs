//! Bands of a distribution.

use super::Quantiles;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Shares of the outcomes that the bands are to hold.
pub const BAND_LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// Central prediction interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Band {
    /// Share of the outcomes that it is to hold.
    pub level: f64,
    /// Log returns, low and high.
    #[schema(value_type = Vec<f64>, min_items = 2, max_items = 2)]
    pub log_returns: [f64; 2],
    /// Prices, low and high.
    #[schema(value_type = Vec<f64>, min_items = 2, max_items = 2)]
    pub prices: [f64; 2],
}

impl Quantiles {
    /// Central band that is to hold `level` of the outcomes, low and high log return.
    #[must_use]
    pub fn band(&self, level: f64) -> [f64; 2] {
        let tail = (1.0 - level) / 2.0;
        [self.at(tail), self.at(1.0 - tail)]
    }
}
