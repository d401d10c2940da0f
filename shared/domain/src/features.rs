//! Features: scale-free numbers that describe the market at the close of a bar, from bars up to and including it.
//!
//! `c`, `o`, `h`, `l`, `v` are the bar's close, open, high, low and volume; `r_n` is the log return over `n` bars and
//! `vol_n` the realised volatility of `n` returns. The warm-up counts the bars before the first value. Formulas in
//! full, parameters and sources stand with each [indicator](crate::indicators), here in capitals.
//!
//! Trend and momentum:
//!
//! | name | formula | range | warm-up |
//! | --- | --- | --- | --- |
//! | `return_1` ... `return_60` | `r_n` for n = 1, 3, 7, 14, 30, 60 | any | n |
//! | `direction_1`, `direction_7`, `direction_24` | sign of `c - c(t-n)`, as persistence goes by it | -1, 0, 1 | n |
//! | `momentum_1`, `momentum_5`, `momentum_20` | `r_n / (vol_20 sqrt(n))` | +-4.5 | 20 |
//! | `momentum_120` | `r_120 / (vol_120 sqrt(120))` | +-11 | 120 |
//! | `roc_10` | ROC 10 of `c` | above -1 | 10 |
//! | `sma_10_distance`, `sma_20_distance`, `sma_50_distance` | `(c - SMA_n) / ATR_14` | any | max(n - 1, 14) |
//! | `ema_12_distance`, `ema_26_distance` | `(c - EMA_n) / ATR_14` | any | max(n - 1, 14) |
//! | `vwap_20_distance` | `(c - VWAP_20) / ATR_14` | any | 19 |
//! | `macd_line`, `macd_histogram` | MACD 12/26/9 of `c`, by `c` | any | 25, 33 |
//! | `adx_14` | ADX 14 / 100 | 0 to 1 | 27 |
//! | `directional_14` | (+DI 14 - -DI 14) / 100 | +-1 | 14 |
//! | `aroon_25` | AROON 25 / 100 | +-1 | 25 |
//! | `rsi_7`, `rsi_14` | RSI / 100 | 0 to 1 | 7, 14 |
//! | `block_7_rsi_14` | RSI of 14 blocks of 7 bars, the last one ending here, / 100 | 0 to 1 | 98 |
//! | `stochastic_14` | fast %K 14 / 100 | 0 to 1 | 13 |
//! | `cci_20` | CCI 20 / 100 | +-6.7 | 19 |
//! | `up_share_10` | UP SHARE 10 of `c` | 0 to 1 | 10 |
//!
//! Range and volatility:
//!
//! | name | formula | range | warm-up |
//! | --- | --- | --- | --- |
//! | `bollinger_place` | `(c - lower) / (upper - lower)`, bands 20/2, known as %b | -0.6 to 1.6 | 19 |
//! | `bollinger_width` | `(upper - lower) / middle` | 0 or more | 19 |
//! | `drawdown_60`, `drawdown_120` | `ln(c / highest h of n)` | 0 or less | n - 1 |
//! | `place_120` | fast %K 120 / 100 | 0 to 1 | 119 |
//! | `atr_14` | `ATR_14 / c` | 0 or more | 14 |
//! | `volatility_ratio` | `vol_5 / vol_60` | 0 to 3.5 | 60 |
//! | `volatility_ratio_120` | `vol_20 / vol_120` | 0 to 2.5 | 120 |
//! | `variance_ratio_7` | VARIANCE RATIO of 7 bars in 60 | 0 to 7.8 | 60 |
//! | `autocorrelation_20` | CORRELATION 20 of `r_1` with the `r_1` before it | +-1 | 21 |
//! | `skewness_20` | SKEWNESS 20 of `r_1` | +-4.2 | 20 |
//! | `downside_20` | DOWNSIDE 20 of `r_1` | 0 to 1 | 20 |
//! | `garman_klass_20` | `GK_20 / (GK_20 + vol_20)`, Garman and Klass against realised | 0 to 1 | 20 |
//! | `volatility_20` | `vol_20` | 0 or more | 20 |
//! | `range` | `ln(h / l)` by PARKINSON 20 | 0 to 7.5 | 19 |
//! | `parkinson_20` | PARKINSON 20 | 0 or more | 19 |
//! | `body` | `(c - o) / (h - l)` | +-1 | 0 |
//! | `upper_wick`, `lower_wick` | `(h - max(o, c)) / (h - l)`, `(min(o, c) - l) / (h - l)` | 0 to 1 | 0 |
//!
//! Volume and season:
//!
//! | name | formula | range | warm-up |
//! | --- | --- | --- | --- |
//! | `volume_ratio` | `v / SMA_20(v)` | 0 to 20 | 19 |
//! | `volume_z_score` | z-score of `v` in 20 bars | +-4.4 | 19 |
//! | `signed_volume_20` | SIGNED VOLUME 20: change of on-balance volume by volume | +-1 | 20 |
//! | `mfi_14` | MFI 14 / 100 | 0 to 1 | 14 |
//! | `volume_correlation_20` | CORRELATION 20 of `r_1` with `(v - v(t-1)) / (v + v(t-1))` | +-1 | 20 |
//! | `illiquidity` | ILLIQUIDITY of 5 bars against 60 | 0 to 1 | 60 |
//! | `day_sin`, `day_cos` | phase of the close within the UTC day; constant (0, 1) for daily bars | +-1 | 0 |
//! | `week_sin`, `week_cos` | phase of the close within the week, from Monday 00:00 UTC | +-1 | 0 |
//!
//! A ratio whose denominator is zero, in a market that does not move or trade, takes its neutral value: 0, or one half
//! for shares and oscillators from 0 to 1, or 1 for a ratio to what is usual.
//!
//! Indicators start afresh after each missing bar, so no look-back ever reaches across a gap. That nothing looks ahead
//! is checked with [`crate::lookahead`].

mod calendar;
mod columns;
mod memory;
mod rows;
mod smoothed;

pub use memory::{WARM_UP_BARS, WINDOW_BARS};
pub use rows::{FeatureRow, compute, last_row};

use crate::Interval;
use std::sync::LazyLock;

/// Version of the feature set, stored with every run and artifact. Any change of a feature's meaning changes it.
pub const FEATURE_SET: &str = "v2";

/// The features' names, in the order of [`FeatureRow::values`].
#[must_use]
pub fn feature_names() -> &'static [&'static str] {
    static NAMES: LazyLock<[&str; columns::COUNT]> =
        LazyLock::new(|| columns::columns(&[], &[], Interval::Day).map(|(name, _)| name));
    &*NAMES
}

#[cfg(test)]
mod tests;
