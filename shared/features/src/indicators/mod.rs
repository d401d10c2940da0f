//! Technical indicators, one file each.
//!
//! Each takes slices in time order and returns a vector of the same length, NaN during its warm-up. A period of zero, or one
//! longer than the input, gives NaN throughout. Inputs must be finite; leading NaN is skipped where an indicator is chained
//! to another. The value of a windowed indicator depends on the bits of its window only, wherever the input starts. In the
//! recursive ones (EMA, MACD, RSI, ATR, ADX) the weight of the start decays geometrically.

pub mod adx;
pub mod aroon;
pub mod atr;
pub mod block_rsi;
pub mod bollinger;
pub mod cci;
pub mod correlation;
pub mod downside;
pub mod ema;
pub mod extremes;
pub mod garman_klass;
pub mod illiquidity;
pub mod macd;
pub mod mfi;
pub mod moments;
pub mod parkinson;
pub mod roc;
pub mod rsi;
pub mod signed_volume;
pub mod sma;
pub mod stochastic;
pub mod up_share;
pub mod variance_ratio;
pub mod volatility;
pub mod volume;
pub mod vwap;

pub(crate) mod rolling;

pub use adx::{DirectionalMovement, directional_movement};
pub use aroon::aroon;
pub use atr::{atr, true_range};
pub use block_rsi::block_rsi;
pub use bollinger::{Bollinger, bollinger};
pub use cci::cci;
pub use correlation::correlation;
pub use downside::downside;
pub use ema::ema;
pub use extremes::{highest, lowest};
pub use garman_klass::garman_klass;
pub use illiquidity::illiquidity;
pub use macd::{Macd, MacdPeriods, macd};
pub use mfi::mfi;
pub use moments::skewness;
pub use parkinson::parkinson;
pub use roc::{log_return, roc};
pub use rsi::rsi;
pub use signed_volume::signed_volume;
pub use sma::sma;
pub use stochastic::stochastic;
pub use up_share::up_share;
pub use variance_ratio::variance_ratio;
pub use volatility::volatility;
pub use volume::{volume_ratio, z_score};
pub use vwap::vwap;

use market_data::Bar;

/// Typical price of a bar, the mean of high, low and close.
fn typical_price(bar: &Bar) -> f64 {
    (bar.high + bar.low + bar.close) / 3.0
}

#[cfg(test)]
mod tests;
