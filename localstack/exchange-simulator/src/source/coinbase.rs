//! Coinbase Exchange: `GET /products/{id}/candles?granularity&start&end`, newest first, 300 rows at most.

use super::{Answer, Refusal, Source};
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
use market_data::Interval;
use serde::Deserialize;
use serde_json::json;

/// Rows in one answer.
const ROWS: i64 = 300;

/// Lengths of a bar that the exchange knows, in seconds.
const GRANULARITIES: [&str; 6] = ["60", "300", "900", "3600", "21600", "86400"];

#[derive(Debug, Default, Deserialize)]
struct Parameters {
    granularity: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

pub(super) fn routes() -> Router<Server> {
    Router::new().route("/products/{id}/candles", get(candles))
}

async fn candles(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Response {
    super::send(&server, Source::Coinbase, |market, faults| answer(market, faults, &id, &parameters)).await
}

fn answer(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    id: &str,
    parameters: &Parameters,
) -> Result<Answer, Refusal> {
    let Some(symbol) = market.find(|listed| listed.as_str() == id) else {
        return Err(refusal(StatusCode::NOT_FOUND, "NotFound"));
    };
    let interval = match parameters.granularity.as_deref() {
        Some("3600") => Interval::Hour,
        Some("86400") => Interval::Day,
        // Known to the exchange, but nothing is stored: no bars.
        Some(other) if GRANULARITIES.contains(&other) => return Ok(Answer::new(&json!([]), false)),
        _ => return Err(refusal(StatusCode::BAD_REQUEST, "Unsupported granularity")),
    };
    let (from, to) = range(market.now(), interval, parameters)?;
    let request = Request { symbol, interval, from, to, limit: BarLimit::All, last: TrailingRow::Closed };
    let Page { rows, simulated } = Page::of(market, request, faults);
    let row = |row: &Row| (row.time.as_second(), row.low, row.high, row.open, row.close, row.volume);
    let rows: Vec<_> = rows.iter().rev().map(row).collect();
    Ok(Answer::new(&rows, simulated))
}

/// `start` and `end`, both inclusive. One without the other does not count: the latest rows are meant.
fn range(now: Timestamp, interval: Interval, parameters: &Parameters) -> Result<(Timestamp, Timestamp), Refusal> {
    let (Some(start), Some(end)) = (&parameters.start, &parameters.end) else {
        let last = interval.last_closed(now);
        return Ok((interval.step(last, 1 - ROWS), last));
    };
    let time = |text: &str| parse_time(text).ok_or_else(|| refusal(StatusCode::BAD_REQUEST, "Invalid start or end"));
    let (start, end) = (time(start)?, time(end)?);
    if end < start {
        return Err(refusal(StatusCode::BAD_REQUEST, "start must be before end"));
    }
    if (end.as_second() - start.as_second()) / interval.seconds() + 1 > ROWS {
        let message = "granularity too small for the requested time range. Count of aggregations requested exceeds 300";
        return Err(refusal(StatusCode::BAD_REQUEST, message));
    }
    Ok((start, end))
}

/// ISO 8601 or seconds since the epoch.
fn parse_time(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

fn refusal(status: StatusCode, message: &str) -> Refusal {
    Refusal { status, body: json!({ "message": message }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::{fault, market, parsed};
    use market_data::Bar;
    use serde_json::Value;

    fn ask(
        market: &mut SimulatedMarket,
        id: &str,
        granularity: &str,
        start: &str,
        end: &str,
    ) -> Result<Value, Refusal> {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let parameters = Parameters { granularity: text(granularity), start: text(start), end: text(end) };
        answer(market, &[], id, &parameters).map(|answer| {
            assert!(answer.simulated || answer.body == b"[]");
            parsed(&answer)
        })
    }

    fn times(answer: &Value) -> Vec<i64> {
        answer.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn rows_are_newest_first_with_low_before_high_and_both_ends_inclusive() {
        let mut market = market();
        let answer = ask(&mut market, "ETH-USD", "86400", "2023-06-01T00:00:00Z", "2023-06-03T00:00:00Z").unwrap();
        assert_eq!(times(&answer), [1_685_750_400, 1_685_664_000, 1_685_577_600]);
        let newest = Timestamp::from_second(1_685_750_400).unwrap();
        let symbol = "ETH-USD".parse().unwrap();
        let Bar { low, high, open, close, volume, .. } =
            market.closed(&symbol, Interval::Day, newest, newest, BarLimit::All).bars[0];
        assert_eq!(answer[0], json!([1_685_750_400, low, high, open, close, volume]));
    }

    #[test]
    fn more_than_300_rows_are_refused_and_300_are_not() {
        let mut market = market();
        let error = ask(&mut market, "ETH-USD", "86400", "2023-01-01T00:00:00Z", "2023-10-28T00:00:00Z").unwrap_err();
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
        assert!(error.body["message"].as_str().unwrap().contains("exceeds 300"));
        let answer = ask(&mut market, "ETH-USD", "86400", "1672531200", "2023-10-27T00:00:00Z").unwrap();
        assert_eq!(times(&answer).len(), 300);
    }

    #[test]
    fn without_a_range_the_latest_rows_come() {
        let mut market = market();
        for (start, end) in [("", ""), ("2023-01-01T00:00:00Z", "")] {
            let answer = ask(&mut market, "ETH-USD", "86400", start, end).unwrap();
            assert_eq!((times(&answer).len(), times(&answer)[0]), (300, 1_703_980_800));
        }
    }

    #[test]
    fn what_is_not_listed_or_not_known_is_refused_as_the_exchange_does() {
        let mut market = market();
        assert_eq!(ask(&mut market, "NOPE-USD", "86400", "", ""), Err(refusal(StatusCode::NOT_FOUND, "NotFound")));
        let unsupported = Err(refusal(StatusCode::BAD_REQUEST, "Unsupported granularity"));
        assert_eq!(ask(&mut market, "ETH-USD", "7200", "", ""), unsupported);
        assert_eq!(ask(&mut market, "ETH-USD", "", "", ""), unsupported);
        assert_eq!(ask(&mut market, "ETH-USD", "60", "", "").unwrap(), json!([]));
    }

    #[test]
    fn faults_show_in_its_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let parameters = Parameters { granularity: Some("86400".to_owned()), ..Parameters::default() };
        let mut rows = |faults: &[Fault]| parsed(&answer(&mut market, faults, "ETH-USD", &parameters).unwrap());
        let right = rows(&[]);
        assert_eq!(times(&right)[0], 1_685_664_000);
        assert_eq!(times(&rows(&fault("unfinished")))[0], 1_685_750_400);
        assert_eq!(times(&rows(&fault("off_grid")))[0], 1_685_786_400);
        assert_eq!(times(&rows(&fault("stale")))[0], 1_685_577_600);
        assert_eq!(rows(&fault("empty")), json!([]));
        assert_eq!(rows(&fault("nulls"))[299][3], Value::Null, "the open of the oldest row");
        let volume = |rows: &Value| rows[0][5].as_f64().unwrap();
        let quote = volume(&right) * right[0][4].as_f64().unwrap();
        assert!((volume(&rows(&fault("swapped_volume"))) / quote - 1.0).abs() < 1e-12);
    }
}
