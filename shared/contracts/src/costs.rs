//! Costs of trading, and the result of following the calls of a model after them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Highest fee or slippage, a share of the traded value. A higher one is probably meant in per cent.
pub const MAX_COST: f64 = 0.05;
/// Allowed range of a fee or slippage, for error messages.
pub const COST_RANGE: &str = "a share of the traded value from 0 to 0.05";

/// Costs of trading, as shares of the traded value, each from 0 to [`MAX_COST`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Fee of the exchange (default 0.001, the fee of large exchanges for small takers).
    pub fee: f64,
    /// Difference between the close and the execution price (default 0.0005).
    pub slippage: f64,
}

impl Costs {
    /// Costs of a traded value of 1.
    #[must_use]
    pub const fn total(&self) -> f64 {
        self.fee + self.slippage
    }
}

impl Default for Costs {
    fn default() -> Self {
        Self { fee: 0.001, slippage: 0.0005 }
    }
}

/// True if a fee or slippage is in its range.
#[must_use]
pub fn is_cost(share: f64) -> bool {
    (0.0..=MAX_COST).contains(&share)
}

/// Text that is no fee and no slippage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {COST_RANGE}")]
pub struct InvalidCost;

/// Parses a fee or slippage.
///
/// # Errors
/// [`InvalidCost`] for text that is no number in the range.
pub fn parse_cost(text: &str) -> Result<f64, InvalidCost> {
    text.trim().parse().ok().filter(|share| is_cost(*share)).ok_or(InvalidCost)
}

/// Conclusion about the returns of following the calls of a model, after costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostVerdict {
    /// The edge is shown, and the interval of the annual return is above zero.
    Tradable,
    /// The edge is not shown, or the interval of the annual return reaches zero or losses.
    NotTradable,
    /// Nothing was measured, with too few outcomes, or a shown edge whose hold-out had no call.
    #[default]
    Unknown,
}

/// Returns of following the calls of a model on its hold-out, after costs: long for up, short for down, without a position for
/// abstain. With a horizon of `h` bars each call holds `1/h` of the capital for `h` bars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CallReturns {
    /// Conclusion from the edge and the interval of the annual return.
    #[schema(required)]
    pub verdict: CostVerdict,
    /// Growth of the capital per year, a share: 0.1 is 10 %. Null without calls, and with fewer than 30 independent outcomes.
    #[schema(required)]
    pub annual_return: Option<f64>,
    /// Its 95 % block-bootstrap interval, low and high; null with it.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, required)]
    pub annual_return_ci: Option<[f64; 2]>,
    /// Sharpe ratio per year; null with the annual return, and if the returns do not vary.
    #[schema(required)]
    pub sharpe: Option<f64>,
    /// Its 95 % block-bootstrap interval, low and high; null with it.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, required)]
    pub sharpe_ci: Option<[f64; 2]>,
    /// Fee of each trade, a share of the traded value; null if nothing was measured.
    #[schema(required)]
    pub fee: Option<f64>,
    /// Difference between the close and the execution price, a share of the traded value; null if nothing was measured.
    #[schema(required)]
    pub slippage: Option<f64>,
}

impl CallReturns {
    /// Result of a model that was never measured.
    pub const UNKNOWN: Self = Self {
        verdict: CostVerdict::Unknown,
        annual_return: None,
        annual_return_ci: None,
        sharpe: None,
        sharpe_ci: None,
        fee: None,
        slippage: None,
    };

    /// Every number that is present, to check that all are finite.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let single = [self.annual_return, self.sharpe, self.fee, self.slippage].into_iter().flatten();
        single.chain([self.annual_return_ci, self.sharpe_ci].into_iter().flatten().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_in_per_cent_is_refused() {
        for (text, parsed) in [("0", Some(0.0)), (" 0.05", Some(0.05)), ("0.1", None), ("-0.001", None), ("NaN", None)]
        {
            assert_eq!(parse_cost(text).ok(), parsed, "{text}");
        }
        assert_eq!(InvalidCost.to_string(), "expected a share of the traded value from 0 to 0.05");
    }

    #[test]
    fn numbers_lists_every_field() {
        let all = CallReturns {
            annual_return: Some(1.0),
            annual_return_ci: Some([2.0, 3.0]),
            sharpe: Some(4.0),
            sharpe_ci: Some([5.0, 6.0]),
            fee: Some(7.0),
            slippage: Some(8.0),
            ..CallReturns::UNKNOWN
        };
        assert!((all.numbers().sum::<f64>() - 36.0).abs() < 1e-12);
    }
}
