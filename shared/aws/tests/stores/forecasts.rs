//! One forecast per decision time, one outcome per forecast.

use crate::support::{at, n, put_refused, s, series, update_refused};
use aws::{ForecastRecord, ForecastStore, Outcome, Settlement};
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemOutput, query::QueryOutput, update_item::UpdateItemOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use contracts::{
    Warning, WarningCode,
    forecast::{DataRef, Direction, Edge, Forecast, ForecastStatus, ModelRef},
};

fn forecasts(rules: &[&Rule]) -> ForecastStore {
    ForecastStore::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "forecasts")
}

fn record() -> ForecastRecord {
    let forecast = Forecast {
        series: series(),
        decision_time: at("2023-11-05T00:00:00Z"),
        target_time: at("2023-11-06T00:00:00Z"),
        expires_at: at("2023-11-06T00:00:00Z"),
        probability_up: 0.1 + 0.2,
        status: ForecastStatus::Ok,
        direction: Direction::Abstain,
        interval: [0.25, 0.35],
        edge: Edge::NONE,
        baseline_probability: 0.5,
        experts: vec![],
        distribution: None,
        novelty: None,
        model: ModelRef { version: 3, trained_at: at("2023-11-01T06:00:00.5Z"), sha256: Some("ab".to_owned()) },
        data: DataRef { last_bar: at("2023-11-04T00:00:00Z"), age_seconds: 300, source: "coinbase".to_owned() },
        warnings: vec![Warning::simulated()],
    };
    ForecastRecord::open(forecast, at("2023-11-05T00:05:00Z"))
}

const SETTLEMENT: fn() -> Settlement = || Settlement {
    outcome: Outcome::Up,
    settled_at: at("2023-11-06T00:05:00Z"),
    close_at_decision: 1800.5,
    close_at_target: 1801.0,
    distribution_scores: None,
};

#[tokio::test]
async fn a_forecast_is_stored_once_under_its_decision_time() {
    let fresh = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            assert_eq!(request.condition_expression(), Some("attribute_not_exists(pk)"));
            item["pk"] == s("SERIES#eth-usd-1d-h1") && item["sk"] == s("2023-11-05T00:00:00Z")
        })
        .then_output(|| PutItemOutput::builder().build());
    assert!(forecasts(&[&fresh]).create(&record()).await.unwrap());
    let again = mock!(Client::put_item).then_error(put_refused);
    assert!(!forecasts(&[&again]).create(&record()).await.unwrap());
}

#[tokio::test]
async fn an_outcome_is_joined_once() {
    let open = mock!(Client::update_item)
        .match_requests(|request| {
            let condition = "attribute_exists(pk) AND attribute_not_exists(settled_at)";
            assert_eq!(request.condition_expression(), Some(condition));
            let values = request.expression_attribute_values().unwrap();
            values[":outcome"] == s("up") && values[":from"] == n(1800.5) && values[":to"] == n(1801)
        })
        .then_output(|| UpdateItemOutput::builder().build());
    let time = at("2023-11-05T00:00:00Z");
    assert!(forecasts(&[&open]).settle(&series(), time, &SETTLEMENT()).await.unwrap());
    let settled = mock!(Client::update_item).then_error(update_refused);
    assert!(!forecasts(&[&settled]).settle(&series(), time, &SETTLEMENT()).await.unwrap());
}

#[tokio::test]
async fn a_range_is_one_query_with_exact_numbers() {
    let range = mock!(Client::query)
        .match_requests(|request| {
            let values = request.expression_attribute_values().unwrap();
            assert_eq!(request.limit(), Some(10));
            values[":from"] == s("2023-11-01T00:00:00Z") && values[":to"] == s("2023-11-30T00:00:00Z")
        })
        .then_output(|| {
            let mut item: crate::support::Item = serde_dynamo::to_item(record()).unwrap();
            item.insert("pk".to_owned(), s("SERIES#eth-usd-1d-h1"));
            QueryOutput::builder().items(item).build()
        });
    let store = forecasts(&[&range]);
    let found = store.range(&series(), at("2023-11-01T00:00:00Z"), at("2023-11-30T00:00:00Z"), 10).await.unwrap();
    assert_eq!(found, [record()]);
    assert!(!found[0].is_settled());
    let backwards = store.range(&series(), at("2023-12-01T00:00:00Z"), at("2023-11-30T00:00:00Z"), 10).await.unwrap();
    assert_eq!(backwards, []);
}

/// A record as releases stored it whose warnings were text.
#[tokio::test]
async fn a_stored_record_with_plain_warnings_is_still_read() {
    let range = mock!(Client::query).match_requests(|_| true).then_output(|| {
        let stored: serde_json::Value =
            serde_json::from_str(include_str!("fixtures/forecast_plain_warnings.json")).unwrap();
        let item: crate::support::Item = serde_dynamo::to_item(stored).unwrap();
        QueryOutput::builder().items(item).build()
    });
    let time = at("2023-11-05T00:00:00Z");
    let found = forecasts(&[&range]).range(&series(), time, time, 1).await.unwrap();
    let codes: Vec<WarningCode> = found[0].forecast.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::SimulatedData, WarningCode::LateForecast, WarningCode::Unclassified]);
}

#[tokio::test]
async fn a_range_from_before_the_year_1_begins_there() {
    let query = mock!(Client::query)
        .match_requests(|request| request.expression_attribute_values().unwrap()[":from"] == s("0001-01-01T00:00:00Z"))
        .then_output(|| QueryOutput::builder().build());
    let store = forecasts(&[&query]);
    let early = at("-000002-01-01T00:00:00Z");
    assert!(store.range(&series(), early, at("2023-11-05T00:00:00Z"), 10).await.unwrap().is_empty());
    assert!(store.range(&series(), early, at("-000001-01-01T00:00:00Z"), 10).await.unwrap().is_empty());
    assert_eq!(query.num_calls(), 1, "nothing is asked for before the year 1");
}
