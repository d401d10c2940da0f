//! Bitstamp: `GET /api/v2/ohlc/{pair}/`.
//!
//! At most 1000 rows, oldest first, each an object of strings. Where `start` and `end` are both given it is `end` that
//! counts, with `limit` rows before it; so a page asks for exactly as many rows as it has bars, and ends just before
//! the next bar, which is the same whether `end` counts itself or not. `exclude_current_candle` leaves out the open
//! bar. Errors come as an object in several shapes, with or without an HTTP error status.
//! Documented at <https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData>.

use super::PageRequest;
use crate::{
    error::SourceError,
    json::{self, LenientInteger, LenientNumber},
    request::BarRequest,
};
use market_data::quality::RawRow;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

pub(super) const BASE_URL: &str = "https://www.bitstamp.net";

/// 6,000 requests in ten minutes. Published are 400 a second with 10,000 in ten minutes, and before that 8,000 in ten
/// minutes on pain of a ban: <https://www.bitstamp.net/api/#section/What-is-API>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(100);

/// Rows per call.
pub(super) const PAGE_ROWS: i64 = 1000;

/// Codes of limits that were exceeded: of requests, of the client, of the market.
const THROTTLE_CODES: [&str; 3] = ["400.002", "400.067", "400.068"];

#[derive(Deserialize)]
struct ResponseBody {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    ohlc: Vec<Candle>,
}

#[derive(Deserialize)]
struct Candle {
    timestamp: LenientInteger,
    open: LenientNumber,
    high: LenientNumber,
    low: LenientNumber,
    close: LenientNumber,
    volume: LenientNumber,
}

pub(super) fn page(wanted: &BarRequest) -> PageRequest {
    let step = wanted.interval.seconds();
    let (start, end) = (wanted.from.as_second(), wanted.to.as_second());
    let pair = format!("{}{}", wanted.symbol.base(), wanted.symbol.quote()).to_ascii_lowercase();
    PageRequest {
        path: format!("/api/v2/ohlc/{pair}/"),
        query: vec![
            ("step", step.to_string()),
            ("limit", ((end - start) / step).to_string()),
            ("start", start.to_string()),
            ("end", (end - 1).to_string()),
            ("exclude_current_candle", "true".to_owned()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let Some(Data { ohlc }) = json::decode::<ResponseBody>(body)?.data else {
        return Err(error_from_body(&json::decode(body)?));
    };
    ohlc.into_iter()
        .map(|Candle { timestamp: LenientInteger(time), open, high, low, close, volume }| {
            Ok(super::bar(super::second(time)?, [open, high, low, close, volume]).into())
        })
        .collect()
}

/// What an answer without data says, under whichever names.
fn error_from_body(object: &Map<String, Value>) -> SourceError {
    let said = |names: &[&str]| names.iter().find_map(|name| object.get(*name)).map(text);
    let code = said(&["response_code", "code", "status"]);
    let description = said(&["reason", "response_explanation", "message", "errors", "error"]);
    if code.is_none() && description.is_none() {
        return SourceError::shape("data.ohlc");
    }
    let (code, description) = (code.unwrap_or_else(|| "error".to_owned()), description.unwrap_or_default());
    if THROTTLE_CODES.contains(&code.as_str()) {
        SourceError::Throttled { code, description }
    } else {
        SourceError::Refused { code, description }
    }
}

/// A string as it is, anything else as JSON, both in one short line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => json::excerpt(text.as_bytes()),
        other => json::excerpt(other.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SourceName;
    use market_data::{Bar, Interval};

    #[test]
    fn pages_have_as_many_rows_as_bars_and_end_just_before_the_next_one() {
        let wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-02-12T00:00:00Z");
        let [first, second] = SourceName::Bitstamp.pages(&wanted).unwrap().try_into().unwrap();
        assert_eq!(first.path, "/api/v2/ohlc/ethusd/");
        let query = |limit: &str, start: &str, end: &str| {
            let pairs = [
                ("step", "3600"),
                ("limit", limit),
                ("start", start),
                ("end", end),
                ("exclude_current_candle", "true"),
            ];
            pairs.map(|(name, value)| (name, value.to_owned()))
        };
        assert_eq!(first.query, query("1000", "1672531200", "1676131199"));
        assert_eq!(second.query, query("8", "1676131200", "1676159999"));
    }

    #[test]
    fn rows_are_objects_of_strings() {
        let rows = rows(include_bytes!("../../testdata/bitstamp_1d.json")).unwrap();
        let time = "2023-01-01T00:00:00Z".parse().unwrap();
        let (open, high, low, close, volume) = (1196.1, 1205.9, 1188.4, 1200.1, 1_234.567_890_12);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], RawRow::from(Bar { time, open, high, low, close, volume }));
    }

    #[test]
    fn errors_are_told_in_each_of_their_shapes() {
        for (body, said) in [
            (r#"{"status":"error","reason":"Invalid pair","code":"API0001"}"#, "refused: API0001: Invalid pair"),
            (r#"{"code":"invalid","errors":[{"field":"step"}]}"#, r#"refused: invalid: [{"field":"step"}]"#),
            (r#"{"error":"Not found"}"#, "refused: error: Not found"),
            (r#"{"status":"error","reason":{"__all__":["no"]}}"#, r#"refused: error: {"__all__":["no"]}"#),
            (r#"{"response_code":"400.002","response_explanation":"Too often"}"#, "is busy: 400.002: Too often"),
            (r#"{"code":"400.002","message":"no","errors":[]}"#, "is busy: 400.002: no"),
            ("{}", "expected data.ohlc"),
        ] {
            let error = rows(body.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(said), "{body}: {error}");
        }
    }
}
