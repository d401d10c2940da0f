//! What a source prints: the bars that a request means, as rows, spoilt by the standing faults.

use crate::{
    fault::{Fault, FaultKind},
    market::SimulatedMarket,
    spoil,
    tape::{BarLimit, BarSlice},
};
use jiff::Timestamp;
use market_data::{Bar, Interval, Symbol};

/// The bars that a request means.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    /// First open time, inclusive.
    pub(crate) from: Timestamp,
    /// Last open time, inclusive.
    pub(crate) to: Timestamp,
    /// Counts the row that `last` adds, too.
    pub(crate) limit: BarLimit,
    pub(crate) last: TrailingRow,
}

/// What follows the closed bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrailingRow {
    /// Nothing.
    Closed,
    /// The open bar, when it opens in the range.
    Open,
    /// The open bar at the time of the last trade, when the range reaches the present.
    Live,
}

/// A bar as it is printed; what is `None` is printed as null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) time: Timestamp,
    pub(crate) open: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) close: Option<f64>,
    /// In the base currency.
    pub(crate) volume: Option<f64>,
    /// In the quote currency; the close stands for the average price, which is not stored.
    pub(crate) quote_volume: Option<f64>,
}

/// The rows of one answer, oldest first unless a fault is ordered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Whether any bar in it is simulated.
    pub(crate) simulated: bool,
}

impl From<&Bar> for Row {
    fn from(bar: &Bar) -> Self {
        Self {
            time: bar.time,
            open: Some(bar.open),
            high: Some(bar.high),
            low: Some(bar.low),
            close: Some(bar.close),
            volume: Some(bar.volume),
            quote_volume: Some(bar.volume * bar.close),
        }
    }
}

impl Page {
    pub(crate) fn of(market: &mut SimulatedMarket, request: Request, faults: &[Fault]) -> Self {
        let Request { symbol, interval, from, to, limit, last } = request;
        let now = market.now();
        let ordered = faults.iter().rev().find_map(|fault| match fault.kind {
            FaultKind::Unfinished => Some(TrailingRow::Open),
            FaultKind::OffGrid => Some(TrailingRow::Live),
            _ => None,
        });
        let reached = match last {
            TrailingRow::Closed => false,
            TrailingRow::Open => (from..=to).contains(&interval.floor(now)),
            TrailingRow::Live => to >= now,
        };
        let following = match ordered.or(reached.then_some(last)) {
            Some(TrailingRow::Open) => market.open_bar(&symbol, interval),
            Some(TrailingRow::Live) => market.live(&symbol, interval),
            Some(TrailingRow::Closed) | None => BarSlice::default(),
        };
        let BarSlice { mut bars, simulated } = market.closed(&symbol, interval, from, to, limit);
        bars.extend(following.bars);
        // A row on order comes on top of what would be sent.
        if ordered.is_none() {
            limit.cut(&mut bars);
        }
        let mut rows: Vec<Row> = bars.iter().map(Row::from).collect();
        spoil::apply_row_faults(&mut rows, faults, interval, now);
        Self { rows, simulated: simulated || following.simulated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::{fault, market};

    fn request(limit: BarLimit, last: TrailingRow) -> Request {
        Request {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            from: "2023-06-01T00:00:00Z".parse().unwrap(),
            to: "2023-06-30T00:00:00Z".parse().unwrap(),
            limit,
            last,
        }
    }

    fn times(market: &mut SimulatedMarket, request: Request, faults: &[Fault]) -> Vec<String> {
        Page::of(market, request, faults).rows.iter().map(|row| row.time.to_string()).collect()
    }

    #[test]
    fn the_open_bar_counts_for_the_limit() {
        let mut market = market();
        market.set_clock("2023-06-04T10:11:12Z".parse().unwrap()).unwrap();
        let (second, third, fourth) = ("2023-06-02T00:00:00Z", "2023-06-03T00:00:00Z", "2023-06-04T00:00:00Z");
        assert_eq!(times(&mut market, request(BarLimit::Last(2), TrailingRow::Closed), &[]), [second, third]);
        assert_eq!(times(&mut market, request(BarLimit::Last(2), TrailingRow::Open), &[]), [third, fourth]);
        assert_eq!(
            times(&mut market, request(BarLimit::Last(2), TrailingRow::Live), &[]),
            [third, "2023-06-04T10:11:12Z"]
        );
        let first = times(&mut market, request(BarLimit::First(2), TrailingRow::Open), &[]);
        assert_eq!(first, ["2023-06-01T00:00:00Z", second]);
    }

    #[test]
    fn the_open_bar_comes_only_when_the_range_reaches_it() {
        let mut market = market();
        for last in [TrailingRow::Open, TrailingRow::Live] {
            assert_eq!(Page::of(&mut market, request(BarLimit::All, last), &[]).rows.len(), 30, "{last:?}");
        }
    }

    #[test]
    fn on_order_the_open_bar_follows_any_range_on_or_off_the_grid() {
        let mut market = market();
        market.set_clock("2023-12-03T10:11:12Z".parse().unwrap()).unwrap();
        for last in [TrailingRow::Closed, TrailingRow::Open, TrailingRow::Live] {
            let mut added = |kind| times(&mut market, request(BarLimit::All, last), &fault(kind))[30..].to_vec();
            assert_eq!(added("unfinished"), ["2023-12-03T00:00:00Z"]);
            assert_eq!(added("off_grid"), ["2023-12-03T10:11:12Z"]);
        }
    }
}
