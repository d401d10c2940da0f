//! Coinbase Exchange: `GET /products/{id}/candles?granularity&start&end`, newest first, 300 rows at most.

use super::send;
use crate::{
    bar_series::BarLimit,
    body::{ErrorBody, ResponseBody},
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
use market_data::Interval;
use serde::Deserialize;
use serde_json::json;

/// Most rows of one response.
const MAX_PAGE_ROWS: i64 = 300;

/// Bar lengths that the exchange knows, in seconds.
const GRANULARITIES: [&str; 6] = ["60", "300", "900", "3600", "21600", "86400"];

#[derive(Debug, Default, Deserialize)]
struct QueryParameters {
    granularity: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/products/{id}/candles", get(candles))
}

async fn candles(
    State(state): State<SharedState>,
    Path(id): Path<String>,
    Query(parameters): Query<QueryParameters>,
) -> Response {
    send(&state, Source::Coinbase, |market, faults| build_body(market, faults, &id, &parameters)).await
}

fn build_body(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    id: &str,
    parameters: &QueryParameters,
) -> Result<ResponseBody, ErrorBody> {
    let Some(symbol) = market.find(|listed| listed.as_str() == id) else {
        return Err(error_body(StatusCode::NOT_FOUND, "NotFound"));
    };
    let interval = match parameters.granularity.as_deref() {
        Some("3600") => Interval::Hour,
        Some("86400") => Interval::Day,
        // A length that the exchange knows and the market does not have.
        Some(other) if GRANULARITIES.contains(&other) => return Ok(ResponseBody::without_bars(&json!([]))),
        _ => return Err(error_body(StatusCode::BAD_REQUEST, "Unsupported granularity")),
    };
    let (from, to) = range(market.now(), interval, parameters)?;
    let range = BarRange { symbol, interval, from, to, limit: BarLimit::All, trailing_row: TrailingRow::Closed };
    let Page { rows, provenance } = Page::read(market, range, faults)?;
    let row = |row: &Row| (row.time.as_second(), row.low, row.high, row.open, row.close, row.volume);
    let rows: Vec<_> = rows.iter().rev().map(row).collect();
    Ok(ResponseBody::new(&rows, provenance))
}

/// Range from `start` to `end`, both inclusive. Without both, it is that of the latest rows.
fn range(
    now: Timestamp,
    interval: Interval,
    parameters: &QueryParameters,
) -> Result<(Timestamp, Timestamp), ErrorBody> {
    let (Some(start), Some(end)) = (&parameters.start, &parameters.end) else {
        let last = interval.last_closed(now);
        return Ok((interval.step(last, 1 - MAX_PAGE_ROWS), last));
    };
    let time = |text: &str| parse_time(text).ok_or_else(|| error_body(StatusCode::BAD_REQUEST, "Invalid start or end"));
    let (start, end) = (time(start)?, time(end)?);
    if end < start {
        return Err(error_body(StatusCode::BAD_REQUEST, "start must be before end"));
    }
    if (end.as_second() - start.as_second()) / interval.seconds() + 1 > MAX_PAGE_ROWS {
        let message = "granularity too small for the requested time range. Count of aggregations requested exceeds 300";
        return Err(error_body(StatusCode::BAD_REQUEST, message));
    }
    Ok((start, end))
}

/// Parses ISO 8601 or seconds since the epoch.
fn parse_time(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

fn error_body(status: StatusCode, message: &str) -> ErrorBody {
    ErrorBody { status, body: json!({ "message": message }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market, parsed};
    use market_data::{Bar, origin::Provenance};
    use serde_json::Value;

    fn request(
        market: &mut SimulatedMarket,
        id: &str,
        granularity: &str,
        start: &str,
        end: &str,
    ) -> Result<Value, ErrorBody> {
        let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        let parameters = QueryParameters { granularity: text(granularity), start: text(start), end: text(end) };
        build_body(market, &[], id, &parameters).map(|body| {
            assert!(body.provenance == Provenance::Simulated || body.bytes == b"[]");
            parsed(&body)
        })
    }

    fn times(body: &Value) -> Vec<i64> {
        body.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    #[test]
    fn rows_are_newest_first_with_low_before_high() {
        let mut market = market();
        let body = request(&mut market, "ETH-USD", "86400", "2023-06-01T00:00:00Z", "2023-06-03T00:00:00Z").unwrap();
        assert_eq!(times(&body), [1_685_750_400, 1_685_664_000, 1_685_577_600]);
        let newest = Timestamp::from_second(1_685_750_400).unwrap();
        let symbol = "ETH-USD".parse().unwrap();
        let Bar { low, high, open, close, volume, .. } =
            market.closed(&symbol, Interval::Day, newest, newest, BarLimit::All).bars[0];
        assert_eq!(body[0], json!([1_685_750_400, low, high, open, close, volume]));
    }

    #[test]
    fn more_than_300_rows_are_rejected() {
        let mut market = market();
        let error =
            request(&mut market, "ETH-USD", "86400", "2023-01-01T00:00:00Z", "2023-10-28T00:00:00Z").unwrap_err();
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
        assert!(error.body["message"].as_str().unwrap().contains("exceeds 300"));
        let body = request(&mut market, "ETH-USD", "86400", "1672531200", "2023-10-27T00:00:00Z").unwrap();
        assert_eq!(times(&body).len(), 300);
    }

    #[test]
    fn without_a_range_the_latest_rows_are_sent() {
        let mut market = market();
        for (start, end) in [("", ""), ("2023-01-01T00:00:00Z", "")] {
            let body = request(&mut market, "ETH-USD", "86400", start, end).unwrap();
            assert_eq!((times(&body).len(), times(&body)[0]), (300, 1_703_980_800));
        }
    }

    #[test]
    fn unknown_symbols_and_intervals_are_rejected() {
        let mut market = market();
        assert_eq!(
            request(&mut market, "NOPE-USD", "86400", "", ""),
            Err(error_body(StatusCode::NOT_FOUND, "NotFound"))
        );
        let unsupported = Err(error_body(StatusCode::BAD_REQUEST, "Unsupported granularity"));
        assert_eq!(request(&mut market, "ETH-USD", "7200", "", ""), unsupported);
        assert_eq!(request(&mut market, "ETH-USD", "", "", ""), unsupported);
        assert_eq!(request(&mut market, "ETH-USD", "60", "", "").unwrap(), json!([]));
    }

    #[test]
    fn faults_change_the_rows() {
        let mut market = market();
        market.set_clock("2023-06-03T10:00:00Z".parse().unwrap()).unwrap();
        let parameters = QueryParameters { granularity: Some("86400".to_owned()), ..QueryParameters::default() };
        let mut rows = |faults: &[Fault]| parsed(&build_body(&mut market, faults, "ETH-USD", &parameters).unwrap());
        let correct = rows(&[]);
        assert_eq!(times(&correct)[0], 1_685_664_000);
        assert_eq!(times(&rows(&fault("unfinished")))[0], 1_685_750_400);
        assert_eq!(times(&rows(&fault("off_grid")))[0], 1_685_786_400);
        assert_eq!(times(&rows(&fault("stale")))[0], 1_685_577_600);
        assert_eq!(rows(&fault("empty")), json!([]));
        assert_eq!(rows(&fault("nulls"))[299][3], Value::Null, "the open of the oldest row");
        let volume = |rows: &Value| rows[0][5].as_f64().unwrap();
        let quote = volume(&correct) * correct[0][4].as_f64().unwrap();
        assert!((volume(&rows(&fault("swapped_volume"))) / quote - 1.0).abs() < 1e-12);
    }
}
