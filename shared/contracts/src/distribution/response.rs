//! Distribution in a response.

use super::{BAND_LEVELS, Band, DistributionBasis, DistributionEvidence, LEVELS, Odds, OddsSizes, StoredDistribution};
use market_data::{Interval, Series};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days of a year of trading; crypto markets never close.
const DAYS_PER_YEAR: f64 = 365.0;

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
        // Extreme prices of a caller must not become infinite.
        let price = |log_return: f64| (close * log_return.exp()).min(f64::MAX);
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
