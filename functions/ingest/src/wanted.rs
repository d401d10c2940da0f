//! What is asked of the sources.

use domain::{Interval, Symbol};
use jiff::Timestamp;
use std::fmt;

/// The closed bars of one symbol and interval that open in `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// First open time, on the grid.
    pub from: Timestamp,
    /// End of the open times, exclusive, on the grid.
    pub to: Timestamp,
    /// What counts as now: later closes are not known yet.
    pub as_of: Timestamp,
    /// The clock. A live market cannot have closed a bar after it, whatever `as_of` says.
    pub clock: Timestamp,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} from {} to before {}", self.symbol, self.interval, self.from, self.to)
    }
}

#[cfg(test)]
impl Wanted {
    /// ETH-USD, asked exactly when the range has closed.
    pub(crate) fn for_test(interval: Interval, from: &str, to: &str) -> Self {
        let to: Timestamp = to.parse().unwrap();
        Self { symbol: "ETH-USD".parse().unwrap(), interval, from: from.parse().unwrap(), to, as_of: to, clock: to }
    }
}
