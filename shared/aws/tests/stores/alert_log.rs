//! One record per series, time and kind of alert.

use crate::support::{Item, at, put_refused, s, series};
use aws::{AlertLog, AlertRecord};
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemOutput, query::QueryOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use contracts::action::{AlertAction, AlertKind, Severity};

fn log(rules: &[&Rule]) -> AlertLog {
    AlertLog::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "forecasts")
}

fn record() -> AlertRecord {
    AlertRecord {
        series: series(),
        as_of: at("2023-11-05T00:05:00.5Z"),
        kind: AlertKind::Drift,
        action: AlertAction::RetrainAndPage,
        severity: Severity::Critical,
        rules: vec!["worse_than_climatology".to_owned()],
        text: "The champion is worse than climatology.".to_owned(),
        report_key: "reports/eth-usd-1d-h1/2023-11-05T000500Z.html".to_owned(),
        version: 3,
        quiet_until: Some(at("2023-11-12T00:05:00Z")),
        repeats: 1,
        stored_at: Some(at("2026-12-01T00:00:00Z")),
    }
}

#[tokio::test]
async fn an_alert_is_stored_once_under_its_time_and_kind() {
    let fresh = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            assert_eq!(request.condition_expression(), Some("attribute_not_exists(pk)"));
            assert_eq!((&item["action"], &item["severity"]), (&s("retrain_and_page"), &s("critical")));
            assert_eq!(item["stored_at"], s("2026-12-01T00:00:00Z"));
            item["pk"] == s("ALERTS#eth-usd-1d-h1") && item["sk"] == s("2023-11-05T00:05:00Z#drift")
        })
        .then_output(|| PutItemOutput::builder().build());
    assert!(log(&[&fresh]).put(&record()).await.unwrap());
    let again = mock!(Client::put_item).then_error(put_refused);
    assert!(!log(&[&again]).put(&record()).await.unwrap());
}

fn answer() -> QueryOutput {
    let mut item: Item = serde_dynamo::to_item(record()).unwrap();
    item.insert("pk".to_owned(), s("ALERTS#eth-usd-1d-h1"));
    item.insert("sk".to_owned(), s("2023-11-05T00:05:00Z#drift"));
    QueryOutput::builder().items(item).build()
}

#[tokio::test]
async fn the_latest_alerts_are_read_by_one_query() {
    let query = mock!(Client::query)
        .match_requests(|request| {
            let values = request.expression_attribute_values().unwrap();
            request.scan_index_forward() == Some(false)
                && request.limit() == Some(20)
                && values[":pk"] == s("ALERTS#eth-usd-1d-h1")
        })
        .then_output(answer);
    assert_eq!(log(&[&query]).latest(&series(), 20).await.unwrap(), [record()]);
}

#[tokio::test]
async fn alerts_since_a_time_include_that_second() {
    let query = mock!(Client::query)
        .match_requests(|request| {
            let from = request.expression_attribute_values().unwrap()[":from"].as_s().unwrap().clone();
            assert!(["drift", "notice", "recovery"].iter().all(|kind| format!("2023-11-05T00:05:00Z#{kind}") >= from));
            assert!("2023-11-05T00:04:59Z#recovery" < from.as_str());
            request.consistent_read() == Some(true)
        })
        .then_output(answer);
    assert_eq!(log(&[&query]).alerts_since(&series(), at("2023-11-05T00:05:00Z")).await.unwrap(), [record()]);
}
