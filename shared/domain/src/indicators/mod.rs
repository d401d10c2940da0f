//! Technical indicators, one file each.
//!
//! Each takes slices in time order and returns a vector of the same length, NaN during its warm-up; a period of zero,
//! or one longer than the input, gives NaN throughout. Inputs must be finite (leading NaN is passed over where an
//! indicator is chained on another). Windowed indicators sum each window afresh, so a value depends on the bits of
//! its window alone; the smoothed ones (EMA, MACD, RSI, ATR) forget their start geometrically.

pub mod atr;
pub mod bollinger;
pub mod ema;
pub mod extremes;
pub mod macd;
pub mod parkinson;
pub mod roc;
pub mod rsi;
pub mod sma;
pub mod stochastic;
pub mod volatility;
pub mod volume;

pub use atr::{atr, true_range};
pub use bollinger::{Bollinger, bollinger};
pub use ema::ema;
pub use extremes::{highest, lowest};
pub use macd::{Macd, MacdPeriods, macd};
pub use parkinson::parkinson;
pub use roc::{log_return, roc};
pub use rsi::rsi;
pub use sma::sma;
pub use stochastic::stochastic;
pub use volatility::volatility;
pub use volume::{ratio, z_score};

/// Applies `f` to each full window of `period` values; NaN before the first.
fn windowed(values: &[f64], period: usize, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut out = vec![f64::NAN; values.len()];
    if period == 0 {
        return out;
    }
    for (slot, window) in out.iter_mut().skip(period - 1).zip(values.windows(period)) {
        *slot = f(window);
    }
    out
}

/// Mean of a window, exact when all its values are equal.
fn mean(window: &[f64]) -> f64 {
    let Some(&anchor) = window.first() else { return f64::NAN };
    anchor + window.iter().map(|v| v - anchor).sum::<f64>() / count(window.len())
}

/// Population standard deviation of a window around `mean`.
fn deviation(window: &[f64], mean: f64) -> f64 {
    (window.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count(window.len())).sqrt()
}

/// A period as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "periods are far below 2^52")]
fn count(period: usize) -> f64 {
    period as f64
}

#[cfg(test)]
mod tests;
