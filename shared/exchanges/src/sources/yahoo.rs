//! Yahoo Finance's chart service: `GET /v8/finance/chart/{symbol}`. Undocumented, and for personal use only.
//!
//! Columns instead of rows, with nulls where it has no bar; hourly bars only of the last 730 days; the last row is a
//! live one off the grid; the previous day may be missing for hours after midnight. Errors come as an object beside a
//! null result, with or without an HTTP error status; that there is nothing in the range is one of them. Volume is in
//! the quote currency, and here becomes base currency by division by the close, which is an estimate.

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

/// No limit is published; cloud addresses are refused early.
pub(super) const MIN_REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// One request covers any range.
pub(super) const PAGE_ROWS: i64 = 1_000_000;

/// How far hourly bars go back.
const HOURS: i64 = 730 * 24;

/// How the explanation of an empty range begins.
const NOTHING_THERE: &str = "Data doesn't exist for startDate";

/// Errors of its gateway, such as `Invalid Crumb`, stand under `finance`.
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

/// An answer without any bar has no `timestamp` and an empty quote.
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

/// Hourly bars are refused from before; a bar less is sure to be there when the request arrives.
pub(super) fn retention_start(interval: Interval, clock: Timestamp) -> Option<Timestamp> {
    match interval {
        Interval::Hour => Some(interval.step(interval.floor(clock), 1 - HOURS)),
        Interval::Day => None,
    }
}

pub(super) fn page(wanted: &BarRequest) -> PageRequest {
    PageRequest {
        path: format!("/v8/finance/chart/{}", wanted.symbol),
        query: vec![
            ("interval", wanted.interval.to_string()),
            ("period1", wanted.from.as_second().to_string()),
            ("period2", wanted.to.as_second().to_string()),
        ],
    }
}

pub(super) fn rows(body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
    let chart = json::decode::<ResponseBody>(body)?.chart;
    if let Some(ErrorBody { code, description }) = chart.error {
        let nothing = description.starts_with(NOTHING_THERE);
        return Err(if nothing { SourceError::NoBars } else { SourceError::Refused { code, description } });
    }
    let Some(Columns { timestamp, indicators }) = chart.result.and_then(|results| results.into_iter().next()) else {
        return Err(SourceError::shape("one chart.result"));
    };
    let Some(quote) = indicators.quote.into_iter().next() else {
        return Err(SourceError::shape("one indicators.quote"));
    };
    let columns = [&quote.open, &quote.high, &quote.low, &quote.close, &quote.volume];
    if columns.iter().any(|column| column.len() != timestamp.len()) {
        return Err(SourceError::shape("columns as long as timestamp"));
    }
    let mut rows = Vec::with_capacity(timestamp.len());
    for (i, second) in timestamp.into_iter().enumerate() {
        let values = columns.map(|column| column[i]);
        if values.iter().all(Option::is_none) {
            continue;
        }
        // A null beside values becomes a NaN, which the screen then reports by time and field.
        let [open, high, low, close, quote_volume] = values.map(|value| value.unwrap_or(f64::NAN));
        let columns = [open, high, low, close, quote_volume / close].map(LenientNumber);
        rows.push(RawRow { bar: super::bar(super::second(second)?, columns), quote_volume: values[4] });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SourceName;

    #[test]
    fn one_page_covers_the_range_in_seconds() {
        let wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        let [page] = SourceName::Yahoo.pages(&wanted).unwrap().try_into().unwrap();
        assert_eq!(page.path, "/v8/finance/chart/ETH-USD");
        let query = [("interval", "1h"), ("period1", "1672531200"), ("period2", "1672617600")];
        assert_eq!(page.query, query.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn hours_are_kept_for_730_days_and_days_for_ever() {
        let clock = "2025-01-01T00:30:00Z".parse().unwrap();
        assert_eq!(retention_start(Interval::Hour, clock).unwrap().to_string(), "2023-01-02T01:00:00Z");
        assert_eq!(retention_start(Interval::Day, clock), None);
    }

    #[test]
    fn rows_of_nulls_are_skipped_and_volume_becomes_base_currency() {
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
    fn an_answer_without_bars_is_no_rows() {
        let body = br#"{"chart":{"result":[{"meta":{},"indicators":{"quote":[{}],"adjclose":[{}]}}],"error":null}}"#;
        assert_eq!(rows(body).unwrap(), []);
    }

    #[test]
    fn its_error_object_is_passed_on() {
        let body = br#"{"chart":{"result":null,"error":{"code":"Not Found","description":"delisted"}}}"#;
        match rows(body) {
            Err(SourceError::Refused { code, description }) => {
                assert_eq!((code.as_str(), description.as_str()), ("Not Found", "delisted"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_of_its_gateway_is_passed_on() {
        let body = br#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
        assert_eq!(rows(body).unwrap_err().to_string(), "refused: Unauthorized: Invalid Crumb");
    }

    #[test]
    fn that_there_is_nothing_is_no_refusal() {
        let body = br#"{"chart":{"result":null,"error":{"code":"Bad Request",
            "description":"Data doesn't exist for startDate = 1262304000, endDate = 1293840000"}}}"#;
        assert!(matches!(rows(body), Err(SourceError::NoBars)));
    }

    #[test]
    fn columns_of_unequal_length_are_refused() {
        let body = br#"{"chart":{"result":[{"timestamp":[1672531200],"indicators":{"quote":[{"open":[1.0],"high":[1.0],
            "low":[1.0],"close":[1.0],"volume":[]}]}}],"error":null}}"#;
        assert!(matches!(rows(body), Err(SourceError::UnexpectedShape { .. })));
    }
}
