//! Yahoo's chart service: `GET /v8/finance/chart/{symbol}?period1&period2&interval`, columns, oldest first.

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
use jiff::{SignedDuration, Timestamp};
use market_data::{Interval, Symbol};
use serde::Deserialize;
use serde_json::{Value, json};

/// Retention of hourly bars in days.
const HOURLY_RETENTION_DAYS: i64 = 730;

#[derive(Debug, Default, Deserialize)]
struct QueryParameters {
    interval: Option<String>,
    period1: Option<i64>,
    period2: Option<i64>,
}

pub(super) fn routes() -> Router<SharedState> {
    Router::new().route("/v8/finance/chart/{symbol}", get(chart))
}

async fn chart(
    State(state): State<SharedState>,
    Path(symbol): Path<String>,
    Query(parameters): Query<QueryParameters>,
) -> Response {
    send(&state, Source::Yahoo, |market, faults| build_body(market, faults, &symbol, &parameters)).await
}

fn build_body(
    market: &mut SimulatedMarket,
    faults: &[Fault],
    symbol: &str,
    parameters: &QueryParameters,
) -> Result<ResponseBody, ErrorBody> {
    let Some(symbol) = market.find(|listed| listed.as_str() == symbol) else {
        return Err(error_body(StatusCode::NOT_FOUND, "Not Found", "No data found, symbol may be delisted"));
    };
    let interval = match parameters.interval.as_deref() {
        Some("1h" | "60m") => Interval::Hour,
        Some("1d") => Interval::Day,
        other => {
            let text = format!("Invalid input - interval={} is not supported.", other.unwrap_or(""));
            return Err(error_body(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity", &text));
        }
    };
    let (start, end, from, to) = period(parameters)?;
    let now = market.now();
    let retention_start =
        now.saturating_sub(SignedDuration::from_hours(24 * HOURLY_RETENTION_DAYS)).unwrap_or(Timestamp::MIN);
    if interval == Interval::Hour && from < retention_start {
        let text = format!(
            "1h data not available for startTime={start} and endTime={end}. The requested range must be within the last \
             {HOURLY_RETENTION_DAYS} days."
        );
        return Err(error_body(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity", &text));
    }
    // A range that reaches the present ends with a live row at the time of the last trade.
    let range =
        BarRange { symbol: symbol.clone(), interval, from, to, limit: BarLimit::All, trailing_row: TrailingRow::Live };
    let Page { rows, provenance } = Page::read(market, range, faults)?;
    Ok(ResponseBody::new(&body(&symbol, interval, now, &rows), provenance))
}

/// `period1` (inclusive) and `period2` (exclusive) in seconds, followed by the first and last open time.
fn period(parameters: &QueryParameters) -> Result<(i64, i64, Timestamp, Timestamp), ErrorBody> {
    let invalid = |text: &str| error_body(StatusCode::BAD_REQUEST, "Bad Request", text);
    let (Some(start), Some(end)) = (parameters.period1, parameters.period2) else {
        return Err(invalid("Invalid input - period1 and period2 are needed"));
    };
    let range = Timestamp::from_second(start).ok().zip(Timestamp::from_second(end.saturating_sub(1)).ok());
    match range {
        Some((from, to)) if from <= to => Ok((start, end, from, to)),
        _ => {
            let text =
                format!("Invalid input - start date cannot be after end date. startDate = {start}, endDate = {end}");
            Err(invalid(&text))
        }
    }
}

fn body(symbol: &Symbol, interval: Interval, now: Timestamp, rows: &[Row]) -> Value {
    let column = |value: fn(&Row) -> Option<f64>| rows.iter().map(value).collect::<Vec<_>>();
    let meta = json!({
        "currency": symbol.quote(),
        "symbol": symbol,
        "exchangeName": "CCC",
        "instrumentType": "CRYPTOCURRENCY",
        "regularMarketTime": now.as_second(),
        "gmtoffset": 0,
        "timezone": "UTC",
        "exchangeTimezoneName": "UTC",
        "regularMarketPrice": rows.last().and_then(|row| row.close),
        "priceHint": 2,
        "dataGranularity": interval,
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    });
    let result = if rows.is_empty() {
        json!({ "meta": meta, "indicators": { "quote": [{}] } })
    } else {
        json!({
            "meta": meta,
            "timestamp": rows.iter().map(|row| row.time.as_second()).collect::<Vec<_>>(),
            "indicators": { "quote": [{
                "open": column(|row| row.open),
                "high": column(|row| row.high),
                "low": column(|row| row.low),
                "close": column(|row| row.close),
                // In the quote currency, whole.
                "volume": column(|row| row.quote_volume.map(f64::round)),
            }] },
        })
    };
    json!({ "chart": { "result": [result], "error": null } })
}

fn error_body(status: StatusCode, code: &str, description: &str) -> ErrorBody {
    let error = json!({ "code": code, "description": description });
    ErrorBody { status, body: json!({ "chart": { "result": null, "error": error } }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::tests::{fault, market, parsed};

    fn parameters(interval: &str, from: &str, to: &str) -> QueryParameters {
        let second = |text: &str| Some(text.parse::<Timestamp>().unwrap().as_second());
        QueryParameters { interval: Some(interval.to_owned()), period1: second(from), period2: second(to) }
    }

    fn request(
        market: &mut SimulatedMarket,
        symbol: &str,
        interval: &str,
        from: &str,
        to: &str,
    ) -> Result<Value, ErrorBody> {
        build_body(market, &[], symbol, &parameters(interval, from, to)).map(|body| parsed(&body))
    }

    #[test]
    fn columns_are_oldest_first_with_quote_volume() {
        let mut market = market();
        let body = request(&mut market, "ETH-USD", "1d", "2023-06-01T00:00:00Z", "2023-06-03T00:00:00Z").unwrap();
        let result = &body["chart"]["result"][0];
        assert_eq!(result["timestamp"], json!([1_685_577_600, 1_685_664_000]));
        let quote = &result["indicators"]["quote"][0];
        let (symbol, from) = ("ETH-USD".parse().unwrap(), "2023-06-01T00:00:00Z".parse().unwrap());
        let bars = market.closed(&symbol, Interval::Day, from, Timestamp::MAX, BarLimit::First(2)).bars;
        assert_eq!(quote["close"][0], json!(bars[0].close));
        assert_eq!(quote["volume"][1], json!((bars[1].volume * bars[1].close).round()));
        for column in ["open", "high", "low", "close", "volume"] {
            assert_eq!(quote[column].as_array().unwrap().len(), 2, "{column}");
        }
    }

    #[test]
    fn a_range_that_reaches_the_present_ends_with_a_live_row() {
        let mut market = market();
        market.set_clock("2023-06-03T10:11:12Z".parse().unwrap()).unwrap();
        let body = request(&mut market, "ETH-USD", "1d", "2023-06-02T00:00:00Z", "2023-06-04T00:00:00Z").unwrap();
        assert_eq!(body["chart"]["result"][0]["timestamp"], json!([1_685_664_000, 1_685_787_072]));
    }

    #[test]
    fn old_hours_and_unknown_symbols_are_rejected_as_by_yahoo() {
        let mut market = market();
        let error = request(&mut market, "ETH-USD", "1h", "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z").unwrap_err();
        assert_eq!(error.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(error.body["chart"]["result"], Value::Null);
        let description = error.body["chart"]["error"]["description"].as_str().unwrap();
        assert!(description.ends_with("The requested range must be within the last 730 days."), "{description}");
        let error = request(&mut market, "NOPE-USD", "1d", "2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z").unwrap_err();
        assert_eq!((error.status, &error.body["chart"]["error"]["code"]), (StatusCode::NOT_FOUND, &json!("Not Found")));
    }

    #[test]
    fn without_bars_the_timestamps_are_absent() {
        let mut market = market();
        let body = request(&mut market, "ETH-USD", "1d", "2010-01-01T00:00:00Z", "2010-02-01T00:00:00Z").unwrap();
        assert_eq!(body["chart"]["result"][0]["indicators"], json!({ "quote": [{}] }));
        assert_eq!(body["chart"]["result"][0].get("timestamp"), None);
    }

    #[test]
    fn faults_change_the_columns() {
        let mut market = market();
        market.set_clock("2023-06-13T10:11:12Z".parse().unwrap()).unwrap();
        let parameters = parameters("1d", "2023-06-01T00:00:00Z", "2023-06-13T00:00:00Z");
        let mut result = |faults: &[Fault]| {
            let body = parsed(&build_body(&mut market, faults, "ETH-USD", &parameters).unwrap());
            body["chart"]["result"][0].clone()
        };
        let last = |result: &Value| result["timestamp"].as_array().unwrap().last().unwrap().as_i64();
        let correct = result(&[]);
        assert_eq!(last(&correct), Some(1_686_528_000));
        assert_eq!(last(&result(&fault("unfinished"))), Some(1_686_614_400));
        assert_eq!(last(&result(&fault("off_grid"))), Some(1_686_651_072));
        assert_eq!(result(&fault("empty"))["indicators"], json!({ "quote": [{}] }));
        let nulls = result(&fault("nulls"));
        assert_eq!(nulls["timestamp"], correct["timestamp"]);
        assert_eq!(nulls["indicators"]["quote"][0]["high"][5], Value::Null);
        let first = |result: &Value, name: &str| result["indicators"]["quote"][0][name][0].as_f64().unwrap();
        let ratio = first(&correct, "volume") / first(&result(&fault("swapped_volume")), "volume");
        assert!((ratio / first(&correct, "close") - 1.0).abs() < 1e-3, "{ratio}: base currency now");
    }
}
