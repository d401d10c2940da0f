//! Status, novelty and direction of a forecast.

use crate::{
    answers::with_edge,
    support::{ask, bars, body_of, get_forecast, healthy_context, record, series, window},
};
use contracts::{
    WarningCode,
    forecast::{Direction, Forecast, ForecastStatus, Novelty},
};
use features::{WINDOW_BARS, latest_feature_row};
use lambda_http::http::Method;
use market_data::Bar;
use model::{Artifact, TrainedRange};
use predict::{
    baseline::Baseline,
    champion::{ServingModel, ServingStatus},
    explanation::Detail,
    forecast::forecast,
    serving_context::ServingContext,
};
use serde_json::json;

/// Model with a shown edge, changed by `change`.
fn served(change: impl Fn(&mut Artifact)) -> ServingContext {
    let mut artifact = (*with_edge().artifact).clone();
    change(&mut artifact);
    let model = ServingModel::from_verified_bytes(record(4, &artifact), Some(&artifact.to_bytes().unwrap())).unwrap();
    ServingContext { champion: Some(model), ..healthy_context() }
}

/// Range that ends at the features of the stored bars, and is one wide.
fn range_around_the_bars() -> TrainedRange {
    let row = latest_feature_row(&bars(WINDOW_BARS), series()[0].interval).unwrap();
    TrainedRange { low: row.values.iter().map(|value| value - 1.0).collect(), high: row.values, threshold: 0.01 }
}

fn validity(forecast: &Forecast) -> (ForecastStatus, Direction) {
    (forecast.status, forecast.direction)
}

#[test]
fn features_within_the_trained_range_name_a_direction() {
    let forecast = get_forecast(&served(|artifact| artifact.trained_range = Some(range_around_the_bars())));
    assert_eq!(validity(&forecast), (ForecastStatus::Ok, Direction::Up));
    assert_eq!(forecast.novelty, Some(Novelty { score: 0.0, threshold: 0.01 }));
    let older = get_forecast(&served(|_| {}));
    assert_eq!((validity(&older), older.novelty), ((ForecastStatus::Ok, Direction::Up), None));
}

/// The caller's last bar has a hundred times the volume of the others.
#[test]
fn features_outside_the_trained_range_abstain_with_a_warning() {
    let context = served(|artifact| artifact.trained_range = Some(range_around_the_bars()));
    let mut odd: Vec<Bar> = bars(WINDOW_BARS);
    odd.last_mut().unwrap().volume *= 100.0;
    let body = body_of(&odd).to_string();
    let answer = ask(&Method::POST, "/v1/series/eth-usd-1d-h1/forecast", body.as_bytes(), &context);
    assert_eq!((&answer.body["status"], &answer.body["direction"]), (&json!("degraded"), &json!("abstain")));
    assert_eq!(answer.body["warnings"][0]["code"], "novel_features", "{}", answer.body["warnings"]);
    let novelty: Novelty = serde_json::from_value(answer.body["novelty"].clone()).unwrap();
    assert!(novelty.score > novelty.threshold, "{novelty:?}");
}

#[test]
fn a_band_that_includes_one_half_names_no_direction() {
    let forecast = get_forecast(&served(|artifact| artifact.band_half_width = 0.2));
    assert!(forecast.interval[0] < 0.5 && forecast.probability_up > 0.5, "{:?}", forecast.interval);
    assert_eq!(validity(&forecast), (ForecastStatus::Ok, Direction::Abstain));
}

#[test]
fn a_fallback_is_degraded_and_names_no_direction() {
    let mut replaced = served(|_| {});
    replaced.champion.as_mut().unwrap().status = ServingStatus::Fallback("version 5 was refused".to_owned());
    assert_eq!(validity(&get_forecast(&replaced)), (ForecastStatus::Degraded, Direction::Abstain));
    let unread = ServingContext { baseline: Baseline::Unread, ..served(|_| {}) };
    assert_eq!(validity(&get_forecast(&unread)), (ForecastStatus::Degraded, Direction::Abstain));
}

#[test]
fn late_bars_are_stale_and_simulated_ones_are_not() {
    let simulated = ServingContext { window: Some(window(WINDOW_BARS, "coinbase (simulated)")), ..served(|_| {}) };
    assert_eq!(validity(&get_forecast(&simulated)), (ForecastStatus::Ok, Direction::Up));
    let at = |now: &str| {
        forecast(&series()[0], &served(|_| {}), None, Detail::Plain, now.parse().unwrap()).unwrap().forecast
    };
    assert_eq!(validity(&at("2023-11-06T00:00:00Z")), (ForecastStatus::Stale, Direction::Abstain));
    let late = at("2023-11-09T00:00:00Z");
    assert!(late.warnings.iter().any(|warning| warning.code == WarningCode::StaleData));
    assert_eq!(validity(&late), (ForecastStatus::Stale, Direction::Abstain));
}

#[test]
fn without_a_model_the_status_says_so() {
    let context = ServingContext { champion: None, ..healthy_context() };
    assert_eq!(validity(&get_forecast(&context)), (ForecastStatus::NoModel, Direction::Abstain));
}
