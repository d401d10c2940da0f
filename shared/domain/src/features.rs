//! Features: scale-free numbers that describe the market at the close of a bar, from bars up to and including it.
//!
//! `c`, `o`, `h`, `l`, `v` are the bar's close, open, high, low and volume; `r_n` is the log return over `n` bars and
//! `vol_n` the realised volatility of `n` returns. The warm-up counts the bars before the first value.
//!
//! | name | formula | warm-up |
//! | --- | --- | --- |
//! | `return_1` ... `return_60` | `r_n` for n = 1, 3, 7, 14, 30, 60 | n |
//! | `momentum_1`, `momentum_5`, `momentum_20` | `r_n / (vol_20 sqrt(n))` | 20 |
//! | `roc_10` | `c / c(t-10) - 1` | 10 |
//! | `sma_10_distance`, `sma_20_distance`, `sma_50_distance` | `(c - SMA_n) / ATR_14` | max(n - 1, 14) |
//! | `ema_12_distance`, `ema_26_distance` | `(c - EMA_n) / ATR_14` | max(n - 1, 14) |
//! | `macd_line`, `macd_histogram` | MACD 12/26/9 line and histogram over `c` | 25, 33 |
//! | `rsi_14` | RSI / 100 | 14 |
//! | `stochastic_14` | fast %K / 100 | 13 |
//! | `bollinger_place` | `(c - lower) / (upper - lower)`, bands 20/2, known as %b | 19 |
//! | `bollinger_width` | `(upper - lower) / middle` | 19 |
//! | `drawdown_60` | `ln(c / highest h of 60)` | 59 |
//! | `atr_14` | `ATR_14 / c` | 14 |
//! | `volatility_20` | `vol_20` | 20 |
//! | `volatility_ratio` | `vol_5 / vol_60` | 60 |
//! | `parkinson_20` | Parkinson's volatility of 20 bars | 19 |
//! | `range` | `ln(h / l)` over `parkinson_20` | 19 |
//! | `body` | `(c - o) / (h - l)` | 0 |
//! | `upper_wick`, `lower_wick` | `(h - max(o, c)) / (h - l)`, `(min(o, c) - l) / (h - l)` | 0 |
//! | `volume_ratio` | `v / SMA_20(v)` | 19 |
//! | `volume_z_score` | z-score of `v` in 20 bars | 19 |
//! | `day_sin`, `day_cos` | phase of the close within the UTC day; constant (0, 1) for daily bars | 0 |
//! | `week_sin`, `week_cos` | phase of the close within the week, from Monday 00:00 UTC | 0 |
//!
//! A ratio whose denominator is zero, in a market that does not move, takes its neutral value: 0, or one half for
//! `bollinger_place`, or 1 for `volatility_ratio`.
//!
//! Indicators start afresh after each missing bar, so no look-back ever reaches across a gap.

mod columns;
mod rows;

pub use rows::{FeatureRow, compute, last_row};

/// Version of the feature set, stored with every run and artifact. Any change of a feature's meaning changes it.
pub const FEATURE_SET: &str = "v1";

/// Bars without a row at the start and after each gap: the longest warm-up of the table.
pub const WARM_UP_BARS: usize = 60;

/// How many bars make the last row equal the one computed from all history to 1e-9 relative.
///
/// Windowed features need 61 bars and are then equal to the bit. Smoothed ones forget their start geometrically, the
/// slowest by 1/14 a bar (Wilder: RSI, ATR): 1e-9 takes ln(1e-9) / ln(13/14) = 280 bars after a seed of 15; the slow
/// MACD average, by 2/27 a bar, takes 270 after 34. What is forgotten is relative to the market at the window's start,
/// so 1e-14, 435 bars and the seed, allows for a start a hundred thousand times as far from the average as the end.
pub const WINDOW_BARS: usize = 480;

/// The features' names, in the order of [`FeatureRow::values`].
#[must_use]
pub fn feature_names() -> &'static [&'static str] {
    &columns::NAMES
}

#[cfg(test)]
mod tests;
