//! Features: scale-free numbers that describe the market at the close of a bar, from bars up to and including it.
//!
//! `c`, `o`, `h`, `l`, `v` are the bar's close, open, high, low and volume; `r_n` is the log return over `n` bars and
//! `vol_n` the realised volatility of `n` returns. The warm-up counts the bars before the first value. Formulas in
//! full, parameters and sources stand with each [indicator](crate::indicators), here in capitals.
//!
#![doc = include_str!("table.md")]
//!
//! A ratio whose denominator is zero, in a market that does not move or trade, takes its neutral value: 0, or one half
//! for shares and oscillators from 0 to 1, or 1 for a ratio to what is usual.
//!
//! Indicators start afresh after each missing bar, so no look-back ever reaches across a gap. That nothing looks ahead
//! is checked with [`crate::lookahead`].

pub mod baselines;
mod calendar;
mod columns;
pub mod dataset;
mod described;
pub mod indicators;
pub mod labels;
pub mod lookahead;
mod lookback;
mod recursive;
mod rows;
#[cfg(test)]
mod testing;

pub use described::{Described, described};
pub use lookback::{WARM_UP_BARS, WINDOW_BARS};
pub use rows::{FeatureRow, feature_rows, latest_feature_row};

use market_data::Interval;
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
