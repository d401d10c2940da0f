//! Binance's market data host: `GET /api/v3/klines?symbol&interval&startTime&endTime&limit`, oldest first, 1000 rows at
//! most, times in milliseconds. Symbols in USD are quoted in USDT.
//! <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints>

use super::send;
use crate::{
    bar_series::BarLimit,
    body::{ErrorBody, ResponseBody, Text},
    fault::Fault,
    market::SimulatedMarket,
    page::{BarRange, Page, TrailingRow},
    source::Source,
    state::SharedState,
};
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use jiff::Timestamp;
use market_data::{Interval, Symbol};
use serde::Deserialize;
use serde_json::json;

/// Rows of one response by default.
const DEFAULT_PAGE_ROWS: usize = 500;
/// Most rows of one response.
const MAX_PAGE_ROWS: usize = 1000;

/// Bar lengths that the exchange knows.
const INTERVALS: [&str; 16] =
    ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryParameters {
    symbol: Option<String>,
    interval: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    limit: Option<String>,
}

pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/api/v3/klines", get(klines))
}

async fn klines(State(state): State<SharedState>, Query(parameters): Query<QueryParameters>) -> Response {
    send(&state, Source::Binance, |market, faults| build_body(market, faults, &parameters)).await
}

fn build_body(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    parameters: &QueryParameters,
) -> Result<ResponseBody, ErrorBody> {
    let name = parameters.symbol.as_deref().ok_or_else(|| missing("symbol"))?;
    let symbol = market.find(|listed| pair(listed) == name).ok_or_else(|| error_body(-1121, "Invalid symbol."))?;
    let interval = match parameters.interval.as_deref().ok_or_else(|| missing("interval"))? {
        "1h" => Interval::Hour,
        "1d" => Interval::Day,
        // A length that the exchange knows and the market does not have.
        other if INTERVALS.contains(&other) => return Ok(ResponseBody::without_bars(&json!([]))),
        _ => return Err(error_body(-1120, "Invalid interval.")),
    };
    let rows = match parameters.limit.as_deref().map(str::parse::<usize>) {
        None => DEFAULT_PAGE_ROWS,
        Some(Ok(rows)) if rows > 0 => rows.min(MAX_PAGE_ROWS),
        Some(_) => return Err(illegal("limit")),
    };
    let start = parameters.start_time.as_deref().map(|text| time("startTime", text)).transpose()?;
    let end = parameters.end_time.as_deref().map(|text| time("endTime", text)).transpose()?;
    // With a start the oldest rows of the range, without one the newest.
    let limit = if start.is_some() { BarLimit::First(rows) } else { BarLimit::Last(rows) };
    let (from, to) = (start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX));
    let range = BarRange { symbol, interval, from, to, limit, trailing_row: TrailingRow::Open };
    let Page { rows, provenance } = Page::read(market, range, faults)?;
    let length = interval.seconds() * 1000;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let opens = row.time.as_millisecond();
            let [open, high, low, close, volume, quote_volume] =
                [row.open, row.high, row.low, row.close, row.volume, row.quote_volume].map(Text);
            // Neither the number of trades nor the takers' part of the volumes is stored.
            (opens, open, high, low, close, volume, opens + length - 1, quote_volume, 0, "0", "0", "0")
        })
        .collect();
    Ok(ResponseBody::new(&rows, provenance))
}

/// Name of a symbol at the exchange: `ETHUSDT`.
fn pair(symbol: &Symbol) -> String {
    let quote = if symbol.quote() == "USD" { "USDT" } else { symbol.quote() };
    format!("{}{quote}", symbol.base())
}

fn time(name: &str, text: &str) -> Result<Timestamp, ErrorBody> {
    let millisecond = text.parse::<i64>().ok();
    millisecond.and_then(|time| Timestamp::from_millisecond(time).ok()).ok_or_else(|| illegal(name))
}

fn missing(name: &str) -> ErrorBody {
    error_body(-1102, &format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."))
}

fn illegal(name: &str) -> ErrorBody {
    error_body(-1100, &format!("Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."))
}

fn error_body(code: i32, message: &str) -> ErrorBody {
    ErrorBody { status: StatusCode::BAD_REQUEST, body: json!({ "code": code, "msg": message }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market, number, parsed};
    use serde_json::Value;

    const JUNE_1: i64 = 1_685_577_600_000;
    const DAY: i64 = 86_400_000;

    fn parameters(symbol: &str, interval: &str, start: Option<i64>, end: Option<i64>, limit: &str) -> QueryParameters {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        QueryParameters {
            symbol: text(symbol),
            interval: text(interval),
            start_time: start.map(|time| time.to_string()),
            end_time: end.map(|time| time.to_string()),
            limit: text(limit),
        }
    }

    fn request(market: &mut SimulatedMarket, parameters: &QueryParameters) -> Result<Value, ErrorBody> {
        build_body(market, &[], parameters).map(|body| parsed(&body))
    }

    fn times(body: &Value) -> Vec<i64> {
        body.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn a_row_has_twelve_items_with_exact_values() {
        let mut market = market();
        let query = parameters("ETHUSDT", "1d", Some(JUNE_1), Some(JUNE_1 + DAY), "");
        let body = request(&mut market, &query).unwrap();
        assert_eq!(times(&body), [JUNE_1, JUNE_1 + DAY], "both ends are inclusive");
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-06-01T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::First(2)).bars;
        for (row, bar) in body.as_array().unwrap().iter().zip(&bars) {
            assert_eq!(row.as_array().unwrap().len(), 12);
            let texts = [1_usize, 2, 3, 4, 5, 7, 9, 10, 11];
            assert!((0..12_usize).all(|index| row[index].is_string() == texts.contains(&index)), "{row}");
            let values = [1_usize, 2, 3, 4, 5, 7].map(|index| number(&row[index])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.volume * bar.close]);
            assert_eq!(row[6], row[0].as_i64().unwrap() + DAY - 1, "the last millisecond");
        }
    }

    #[test]
    fn a_start_selects_the_oldest_rows_otherwise_the_newest() {
        let mut market = market();
        let mut range = |start, end, limit| {
            let times = times(&request(&mut market, &parameters("ETHUSDT", "1d", start, end, limit)).unwrap());
            (times.len(), times.first().copied(), times.last().copied())
        };
        assert_eq!(range(Some(JUNE_1), None, "3"), (3, Some(JUNE_1), Some(JUNE_1 + 2 * DAY)));
        assert_eq!(range(None, Some(JUNE_1), "3"), (3, Some(JUNE_1 - 2 * DAY), Some(JUNE_1)));
        assert_eq!(range(None, Some(JUNE_1), "").0, 500);
        assert_eq!(range(None, Some(JUNE_1), "5000").0, 1000);
        assert_eq!(range(Some(JUNE_1), Some(JUNE_1 - 1), "3"), (0, None, None));
    }

    #[test]
    fn a_range_that_reaches_the_open_bar_ends_with_it() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let mut last = |end| {
            let body = request(&mut market, &parameters("ETHUSDT", "1d", Some(JUNE_1), end, "")).unwrap();
            times(&body).last().copied()
        };
        assert_eq!(last(None), Some(JUNE_1 + 2 * DAY));
        assert_eq!(last(Some(JUNE_1 + 2 * DAY - 1)), Some(JUNE_1 + DAY));
    }

    #[test]
    fn errors_have_the_codes_of_binance() {
        let mut market = market();
        for (query, code) in [
            (parameters("NOPEUSDT", "1d", None, None, ""), -1121),
            (parameters("ETH-USD", "1d", None, None, ""), -1121),
            (parameters("ETHUSDT", "1y", None, None, ""), -1120),
            (parameters("", "1d", None, None, ""), -1102),
            (parameters("ETHUSDT", "", None, None, ""), -1102),
            (parameters("ETHUSDT", "1d", None, None, "many"), -1100),
        ] {
            let error = request(&mut market, &query).unwrap_err();
            assert_eq!((error.status, &error.body["code"]), (StatusCode::BAD_REQUEST, &json!(code)));
        }
        assert_eq!(error_body(-1121, "Invalid symbol.").body.to_string(), r#"{"code":-1121,"msg":"Invalid symbol."}"#);
        assert_eq!(request(&mut market, &parameters("BTCUSDT", "5m", None, None, "")).unwrap(), json!([]));
    }

    #[test]
    fn faults_change_the_rows() {
        let mut market = market();
        market.set_clock("2023-06-10T10:00:00Z".parse().unwrap()).unwrap();
        let query = parameters("ETHUSDT", "1d", Some(JUNE_1), Some(JUNE_1 + 8 * DAY), "");
        let mut rows = |faults: &[Fault]| parsed(&build_body(&mut market, faults, &query).unwrap());
        let correct = rows(&[]);
        assert_eq!((times(&correct).len(), times(&correct)[8]), (9, JUNE_1 + 8 * DAY));
        assert_eq!(times(&rows(&fault("unfinished")))[9], JUNE_1 + 9 * DAY);
        assert_eq!(times(&rows(&fault("off_grid")))[9], JUNE_1 + 9 * DAY + 10 * 3_600_000);
        assert_eq!(times(&rows(&fault("stale"))).len(), 8);
        assert_eq!(rows(&fault("empty")), json!([]));
        assert_eq!(rows(&fault("nulls"))[5][2], Value::Null);
        let swapped = rows(&fault("swapped_volume"));
        assert_eq!((&swapped[0][5], &swapped[0][7]), (&correct[0][7], &correct[0][5]));
    }
}
