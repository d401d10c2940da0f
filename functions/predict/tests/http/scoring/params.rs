//! Predictions of another kind, by `params`.

use super::{JSON, bar_values, in_all_forms, last_feature_rows, predicted, proven, values};
use crate::{
    distribution::{get_distribution, with_model},
    support::{bars, healthy_context, now, series, window},
};
use features::{WARM_UP_BARS, WINDOW_BARS, feature_names};
use predict::{
    scoring::{ErrorCode, MAX_VALUES, Output, Prediction, Rows, ScoringError, ScoringInput, decode, predictions},
    serving_context::ServingContext,
};
use serde_json::{Value, json};

fn of_bars(params: &Value) -> Result<ScoringInput, ScoringError> {
    let (_, body) = in_all_forms(&super::BAR, &bar_values(&bars(WINDOW_BARS))).remove(0);
    let mut body: Value = serde_json::from_str(&body).unwrap();
    body["params"] = params.clone();
    decode(Some(JSON), body.to_string().as_bytes(), &series()[0])
}

#[test]
fn predictions_of_a_bar_are_those_of_its_forecast() {
    let context = ServingContext { champion: Some(with_model()), ..healthy_context() };
    let forecast = get_distribution(&context);
    let answer = |params: Value| predictions(&series()[0], &context, &of_bars(&params).unwrap(), now()).unwrap();
    let quantiles = answer(json!({"output": "quantiles"}));
    assert_eq!(quantiles.predictions.last().unwrap(), &Some(Prediction::Quantiles(forecast.quantiles.log_returns)));
    assert_eq!(quantiles.predictions.iter().filter(|row| row.is_none()).count(), WARM_UP_BARS);
    assert!(quantiles.row_warnings[0].is_some() && quantiles.warnings.is_empty());
    let odds = answer(json!({"output": "odds"}));
    assert_eq!(odds.predictions.last().unwrap(), &Some(Prediction::Odds(forecast.odds.clone())));
    let one = answer(json!({"output": "odds", "sizes": [0.05]}));
    assert_eq!(json!(one.predictions.last()), json!([forecast.odds[1]]));
    let levels = answer(json!({"output": "quantiles", "levels": [0.9, 0.1]}));
    let Some(Prediction::Quantiles(levels)) = levels.predictions.last().unwrap() else { panic!("{levels:?}") };
    assert!(levels[0] > 0.0 && levels[1] < 0.0, "in the order of the request: {levels:?}");
}

#[test]
fn a_bar_without_settled_moves_has_a_row_warning() {
    let slow = "eth-usd-1d-h1000".parse().unwrap();
    let context = ServingContext { window: Some(window(WINDOW_BARS, "coinbase")), ..ServingContext::default() };
    let input = ScoringInput { rows: Rows::Bars(bars(WARM_UP_BARS + 1)), output: Output::Odds(None) };
    let answer = predictions(&slow, &context, &input, now()).unwrap();
    assert!(answer.predictions.iter().all(Option::is_none));
    let message = &answer.row_warnings.last().unwrap().as_ref().unwrap().message;
    assert_eq!(message, "no move over 1000 days is settled up to this bar");
}

#[test]
fn invalid_parameters_are_400_and_named() {
    let many = vec![0.5; MAX_VALUES + 1];
    for (params, name) in [
        (json!({"threshold": 0.5}), "params.threshold"),
        (json!({"output": "median"}), "params.output"),
        (json!({"output": null}), "params.output"),
        (json!({"output": "quantiles", "levels": [0.5, 0.0]}), "params.levels"),
        (json!({"output": "quantiles", "levels": [1]}), "params.levels"),
        (json!({"output": "quantiles", "levels": ["0.5"]}), "params.levels"),
        (json!({"output": "quantiles", "levels": 0.5}), "params.levels"),
        (json!({"output": "quantiles", "levels": []}), "params.levels"),
        (json!({"output": "quantiles", "levels": many}), "params.levels"),
        (json!({"output": "odds", "sizes": [0]}), "params.sizes"),
        (json!({"output": "odds", "sizes": [-0.05]}), "params.sizes"),
        (json!({"output": "odds", "sizes": [1.01]}), "params.sizes"),
        (json!({"output": "odds", "levels": [0.5]}), "params.levels"),
        (json!({"levels": [0.5]}), "params.levels"),
        (json!({"sizes": [0.5]}), "params.sizes"),
    ] {
        let error = of_bars(&params).unwrap_err();
        assert_eq!((error.status, error.error_code), (400, ErrorCode::InvalidParameterValue), "{params}: {error}");
        assert!(error.message.contains(name), "{params}: {error}");
    }
    assert!(of_bars(&json!({"output": "quantiles", "levels": vec![0.5; MAX_VALUES]})).is_ok());
}

#[test]
fn feature_rows_have_neither_quantiles_nor_odds() {
    let rows = values(&last_feature_rows());
    let (_, body) = in_all_forms(feature_names(), &rows).remove(0);
    for output in ["quantiles", "odds"] {
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body["params"] = json!({ "output": output });
        let error = decode(Some(JSON), body.to_string().as_bytes(), &series()[0]).unwrap_err();
        assert!(error.status == 400 && error.message.contains("`params.output`"), "{error}");
    }
    assert!(predicted(&proven(), &Rows::Features(last_feature_rows())).warnings.is_empty());
}
