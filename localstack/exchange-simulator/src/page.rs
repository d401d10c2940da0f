//! Rows of a response: the bars of the requested range, changed by the active faults.

use crate::{
    bar_series::{BarLimit, BarSlice},
    body::ErrorBody,
    fault::{Fault, FaultKind, RowField},
    market::SimulatedMarket,
    row_faults,
};
use axum::http::StatusCode;
use jiff::Timestamp;
use market_data::{Bar, Interval, Symbol, origin::Provenance};
use serde_json::json;

/// Range of bars that a request asks for.
#[derive(Debug, Clone)]
pub(crate) struct BarRange {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    /// First open time, inclusive.
    pub(crate) from: Timestamp,
    /// Last open time, inclusive.
    pub(crate) to: Timestamp,
    /// Limit of all rows, the trailing row included.
    pub(crate) limit: BarLimit,
    pub(crate) trailing_row: TrailingRow,
}

/// Row after the closed bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrailingRow {
    /// No row.
    Closed,
    /// The open bar, if it opens in the range.
    Open,
    /// The open bar at the time of the last trade, if the range reaches the present.
    Live,
}

/// A bar as it is printed; `None` is printed as null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) time: Timestamp,
    pub(crate) open: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) close: Option<f64>,
    /// Volume in the base currency.
    pub(crate) volume: Option<f64>,
    /// Volume in the quote currency, computed with the close, as no average price is stored.
    pub(crate) quote_volume: Option<f64>,
}

/// Rows of one response, oldest first unless a fault changes that.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    pub(crate) provenance: Provenance,
}

impl Row {
    pub(crate) fn get(&self, field: RowField) -> Option<f64> {
        match field {
            RowField::Open => self.open,
            RowField::High => self.high,
            RowField::Low => self.low,
            RowField::Close => self.close,
            RowField::Volume => self.volume,
        }
    }

    /// Sets one value; with the volume also that in the quote currency.
    pub(crate) fn set(&mut self, field: RowField, value: Option<f64>) {
        match field {
            RowField::Open => self.open = value,
            RowField::High => self.high = value,
            RowField::Low => self.low = value,
            RowField::Close => self.close = value,
            RowField::Volume => {
                self.volume = value;
                self.quote_volume = value.zip(self.close).map(|(volume, close)| volume * close);
            }
        }
    }
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
    /// Reads the rows of a range.
    ///
    /// # Errors
    /// A fault rejects ranges as old as this one.
    pub(crate) fn read(market: &mut SimulatedMarket, range: BarRange, faults: &[Fault]) -> Result<Self, ErrorBody> {
        let BarRange { symbol, interval, from, to, limit, trailing_row } = range;
        if faults.iter().any(|fault| matches!(fault.kind, FaultKind::OldRange { time } if to < time)) {
            let body = json!({ "message": "Internal error" });
            return Err(ErrorBody { status: StatusCode::INTERNAL_SERVER_ERROR, body });
        }
        let now = market.now();
        let injected_row = faults.iter().rev().find_map(|fault| match fault.kind {
            FaultKind::Unfinished => Some(TrailingRow::Open),
            FaultKind::OffGrid => Some(TrailingRow::Live),
            _ => None,
        });
        let is_in_range = match trailing_row {
            TrailingRow::Closed => false,
            TrailingRow::Open => (from..=to).contains(&interval.floor(now)),
            TrailingRow::Live => to >= now,
        };
        let trailing = match injected_row.or(is_in_range.then_some(trailing_row)) {
            Some(TrailingRow::Open) => market.open_bar(&symbol, interval),
            Some(TrailingRow::Live) => market.live_bar(&symbol, interval),
            Some(TrailingRow::Closed) | None => BarSlice::EMPTY,
        };
        let BarSlice { mut bars, provenance } = market.closed(&symbol, interval, from, to, limit);
        bars.extend(trailing.bars);
        // An injected row comes on top of the correct ones.
        if injected_row.is_none() {
            limit.cut(&mut bars);
        }
        let mut rows: Vec<Row> = bars.iter().map(Row::from).collect();
        row_faults::apply_row_faults(&mut rows, faults, interval, now);
        Ok(Self { rows, provenance: provenance.max(trailing.provenance) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market};

    fn range(limit: BarLimit, trailing_row: TrailingRow) -> BarRange {
        BarRange {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            from: "2023-06-01T00:00:00Z".parse().unwrap(),
            to: "2023-06-30T00:00:00Z".parse().unwrap(),
            limit,
            trailing_row,
        }
    }

    fn times(market: &mut SimulatedMarket, range: BarRange, faults: &[Fault]) -> Vec<String> {
        Page::read(market, range, faults).unwrap().rows.iter().map(|row| row.time.to_string()).collect()
    }

    #[test]
    fn the_limit_includes_the_open_bar() {
        let mut market = market();
        market.set_clock("2023-06-04T10:11:12Z".parse().unwrap()).unwrap();
        let (second, third, fourth) = ("2023-06-02T00:00:00Z", "2023-06-03T00:00:00Z", "2023-06-04T00:00:00Z");
        assert_eq!(times(&mut market, range(BarLimit::Last(2), TrailingRow::Closed), &[]), [second, third]);
        assert_eq!(times(&mut market, range(BarLimit::Last(2), TrailingRow::Open), &[]), [third, fourth]);
        assert_eq!(
            times(&mut market, range(BarLimit::Last(2), TrailingRow::Live), &[]),
            [third, "2023-06-04T10:11:12Z"]
        );
        let first = times(&mut market, range(BarLimit::First(2), TrailingRow::Open), &[]);
        assert_eq!(first, ["2023-06-01T00:00:00Z", second]);
    }

    #[test]
    fn the_open_bar_comes_only_if_the_range_reaches_it() {
        let mut market = market();
        for last in [TrailingRow::Open, TrailingRow::Live] {
            assert_eq!(Page::read(&mut market, range(BarLimit::All, last), &[]).unwrap().rows.len(), 30, "{last:?}");
        }
    }

    #[test]
    fn a_fault_adds_the_open_bar_to_any_range() {
        let mut market = market();
        market.set_clock("2023-12-03T10:11:12Z".parse().unwrap()).unwrap();
        for last in [TrailingRow::Closed, TrailingRow::Open, TrailingRow::Live] {
            let mut added = |kind| times(&mut market, range(BarLimit::All, last), &fault(kind))[30..].to_vec();
            assert_eq!(added("unfinished"), ["2023-12-03T00:00:00Z"]);
            assert_eq!(added("off_grid"), ["2023-12-03T10:11:12Z"]);
        }
    }
}
