//! Features: scale-free numbers that describe the market at the close of a bar, from bars up to and including it. Also the
//! indicators behind them, labels, baselines, the dataset and the look-ahead check.
//!
//! The crate may depend on `market-data` only. It is pure: no IO, no clock, no AWS.
//!
//! `c`, `o`, `h`, `l`, `v` are the bar's close, open, high, low and volume; `r_n` is the log return over `n` bars and
//! `vol_n` the realised volatility of `n` returns. The warm-up counts the bars before the first value. Each
//! [indicator](crate::indicators), here in capitals, documents its formula, parameters and source.
//!
#![doc = include_str!("table.md")]
//!
//! A ratio whose denominator is zero, in a market that does not move or trade, has its neutral value: 0, one half for
//! shares and oscillators from 0 to 1, or 1 for a ratio to an average.
//!
//! Indicators start again after each missing bar, so no look-back reaches across a gap. The tests check with
//! [`crate::lookahead`] that no feature looks ahead.

pub mod baselines;
mod calendar;
mod columns;
pub mod dataset;
mod descriptions;
pub mod indicators;
pub mod labels;
pub mod lookahead;
mod lookback;
mod recursive;
mod rows;
#[cfg(test)]
mod testing;

pub use descriptions::{FeatureDescription, feature_descriptions};
pub use lookback::{WARM_UP_BARS, WINDOW_BARS};
pub use rows::{FeatureRow, feature_rows, latest_feature_row};

use market_data::Interval;
use std::sync::LazyLock;

/// Version of the feature set, stored with every run and artifact. It changes with the meaning of any feature.
pub const FEATURE_SET: &str = "v2";

/// Names of the features, in the order of [`FeatureRow::values`].
#[must_use]
pub fn feature_names() -> &'static [&'static str] {
    static NAMES: LazyLock<[&str; columns::COUNT]> =
        LazyLock::new(|| columns::columns(&[], &[], Interval::Day).map(|(name, _)| name));
    &*NAMES
}

#[cfg(test)]
mod tests;
