//! Yahoo Finance's chart service: `GET /v8/finance/chart/{symbol}`. Undocumented, and for personal use only.
//!
//! Columns instead of rows, with nulls for missing bars. Hourly bars exist only for the last 730 days. The last row is a
//! live quote off the grid. The previous day may be missing for hours after midnight. Errors are an object beside a null
//! result, with or without an HTTP error status; an empty range is also an error. Volume is in the quote currency; it is
//! divided by the close, which estimates the volume in the base currency.

use super::PageRequest;
use crate::{
    error::SourceError,
    json::{self, LenientNumber},
    request::BarRequest,
};
use jiff::Timestamp;
use market_data::{Interval, quality::RawRow};
use serde::Deserialize;
use std::time::Duration;

pub(super) const BASE_URL: &str = "https://query1.finance.yahoo.com";

/// Interval without a published limit; addresses of clouds are rejected early.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// Rows of one request, which covers any range.
pub(super) const PAGE_ROWS: i64 = 1_000_000;

/// Retention of hourly bars, in bars.
const RETENTION_HOURS: i64 = 730 * 24;

/// Start of the description of an empty range.
const EMPTY_RANGE_PREFIX: &str = "Data doesn't exist for startDate";

/// Body under `chart`, or under `finance` for errors of the gateway such as `Invalid Crumb`.
#[derive(Deserialize)]
struct ResponseBody {
    #[serde(alias = "finance")]
    chart: Chart,
}

#[derive(Deserialize)]
struct Chart {
    result: Option<Vec<Columns>>,
    error: Option<ErrorBody>,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    description: String,
}

/// Columns of a response. Without bars there is no `timestamp`, and the quote is empty.
#[derive(Deserialize)]
struct Columns {
    #[serde(default)]
    timestamp: Vec<i64>,
    indicators: Indicators,
}

#[derive(Deserialize)]
struct Indicators {
    quote: Vec<Quote>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Quote {
    open: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<Option<f64>>,
    volume: Vec<Option<f64>>,
}

/// Open time of the oldest hourly bar, one bar later than the limit, which moves until the request arrives.
pub(super) fn retention_start(interval: Interval, clock: Timestamp) -> Option<Timestamp> {
    match interval {
        Interval::Hour => Some(interval.step(interval.floor(clock), 1 - RETENTION_HOURS)),
        Interval::Day => None,
    }
}

pub(super) fn page(request: &BarRequest) -> PageRequest {
    PageRequest {
        path: format!("/v8/finance/chart/{}", request.symbol),
        query: vec![
            ("interval", request.interval.to_string()),
            ("period1", request.from.as_second().to_string()),
            ("period2", request.to.as_second().to_string()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let chart = json::decode::<ResponseBody>(body)?.chart;
    if let Some(ErrorBody { code, description }) = chart.error {
        let is_empty_range = description.starts_with(EMPTY_RANGE_PREFIX);
        return Err(if is_empty_range { SourceError::NoBars } else { SourceError::Refused { code, description } });
    }
    let Some(Columns { timestamp, indicators }) = chart.result.and_then(|results| results.into_iter().next()) else {
        return Err(SourceError::unexpected_shape("one chart.result"));
    };
    let Some(quote) = indicators.quote.into_iter().next() else {
        return Err(SourceError::unexpected_shape("one indicators.quote"));
    };
    let columns = [&quote.open, &quote.high, &quote.low, &quote.close, &quote.volume];
    if columns.iter().any(|column| column.len() != timestamp.len()) {
        return Err(SourceError::unexpected_shape("columns as long as timestamp"));
    }
    let mut rows = Vec::with_capacity(timestamp.len());
    for (index, second) in timestamp.into_iter().enumerate() {
        let values = columns.map(|column| column[index]);
        if values.iter().all(Option::is_none) {
            continue;
        }
        // Validation reports a NaN by time and field.
        let [open, high, low, close, quote_volume] = values.map(|value| value.unwrap_or(f64::NAN));
        let columns = [open, high, low, close, quote_volume / close].map(LenientNumber);
        rows.push(RawRow { bar: super::bar(super::timestamp(second)?, columns), quote_volume: values[4] });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source_name::SourceName;

    #[test]
    fn one_page_covers_the_range_in_seconds() {
        let request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        let [page] = SourceName::Yahoo.pages(&request).unwrap().try_into().unwrap();
        assert_eq!(page.path, "/v8/finance/chart/ETH-USD");
        let query = [("interval", "1h"), ("period1", "1672531200"), ("period2", "1672617600")];
        assert_eq!(page.query, query.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn only_hours_have_a_retention_of_730_days() {
        let clock = "2025-01-01T00:30:00Z".parse().unwrap();
        assert_eq!(retention_start(Interval::Hour, clock).unwrap().to_string(), "2023-01-02T01:00:00Z");
        assert_eq!(retention_start(Interval::Day, clock), None);
    }

    #[test]
    fn rows_of_nulls_are_skipped_and_volumes_converted() {
        let rows = rows(include_bytes!("../../testdata/yahoo_1d_nulls_live_last_row.json")).unwrap();
        assert_eq!(rows.len(), 3);
        let RawRow { bar, quote_volume } = rows[0];
        assert_eq!(bar.time.to_string(), "2023-01-01T00:00:00Z");
        assert_eq!((bar.open, bar.high, bar.low, bar.close), (1200.0, 1210.0, 1190.0, 1205.0));
        assert!((bar.volume - 2_000_000.0).abs() < 1e-6, "2.41e9 USD at 1205 is {}", bar.volume);
        assert_eq!(quote_volume, Some(2.41e9));
        assert_eq!(rows[1].bar.time.to_string(), "2023-01-03T00:00:00Z");
        assert!(rows[2].bar.volume.is_nan() && rows[2].quote_volume.is_none());
    }

    #[test]
    fn a_response_without_bars_has_no_rows() {
        let body = br#"{"chart":{"result":[{"meta":{},"indicators":{"quote":[{}],"adjclose":[{}]}}],"error":null}}"#;
        assert_eq!(rows(body).unwrap(), []);
    }

    #[test]
    fn an_error_object_is_an_error() {
        let body = br#"{"chart":{"result":null,"error":{"code":"Not Found","description":"delisted"}}}"#;
        match rows(body) {
            Err(SourceError::Refused { code, description }) => {
                assert_eq!((code.as_str(), description.as_str()), ("Not Found", "delisted"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_of_the_gateway_is_an_error() {
        let body = br#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
        assert_eq!(rows(body).unwrap_err().to_string(), "refused: Unauthorized: Invalid Crumb");
    }

    #[test]
    fn an_empty_range_is_no_bars() {
        let body = br#"{"chart":{"result":null,"error":{"code":"Bad Request",
            "description":"Data doesn't exist for startDate = 1262304000, endDate = 1293840000"}}}"#;
        assert!(matches!(rows(body), Err(SourceError::NoBars)));
    }

    #[test]
    fn columns_of_unequal_length_are_rejected() {
        let body = br#"{"chart":{"result":[{"timestamp":[1672531200],"indicators":{"quote":[{"open":[1.0],"high":[1.0],
            "low":[1.0],"close":[1.0],"volume":[]}]}}],"error":null}}"#;
        assert!(matches!(rows(body), Err(SourceError::UnexpectedShape { .. })));
    }
}
