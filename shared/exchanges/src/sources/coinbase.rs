//! Coinbase Exchange: `GET /products/{symbol}/candles`.
//!
//! At most 300 rows per call, newest first, each `[time, low, high, open, close, volume]`. `start` and `end` are
//! inclusive and only work together. Bars without trades are absent, rows before `start` are possible, and the newest
//! row may be unfinished.
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

/// Interval for 9 requests a second; the public limit is 10 a second for each address.
/// See <https://docs.cdp.coinbase.com/exchange/rest-api/rate-limits>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(110);

/// Rows per call; requests for more are rejected.
pub(super) const PAGE_ROWS: i64 = 300;

/// Row of a response: time, low, high, open, close, volume.
type Candle = (i64, LenientNumber, LenientNumber, LenientNumber, LenientNumber, LenientNumber);

pub(super) fn page(request: &BarRequest) -> PageRequest {
    let interval = request.interval;
    PageRequest {
        path: format!("/products/{}/candles", request.symbol),
        query: vec![
            ("granularity", interval.seconds().to_string()),
            ("start", request.from.to_string()),
            ("end", interval.step(request.to, -1).to_string()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let decimal_row = |[time, low, high, open, close, volume]: [Decimal; 6]| {
        row(time.to_integer()?, [open, high, low, close, volume].map(|number| LenientNumber(number.value()))).ok()
    };
    let mut rows = match decimal::rows(body, decimal_row) {
        Some(rows) => rows,
        None => json::decode::<Vec<Candle>>(body)?
            .into_iter()
            .map(|(time, low, high, open, close, volume)| row(time, [open, high, low, close, volume]))
            .collect::<Result<_, _>>()?,
    };
    // Validation sorts ascending rows in one pass.
    rows.reverse();
    Ok(rows)
}

fn row(time: i64, columns: [LenientNumber; 5]) -> Result<RawRow, SourceError> {
    Ok(super::bar(super::timestamp(time)?, columns).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::SourceName;
    use market_data::{Bar, Interval};

    #[test]
    fn a_range_is_split_into_full_pages_with_inclusive_ends() {
        let request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-27T00:00:00Z");
        let pages = SourceName::Coinbase.pages(&request).unwrap();
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
    fn rows_are_read_from_the_column_order_of_coinbase() {
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
