//! Batches, and what an index key may not be.

use crate::support::{Item, at, n, s, series};
use aws::{Error, RunRecord, RunStatus, Runs, TrialRecord};
use aws_sdk_dynamodb::{
    Client,
    operation::{batch_write_item::BatchWriteItemOutput, put_item::PutItemOutput, query::QueryOutput},
    types::{PutRequest, WriteRequest},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use domain::event::{AlertRef, TrainReason};
use serde_json::json;

fn runs(rules: &[&Rule]) -> Runs {
    Runs::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "runs")
}

fn trial(index: u32) -> TrialRecord {
    let params = json!({"alpha": 0.1});
    TrialRecord { index, family: "logistic".to_owned(), params, log_loss: Some(0.69), metrics: json!({}) }
}

fn run(holdout_log_loss: Option<f64>) -> RunRecord {
    RunRecord {
        series: series(),
        run: "20231105T000000Z-1".to_owned(),
        reason: TrainReason::Drift,
        alert: Some(AlertRef {
            as_of: at("2023-11-05T00:05:00Z"),
            version: 3,
            rules: vec!["severe_shift".to_owned()],
            report_key: "reports/r.html".to_owned(),
        }),
        started_at: at("2023-11-05T00:00:00Z"),
        finished_at: None,
        duration_ms: 0,
        status: RunStatus::Running,
        dataset_hash: "00".to_owned(),
        feature_set: "v1".to_owned(),
        config: json!({"folds": 5}),
        seed: u64::MAX,
        code_version: "0.1.0".to_owned(),
        rows: 1000,
        trials: 30,
        search: serde_json::json!({"ended": "trials"}),
        peak_memory_mb: Some(120.5),
        holdout_log_loss,
        evaluation: json!(null),
        verdict: json!(null),
        version: None,
    }
}

fn unprocessed(count: usize) -> BatchWriteItemOutput {
    let write = || {
        let put = PutRequest::builder().set_item(Some(Item::new())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    BatchWriteItemOutput::builder().unprocessed_items("runs", (0..count).map(|_| write()).collect()).build()
}

#[tokio::test]
async fn trials_go_in_batches_of_25() {
    let batch = mock!(Client::batch_write_item)
        .match_requests(|request| {
            let writes = &request.request_items().unwrap()["runs"];
            let first = writes[0].put_request().unwrap().item();
            first["pk"] == s("RUN#r") && (writes.len() == 25 || first["sk"] == s("TRIAL#0050") && writes.len() == 3)
        })
        .then_output(|| BatchWriteItemOutput::builder().build());
    runs(&[&batch]).put_trials("r", &(0..53).map(trial).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(batch.num_calls(), 3);
    runs(&[]).put_trials("r", &[]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn unprocessed_items_are_sent_again_and_only_those() {
    let batch = mock!(Client::batch_write_item)
        .sequence()
        .output(|| unprocessed(4))
        .output(|| unprocessed(1))
        .output(|| BatchWriteItemOutput::builder().build())
        .build();
    runs(&[&batch]).put_trials("r", &(0..10).map(trial).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(batch.num_calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn items_that_stay_unprocessed_are_an_error() {
    let batch = mock!(Client::batch_write_item).then_output(|| unprocessed(2));
    let error = runs(&[&batch]).put_trials("r", &[trial(0), trial(1)]).await.unwrap_err();
    assert!(matches!(error, Error::Unprocessed { left: 2, .. }), "{error}");
}

/// DynamoDB refuses a null as an index key; a run without a hold-out must simply not be in the index.
#[tokio::test]
async fn a_run_without_log_loss_leaves_the_index_key_out() {
    let put = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            assert_eq!((&item["pk"], &item["sk"]), (&s("SERIES#eth-usd-1d-h1"), &s("RUN#20231105T000000Z-1")));
            assert_eq!(item["seed"], n(u64::MAX));
            assert!(!item.contains_key("holdout_log_loss"));
            true
        })
        .then_output(|| PutItemOutput::builder().build());
    runs(&[&put]).put(&run(None)).await.unwrap();

    let put = mock!(Client::put_item)
        .match_requests(|request| request.item().unwrap()["holdout_log_loss"] == n(0.6912))
        .then_output(|| PutItemOutput::builder().build());
    runs(&[&put]).put(&run(Some(0.6912))).await.unwrap();
}

#[tokio::test]
async fn the_best_runs_come_from_the_index_and_pages_are_followed() {
    let row = || -> Item { serde_dynamo::to_item(run(Some(0.69))).unwrap() };
    let first = mock!(Client::query)
        .match_requests(|request| {
            request.exclusive_start_key().is_none() && request.index_name() == Some("by_log_loss")
        })
        .then_output(move || QueryOutput::builder().items(row()).last_evaluated_key("pk", s("more")).build());
    let second = mock!(Client::query)
        .match_requests(|request| request.exclusive_start_key().is_some())
        .then_output(move || QueryOutput::builder().items(row()).build());
    let best = runs(&[&first, &second]).best(&series(), 5).await.unwrap();
    assert_eq!(best, [run(Some(0.69)), run(Some(0.69))]);
}
