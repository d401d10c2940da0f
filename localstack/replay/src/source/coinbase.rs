//! Coinbase Exchange: `GET /products/{id}/candles?granularity&start&end`, newest first, 300 rows at most.

use super::{Answer, Refusal, Source};
use crate::{fault::Kind, market::Market, server::Server, tape::Excerpt};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use domain::{Bar, Interval};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

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
    super::send(&server, Source::Coinbase, |market, fault| answer(market, fault, &id, &parameters)).await
}

fn answer(market: &mut Market, fault: Option<Kind>, id: &str, parameters: &Parameters) -> Result<Answer, Refusal> {
    if !market.lists(id) {
        return Err(refusal(StatusCode::NOT_FOUND, "NotFound"));
    }
    let interval = match parameters.granularity.as_deref() {
        Some("3600") => Interval::Hour,
        Some("86400") => Interval::Day,
        // Known to the exchange, but nothing is stored: no bars.
        Some(other) if GRANULARITIES.contains(&other) => {
            return Ok(Answer { body: json!([]), simulated: false });
        }
        _ => return Err(refusal(StatusCode::BAD_REQUEST, "Unsupported granularity")),
    };
    let (from, to) = range(market.now(), interval, parameters)?;
    let Excerpt { mut bars, simulated } = market.closed(id, interval, from, to);
    match fault {
        Some(Kind::Empty) => bars.clear(),
        Some(Kind::Unfinished) => bars.extend(market.unfinished(id, interval)),
        Some(Kind::OffGrid) => bars.extend(market.live(id, interval)),
        _ => {}
    }
    Ok(Answer { body: bars.iter().rev().map(row).collect(), simulated })
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

fn row(bar: &Bar) -> Value {
    json!([bar.time.as_second(), bar.low, bar.high, bar.open, bar.close, bar.volume])
}

fn refusal(status: StatusCode, message: &str) -> Refusal {
    Refusal { status, body: json!({ "message": message }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::market;

    fn ask(market: &mut Market, id: &str, granularity: &str, start: &str, end: &str) -> Result<Answer, Refusal> {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let parameters = Parameters { granularity: text(granularity), start: text(start), end: text(end) };
        answer(market, None, id, &parameters)
    }

    fn times(answer: &Answer) -> Vec<i64> {
        answer.body.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn rows_are_newest_first_with_low_before_high_and_both_ends_inclusive() {
        let mut market = market();
        let answer = ask(&mut market, "ETH-USD", "86400", "2023-06-01T00:00:00Z", "2023-06-03T00:00:00Z").unwrap();
        assert_eq!(times(&answer), [1_685_750_400, 1_685_664_000, 1_685_577_600]);
        let row = answer.body[0].as_array().unwrap();
        assert_eq!(row.len(), 6);
        assert!(row[1].as_f64() <= row[3].as_f64() && row[3].as_f64() <= row[2].as_f64(), "low <= open <= high");
        assert!(answer.simulated);
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
        assert_eq!(ask(&mut market, "ETH-USD", "60", "", "").unwrap().body, json!([]));
    }

    #[test]
    fn faults_add_the_open_bar_on_or_off_the_grid() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let parameters = Parameters { granularity: Some("86400".to_owned()), ..Parameters::default() };
        let mut newest = |fault| times(&answer(&mut market, fault, "ETH-USD", &parameters).unwrap()).first().copied();
        assert_eq!(newest(None), Some(1_685_664_000));
        assert_eq!(newest(Some(Kind::Unfinished)), Some(1_685_750_400));
        assert_eq!(newest(Some(Kind::OffGrid)), Some(1_685_786_400));
        assert_eq!(newest(Some(Kind::Empty)), None);
    }
}
