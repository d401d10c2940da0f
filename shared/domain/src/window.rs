//! The latest window: the last closed bars of one symbol and interval, all that predict needs.

use crate::{Bar, Interval, Symbol};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The content of `window/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The pair.
    pub symbol: Symbol,
    /// The bars' length.
    pub interval: Interval,
    /// Which source delivered the last bar.
    pub source: String,
    /// When ingest wrote it.
    pub updated_at: Timestamp,
    /// The last closed bars, ascending.
    pub bars: Vec<Bar>,
}
