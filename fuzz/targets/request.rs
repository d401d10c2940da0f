#![no_main]
//! Requests to predict: a line of method, target and content type, then the body.

use features::feature_names;
use http::Method;
use jiff::Timestamp;
use market_data::{Series, bar::validate_bars};
use predict::{
    bars::{MAX_BARS, MIN_BARS, SuppliedBars},
    error::ErrorResponse,
    request::{MAX_LIMIT, PredictRequest, RequestParts, Span},
    scoring::{self, MAX_ROWS, Prediction, Rows, ScoringInput},
    serving_context::ServingContext,
};

/// Present time, after the bars of the seeds, because bars in the future are rejected.
const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, body) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or_default());
    let mut words = line.splitn(3, ' ');
    let Ok(method) = words.next().unwrap_or_default().parse::<Method>() else { return };
    let (target, content_type) = (words.next().unwrap_or_default(), words.next());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query: Vec<_> = query.split('&').filter_map(pair).collect();
    let series: Vec<Series> = ["eth-usd-1d-h1", "eth-usd-1h-h24"].iter().flat_map(|slug| slug.parse()).collect();

    let request = RequestParts { method: &method, path, query: &query, content_type, content_encoding: None, body };
    match PredictRequest::decode(&request, &series, NOW) {
        Ok(PredictRequest::Forecast { series, bars: Some(SuppliedBars { bars, row }), .. }) => {
            assert!((MIN_BARS..=MAX_BARS).contains(&bars.len()));
            assert!(validate_bars(&bars, series.interval).is_ok());
            assert!(row.values.len() == feature_names().len() && row.values.iter().all(|value| value.is_finite()));
        }
        Ok(PredictRequest::History(query)) => {
            assert!((1..=MAX_LIMIT).contains(&query.limit));
            assert!(!matches!(query.span, Span::Between { from, to } if from > to));
        }
        Ok(PredictRequest::Score { series, input }) => score(&series, &input),
        Ok(_) => {}
        // Without stores, every error is one of the client.
        Err(ErrorResponse::Problem(problem)) => assert!((400..500).contains(&problem.kind.status())),
        Err(ErrorResponse::Scoring(error)) => assert!((400..500).contains(&error.status)),
    }
});

/// Checks that rows are within their limits, and that each has its place in the response.
fn score(series: &Series, input: &ScoringInput) {
    let rows = &input.rows;
    assert!((1..=MAX_ROWS).contains(&rows.len()));
    match rows {
        Rows::Features(rows) => {
            let is_complete =
                |row: &Vec<f64>| row.len() == feature_names().len() && row.iter().all(|value| value.is_finite());
            assert!(rows.iter().all(is_complete));
        }
        Rows::Bars(bars) => assert!(validate_bars(bars, series.interval).is_ok()),
    }
    if let Ok(response) = scoring::predictions(series, &ServingContext::default(), input, NOW) {
        assert_eq!(response.predictions.len(), rows.len());
        let is_valid = |prediction: &Prediction| match prediction {
            Prediction::ProbabilityUp(probability) => (0.0..=1.0).contains(probability),
            Prediction::Quantiles(values) => values.iter().all(|value| value.is_finite()),
            Prediction::Odds(odds) => odds.iter().all(|odds| (0.0..=1.0).contains(&odds.either)),
        };
        assert!(response.predictions.iter().flatten().all(is_valid));
    }
}
