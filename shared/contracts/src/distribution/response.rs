//! Distribution in a response.

use super::{DistributionEvidence, LEVELS, Odds, OddsSizes, Quantiles, StoredDistribution};
use market_data::{Interval, Series};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Shares of the outcomes that the bands are to hold.
pub const BAND_LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// Days of a year of trading; crypto markets never close.
const DAYS_PER_YEAR: f64 = 365.0;

/// Origin of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DistributionBasis {
    /// The champion's distribution model.
    Model,
    /// The empirical distribution of all settled moves.
    Climatology,
}

/// Quantiles of the move and of the price at the target time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuantileTable {
    /// Levels between 0 and 1, ascending.
    #[schema(min_items = 23, max_items = 23)]
    pub levels: Vec<f64>,
    /// Log return at each level.
    #[schema(min_items = 23, max_items = 23)]
    pub log_returns: Vec<f64>,
    /// Price at each level.
    #[schema(min_items = 23, max_items = 23)]
    pub prices: Vec<f64>,
}

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

/// Forecast distribution of the move from the close at the decision time to the close at the target time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Distribution {
    /// Origin of the distribution. Without evidence for a model it is climatology.
    pub basis: DistributionBasis,
    /// Close at the decision time, from which the move is counted.
    pub close: f64,
    /// Quantiles of the move and of the price.
    pub quantiles: QuantileTable,
    /// Central bands of 50, 80 and 95 %.
    #[schema(min_items = 3, max_items = 3)]
    pub bands: Vec<Band>,
    /// Expected size of the move: the mean absolute log return.
    #[schema(minimum = 0)]
    pub expected_move: f64,
    /// Standard deviation of the move, scaled to a year of 365 days by the root of time.
    #[schema(minimum = 0)]
    pub annualised_volatility: f64,
    /// Probabilities of large moves, one entry for each configured size.
    pub odds: Vec<Odds>,
    /// Evidence for the distribution.
    pub evidence: DistributionEvidence,
}

impl Distribution {
    /// Distribution of a forecast of `series`.
    #[must_use]
    pub fn new(series: &Series, stored: &StoredDistribution, sizes: &OddsSizes) -> Self {
        let StoredDistribution { basis, close, ref quantiles, evidence, .. } = *stored;
        let price = |log_return: f64| close * log_return.exp();
        let hours = f64::from(series.horizon) * if series.interval == Interval::Day { 24.0 } else { 1.0 };
        Self {
            basis,
            close,
            quantiles: QuantileTable {
                levels: LEVELS.to_vec(),
                log_returns: quantiles.values().to_vec(),
                prices: quantiles.values().map(price).to_vec(),
            },
            bands: BAND_LEVELS
                .map(|level| {
                    let log_returns = quantiles.band(level);
                    Band { level, log_returns, prices: log_returns.map(price) }
                })
                .to_vec(),
            expected_move: quantiles.mean_absolute(),
            annualised_volatility: quantiles.standard_deviation() * (DAYS_PER_YEAR * 24.0 / hours).sqrt(),
            odds: sizes.as_slice().iter().map(|&size| Odds::new(quantiles, size)).collect(),
            evidence,
        }
    }
}

impl Quantiles {
    /// Central band that is to hold `level` of the outcomes, low and high log return.
    #[must_use]
    pub fn band(&self, level: f64) -> [f64; 2] {
        let tail = (1.0 - level) / 2.0;
        [self.at(tail), self.at(1.0 - tail)]
    }
}
