//! Kraken: `GET /0/public/OHLC`.
//!
//! The latest 720 rows, oldest first, each `[time, "open", "high", "low", "close", "vwap", "volume", trades]`. The last
//! row is the open bar. `since` selects later rows; it is not documented if it is inclusive, so one more bar is requested.
//! The rows are under Kraken's internal name of the pair (`XXBTZUSD`), beside `last`. Bitcoin is XBT, Dogecoin is XDG.
//! Errors are a list with HTTP 200; an entry that begins with W is a warning.
//! Documented at <https://docs.kraken.com/api-reference/market-data/get-ohlc-data>, errors at
//! <https://docs.kraken.com/exchange/guides/general/errors>.

use super::PageRequest;
use crate::{
    error::SourceError,
    json::{self, LenientNumber},
    request::BarRequest,
};
use jiff::Timestamp;
use market_data::{Interval, quality::RawRow};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use std::{fmt, time::Duration};

pub(super) const BASE_URL: &str = "https://api.kraken.com";

/// Limit of public calls by address and pair, about one a second:
/// <https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// Rows of a response, the open bar included.
pub(super) const PAGE_ROWS: i64 = 720;

/// Errors of rate limits and overload. All other errors are permanent; a `Temporary lockout` lasts 15 minutes.
const THROTTLE_CODES: [&str; 5] = [
    "EGeneral:Too many requests",
    "EAPI:Rate limit exceeded",
    "EService:Unavailable",
    "EService:Busy",
    "EService:Throttled",
];

/// Row of a response: time, open, high, low, close, volume-weighted mean, volume, number of trades.
type Candle = (i64, LenientNumber, LenientNumber, LenientNumber, LenientNumber, IgnoredAny, LenientNumber, IgnoredAny);

#[derive(Deserialize)]
struct ResponseBody {
    #[serde(default)]
    error: Vec<String>,
    result: Option<Pairs>,
}

/// Rows of each pair of a response.
struct Pairs(Vec<Vec<Candle>>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows under the name of a pair, beside `last`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == "last" {
                map.next_value::<IgnoredAny>()?;
            } else {
                pairs.push(map.next_value()?);
            }
        }
        Ok(Pairs(pairs))
    }
}

/// Open time of the oldest closed bar: one of the 720 rows is the open bar.
pub(super) fn retention_start(interval: Interval, clock: Timestamp) -> Timestamp {
    interval.step(interval.floor(clock), 1 - PAGE_ROWS)
}

pub(super) fn page(request: &BarRequest) -> PageRequest {
    let (symbol, interval) = (&request.symbol, request.interval);
    PageRequest {
        path: "/0/public/OHLC".to_owned(),
        query: vec![
            ("pair", format!("{}{}", name(symbol.base()), name(symbol.quote()))),
            ("interval", (interval.seconds() / 60).to_string()),
            ("since", interval.step(request.from, -1).as_second().to_string()),
        ],
    }
}

/// Kraken's name of a currency.
fn name(currency: &str) -> &str {
    match currency {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let body = json::decode::<ResponseBody>(body)?;
    if let Some(error) = body.error.into_iter().find(|entry| !entry.starts_with('W')) {
        return Err(error_from_body(&error));
    }
    let pairs = body.result.map(|Pairs(pairs)| pairs).unwrap_or_default();
    let Ok([candles]) = <[Vec<Candle>; 1]>::try_from(pairs) else {
        return Err(SourceError::unexpected_shape("rows of one pair in result"));
    };
    candles
        .into_iter()
        .map(|(time, open, high, low, close, _, volume, _)| {
            Ok(super::bar(super::timestamp(time)?, [open, high, low, close, volume]).into())
        })
        .collect()
}

/// Error from a code and a description, such as `EQuery:Unknown asset pair`.
fn error_from_body(error: &str) -> SourceError {
    let (code, description) = error.split_once(':').unwrap_or((error, ""));
    let (code, description) = (code.to_owned(), description.to_owned());
    if THROTTLE_CODES.iter().any(|code| error.starts_with(code)) {
        SourceError::Throttled { code, description }
    } else {
        SourceError::Refused { code, description }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::SourceName;
    use market_data::Bar;

    #[test]
    fn one_page_starts_at_the_bar_before_the_range() {
        let mut request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-30T23:00:00Z");
        request.symbol = "BTC-EUR".parse().unwrap();
        let [page] = SourceName::Kraken.pages(&request).unwrap().try_into().unwrap();
        assert_eq!(page.path, "/0/public/OHLC");
        let query = [("pair", "XBTEUR"), ("interval", "60"), ("since", "1672527600")];
        assert_eq!(page.query, query.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn the_retention_is_719_closed_bars() {
        let mut request = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        request.wall_clock = "2024-12-20T12:00:00Z".parse().unwrap();
        assert!(SourceName::Kraken.pages(&request).is_ok(), "719 days before");
        request.wall_clock = "2024-12-21T00:00:00Z".parse().unwrap();
        match SourceName::Kraken.pages(&request) {
            Err(SourceError::OutOfRetention { retention_start }) => {
                assert_eq!(retention_start.to_string(), "2023-01-02T00:00:00Z");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_are_found_under_any_name_of_the_pair() {
        let rows = rows(include_bytes!("../../testdata/kraken_1h_unfinished_last_row.json")).unwrap();
        assert_eq!(rows.len(), 3);
        let time = "2023-01-01T00:00:00Z".parse().unwrap();
        let (open, high, low, close, volume) = (1196.13, 1201.0, 1195.5, 1200.05, 412.508_25);
        assert_eq!(rows[0], RawRow::from(Bar { time, open, high, low, close, volume }));
        assert_eq!(rows[2].bar.time.to_string(), "2023-01-01T02:00:00Z");
    }

    #[test]
    fn warnings_are_ignored_and_rate_limits_are_throttling() {
        let error = |body: &str| rows(body.as_bytes()).unwrap_err();
        for code in ["EGeneral:Too many requests", "EAPI:Rate limit exceeded", "EService:Unavailable"] {
            let parsed = error(&format!(r#"{{"error":["{code}"]}}"#));
            assert!(matches!(parsed, SourceError::Throttled { .. }), "{parsed}");
        }
        let parsed = error(r#"{"error":["WGeneral:slow","EQuery:Unknown asset pair"]}"#);
        assert_eq!(parsed.to_string(), "refused: EQuery: Unknown asset pair");
        let with_warning = rows(br#"{"error":["WGeneral:slow"],"result":{"XETHZUSD":[],"last":1672531200}}"#);
        assert_eq!(with_warning.unwrap(), []);
    }

    #[test]
    fn a_response_needs_exactly_one_pair() {
        for body in [r#"{"error":[]}"#, r#"{"error":[],"result":{"last":1}}"#, r#"{"result":{"A":[],"B":[]}}"#] {
            assert!(matches!(rows(body.as_bytes()), Err(SourceError::UnexpectedShape { .. })), "{body}");
        }
    }
}
