//! Bitstamp: `GET /api/v2/ohlc/{pair}/?step&limit&start&end&exclude_current_candle`, oldest first, 1000 rows at most,
//! all values as texts. <https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData>

use super::{Answer, Refusal, Source, Text};
use crate::{
    fault::Fault,
    market::SimulatedMarket,
    page::{Page, Request, Row, TrailingRow},
    server::Server,
    tape::BarLimit,
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

/// Rows in one answer.
const ROWS: i64 = 1000;

/// Lengths of a bar that the exchange knows, in seconds.
const STEPS: [&str; 12] =
    ["60", "180", "300", "900", "1800", "3600", "7200", "14400", "21600", "43200", "86400", "259200"];

#[derive(Debug, Default, Deserialize)]
struct Parameters {
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

pub(super) fn routes() -> Router<Server> {
    Router::new().route("/api/v2/ohlc/{pair}/", get(ohlc))
}

async fn ohlc(
    State(server): State<Server>,
    Path(pair): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Response {
    super::send(&server, Source::Bitstamp, |market, faults| answer(market, faults, &pair, &parameters)).await
}

fn answer(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    pair: &str,
    parameters: &Parameters,
) -> Result<Answer, Refusal> {
    let is_called = |listed: &Symbol| format!("{}{}", listed.base(), listed.quote()).to_ascii_lowercase() == pair;
    let Some(symbol) = market.find(is_called) else {
        return Err(refusal(StatusCode::NOT_FOUND, "404.002", "Currency pair not found."));
    };
    let pair = format!("{}/{}", symbol.base(), symbol.quote());
    let step = parameters.step.as_deref().ok_or_else(|| missing("step"))?;
    let limit = parameters.limit.as_deref().ok_or_else(|| missing("limit"))?;
    let rows = limit.parse::<i64>().ok().filter(|rows| (1..=ROWS).contains(rows)).ok_or_else(|| malformed("limit"))?;
    let start = parameters.start.as_deref().map(|text| time("start", text)).transpose()?;
    let end = parameters.end.as_deref().map(|text| time("end", text)).transpose()?;
    let interval = match step {
        "3600" => Interval::Hour,
        "86400" => Interval::Day,
        // Known to the exchange, but nothing is stored: no bars.
        other if STEPS.contains(&other) => {
            return Ok(Answer::new(&Envelope { data: Data { ohlc: Vec::new(), pair } }, false));
        }
        _ => return Err(malformed("step")),
    };
    let excluded = matches!(parameters.exclude_current_candle.as_deref(), Some("true" | "True" | "1"));
    let latest = if excluded { interval.last_closed(market.now()) } else { interval.floor(market.now()) };
    // The exchange prints bars without trades, so that rows are lengths of time.
    let (from, to) = match (start, end) {
        (Some(start), None) => {
            let first = if interval.is_aligned(start) { start } else { interval.step(interval.floor(start), 1) };
            (first, interval.step(first, rows - 1))
        }
        // With both ends, only the later one counts: rows before `start` come, too.
        (_, end) => {
            let last = end.map_or(latest, |end| interval.floor(end).min(latest));
            (interval.step(last, 1 - rows), last)
        }
    };
    let last = if excluded { TrailingRow::Closed } else { TrailingRow::Open };
    let request = Request { symbol, interval, from, to, limit: BarLimit::All, last };
    let Page { rows, simulated } = Page::of(market, request, faults);
    let ohlc = rows.iter().map(Candle::from).collect();
    Ok(Answer::new(&Envelope { data: Data { ohlc, pair } }, simulated))
}

fn time(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    let second = text.parse::<i64>().ok();
    second.and_then(|second| Timestamp::from_second(second).ok()).ok_or_else(|| malformed(name))
}

fn missing(name: &str) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, "400.004", &format!("Parameter(s) is missing from request: {name}."))
}

fn malformed(name: &str) -> Refusal {
    let code = if name == "limit" { "400.011" } else { "400.007" };
    refusal(StatusCode::BAD_REQUEST, code, &format!("Parameter(s) is malformed: {name}."))
}

fn refusal(status: StatusCode, code: &str, reason: &str) -> Refusal {
    Refusal { status, body: json!({ "status": "error", "reason": reason, "response_code": code }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::{fault, market, number, parsed};
    use serde_json::Value;

    /// The query as a client would write it.
    fn parameters(query: &str) -> Parameters {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let object: serde_json::Map<String, Value> =
            pairs.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        serde_json::from_value(object.into()).unwrap()
    }

    fn ask(market: &mut SimulatedMarket, pair: &str, query: &str) -> Result<Value, Refusal> {
        answer(market, &[], pair, &parameters(query)).map(|answer| parsed(&answer))
    }

    fn times(answer: &Value) -> Vec<&str> {
        answer["data"]["ohlc"].as_array().unwrap().iter().map(|row| row["timestamp"].as_str().unwrap()).collect()
    }

    #[test]
    fn rows_are_oldest_first_and_every_value_is_a_text_that_reads_back_as_it_was() {
        let mut market = market();
        let answer = ask(&mut market, "ethusd", "step=86400&limit=3&end=1685750400").unwrap();
        assert_eq!(answer["data"]["pair"], "ETH/USD");
        assert_eq!(times(&answer), ["1685577600", "1685664000", "1685750400"]);
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-06-01T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::First(3)).bars;
        for (row, bar) in answer["data"]["ohlc"].as_array().unwrap().iter().zip(&bars) {
            assert!(row.as_object().unwrap().values().all(Value::is_string), "{row}");
            let values = ["open", "high", "low", "close", "volume"].map(|name| number(&row[name])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume]);
        }
    }

    #[test]
    fn start_counts_from_the_start_and_end_from_the_end() {
        let mut market = market();
        let first = ask(&mut market, "ethusd", "step=86400&limit=2&start=1685577600").unwrap();
        assert_eq!(times(&first), ["1685577600", "1685664000"]);
        let both = ask(&mut market, "ethusd", "step=86400&limit=2&start=1685664000&end=1685664000").unwrap();
        assert_eq!(times(&both), ["1685577600", "1685664000"], "the start does not count beside an end");
    }

    #[test]
    fn the_open_bar_comes_unless_it_is_excluded() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let query = "step=86400&limit=2";
        assert_eq!(times(&ask(&mut market, "ethusd", query).unwrap()), ["1685664000", "1685750400"]);
        let closed = ask(&mut market, "ethusd", &format!("{query}&exclude_current_candle=true")).unwrap();
        assert_eq!(times(&closed), ["1685577600", "1685664000"]);
    }

    #[test]
    fn a_thousand_rows_come_and_more_are_refused() {
        let mut market = market();
        let whole = ask(&mut market, "btcusd", "step=3600&limit=1000").unwrap();
        assert_eq!(times(&whole).len(), 1000);
        let error = ask(&mut market, "btcusd", "step=3600&limit=1001").unwrap_err();
        assert_eq!((error.status, &error.body["response_code"]), (StatusCode::BAD_REQUEST, &json!("400.011")));
    }

    #[test]
    fn errors_have_their_codes_in_the_body() {
        let mut market = market();
        let unlisted = ask(&mut market, "nopeusd", "step=86400&limit=2").unwrap_err();
        assert_eq!((unlisted.status, &unlisted.body["status"]), (StatusCode::NOT_FOUND, &json!("error")));
        for (query, code) in [
            ("limit=2", "400.004"),
            ("step=86400", "400.004"),
            ("step=100&limit=2", "400.007"),
            ("step=86400&limit=2&start=yesterday", "400.007"),
        ] {
            let error = ask(&mut market, "ethusd", query).unwrap_err();
            assert_eq!(
                (error.status, &error.body["response_code"]),
                (StatusCode::BAD_REQUEST, &json!(code)),
                "{query}"
            );
        }
        assert_eq!(times(&ask(&mut market, "ethusd", "step=60&limit=2").unwrap()), [""; 0]);
    }

    #[test]
    fn faults_show_in_its_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let parameters = parameters("step=86400&limit=9&exclude_current_candle=true");
        let mut answer = |faults: &[Fault]| parsed(&answer(&mut market, faults, "ethusd", &parameters).unwrap());
        let right = answer(&[]);
        assert_eq!((times(&right).len(), times(&right)[8]), (9, "1685664000"));
        assert_eq!(times(&answer(&fault("unfinished")))[9], "1685750400");
        assert_eq!(times(&answer(&fault("off_grid")))[9], "1685786400");
        assert_eq!(times(&answer(&fault("empty"))), [""; 0]);
        assert_eq!(answer(&fault("nulls"))["data"]["ohlc"][5]["high"], Value::Null);
        let first = |answer: &Value, name: &str| number(&answer["data"]["ohlc"][0][name]);
        let exchanged = first(&answer(&fault("swapped_volume")), "volume") / first(&right, "volume");
        assert!((exchanged / first(&right, "close") - 1.0).abs() < 1e-9, "{exchanged}");
    }
}
