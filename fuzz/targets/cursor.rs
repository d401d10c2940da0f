#![no_main]
//! The query of past forecasts: what is accepted is a range that DynamoDB takes, in which text order is time order.

use market_data::{Series, time::EARLIEST};
use http::Method;
use jiff::Timestamp;
use predict::{
    request::{PredictRequest, RequestParts, MAX_LIMIT, Span},
    cursor::Cursor,
    history::ForecastHistory,
    error::ErrorResponse,
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query: Vec<_> = text.split('&').filter_map(pair).collect();
    let Ok(series) = "eth-usd-1d-h1".parse::<Series>() else { return };
    let path = "/v1/series/eth-usd-1d-h1/forecasts";
    let incoming =
        RequestParts { method: &Method::GET, path, query: &query, content_type: None, content_encoding: None, body: b"" };
    let now = Timestamp::constant(1_790_000_000, 0);
    match PredictRequest::decode(&incoming, &[series], now) {
        Ok(PredictRequest::History(query)) => {
            assert!((1..=MAX_LIMIT).contains(&query.limit));
            assert!(ForecastHistory::page(&query, Vec::new()).next.is_none());
            let Span::Between { from, to } = query.span else { return };
            assert!(EARLIEST <= from && from <= to);
            // As the keys of the table are written.
            assert!(format!("{from:.0}") <= format!("{to:.0}"));
            let cursor = Cursor { from: from.as_second(), to: to.as_second(), limit: query.limit };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        Ok(other) => unreachable!("the route is that of past forecasts, not {other:?}"),
        Err(ErrorResponse::Problem(problem)) => assert_eq!(problem.kind.status(), 400),
        Err(ErrorResponse::Scoring(error)) => unreachable!("{error}"),
    }
});
