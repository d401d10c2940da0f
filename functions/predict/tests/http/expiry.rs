//! Expired forecasts, open bars and future bars.

use crate::{
    answers::with_edge,
    support::{ask, bars, body_of, healthy_context, now, series, window},
};
use contracts::{
    WarningCode,
    forecast::{Direction, Forecast},
};
use features::WINDOW_BARS;
use jiff::Timestamp;
use lambda_http::http::Method;
use market_data::{Bar, Interval};
use predict::{
    explanation::Detail,
    forecast::forecast,
    overview::{SeriesInputs, SeriesStatus},
    readiness::SeriesReadiness,
    request::{PredictRequest, RequestParts},
    serving_context::ServingContext,
};
use serde_json::json;

const PATH: &str = "/v1/series/eth-usd-1d-h1/forecast";
/// Last second of the forecast for 2023-11-05.
const LAST: &str = "2023-11-05T23:59:59Z";
/// First second after it.
const OVER: &str = "2023-11-06T00:00:00Z";

fn proven() -> ServingContext {
    ServingContext { champion: Some(with_edge()), ..healthy_context() }
}

fn forecast_at(now: &str) -> Forecast {
    forecast(&series()[0], &proven(), None, Detail::Plain, now.parse().unwrap()).unwrap().forecast
}

/// Fixture bars, shifted by `days`.
fn later(days: i64) -> Vec<Bar> {
    bars(WINDOW_BARS).into_iter().map(|bar| Bar { time: Interval::Day.step(bar.time, days), ..bar }).collect()
}

#[test]
fn an_expired_forecast_abstains_with_a_warning() {
    let current = forecast_at(LAST);
    assert_eq!((current.direction, current.warnings.len()), (Direction::Up, 0));
    let expired = forecast_at(OVER);
    assert_eq!((expired.direction, expired.warnings[0].code), (Direction::Abstain, WarningCode::Expired));
    assert_eq!((expired.probability_up, expired.warnings.len()), (current.probability_up, 1));
    let rationale = web::wording::forecast_rationale(&expired);
    assert!(rationale.contains("expired"), "{rationale}");
}

#[test]
fn old_bars_of_the_caller_abstain() {
    let old = &bars(WINDOW_BARS + 3)[..WINDOW_BARS];
    for path in [PATH, "/predict"] {
        let answer = ask(&Method::POST, path, body_of(old).to_string().as_bytes(), &proven());
        assert_eq!((answer.status, &answer.body["direction"]), (200, &json!("abstain")), "{}", answer.body);
        assert_eq!(answer.body["warnings"][0]["code"], "expired");
    }
}

#[test]
fn a_series_with_an_expired_forecast_is_not_ready() {
    let at = |now: &str| SeriesReadiness::new(series()[0].clone(), &healthy_context(), now.parse().unwrap());
    assert!(at(LAST).ready);
    let late = at(OVER);
    assert!(!late.ready && late.reasons[0].code == WarningCode::Expired, "{late:?}");
}

#[test]
fn the_overview_warns_of_an_expired_forecast() {
    let at = |now: &str| {
        let known = SeriesInputs { context: healthy_context(), ..SeriesInputs::default() };
        SeriesStatus::new(series()[0].clone(), known, now.parse().unwrap()).warnings
    };
    assert_eq!(at(LAST), []);
    assert_eq!(at(OVER)[0].code, WarningCode::Expired);
}

#[test]
fn an_open_bar_is_accepted_with_a_warning() {
    let answer = ask(&Method::POST, PATH, body_of(&later(1)).to_string().as_bytes(), &proven());
    assert_eq!((answer.status, &answer.body["warnings"][0]["code"]), (200, &json!("open_bar")), "{}", answer.body);
}

#[test]
fn future_bars_are_rejected() {
    for days in [2, 2_500] {
        let answer = ask(&Method::POST, PATH, body_of(&later(days)).to_string().as_bytes(), &proven());
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!("time")), "{}", answer.body);
        let bar = later(days).partition_point(|bar| bar.time <= now());
        assert_eq!(answer.body["bar"], json!(bar));
    }
}

#[test]
fn invocations_reject_future_bars() {
    let decode = |bars: &[Bar]| {
        let body = json!({"dataframe_records": bars}).to_string();
        let (path, content_type) = ("/invocations", Some("application/json"));
        let incoming = RequestParts {
            method: &Method::POST,
            path,
            query: &[],
            content_type,
            content_encoding: None,
            body: body.as_bytes(),
        };
        PredictRequest::decode(&incoming, &series(), now())
    };
    assert!(decode(&later(1)).is_ok());
    assert!(format!("{:?}", decode(&later(2)).unwrap_err()).contains("in the future"));
}

#[test]
fn an_open_bar_of_the_window_has_a_warning() {
    let mut open = (*window(WINDOW_BARS, "coinbase")).clone();
    open.bars = later(1);
    let now: Timestamp = now();
    let context = ServingContext { window: Some(open.into()), ..proven() };
    let forecast = forecast(&series()[0], &context, None, Detail::Plain, now).unwrap().forecast;
    assert_eq!(forecast.warnings[0].code, WarningCode::OpenBar);
}
