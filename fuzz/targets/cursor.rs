#![no_main]
//! Queries of past forecasts: an accepted range is valid in DynamoDB, where the order of texts is that of times.

use contracts::distribution::OddsSizes;
use http::Method;
use jiff::Timestamp;
use market_data::{Series, time::EARLIEST};
use predict::{
    cursor::Cursor,
    error::ErrorResponse,
    history::ForecastHistory,
    request::{MAX_LIMIT, PredictRequest, RequestParts, Span},
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query: Vec<_> = text.split('&').filter_map(pair).collect();
    let Ok(series) = "eth-usd-1d-h1".parse::<Series>() else { return };
    let path = "/v1/series/eth-usd-1d-h1/forecasts";
    let request = RequestParts {
        method: &Method::GET,
        path,
        query: &query,
        content_type: None,
        content_encoding: None,
        body: b"",
    };
    let now = Timestamp::constant(1_790_000_000, 0);
    match PredictRequest::decode(&request, &[series], now) {
        Ok(PredictRequest::History(query)) => {
            assert!((1..=MAX_LIMIT).contains(&query.limit));
            let sizes = OddsSizes::for_series(&query.series);
            assert!(ForecastHistory::page(&query, Vec::new(), &sizes).next.is_none());
            let Span::Between { from, to } = query.span else { return };
            assert!(EARLIEST <= from && from <= to);
            // The format of the keys of the table.
            assert!(format!("{from:.0}") <= format!("{to:.0}"));
            let cursor = Cursor { from: from.as_second(), to: to.as_second(), limit: query.limit };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        Ok(other) => unreachable!("the route is that of past forecasts, not {other:?}"),
        Err(ErrorResponse::Problem(problem)) => assert_eq!(problem.kind.status(), 400),
        Err(ErrorResponse::Scoring(error)) => unreachable!("{error}"),
    }
});
