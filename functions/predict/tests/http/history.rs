//! Queries of past forecasts, and their pages.

use crate::support::{get_forecast, healthy_context, now, series};
use aws::ForecastRecord;
use contracts::{Outcome, distribution::OddsSizes};
use jiff::SignedDuration;
use lambda_http::http::Method;
use predict::{
    cursor::Cursor,
    error::ErrorResponse,
    history::{ForecastHistory, StoredForecast},
    problem::Problem,
    request::{HistoryQuery, MAX_LIMIT, PredictRequest, RequestParts, Span},
};

fn sizes() -> OddsSizes {
    OddsSizes::for_series(&series()[0])
}

fn decode(pairs: &[(&str, &str)]) -> Result<HistoryQuery, Problem> {
    let query: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let path = "/v1/series/eth-usd-1d-h1/forecasts";
    let incoming = RequestParts {
        method: &Method::GET,
        path,
        query: &query,
        content_type: None,
        content_encoding: None,
        body: b"",
    };
    match PredictRequest::decode(&incoming, &series(), now()) {
        Ok(PredictRequest::History(query)) => Ok(query),
        Err(ErrorResponse::Problem(problem)) => Err(problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bounds_are_times_or_dates_with_defaults() {
    let query = decode(&[("from", "2023-01-01"), ("to", "2023-02-01T12:00:00+02:00"), ("limit", "7")]).unwrap();
    let (from, to) = bounds(&query);
    assert_eq!((from.as_str(), to.as_str()), ("2023-01-01T00:00:00Z", "2023-02-01T10:00:00Z"));
    assert_eq!(query.limit, 7);
    let query = decode(&[("from", "2023-11-01")]).unwrap();
    assert!(matches!(query.span, Span::Between { to, .. } if to > now()));
}

fn bounds(query: &HistoryQuery) -> (String, String) {
    match query.span {
        Span::Between { from, to } => (from.to_string(), to.to_string()),
        Span::Newest => panic!("without bounds"),
    }
}

/// Regression test: `forecasts?limit=10` was empty on a system with another clock than the market.
#[test]
fn without_bounds_the_query_selects_the_newest_forecasts() {
    let query = decode(&[("limit", "10")]).unwrap();
    assert_eq!((query.span, query.limit), (Span::Newest, 10));
    let record = ForecastRecord::open(get_forecast(&healthy_context()), now());
    let page = serde_json::to_value(ForecastHistory::page(&query, vec![record; 10], &sizes())).unwrap();
    let decided = "2023-11-05T00:00:00Z";
    assert_eq!((&page["from"], &page["to"]), (&decided.into(), &decided.into()));
    assert!(page.get("next").is_none(), "nothing is newer");
    let empty = serde_json::to_value(ForecastHistory::page(&query, Vec::new(), &sizes())).unwrap();
    assert!(empty["from"].is_null() && empty["to"].is_null());
}

#[test]
fn a_cursor_of_an_older_release_keeps_the_limit() {
    let cursor = Cursor { from: 0, to: 86_400, limit: 1_000 }.to_string();
    assert_eq!(decode(&[("cursor", &cursor)]).unwrap().limit, MAX_LIMIT);
}

#[test]
fn a_time_of_day_in_a_query_is_kept() {
    for text in ["2023-01-03T18:00:00", "2023-01-03 18:00:00 UTC", "20230103 180000", "1672768800000"] {
        assert_eq!(bounds(&decode(&[("from", text)]).unwrap()).0, "2023-01-03T18:00:00Z", "{text}");
    }
}

/// The keys of the table are in text order, in which negative years are misplaced, so DynamoDB would reject the range.
#[test]
fn a_time_before_the_year_1_is_400() {
    for text in ["-000002-01-01", "-000001-06-01T00:00:00Z", "0000-12-31", "-999999999999"] {
        for name in ["from", "to"] {
            let problem = decode(&[(name, text)]).unwrap_err();
            assert_eq!((problem.kind.status(), problem.field.as_deref()), (400, Some(name)), "{text}: {problem:?}");
        }
    }
    let second = market_data::time::EARLIEST.as_second();
    for (from, to) in [(second - 1, second), (i64::MIN, i64::MAX), (-100_000_000_000, -90_000_000_000)] {
        let forged = format!("{from:016x}{to:016x}0001");
        let problem = decode(&[("cursor", &forged)]).unwrap_err();
        assert_eq!((problem.kind.status(), problem.field.as_deref()), (400, Some("cursor")), "{forged}: {problem:?}");
    }
    let first = decode(&[("to", "0001-01-02")]).unwrap();
    assert_eq!(bounds(&first).0, "0001-01-01T00:00:00Z", "the default reaches no further back");
}

#[test]
fn an_offset_with_a_space_for_its_plus_is_named() {
    let problem = decode(&[("from", "2023-01-03T18:00:00 00:00")]).unwrap_err();
    assert!(problem.detail.contains("%2B"), "{}", problem.detail);
}

#[test]
fn an_invalid_parameter_is_400_and_named() {
    for (name, value) in [
        ("from", "yesterday"),
        ("to", "2023-13-01"),
        ("from", "2999-01-01"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("since", "2023-01-01"),
        ("cursor", ""),
        ("cursor", "0000000065465d810000000065671e00000g"),
    ] {
        let problem = decode(&[(name, value)]).unwrap_err();
        assert_eq!((problem.kind.status(), problem.field.as_deref()), (400, Some(name)), "{value}: {problem:?}");
    }
}

#[test]
fn a_full_page_has_outcomes_and_the_next_address() {
    let forecast = get_forecast(&healthy_context());
    let settled = ForecastRecord {
        outcome: Some(Outcome::Down),
        settled_at: Some(now()),
        ..ForecastRecord::open(forecast.clone(), now())
    };
    let query = decode(&[("from", "2023-11-01"), ("to", "2023-11-30"), ("limit", "1")]).unwrap();
    let page = serde_json::to_value(ForecastHistory::page(&query, vec![settled], &sizes())).unwrap();
    assert_eq!(page["forecasts"][0]["outcome"], "down");
    assert_eq!(page["forecasts"][0]["probability_up"], forecast.probability_up);
    let next = page["next"].as_str().unwrap();
    let cursor = next.strip_prefix("/v1/series/eth-usd-1d-h1/forecasts?cursor=").unwrap();
    let rest = decode(&[("cursor", cursor)]).unwrap();
    assert_eq!(bounds(&rest), ("2023-11-05T00:00:01Z".to_owned(), bounds(&query).1), "one second after the last");
    assert_eq!(rest.limit, query.limit, "the rest of the query goes with it");
    let problem = decode(&[("cursor", cursor), ("limit", "7")]).unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("limit"), "what the cursor holds cannot be given beside it");
    let last = serde_json::to_value(ForecastHistory::page(&query, Vec::new(), &sizes())).unwrap();
    assert!(last.get("next").is_none() && last["forecasts"] == serde_json::json!([]));
}

/// Forecast for a day of 2023 that was stored in 2026.
#[test]
fn a_replayed_forecast_has_its_storage_time() {
    let record = ForecastRecord::open(get_forecast(&healthy_context()), now());
    let target_time = record.forecast.target_time;
    let past = |stored_at| StoredForecast::new(ForecastRecord { stored_at, ..record.clone() }, &sizes());
    let second = SignedDuration::from_secs(1);
    for (stored_at, replayed) in [(None, false), (Some(target_time - second), false), (Some(target_time), true)] {
        let past = past(stored_at);
        assert_eq!((past.made_at, past.stored_at, past.replayed), (now(), stored_at, replayed));
    }
}

#[test]
fn a_duplicate_parameter_is_rejected() {
    let problem = decode(&[("limit", "1"), ("limit", "2")]).unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("limit"));
}
