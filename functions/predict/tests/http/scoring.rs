//! Scoring protocol: rows in all forms, with one prediction each.

mod examples;
mod mutations;
mod params;
mod rejected;

use crate::{
    answers::with_edge,
    support::{artifact, ask, bars, body_of, get_forecast, healthy_context, now, record, series, window},
};
use contracts::{Warning, WarningCode, forecast::Forecast};
use features::{WARM_UP_BARS, WINDOW_BARS, feature_names, feature_rows};
use lambda_http::http::Method;
use market_data::Bar;
use predict::{
    bars::MIN_BARS,
    champion::ServingModel,
    scoring::{ErrorCode, Output, Prediction, Predictions, Rows, ScoringError, ScoringInput, decode, predictions},
    serving_context::ServingContext,
};
use serde_json::{Map, Value, json};

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const BAR: [&str; 6] = ["time", "open", "high", "low", "close", "volume"];

fn read(content_type: &str, body: &str) -> Result<Rows, ScoringError> {
    decode(Some(content_type), body.as_bytes(), &series()[0]).map(|input| input.rows)
}

/// Request for the probabilities of rows.
fn of(rows: &Rows) -> ScoringInput {
    ScoringInput { rows: rows.clone(), output: Output::ProbabilityUp }
}

fn predicted(context: &ServingContext, rows: &Rows) -> Predictions {
    predictions(&series()[0], context, &of(rows), now()).unwrap()
}

fn probabilities(answer: &Predictions) -> Vec<Option<f64>> {
    let probability = |prediction: &Prediction| match prediction {
        Prediction::ProbabilityUp(probability) => *probability,
        other => panic!("{other:?} is no probability"),
    };
    answer.predictions.iter().map(|prediction| prediction.as_ref().map(probability)).collect()
}

fn proven() -> ServingContext {
    ServingContext { champion: Some(with_edge()), ..healthy_context() }
}

/// Last three feature rows of the market.
fn last_feature_rows() -> Vec<Vec<f64>> {
    let rows = feature_rows(&bars(WINDOW_BARS), series()[0].interval);
    rows.into_iter().skip(WINDOW_BARS - 3).map(|row| row.unwrap().values).collect()
}

/// Table in all forms of the protocol, with content types.
fn in_all_forms(names: &[&str], data: &[Vec<Value>]) -> Vec<(&'static str, String)> {
    let record = |row: &Vec<Value>| -> Value {
        names.iter().zip(row).map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>().into()
    };
    let records: Vec<Value> = data.iter().map(record).collect();
    let column = |(place, name): (usize, &&str)| {
        ((*name).to_owned(), data.iter().map(|row| row[place].clone()).collect::<Vec<_>>().into())
    };
    let columns: Map<String, Value> = names.iter().enumerate().map(column).collect();
    let line = |row: &Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = [names.join(",")].into_iter().chain(data.iter().map(line)).collect();
    let index: Vec<usize> = (0..data.len()).collect();
    vec![
        (JSON, json!({"dataframe_split": {"columns": names, "data": data}}).to_string()),
        (JSON, json!({"dataframe_split": {"columns": names, "data": data, "index": index}, "params": {}}).to_string()),
        (JSON, json!({"dataframe_records": records, "params": {"output": "probability_up"}}).to_string()),
        (JSON, json!({"instances": records, "params": null}).to_string()),
        (JSON, json!({"instances": columns}).to_string()),
        (JSON, json!({"inputs": records}).to_string()),
        (JSON, json!({"inputs": columns}).to_string()),
        (CSV, lines.join("\n")),
        (CSV, format!("\u{feff}{}\r\n\r\n", lines.join("\r\n"))),
    ]
}

fn values(rows: &[Vec<f64>]) -> Vec<Vec<Value>> {
    rows.iter().map(|row| row.iter().map(|value| json!(value)).collect()).collect()
}

fn bar_values(bars: &[Bar]) -> Vec<Vec<Value>> {
    let row = |bar: &Bar| {
        vec![json!(bar.time), json!(bar.open), json!(bar.high), json!(bar.low), json!(bar.close), json!(bar.volume)]
    };
    bars.iter().map(row).collect()
}

#[test]
fn feature_rows_are_read_by_column_name_in_all_forms() {
    let rows = last_feature_rows();
    let expected = Rows::Features(rows.clone());
    let mut names = feature_names().to_vec();
    let mut data = values(&rows);
    for (content_type, body) in in_all_forms(&names, &data) {
        assert_eq!(read(content_type, &body).as_ref(), Ok(&expected), "{body}");
    }
    names.push("comment");
    names.reverse();
    for row in &mut data {
        row.push(json!("others are, left out"));
        row.reverse();
    }
    for (content_type, body) in in_all_forms(&names, &data) {
        assert_eq!(read(content_type, &body).as_ref(), Ok(&expected), "{body}");
    }
}

#[test]
fn predictions_keep_the_order_of_the_rows() {
    let rows = last_feature_rows();
    let answer = predicted(&proven(), &Rows::Features(rows.clone()));
    for (row, found) in rows.iter().zip(probabilities(&answer)) {
        let expected = 1.0 / (1.0 + (-(0.3 + 2.0 * row[0])).exp());
        assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?} {expected}");
    }
    assert_eq!(serde_json::to_value(&answer).unwrap(), json!({"predictions": answer.predictions}));
}

#[test]
fn integers_are_numbers() {
    let data = [vec![json!(0); feature_names().len()], vec![json!(-1); feature_names().len()]];
    let expected = Rows::Features(vec![vec![0.0; feature_names().len()], vec![-1.0; feature_names().len()]]);
    for (content_type, body) in in_all_forms(feature_names(), &data) {
        assert_eq!(read(content_type, &body).as_ref(), Ok(&expected), "{body}");
    }
}

#[test]
fn bars_are_read_in_all_forms() {
    let bars = bars(3);
    for time in ["time", "timestamp"] {
        let names = [&[time], &BAR[1..]].concat();
        for (content_type, body) in in_all_forms(&names, &bar_values(&bars)) {
            assert_eq!(read(content_type, &body), Ok(Rows::Bars(bars.clone())), "{body}");
        }
    }
}

#[test]
fn a_table_with_all_features_is_not_read_as_bars() {
    let rows = &last_feature_rows()[..1];
    let names = [feature_names(), &BAR].concat();
    let data = [[values(rows).remove(0), bar_values(&bars(1)).remove(0)].concat()];
    for (content_type, body) in in_all_forms(&names, &data) {
        assert_eq!(read(content_type, &body), Ok(Rows::Features(rows.to_vec())), "{body}");
    }
}

/// Probability of `POST .../forecast` for the same bars.
fn posted(bars: &[Bar], context: &ServingContext) -> f64 {
    let body = body_of(bars).to_string();
    let answer = ask(&Method::POST, "/v1/series/eth-usd-1d-h1/forecast", body.as_bytes(), context);
    serde_json::from_value::<Forecast>(answer.body).unwrap().probability_up
}

#[test]
fn the_prediction_of_a_bar_is_its_forecast() {
    let bars = bars(WINDOW_BARS + 5);
    let without_model = ServingContext { champion: None, ..healthy_context() };
    for context in [proven(), without_model] {
        let found = probabilities(&predicted(&context, &Rows::Bars(bars.clone())));
        assert_eq!(found.len(), bars.len());
        assert_eq!(found.iter().take_while(|value| value.is_none()).count(), WARM_UP_BARS, "the warm-up");
        for last in (MIN_BARS - 1..bars.len()).step_by(17).chain(WINDOW_BARS - 1..bars.len()) {
            let expected = posted(&bars[..=last], &context);
            assert!((found[last].unwrap() - expected).abs() < 1e-12, "{last}: {:?} {expected}", found[last]);
        }
    }
    let window = ServingContext { window: Some(window(WINDOW_BARS + 5, "coinbase")), ..proven() };
    let found = probabilities(&predicted(&window, &Rows::Bars(bars)));
    assert!((found[WINDOW_BARS + 4].unwrap() - get_forecast(&window).probability_up).abs() < 1e-12);
}

#[test]
fn bars_after_a_gap_have_no_prediction_during_warm_up() {
    let mut bars = bars(2 * WARM_UP_BARS + 12);
    bars.remove(WARM_UP_BARS + 5);
    let known: Vec<bool> = predicted(&proven(), &Rows::Bars(bars)).predictions.iter().map(Option::is_some).collect();
    let expected = [(false, WARM_UP_BARS), (true, 5), (false, WARM_UP_BARS), (true, 6)];
    let expected: Vec<bool> = expected.iter().flat_map(|(known, count)| vec![*known; *count]).collect();
    assert_eq!(known, expected);
}

#[test]
fn a_base_rate_has_a_warning() {
    let rows = Rows::Features(last_feature_rows());
    let refused = ServingModel::base_rate_of(record(4, &artifact()), "model version 4 was refused");
    let answer = predicted(&ServingContext { champion: Some(refused), ..healthy_context() }, &rows);
    assert_eq!(probabilities(&answer), [Some(0.53); 3]);
    assert_eq!(
        serde_json::to_value(&answer).unwrap()["warnings"],
        json!([{
            "code": "model_unusable",
            "message": "model version 4 was refused; the forecast is the base rate of its training data"
        }])
    );

    let without_model = ServingContext { champion: None, ..healthy_context() };
    let answer = predicted(&without_model, &rows);
    assert_eq!(probabilities(&answer), [Some(get_forecast(&without_model).probability_up); 3]);
    let message = "no model serves eth-usd-1d-h1: every prediction is a base rate";
    assert_eq!(answer.warnings, [Warning::new(WarningCode::NoModel, message)]);

    let error = predictions(&series()[0], &ServingContext::default(), &of(&rows), now()).unwrap_err();
    assert_eq!((error.status, error.error_code), (503, ErrorCode::TemporarilyUnavailable));
}
