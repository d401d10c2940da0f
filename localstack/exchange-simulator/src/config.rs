//! Choice of the bars that a server serves.

use jiff::Timestamp;
use std::path::PathBuf;

/// Bars of a market, and their continuation.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketConfig {
    /// Directory of CSV files; the bars are simulated if absent.
    pub data: Option<PathBuf>,
    /// Origin of the files, for the description.
    pub name: Option<String>,
    /// Seed of every simulated bar.
    pub seed: u64,
    /// Predictability of simulated bars, from 0 (a fair coin) to 1.
    pub signal: f64,
    /// Open time of the first simulated bar.
    pub start: Timestamp,
    /// End of the simulated bars; the present if absent.
    pub end: Option<Timestamp>,
}

impl Default for MarketConfig {
    /// Simulated bars from 2018-01-01 to the present, without a signal.
    fn default() -> Self {
        Self { data: None, name: None, seed: 7, signal: 0.0, start: Timestamp::constant(1_514_764_800, 0), end: None }
    }
}
