//! What is asked of the sources.

use jiff::Timestamp;
use market_data::{Interval, Symbol, origin::Provenance};
use std::fmt;

/// The closed bars of one symbol and interval that open in `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarRequest {
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
    pub wall_clock: Timestamp,
}

impl BarRequest {
    /// Until when bars have closed in this history: only a market that is not live can be ahead of the clock.
    #[must_use]
    pub fn visible_until(&self, history: Provenance) -> Timestamp {
        match history {
            Provenance::Live => self.as_of.min(self.wall_clock),
            Provenance::Stored | Provenance::Simulated => self.as_of,
        }
    }

    /// The open time of the last bar in the range that is closed at `known`; before `from` when none is.
    pub(crate) fn last_bar_time(&self, known: Timestamp) -> Timestamp {
        self.interval.last_closed(known).min(self.interval.step(self.to, -1))
    }

    /// The same of another range.
    pub(crate) fn with_range(&self, from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, ..self.clone() }
    }

    /// Cut into ranges of at most `rows` bars, oldest first.
    pub(crate) fn split_pages(&self, rows: i64) -> Vec<Self> {
        let mut pages = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let to = self.interval.step(from, rows).min(self.to);
            pages.push(self.with_range(from, to));
            from = to;
        }
        pages
    }
}

impl fmt::Display for BarRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} from {} to before {}", self.symbol, self.interval, self.from, self.to)
    }
}

#[cfg(test)]
impl BarRequest {
    /// ETH-USD, asked exactly when the range has closed.
    pub(crate) fn for_test(interval: Interval, from: &str, to: &str) -> Self {
        let to: Timestamp = to.parse().unwrap();
        Self {
            symbol: "ETH-USD".parse().unwrap(),
            interval,
            from: from.parse().unwrap(),
            to,
            as_of: to,
            wall_clock: to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_market_that_is_not_live_is_ahead_of_the_clock() {
        let mut wanted = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        wanted.wall_clock = "2023-01-03T12:00:00Z".parse().unwrap();
        assert_eq!(wanted.visible_until(Provenance::Live), wanted.wall_clock);
        assert_eq!(wanted.visible_until(Provenance::Stored), wanted.as_of);
        assert_eq!(wanted.last_bar_time(wanted.wall_clock).to_string(), "2023-01-02T00:00:00Z");
        assert_eq!(wanted.last_bar_time("2030-01-01T00:00:00Z".parse().unwrap()).to_string(), "2023-01-04T00:00:00Z");
    }

    #[test]
    fn a_range_is_cut_into_full_pages_that_do_not_overlap() {
        let wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-27T00:00:00Z");
        let ranges: Vec<_> =
            wanted.split_pages(300).iter().map(|page| (page.from.to_string(), page.to.to_string())).collect();
        assert_eq!(
            ranges,
            [
                ("2023-01-01T00:00:00Z".to_owned(), "2023-01-13T12:00:00Z".to_owned()),
                ("2023-01-13T12:00:00Z".to_owned(), "2023-01-26T00:00:00Z".to_owned()),
                ("2023-01-26T00:00:00Z".to_owned(), "2023-01-27T00:00:00Z".to_owned()),
            ]
        );
    }
}
