//! Mixture of experts: it is served as it was stored, for the same bar and champion.

use crate::{
    answers::with_edge,
    support::{artifact, ask, bars, body_of, get_forecast, mixed_context, now, record, series, stored_forecast},
};
use contracts::{
    distribution::OddsSizes,
    expert::{Expert, ExpertForecast},
    forecast::Forecast,
};
use features::WINDOW_BARS;
use lambda_http::http::Method;
use market_data::{Bar, Interval, window::BarWindow};
use predict::{
    baseline::StoredExperts, champion::ServingModel, explanation::Detail, forecast::forecast, history::StoredForecast,
    serving_context::ServingContext,
};
use serde_json::Value;
use std::sync::Arc;

/// Context of version 4, whose model depends on a feature, with the mixture that was stored while it served.
fn mixed() -> ServingContext {
    ServingContext { champion: Some(with_edge()), ..mixed_context(4) }
}

/// Weighted mean of the probabilities.
fn mean(experts: &[ExpertForecast]) -> f64 {
    experts.iter().map(|expert| expert.weight * expert.probability_up).sum()
}

/// Panics unless the forecast is the champion's alone.
fn assert_unmixed(context: &ServingContext, case: &str) {
    let own = get_forecast(&ServingContext { experts: None, ..context.clone() });
    let served = get_forecast(context);
    assert!(served.experts.is_empty(), "{case}: {:?}", served.experts);
    assert_eq!(served, own, "{case}");
}

#[test]
fn the_stored_mixture_of_the_newest_bar_is_served() {
    let context = mixed();
    let answer = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/forecast", b"", &context);
    let text = answer.body["experts"].to_string();
    assert!(text.contains("version-9") && !text.contains("quantiles"), "a challenger shows no distribution: {text}");
    let served: Forecast = serde_json::from_value(answer.body).unwrap();
    let names: Vec<String> = served.experts.iter().map(|expert| expert.expert.to_string()).collect();
    assert_eq!(names, ["climatology", "last_bar", "version-4", "version-9"]);
    assert!((served.probability_up - mean(&served.experts)).abs() < 1e-12, "{}", served.probability_up);
    assert!((served.probability_up - stored_forecast(4).forecast.probability_up).abs() < 1e-12, "as it was stored");
    let own = get_forecast(&ServingContext { experts: None, ..context });
    assert!((served.probability_up - own.probability_up).abs() > 0.01, "not the champion's alone");
    let [low, high] = served.interval;
    assert!(low < served.probability_up && served.probability_up < high, "the band is that of the mixture");
}

#[test]
fn another_champion_or_a_newer_bar_has_the_forecast_of_the_champion_alone() {
    let promoted = ServingContext { champion: Some(with_edge()), ..mixed_context(3) };
    assert_unmixed(&promoted, "version 3 served when the mixture was stored");
    let mut older = StoredExperts::from(&stored_forecast(4));
    older.decision_time = Interval::Day.step(older.decision_time, -1);
    let newer_bar = ServingContext { experts: Some(Arc::new(older)), ..mixed() };
    assert_unmixed(&newer_bar, "the newest bar has no stored forecast yet");
    let unmixed = StoredExperts { forecasts: Vec::new(), ..StoredExperts::from(&stored_forecast(4)) };
    assert_unmixed(&ServingContext { experts: Some(Arc::new(unmixed)), ..mixed() }, "record of an older release");
}

#[test]
fn a_model_that_cannot_be_used_is_not_mixed() {
    let broken = ServingModel::base_rate_of(record(4, &artifact()), "model version 4 was refused");
    assert_unmixed(&ServingContext { champion: Some(broken), ..mixed() }, "its base rate answers");
    let window = mixed().window.unwrap();
    let gap: Vec<Bar> = window.bars[WINDOW_BARS - 5..].to_vec();
    let few = ServingContext { window: Some(Arc::new(BarWindow { bars: gap, ..(*window).clone() })), ..mixed() };
    assert_unmixed(&few, "too few bars for the features");
}

#[test]
fn bars_of_the_caller_have_the_forecast_of_the_champion_alone() {
    let body = body_of(&bars(WINDOW_BARS)).to_string();
    for path in ["/v1/series/eth-usd-1d-h1/forecast", "/predict"] {
        let with = ask(&Method::POST, path, body.as_bytes(), &mixed()).body;
        let without = ask(&Method::POST, path, body.as_bytes(), &ServingContext { experts: None, ..mixed() }).body;
        assert_eq!(with, without, "{path}");
    }
}

#[test]
fn contributions_to_a_mixture_have_the_weight_of_the_champion() {
    let explain = |context: &ServingContext| {
        let answer = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/explanation", b"", context).body;
        let contribution = answer["explanation"]["contributions"][0]["contribution"].as_f64().unwrap();
        let expected = answer["explanation"]["expected"].as_f64().unwrap();
        let sum = expected + contribution + answer["explanation"]["rest"].as_f64().unwrap();
        assert!((sum - answer["probability_up"].as_f64().unwrap()).abs() < 1e-9, "{answer}");
        contribution
    };
    let alone = explain(&ServingContext { experts: None, ..mixed() });
    assert!(alone != 0.0 && (explain(&mixed()) - 0.25 * alone).abs() < 1e-12);
}

#[test]
fn a_past_forecast_has_its_experts_without_distributions() {
    let past = StoredForecast::new(stored_forecast(4), &OddsSizes::for_series(&series()[0]));
    assert_eq!(past.forecast.experts.len(), 4);
    assert!((past.forecast.probability_up - mean(&past.forecast.experts)).abs() < 1e-12);
    let json: Value = serde_json::to_value(&past).unwrap();
    assert!(json["experts"].as_array().unwrap().iter().all(|expert| expert.get("quantiles").is_none()), "{json}");
    assert_eq!(json["experts"][3]["expert"], Expert::Version(9).to_string());
}

/// An expired mixture is history, as an expired forecast of one model is.
#[test]
fn an_expired_mixture_abstains() {
    let later = Interval::Day.step(now(), 1);
    let expired = forecast(&series()[0], &mixed(), None, Detail::Plain, later).unwrap().forecast;
    assert_eq!((expired.experts.len(), expired.direction.as_str()), (4, "abstain"));
}
