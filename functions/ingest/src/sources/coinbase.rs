//! Coinbase Exchange: `GET /products/{symbol}/candles`.
//!
//! At most 300 rows per call, newest first, each `[time, low, high, open, close, volume]`; `start` and `end` only work
//! together and both are inclusive. Bars without trades are left out, and the last one may be unfinished.
//! Documented at <https://docs.cdp.coinbase.com/api-reference/exchange-api/rest-api/products/get-product-candles>.

use super::PageRequest;
use crate::{error::SourceError, json, wanted::Wanted};
use domain::Bar;
use jiff::Timestamp;
use std::time::Duration;

pub(crate) const BASE_URL: &str = "https://api.exchange.coinbase.com";

/// The public limit is 10 requests a second for each address; this stays below it.
pub(crate) const PACE: Duration = Duration::from_millis(125);

/// Rows per call; more are refused.
const PAGE: i64 = 300;

/// One candle as it is sent: time, low, high, open, close, volume.
#[derive(serde::Deserialize)]
struct Candle(i64, f64, f64, f64, f64, f64);

pub(crate) fn pages(wanted: &Wanted) -> Vec<PageRequest> {
    let interval = wanted.interval;
    let mut pages = Vec::new();
    let mut start = wanted.from;
    while start < wanted.to {
        let next = interval.step(start, PAGE).min(wanted.to);
        pages.push(PageRequest {
            path: format!("/products/{}/candles", wanted.symbol),
            query: vec![
                ("granularity", interval.seconds().to_string()),
                ("start", start.to_string()),
                ("end", interval.step(next, -1).to_string()),
            ],
        });
        start = next;
    }
    pages
}

pub(crate) fn rows(body: &[u8]) -> Result<Vec<Bar>, SourceError> {
    json::decode::<Vec<Candle>>(body)?
        .into_iter()
        .map(|Candle(time, low, high, open, close, volume)| {
            let time = Timestamp::from_second(time).map_err(|source| SourceError::Time { second: time, source })?;
            Ok(Bar { time, open, high, low, close, volume })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Interval;

    #[test]
    fn a_range_is_cut_into_full_pages_that_do_not_overlap() {
        let wanted = Wanted::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-27T00:00:00Z");
        let pages = pages(&wanted);
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
    fn columns_are_time_low_high_open_close_volume_and_the_newest_row_may_be_unfinished() {
        let rows = rows(include_bytes!("../../testdata/coinbase_1d_unfinished_first_row.json")).unwrap();
        let wanted = Wanted::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-04T00:00:00Z");
        let bars = crate::batch::check(rows, &wanted, "2023-01-03T11:00:00Z".parse().unwrap()).unwrap();
        let bar = |time: &str, [low, high, open, close, volume]: [f64; 5]| Bar {
            time: time.parse().unwrap(),
            open,
            high,
            low,
            close,
            volume,
        };
        assert_eq!(
            bars,
            [
                bar("2023-01-01T00:00:00Z", [1188.36, 1206.0, 1196.13, 1200.05, 98_765.432_1]),
                bar("2023-01-02T00:00:00Z", [1190.1, 1225.0, 1200.05, 1214.2, 130_000.5]),
            ]
        );
    }

    #[test]
    fn an_error_object_instead_of_rows_is_an_error() {
        assert!(matches!(rows(br#"{"message":"NotFound"}"#), Err(SourceError::Json { .. })));
    }
}
