//! Kraken: `GET /0/public/OHLC`.
//!
//! At most the 720 latest rows, oldest first, each `[time, "open", "high", "low", "close", "vwap", "volume", trades]`;
//! the last one is the bar that is still open. `since` filters them, and whether it counts itself is not documented, so
//! one bar more is asked for. The rows stand under Kraken's own name of the pair (`XXBTZUSD`) beside `last`. Bitcoin is
//! XBT and Dogecoin XDG. Errors come in a list with HTTP 200; an entry that begins with W is a warning.
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

/// Public calls are limited by address and pair, about one a second:
/// <https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// How many rows there are, the open one among them.
pub(super) const PAGE_ROWS: i64 = 720;

/// What Kraken says when it is asked too often or has too much to do. Every other error stays: the same question gets
/// the same answer, and a `Temporary lockout` lasts a quarter of an hour.
const THROTTLE_CODES: [&str; 5] = [
    "EGeneral:Too many requests",
    "EAPI:Rate limit exceeded",
    "EService:Unavailable",
    "EService:Busy",
    "EService:Throttled",
];

/// One candle as it is sent: time, open, high, low, close, volume-weighted mean, volume, number of trades.
type Candle = (i64, LenientNumber, LenientNumber, LenientNumber, LenientNumber, IgnoredAny, LenientNumber, IgnoredAny);

#[derive(Deserialize)]
struct ResponseBody {
    #[serde(default)]
    error: Vec<String>,
    result: Option<Pairs>,
}

/// The rows of each pair in the answer.
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

/// Of 720 rows the last one is open; so one closed bar less is sure to be there.
pub(super) fn retention_start(interval: Interval, clock: Timestamp) -> Timestamp {
    interval.step(interval.floor(clock), 1 - PAGE_ROWS)
}

pub(super) fn page(wanted: &BarRequest) -> PageRequest {
    let (symbol, interval) = (&wanted.symbol, wanted.interval);
    PageRequest {
        path: "/0/public/OHLC".to_owned(),
        query: vec![
            ("pair", format!("{}{}", name(symbol.base()), name(symbol.quote()))),
            ("interval", (interval.seconds() / 60).to_string()),
            ("since", interval.step(wanted.from, -1).as_second().to_string()),
        ],
    }
}

/// A currency as Kraken calls it.
fn name(currency: &str) -> &str {
    match currency {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let answer = json::decode::<ResponseBody>(body)?;
    if let Some(error) = answer.error.into_iter().find(|entry| !entry.starts_with('W')) {
        return Err(error_from_body(&error));
    }
    let pairs = answer.result.map(|Pairs(pairs)| pairs).unwrap_or_default();
    let Ok([candles]) = <[Vec<Candle>; 1]>::try_from(pairs) else {
        return Err(SourceError::shape("rows of one pair in result"));
    };
    candles
        .into_iter()
        .map(|(time, open, high, low, close, _, volume, _)| {
            Ok(super::bar(super::second(time)?, [open, high, low, close, volume]).into())
        })
        .collect()
}

/// `EQuery:Unknown asset pair` has a code and a description.
fn error_from_body(error: &str) -> SourceError {
    let (code, description) = error.split_once(':').unwrap_or((error, ""));
    let (code, description) = (code.to_owned(), description.to_owned());
    if THROTTLE_CODES.iter().any(|busy| error.starts_with(busy)) {
        SourceError::Throttled { code, description }
    } else {
        SourceError::Refused { code, description }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SourceName;
    use market_data::Bar;

    #[test]
    fn one_page_asks_for_everything_since_the_bar_before_the_first() {
        let mut wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-30T23:00:00Z");
        wanted.symbol = "BTC-EUR".parse().unwrap();
        let [page] = SourceName::Kraken.pages(&wanted).unwrap().try_into().unwrap();
        assert_eq!(page.path, "/0/public/OHLC");
        let query = [("pair", "XBTEUR"), ("interval", "60"), ("since", "1672527600")];
        assert_eq!(page.query, query.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn only_the_latest_720_rows_are_kept_and_the_last_one_is_open() {
        let mut wanted = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        wanted.wall_clock = "2024-12-20T12:00:00Z".parse().unwrap();
        assert!(SourceName::Kraken.pages(&wanted).is_ok(), "719 days before");
        wanted.wall_clock = "2024-12-21T00:00:00Z".parse().unwrap();
        match SourceName::Kraken.pages(&wanted) {
            Err(SourceError::OutOfRetention { oldest }) => assert_eq!(oldest.to_string(), "2023-01-02T00:00:00Z"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_are_strings_under_any_name_of_the_pair_beside_last() {
        let rows = rows(include_bytes!("../../testdata/kraken_1h_unfinished_last_row.json")).unwrap();
        assert_eq!(rows.len(), 3);
        let time = "2023-01-01T00:00:00Z".parse().unwrap();
        let (open, high, low, close, volume) = (1196.13, 1201.0, 1195.5, 1200.05, 412.508_25);
        assert_eq!(rows[0], RawRow::from(Bar { time, open, high, low, close, volume }));
        assert_eq!(rows[2].bar.time.to_string(), "2023-01-01T02:00:00Z");
    }

    #[test]
    fn a_warning_is_no_error_and_a_limit_is_no_refusal() {
        let error = |body: &str| rows(body.as_bytes()).unwrap_err();
        for busy in ["EGeneral:Too many requests", "EAPI:Rate limit exceeded", "EService:Unavailable"] {
            let said = error(&format!(r#"{{"error":["{busy}"]}}"#));
            assert!(matches!(said, SourceError::Throttled { .. }), "{said}");
        }
        let said = error(r#"{"error":["WGeneral:slow","EQuery:Unknown asset pair"]}"#);
        assert_eq!(said.to_string(), "refused: EQuery: Unknown asset pair");
        let warned = rows(br#"{"error":["WGeneral:slow"],"result":{"XETHZUSD":[],"last":1672531200}}"#);
        assert_eq!(warned.unwrap(), []);
    }

    #[test]
    fn an_answer_without_a_pair_or_with_two_is_refused() {
        for body in [r#"{"error":[]}"#, r#"{"error":[],"result":{"last":1}}"#, r#"{"result":{"A":[],"B":[]}}"#] {
            assert!(matches!(rows(body.as_bytes()), Err(SourceError::UnexpectedShape { .. })), "{body}");
        }
    }
}
