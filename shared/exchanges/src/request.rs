//! Request to the sources.

use jiff::Timestamp;
use market_data::{Interval, Symbol, origin::Provenance};
use std::fmt;

/// Request for the closed bars of one symbol and interval that open in `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarRequest {
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// First open time, on the grid.
    pub from: Timestamp,
    /// End of the open times, exclusive, on the grid.
    pub to: Timestamp,
    /// Time that counts as now: bars that close later are not visible.
    pub as_of: Timestamp,
    /// Real time. A live market has closed no bar after it, even if `as_of` is later.
    pub wall_clock: Timestamp,
}

impl BarRequest {
    /// Latest close of visible bars. Only stored and simulated bars can be ahead of the real time.
    #[must_use]
    pub fn visible_until(&self, provenance: Provenance) -> Timestamp {
        match provenance {
            Provenance::Live => self.as_of.min(self.wall_clock),
            Provenance::Stored | Provenance::Simulated => self.as_of,
        }
    }

    /// Open time of the last bar in the range that is closed at `visible_until`; before `from` if no bar is.
    pub(crate) fn last_bar_time(&self, visible_until: Timestamp) -> Timestamp {
        self.interval.last_closed(visible_until).min(self.interval.step(self.to, -1))
    }

    /// The same request for another range.
    pub(crate) fn with_range(&self, from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, ..self.clone() }
    }

    /// Requests for ranges of at most `rows` bars, oldest first.
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
    /// Request for ETH-USD at the close of the last bar of the range.
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
    fn only_bars_that_are_not_live_exceed_the_wall_clock() {
        let mut request = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        request.wall_clock = "2023-01-03T12:00:00Z".parse().unwrap();
        assert_eq!(request.visible_until(Provenance::Live), request.wall_clock);
        assert_eq!(request.visible_until(Provenance::Stored), request.as_of);
        assert_eq!(request.last_bar_time(request.wall_clock).to_string(), "2023-01-02T00:00:00Z");
        assert_eq!(request.last_bar_time("2030-01-01T00:00:00Z".parse().unwrap()).to_string(), "2023-01-04T00:00:00Z");
    }

    #[test]
    fn a_range_is_split_into_full_disjoint_pages() {
        let request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-27T00:00:00Z");
        let ranges: Vec<_> =
            request.split_pages(300).iter().map(|page| (page.from.to_string(), page.to.to_string())).collect();
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
