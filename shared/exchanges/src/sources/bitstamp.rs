//! Bitstamp: `GET /api/v2/ohlc/{pair}/`.
//!
//! At most 1000 rows, oldest first, each an object of strings. If both `start` and `end` are given, the `limit` rows up to
//! `end` are sent. A page therefore requests exactly as many rows as it has bars. It ends just before the next bar, so
//! that it does not matter if `end` is inclusive. `exclude_current_candle` omits the open bar. Errors are an object in
//! several shapes, with or without an HTTP error status.
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

/// Interval for 6,000 requests in ten minutes. The published limits are 400 a second and 10,000 in ten minutes; earlier
/// 8,000 in ten minutes led to a ban: <https://www.bitstamp.net/api/#section/What-is-API>.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_millis(100);

/// Rows per call.
pub(super) const PAGE_ROWS: i64 = 1000;

/// Codes of exceeded limits: of requests, of the client, of the market.
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

pub(super) fn page(request: &BarRequest) -> PageRequest {
    let step = request.interval.seconds();
    let (start, end) = (request.from.as_second(), request.to.as_second());
    let pair = format!("{}{}", request.symbol.base(), request.symbol.quote()).to_ascii_lowercase();
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
            Ok(super::bar(super::timestamp(time)?, [open, high, low, close, volume]).into())
        })
        .collect()
}

/// Error from a response without data, in any of its shapes.
fn error_from_body(object: &Map<String, Value>) -> SourceError {
    let field = |names: &[&str]| names.iter().find_map(|name| object.get(*name)).map(text);
    let code = field(&["response_code", "code", "status"]);
    let description = field(&["reason", "response_explanation", "message", "errors", "error"]);
    if code.is_none() && description.is_none() {
        return SourceError::unexpected_shape("data.ohlc");
    }
    let (code, description) = (code.unwrap_or_else(|| "error".to_owned()), description.unwrap_or_default());
    if THROTTLE_CODES.contains(&code.as_str()) {
        SourceError::Throttled { code, description }
    } else {
        SourceError::Refused { code, description }
    }
}

/// String as it is, or another value as JSON, in one short line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => json::excerpt(text.as_bytes()),
        other => json::excerpt(other.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::SourceName;
    use market_data::{Bar, Interval};

    #[test]
    fn pages_request_exactly_their_bars() {
        let request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-02-12T00:00:00Z");
        let [first, second] = SourceName::Bitstamp.pages(&request).unwrap().try_into().unwrap();
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
    fn errors_are_parsed_in_all_shapes() {
        for (body, expected) in [
            (r#"{"status":"error","reason":"Invalid pair","code":"API0001"}"#, "refused: API0001: Invalid pair"),
            (r#"{"code":"invalid","errors":[{"field":"step"}]}"#, r#"refused: invalid: [{"field":"step"}]"#),
            (r#"{"error":"Not found"}"#, "refused: error: Not found"),
            (r#"{"status":"error","reason":{"__all__":["no"]}}"#, r#"refused: error: {"__all__":["no"]}"#),
            (r#"{"response_code":"400.002","response_explanation":"Too often"}"#, "is busy: 400.002: Too often"),
            (r#"{"code":"400.002","message":"no","errors":[]}"#, "is busy: 400.002: no"),
            ("{}", "expected data.ohlc"),
        ] {
            let error = rows(body.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{body}: {error}");
        }
    }
}
