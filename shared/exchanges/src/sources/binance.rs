//! Binance's host for market data: `GET /api/v3/klines`.
//!
//! At most 1000 rows, oldest first, of twelve items each, with times in milliseconds and numbers as strings. Item 5 is the
//! volume in the base currency and item 7 that in the quote currency. `startTime` and `endTime` are inclusive. There is no
//! market in US dollars: USDT is the proxy, which differed by up to 11 % in 2017. `api.binance.com` responds with 451 to
//! clouds in the US; this host does not.
//! Documented at
//! <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints#klinecandlestick-data>.

use super::PageRequest;
use crate::{
    error::SourceError,
    json::{self, LenientNumber},
    request::BarRequest,
};
use jiff::Timestamp;
use market_data::quality::RawRow;
use serde::{Deserialize, de::IgnoredAny};
use std::time::Duration;

pub(super) const BASE_URL: &str = "https://data-api.binance.vision";

/// Stablecoin that replaces the US dollar.
pub(super) const QUOTE_PROXY: &str = "USDT";

/// Interval for a fifth of the limit: a call weighs 2, and an address has 6,000 a minute. Requests after a 429 lead to a
/// ban (418) of two minutes to three days: <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(100);

/// Rows per call.
pub(super) const PAGE_ROWS: i64 = 1000;

/// Code of the error for too many requests.
const TOO_MANY_REQUESTS: i64 = -1003;

/// Row of a response: open time, open, high, low, close, volume, close time, quote volume, number of trades,
/// volume and quote volume of the takers, an unused item.
type Candle = (
    i64,
    LenientNumber,
    LenientNumber,
    LenientNumber,
    LenientNumber,
    LenientNumber,
    IgnoredAny,
    LenientNumber,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
);

#[derive(Deserialize)]
struct ErrorBody {
    code: i64,
    msg: String,
}

pub(super) fn page(request: &BarRequest) -> PageRequest {
    let (symbol, interval) = (&request.symbol, request.interval);
    let quote = if symbol.quote() == "USD" { QUOTE_PROXY } else { symbol.quote() };
    PageRequest {
        path: "/api/v3/klines".to_owned(),
        query: vec![
            ("symbol", format!("{}{quote}", symbol.base())),
            ("interval", interval.to_string()),
            ("startTime", request.from.as_millisecond().to_string()),
            ("endTime", (request.to.as_millisecond() - 1).to_string()),
            ("limit", PAGE_ROWS.to_string()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    if json::is_object(body) {
        let ErrorBody { code, msg: description } = json::decode(body)?;
        return Err(if code == TOO_MANY_REQUESTS {
            SourceError::Throttled { code: code.to_string(), description }
        } else {
            SourceError::Refused { code: code.to_string(), description }
        });
    }
    json::decode::<Vec<Candle>>(body)?
        .into_iter()
        .map(|(time, open, high, low, close, volume, _, LenientNumber(quote), ..)| {
            let bar = super::bar(timestamp_from_millis(time)?, [open, high, low, close, volume]);
            Ok(RawRow { bar, quote_volume: Some(quote).filter(|quote| !quote.is_nan()) })
        })
        .collect()
}

fn timestamp_from_millis(time: i64) -> Result<Timestamp, SourceError> {
    Timestamp::from_millisecond(time).map_err(|source| SourceError::Time { second: time.div_euclid(1000), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::SourceName;
    use market_data::{Bar, Interval};

    fn query(symbol: &str) -> Vec<(&'static str, String)> {
        let mut request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-01T12:00:00Z");
        request.symbol = symbol.parse().unwrap();
        let [page] = SourceName::Binance.pages(&request).unwrap().try_into().unwrap();
        assert_eq!(page.path, "/api/v3/klines");
        page.query
    }

    #[test]
    fn a_page_ends_before_the_next_bar_and_is_in_usdt() {
        let expected = [
            ("symbol", "ETHUSDT"),
            ("interval", "1h"),
            ("startTime", "1672531200000"),
            ("endTime", "1672574399999"),
            ("limit", "1000"),
        ];
        assert_eq!(query("ETH-USD"), expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(query("ETH-BTC")[0].1, "ETHBTC");
        assert_eq!(query("ETH-USDT")[0].1, "ETHUSDT");
    }

    #[test]
    fn a_long_range_is_split_at_1000_rows() {
        let request = BarRequest::for_test(Interval::Hour, "2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z");
        assert_eq!(SourceName::Binance.pages(&request).unwrap().len(), 9);
    }

    #[test]
    fn rows_have_both_volumes() {
        let rows = rows(include_bytes!("../../testdata/binance_1d.json")).unwrap();
        let time = "2023-01-01T00:00:00Z".parse().unwrap();
        let (open, high, low, close, volume) = (1196.13, 1203.91, 1191.84, 1200.34, 176_543.21);
        let bar = Bar { time, open, high, low, close, volume };
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], RawRow { bar, quote_volume: Some(211_465_876.5) });
        assert!(rows[1].bar.low.is_nan() && rows[1].quote_volume.is_none(), "nulls are no numbers");
    }

    #[test]
    fn an_error_object_is_an_error_and_a_limit_throttling() {
        let error = rows(br#"{"code":-1121,"msg":"Invalid symbol."}"#).unwrap_err();
        assert_eq!(error.to_string(), "refused: -1121: Invalid symbol.");
        let error = rows(br#"{"code":-1003,"msg":"Too much request weight used."}"#).unwrap_err();
        assert!(matches!(error, SourceError::Throttled { .. }), "{error}");
    }

    #[test]
    fn a_time_out_of_range_is_an_error() {
        let row = br#"[[9223372036854775807,"1","1","1","1","1",0,"1",0,"0","0","0"]]"#;
        assert!(matches!(rows(row), Err(SourceError::Time { .. })));
    }
}
