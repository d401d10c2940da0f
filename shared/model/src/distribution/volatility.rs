//! First model of the distribution: residual quantiles times a smoothed volatility.

use crate::ArtifactError;
use contracts::distribution::{LEVEL_COUNT, Quantiles};
use features::baselines::moves;
use market_data::{Bar, Series};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Number of bars up to the decision time that a distribution depends on.
pub const DISTRIBUTION_WINDOW_BARS: usize = 600;

const TERMS: usize = 100;

/// Model of the distribution of the next move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistributionModel {
    /// Weight of the last squared return against that of the one before.
    pub decay: f64,
    /// Quantiles of the move, divided by its volatility.
    pub residuals: Quantiles,
}

impl DistributionModel {
    /// Checks that every number is in its range.
    pub(crate) fn validate(&self) -> Result<(), ArtifactError> {
        let value = self.decay;
        let expected = "a number above 0 and below 1";
        if value > 0.0 && value < 1.0 { Ok(()) } else { Err(ArtifactError::Value { name: "decay", value, expected }) }
    }

    /// Quantiles of the move from the close of each bar in `range`, before its probability of up is known. A quantile depends on
    /// [`DISTRIBUTION_WINDOW_BARS`] bars up to its own. `None` where too few bars precede it.
    #[must_use]
    pub fn quantiles(&self, series: &Series, bars: &[Bar], range: Range<usize>) -> Vec<Option<Quantiles>> {
        range
            .map(|bar| {
                let volatility = volatility(series, &bars[..=bar], self.decay)?;
                let mut values = [0.0; LEVEL_COUNT];
                values.iter_mut().zip(self.residuals.values()).for_each(|(value, z)| *value = z * volatility);
                Quantiles::new(values).ok()
            })
            .collect()
    }
}

/// Volatility of the move from the close of the last bar.
fn volatility(series: &Series, bars: &[Bar], decay: f64) -> Option<f64> {
    let start = bars.len().checked_sub(TERMS + 1)?;
    let returns = moves(&bars[start..], series.interval, 1);
    let mut weight = 1.0;
    let (mut sum, mut weights) = (0.0, 0.0);
    for value in returns.iter().rev().skip(1) {
        if let Some(value) = value {
            sum += weight * value * value;
            weights += weight;
        }
        weight *= decay;
    }
    (weights > 0.0).then(|| (sum / weights * f64::from(series.horizon)).sqrt())
}
