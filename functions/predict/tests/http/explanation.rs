//! Explanations: `GET .../explanation`, and `explain=true` with posted bars.

use crate::{
    answers::with_edge,
    support::{ask, bars, body_of, healthy_context},
};
use features::{WINDOW_BARS, feature_names};
use lambda_http::http::Method;
use model::{Family, Logistic, Member, Model};
use predict::{champion::ServingModel, explanation::MAX_CONTRIBUTIONS, serving_context::ServingContext};
use serde_json::{Value, json};
use std::sync::Arc;

const PATH: &str = "/v1/series/eth-usd-1d-h1/forecast";
const EXPLANATION: &str = "/v1/series/eth-usd-1d-h1/explanation";

/// Sum of the numbers of an explanation.
fn total(explanation: &Value) -> f64 {
    let contributions = explanation["contributions"].as_array().unwrap();
    let named: f64 = contributions.iter().map(|item| item["contribution"].as_f64().unwrap()).sum();
    explanation["expected"].as_f64().unwrap() + named + explanation["rest"].as_f64().unwrap()
}

/// Model that depends on every feature.
fn with_all_features() -> ServingModel {
    let width = feature_names().len();
    let logistic =
        Logistic { means: vec![0.0; width], scales: vec![1.0; width], weights: vec![0.01; width], intercept: 0.0 };
    let champion = with_edge();
    let mut artifact = (*champion.artifact).clone();
    artifact.members = vec![Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(logistic) }];
    ServingModel { artifact: Arc::new(artifact), ..champion }
}

#[test]
fn every_forecast_route_explains_on_request() {
    let context = ServingContext { champion: Some(with_edge()), ..healthy_context() };
    let body = body_of(&bars(WINDOW_BARS)).to_string();
    for (method, path, explained, body) in [
        (Method::GET, PATH, EXPLANATION, ""),
        (Method::POST, PATH, "/v1/series/eth-usd-1d-h1/forecast?explain=true", body.as_str()),
        (Method::POST, "/predict", "/predict?explain=true", ""),
        (Method::POST, "/predict", "/predict?explain=true", body.as_str()),
    ] {
        let mut plain = None;
        for target in [path.to_owned(), format!("{path}?explain=false")] {
            let answer = ask(&method, &target, body.as_bytes(), &context);
            assert_eq!(answer.status, 200, "{method} {target}: {}", answer.body);
            assert_eq!(answer.body.get("explanation"), None, "{method} {target}");
            plain = Some(answer.body);
        }
        let mut answer = ask(&method, explained, body.as_bytes(), &context);
        let explanation = answer.body.as_object_mut().unwrap().remove("explanation").unwrap();
        assert_eq!(Some(&answer.body), plain.as_ref(), "the forecast is the same");
        // The model depends on one feature.
        assert_eq!(explanation["contributions"].as_array().unwrap().len(), 1, "{explanation}");
        assert_eq!(explanation["contributions"][0]["feature"], feature_names()[0]);
        assert!((explanation["expected"].as_f64().unwrap() - 1.0 / (1.0 + (-0.3_f64).exp())).abs() < 1e-9);
        assert!((total(&explanation) - answer.body["probability_up"].as_f64().unwrap()).abs() < 1e-9);
    }
}

#[test]
fn the_largest_contributions_are_listed_and_the_rest_summed() {
    let context = ServingContext { champion: Some(with_all_features()), ..healthy_context() };
    let body = ask(&Method::GET, EXPLANATION, b"", &context).body;
    let explanation = &body["explanation"];
    let contributions = explanation["contributions"].as_array().unwrap();
    assert_eq!(contributions.len(), MAX_CONTRIBUTIONS);
    let sizes: Vec<f64> = contributions.iter().map(|item| item["contribution"].as_f64().unwrap().abs()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert!(explanation["rest"].as_f64().unwrap() != 0.0);
    assert!((total(explanation) - body["probability_up"].as_f64().unwrap()).abs() < 1e-9);
}

#[test]
fn a_base_rate_has_no_contributions() {
    let no_bars = ServingContext { champion: Some(with_all_features()), ..ServingContext::default() };
    let no_model = ServingContext { champion: None, ..healthy_context() };
    for context in [healthy_context(), no_bars, no_model] {
        let body = ask(&Method::GET, EXPLANATION, b"", &context).body;
        let empty = json!({"expected": body["probability_up"], "contributions": [], "rest": 0.0, "width": []});
        assert_eq!(body["explanation"], empty);
    }
}

#[test]
fn an_invalid_parameter_is_400_and_named() {
    for (query, field) in [
        ("explain=yes", "explain"),
        ("explain=", "explain"),
        ("explain=True", "explain"),
        ("explian=true", "explian"),
        ("explain=true&limit=3", "limit"),
    ] {
        for (method, path) in [(Method::GET, PATH), (Method::POST, PATH), (Method::POST, "/predict")] {
            let answer = ask(&method, &format!("{path}?{query}"), b"", &healthy_context());
            assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{method} {path}?{query}");
            assert_eq!(answer.body["type"], "urn:weathervane:problem:invalid-query");
        }
    }
}

/// An explanation costs as much as thousands of forecasts, so its route is in the group of those that run a model.
#[test]
fn the_current_forecast_rejects_explain_and_names_the_route() {
    let answer = ask(&Method::GET, &format!("{PATH}?explain=true"), b"", &healthy_context());
    assert_eq!((answer.status, &answer.body["field"]), (400, &json!("explain")));
    assert!(answer.body["detail"].as_str().unwrap().contains(EXPLANATION), "{}", answer.body);
}
