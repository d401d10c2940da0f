//! Coinbase Exchange: `GET /products/{symbol}/candles`.
//!
//! At most 300 rows per call, newest first, each `[time, low, high, open, close, volume]`; `start` and `end` only work
//! together and both are inclusive. Bars without trades are left out, rows before `start` may come along, and the last
//! one may be unfinished.
//! Documented at <https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles>.

use super::PageRequest;
use crate::{
    decimal::{self, Decimal},
    error::SourceError,
    json::{self, LenientNumber},
    request::BarRequest,
};
use market_data::quality::RawRow;
use std::time::Duration;

pub(super) const BASE_URL: &str = "https://api.exchange.coinbase.com";

/// The public limit is 10 requests a second for each address; this is 9.
/// See <https://docs.cdp.coinbase.com/exchange/rest-api/rate-limits>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(110);

/// Rows per call; more are refused.
pub(super) const PAGE_ROWS: i64 = 300;

/// One candle as it is sent: time, low, high, open, close, volume.
type Candle = (i64, LenientNumber, LenientNumber, LenientNumber, LenientNumber, LenientNumber);

pub(super) fn page(wanted: &BarRequest) -> PageRequest {
    let interval = wanted.interval;
    PageRequest {
        path: format!("/products/{}/candles", wanted.symbol),
        query: vec![
            ("granularity", interval.seconds().to_string()),
            ("start", wanted.from.to_string()),
            ("end", interval.step(wanted.to, -1).to_string()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let plain = |[time, low, high, open, close, volume]: [Decimal; 6]| {
        row(time.to_integer()?, [open, high, low, close, volume].map(|number| LenientNumber(number.value()))).ok()
    };
    let mut rows = match decimal::rows(body, plain) {
        Some(rows) => rows,
        None => json::decode::<Vec<Candle>>(body)?
            .into_iter()
            .map(|(time, low, high, open, close, volume)| row(time, [open, high, low, close, volume]))
            .collect::<Result<_, _>>()?,
    };
    // Ascending pages are ordered in one pass.
    rows.reverse();
    Ok(rows)
}

fn row(time: i64, columns: [LenientNumber; 5]) -> Result<RawRow, SourceError> {
    Ok(super::bar(super::second(time)?, columns).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SourceName;
    use market_data::{Bar, Interval};

    #[test]
    fn a_range_is_cut_into_full_pages_with_inclusive_ends() {
        let wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-27T00:00:00Z");
        let pages = SourceName::Coinbase.pages(&wanted).unwrap();
        let range = |page: &PageRequest| (page.query[1].1.clone(), page.query[2].1.clone());
        assert_eq!(pages[0].path, "/products/ETH-USD/candles");
        assert_eq!(pages[0].query[0], ("granularity", "3600".to_owned()));
        assert_eq!(
            pages.iter().map(range).collect::<Vec<_>>(),
            [
                ("2023-01-01T00:00:00Z".to_owned(), "2023-01-13T11:00:00Z".to_owned()),
                ("2023-01-13T12:00:00Z".to_owned(), "2023-01-25T23:00:00Z".to_owned()),
                ("2023-01-26T00:00:00Z".to_owned(), "2023-01-26T23:00:00Z".to_owned()),
            ]
        );
    }

    #[test]
    fn columns_are_time_low_high_open_close_volume_and_the_newest_row_comes_first() {
        let rows = rows(include_bytes!("../../testdata/coinbase_1d_unfinished_first_row.json")).unwrap();
        let bar = |time: &str, [low, high, open, close, volume]: [f64; 5]| Bar {
            time: time.parse().unwrap(),
            open,
            high,
            low,
            close,
            volume,
        };
        assert_eq!(
            rows,
            [
                bar("2023-01-01T00:00:00Z", [1188.36, 1206.0, 1196.13, 1200.05, 98_765.432_1]),
                bar("2023-01-02T00:00:00Z", [1190.1, 1225.0, 1200.05, 1214.2, 130_000.5]),
                bar("2023-01-03T00:00:00Z", [1213.9, 1219.05, 1214.2, 1216.71, 40_211.5]),
            ]
            .map(RawRow::from)
        );
    }

    #[test]
    fn an_error_object_instead_of_rows_is_an_error() {
        assert!(matches!(rows(br#"{"message":"NotFound"}"#), Err(SourceError::Json { .. })));
    }
}
