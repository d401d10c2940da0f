//! Bitstamp: `GET /api/v2/ohlc/{pair}/?step&limit&start&end&exclude_current_candle`, oldest first, 1000 rows at most,
//! all values as text. <https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData>

use super::send;
use crate::{
    bar_series::BarLimit,
    body::{ErrorBody, ResponseBody, Text},
    fault::Fault,
    market::SimulatedMarket,
    page::{BarRange, Page, Row, TrailingRow},
    source::Source,
    state::SharedState,
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use jiff::Timestamp;
use market_data::{Interval, Symbol};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most rows of one response.
const MAX_PAGE_ROWS: i64 = 1000;

/// Bar lengths that the exchange knows, in seconds.
const STEPS: [&str; 12] =
    ["60", "180", "300", "900", "1800", "3600", "7200", "14400", "21600", "43200", "86400", "259200"];

#[derive(Debug, Default, Deserialize)]
struct QueryParameters {
    step: Option<String>,
    limit: Option<String>,
    start: Option<String>,
    end: Option<String>,
    exclude_current_candle: Option<String>,
}

#[derive(Serialize)]
struct Envelope {
    data: Data,
}

#[derive(Serialize)]
struct Data {
    ohlc: Vec<Candle>,
    /// `ETH/USD`.
    pair: String,
}

#[derive(Serialize)]
struct Candle {
    close: Text,
    high: Text,
    low: Text,
    open: Text,
    timestamp: String,
    volume: Text,
}

impl From<&Row> for Candle {
    fn from(row: &Row) -> Self {
        Self {
            close: Text(row.close),
            high: Text(row.high),
            low: Text(row.low),
            open: Text(row.open),
            timestamp: row.time.as_second().to_string(),
            volume: Text(row.volume),
        }
    }
}

pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/api/v2/ohlc/{pair}/", get(ohlc))
}

async fn ohlc(
    State(state): State<SharedState>,
    Path(pair): Path<String>,
    Query(parameters): Query<QueryParameters>,
) -> Response {
    send(&state, Source::Bitstamp, |market, faults| build_body(market, faults, &pair, &parameters)).await
}

fn build_body(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    pair: &str,
    parameters: &QueryParameters,
) -> Result<ResponseBody, ErrorBody> {
    let has_name = |listed: &Symbol| format!("{}{}", listed.base(), listed.quote()).to_ascii_lowercase() == pair;
    let Some(symbol) = market.find(has_name) else {
        return Err(error_body(StatusCode::NOT_FOUND, "404.002", "Currency pair not found."));
    };
    let pair = format!("{}/{}", symbol.base(), symbol.quote());
    let step = parameters.step.as_deref().ok_or_else(|| missing("step"))?;
    let limit = parameters.limit.as_deref().ok_or_else(|| missing("limit"))?;
    let rows = limit
        .parse::<i64>()
        .ok()
        .filter(|rows| (1..=MAX_PAGE_ROWS).contains(rows))
        .ok_or_else(|| malformed("limit"))?;
    let start = parameters.start.as_deref().map(|text| time("start", text)).transpose()?;
    let end = parameters.end.as_deref().map(|text| time("end", text)).transpose()?;
    let interval = match step {
        "3600" => Interval::Hour,
        "86400" => Interval::Day,
        // A length that the exchange knows and the market does not have.
        other if STEPS.contains(&other) => {
            return Ok(ResponseBody::without_bars(&Envelope { data: Data { ohlc: Vec::new(), pair } }));
        }
        _ => return Err(malformed("step")),
    };
    let excluded = matches!(parameters.exclude_current_candle.as_deref(), Some("true" | "True" | "1"));
    let latest = if excluded { interval.last_closed(market.now()) } else { interval.floor(market.now()) };
    // The exchange prints bars without trades, so that a number of rows is a length of time.
    let (from, to) = match (start, end) {
        (Some(start), None) => {
            let first = if interval.is_aligned(start) { start } else { interval.step(interval.floor(start), 1) };
            (first, interval.step(first, rows - 1))
        }
        // With both ends only `end` counts: rows before `start` are sent as well.
        (_, end) => {
            let last = end.map_or(latest, |end| interval.floor(end).min(latest));
            (interval.step(last, 1 - rows), last)
        }
    };
    let trailing_row = if excluded { TrailingRow::Closed } else { TrailingRow::Open };
    let range = BarRange { symbol, interval, from, to, limit: BarLimit::All, trailing_row };
    let Page { rows, provenance } = Page::read(market, range, faults)?;
    let ohlc = rows.iter().map(Candle::from).collect();
    Ok(ResponseBody::new(&Envelope { data: Data { ohlc, pair } }, provenance))
}

fn time(name: &str, text: &str) -> Result<Timestamp, ErrorBody> {
    let second = text.parse::<i64>().ok();
    second.and_then(|second| Timestamp::from_second(second).ok()).ok_or_else(|| malformed(name))
}

fn missing(name: &str) -> ErrorBody {
    error_body(StatusCode::BAD_REQUEST, "400.004", &format!("Parameter(s) is missing from request: {name}."))
}

fn malformed(name: &str) -> ErrorBody {
    let code = if name == "limit" { "400.011" } else { "400.007" };
    error_body(StatusCode::BAD_REQUEST, code, &format!("Parameter(s) is malformed: {name}."))
}

fn error_body(status: StatusCode, code: &str, reason: &str) -> ErrorBody {
    ErrorBody { status, body: json!({ "status": "error", "reason": reason, "response_code": code }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market, number, parsed};
    use serde_json::Value;

    /// The query as a client would write it.
    fn parameters(query: &str) -> QueryParameters {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let object: serde_json::Map<String, Value> =
            pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        serde_json::from_value(object.into()).unwrap()
    }

    fn request(market: &mut SimulatedMarket, pair: &str, query: &str) -> Result<Value, ErrorBody> {
        build_body(market, &[], pair, &parameters(query)).map(|body| parsed(&body))
    }

    fn times(body: &Value) -> Vec<&str> {
        body["data"]["ohlc"].as_array().unwrap().iter().map(|row| row["timestamp"].as_str().unwrap()).collect()
    }

    #[test]
    fn rows_are_oldest_first_with_exact_values_as_text() {
        let mut market = market();
        let body = request(&mut market, "ethusd", "step=86400&limit=3&end=1685750400").unwrap();
        assert_eq!(body["data"]["pair"], "ETH/USD");
        assert_eq!(times(&body), ["1685577600", "1685664000", "1685750400"]);
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-06-01T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::First(3)).bars;
        for (row, bar) in body["data"]["ohlc"].as_array().unwrap().iter().zip(&bars) {
            assert!(row.as_object().unwrap().values().all(Value::is_string), "{row}");
            let values = ["open", "high", "low", "close", "volume"].map(|name| number(&row[name])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume]);
        }
    }

    #[test]
    fn the_limit_counts_from_the_given_end_of_the_range() {
        let mut market = market();
        let first = request(&mut market, "ethusd", "step=86400&limit=2&start=1685577600").unwrap();
        assert_eq!(times(&first), ["1685577600", "1685664000"]);
        let both = request(&mut market, "ethusd", "step=86400&limit=2&start=1685664000&end=1685664000").unwrap();
        assert_eq!(times(&both), ["1685577600", "1685664000"], "the start does not count beside an end");
    }

    #[test]
    fn the_open_bar_is_sent_unless_it_is_excluded() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let query = "step=86400&limit=2";
        assert_eq!(times(&request(&mut market, "ethusd", query).unwrap()), ["1685664000", "1685750400"]);
        let closed = request(&mut market, "ethusd", &format!("{query}&exclude_current_candle=true")).unwrap();
        assert_eq!(times(&closed), ["1685577600", "1685664000"]);
    }

    #[test]
    fn more_than_1000_rows_are_rejected() {
        let mut market = market();
        let whole = request(&mut market, "btcusd", "step=3600&limit=1000").unwrap();
        assert_eq!(times(&whole).len(), 1000);
        let error = request(&mut market, "btcusd", "step=3600&limit=1001").unwrap_err();
        assert_eq!((error.status, &error.body["response_code"]), (StatusCode::BAD_REQUEST, &json!("400.011")));
    }

    #[test]
    fn errors_have_their_codes_in_the_body() {
        let mut market = market();
        let unlisted = request(&mut market, "nopeusd", "step=86400&limit=2").unwrap_err();
        assert_eq!((unlisted.status, &unlisted.body["status"]), (StatusCode::NOT_FOUND, &json!("error")));
        for (query, code) in [
            ("limit=2", "400.004"),
            ("step=86400", "400.004"),
            ("step=100&limit=2", "400.007"),
            ("step=86400&limit=2&start=yesterday", "400.007"),
        ] {
            let error = request(&mut market, "ethusd", query).unwrap_err();
            assert_eq!(
                (error.status, &error.body["response_code"]),
                (StatusCode::BAD_REQUEST, &json!(code)),
                "{query}"
            );
        }
        assert_eq!(times(&request(&mut market, "ethusd", "step=60&limit=2").unwrap()), [""; 0]);
    }

    #[test]
    fn faults_change_the_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let parameters = parameters("step=86400&limit=9&exclude_current_candle=true");
        let mut body = |faults: &[Fault]| parsed(&build_body(&mut market, faults, "ethusd", &parameters).unwrap());
        let correct = body(&[]);
        assert_eq!((times(&correct).len(), times(&correct)[8]), (9, "1685664000"));
        assert_eq!(times(&body(&fault("unfinished")))[9], "1685750400");
        assert_eq!(times(&body(&fault("off_grid")))[9], "1685786400");
        assert_eq!(times(&body(&fault("empty"))), [""; 0]);
        assert_eq!(body(&fault("nulls"))["data"]["ohlc"][5]["high"], Value::Null);
        let first = |body: &Value, name: &str| number(&body["data"]["ohlc"][0][name]);
        let ratio = first(&body(&fault("swapped_volume")), "volume") / first(&correct, "volume");
        assert!((ratio / first(&correct, "close") - 1.0).abs() < 1e-9, "{ratio}");
    }
}
