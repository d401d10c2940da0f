//! Binance's market data host: `GET /api/v3/klines?symbol&interval&startTime&endTime&limit`, oldest first, 1000 rows at
//! most, times in milliseconds. What is listed in USD it quotes in USDT.
//! <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints>

use super::{Answer, Refusal, Source, Text};
use crate::{
    fault::Fault,
    market::SimulatedMarket,
    page::{Page, Request, TrailingRow},
    server::Server,
    tape::BarLimit,
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

/// Rows in one answer, by default and at most.
const ROWS: usize = 500;
const MOST_ROWS: usize = 1000;

/// Lengths of a bar that the exchange knows.
const INTERVALS: [&str; 16] =
    ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    symbol: Option<String>,
    interval: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    limit: Option<String>,
}

pub(super) fn routes() -> Router<Server> {
    Router::new().route("/api/v3/klines", get(klines))
}

async fn klines(State(server): State<Server>, Query(parameters): Query<Parameters>) -> Response {
    super::send(&server, Source::Binance, |market, faults| answer(market, faults, &parameters)).await
}

fn answer(market: &mut SimulatedMarket, faults: &[Fault], parameters: &Parameters) -> Result<Answer, Refusal> {
    let name = parameters.symbol.as_deref().ok_or_else(|| missing("symbol"))?;
    let symbol = market.find(|listed| pair(listed) == name).ok_or_else(|| refusal(-1121, "Invalid symbol."))?;
    let interval = match parameters.interval.as_deref().ok_or_else(|| missing("interval"))? {
        "1h" => Interval::Hour,
        "1d" => Interval::Day,
        // Known to the exchange, but nothing is stored: no bars.
        other if INTERVALS.contains(&other) => return Ok(Answer::new(&json!([]), false)),
        _ => return Err(refusal(-1120, "Invalid interval.")),
    };
    let rows = match parameters.limit.as_deref().map(str::parse::<usize>) {
        None => ROWS,
        Some(Ok(rows)) if rows > 0 => rows.min(MOST_ROWS),
        Some(_) => return Err(illegal("limit")),
    };
    let start = parameters.start_time.as_deref().map(|text| time("startTime", text)).transpose()?;
    let end = parameters.end_time.as_deref().map(|text| time("endTime", text)).transpose()?;
    // From a start on, the oldest rows; without one, the newest.
    let limit = if start.is_some() { BarLimit::First(rows) } else { BarLimit::Last(rows) };
    let (from, to) = (start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX));
    let request = Request { symbol, interval, from, to, limit, last: TrailingRow::Open };
    let Page { rows, simulated } = Page::of(market, request, faults);
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
    Ok(Answer::new(&rows, simulated))
}

/// `ETHUSDT`.
fn pair(symbol: &Symbol) -> String {
    let quote = if symbol.quote() == "USD" { "USDT" } else { symbol.quote() };
    format!("{}{quote}", symbol.base())
}

fn time(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    let millisecond = text.parse::<i64>().ok();
    millisecond.and_then(|time| Timestamp::from_millisecond(time).ok()).ok_or_else(|| illegal(name))
}

fn missing(name: &str) -> Refusal {
    refusal(-1102, &format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."))
}

fn illegal(name: &str) -> Refusal {
    refusal(-1100, &format!("Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."))
}

fn refusal(code: i32, message: &str) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, body: json!({ "code": code, "msg": message }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::{fault, market, number, parsed};
    use serde_json::Value;

    const JUNE_1: i64 = 1_685_577_600_000;
    const DAY: i64 = 86_400_000;

    fn parameters(symbol: &str, interval: &str, start: Option<i64>, end: Option<i64>, limit: &str) -> Parameters {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Parameters {
            symbol: text(symbol),
            interval: text(interval),
            start_time: start.map(|time| time.to_string()),
            end_time: end.map(|time| time.to_string()),
            limit: text(limit),
        }
    }

    fn ask(market: &mut SimulatedMarket, parameters: &Parameters) -> Result<Value, Refusal> {
        answer(market, &[], parameters).map(|answer| parsed(&answer))
    }

    fn times(answer: &Value) -> Vec<i64> {
        answer.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn a_row_has_twelve_items_and_its_texts_read_back_as_they_were() {
        let mut market = market();
        let query = parameters("ETHUSDT", "1d", Some(JUNE_1), Some(JUNE_1 + DAY), "");
        let answer = ask(&mut market, &query).unwrap();
        assert_eq!(times(&answer), [JUNE_1, JUNE_1 + DAY], "both ends are inclusive");
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-06-01T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::First(2)).bars;
        for (row, bar) in answer.as_array().unwrap().iter().zip(&bars) {
            assert_eq!(row.as_array().unwrap().len(), 12);
            let texts = [1_usize, 2, 3, 4, 5, 7, 9, 10, 11];
            assert!((0..12_usize).all(|place| row[place].is_string() == texts.contains(&place)), "{row}");
            let values = [1_usize, 2, 3, 4, 5, 7].map(|place| number(&row[place])).to_vec();
            assert_eq!(values, [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.volume * bar.close]);
            assert_eq!(row[6], row[0].as_i64().unwrap() + DAY - 1, "the last millisecond");
        }
    }

    #[test]
    fn from_a_start_the_oldest_rows_come_and_without_one_the_newest() {
        let mut market = market();
        let mut range = |start, end, limit| {
            let times = times(&ask(&mut market, &parameters("ETHUSDT", "1d", start, end, limit)).unwrap());
            (times.len(), times.first().copied(), times.last().copied())
        };
        assert_eq!(range(Some(JUNE_1), None, "3"), (3, Some(JUNE_1), Some(JUNE_1 + 2 * DAY)));
        assert_eq!(range(None, Some(JUNE_1), "3"), (3, Some(JUNE_1 - 2 * DAY), Some(JUNE_1)));
        assert_eq!(range(None, Some(JUNE_1), "").0, 500);
        assert_eq!(range(None, Some(JUNE_1), "5000").0, 1000);
        assert_eq!(range(Some(JUNE_1), Some(JUNE_1 - 1), "3"), (0, None, None));
    }

    #[test]
    fn the_open_bar_is_the_last_row_of_a_range_that_reaches_it() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let mut last = |end| {
            let answer = ask(&mut market, &parameters("ETHUSDT", "1d", Some(JUNE_1), end, "")).unwrap();
            times(&answer).last().copied()
        };
        assert_eq!(last(None), Some(JUNE_1 + 2 * DAY));
        assert_eq!(last(Some(JUNE_1 + 2 * DAY - 1)), Some(JUNE_1 + DAY));
    }

    #[test]
    fn errors_have_its_codes() {
        let mut market = market();
        for (query, code) in [
            (parameters("NOPEUSDT", "1d", None, None, ""), -1121),
            (parameters("ETH-USD", "1d", None, None, ""), -1121),
            (parameters("ETHUSDT", "1y", None, None, ""), -1120),
            (parameters("", "1d", None, None, ""), -1102),
            (parameters("ETHUSDT", "", None, None, ""), -1102),
            (parameters("ETHUSDT", "1d", None, None, "many"), -1100),
        ] {
            let error = ask(&mut market, &query).unwrap_err();
            assert_eq!((error.status, &error.body["code"]), (StatusCode::BAD_REQUEST, &json!(code)));
        }
        assert_eq!(refusal(-1121, "Invalid symbol.").body.to_string(), r#"{"code":-1121,"msg":"Invalid symbol."}"#);
        assert_eq!(ask(&mut market, &parameters("BTCUSDT", "5m", None, None, "")).unwrap(), json!([]));
    }

    #[test]
    fn faults_show_in_its_rows() {
        let mut market = market();
        market.set_clock("2023-06-10T10:00:00Z".parse().unwrap()).unwrap();
        let query = parameters("ETHUSDT", "1d", Some(JUNE_1), Some(JUNE_1 + 8 * DAY), "");
        let mut rows = |faults: &[Fault]| parsed(&answer(&mut market, faults, &query).unwrap());
        let right = rows(&[]);
        assert_eq!((times(&right).len(), times(&right)[8]), (9, JUNE_1 + 8 * DAY));
        assert_eq!(times(&rows(&fault("unfinished")))[9], JUNE_1 + 9 * DAY);
        assert_eq!(times(&rows(&fault("off_grid")))[9], JUNE_1 + 9 * DAY + 10 * 3_600_000);
        assert_eq!(times(&rows(&fault("stale"))).len(), 8);
        assert_eq!(rows(&fault("empty")), json!([]));
        assert_eq!(rows(&fault("nulls"))[5][2], Value::Null);
        let swapped = rows(&fault("swapped_volume"));
        assert_eq!((&swapped[0][5], &swapped[0][7]), (&right[0][7], &right[0][5]));
    }
}
