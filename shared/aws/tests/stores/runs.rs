//! Trials, and what an index key may not be.

use crate::support::{Item, at, n, put_refused, s, series};
use aws::{RunRecord, RunStatus, RunStore, StoredEvaluation, TrialRecord};
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemOutput, query::QueryOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use contracts::events::{AlertRef, TrainReason};
use serde_json::json;

fn runs(rules: &[&Rule]) -> RunStore {
    RunStore::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "runs")
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
        evaluation: StoredEvaluation::default(),
        verdict: None,
        version: None,
        live_promotion: None,
    }
}

/// A batch write, which a policy cannot keep from deleting, has no rule here and would fail.
#[tokio::test]
async fn trials_are_put_one_by_one_and_never_in_batches() {
    let put = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            item["pk"] == s("RUN#r") && item["sk"] == s(&format!("TRIAL#{:0>4}", item["index"].as_n().unwrap()))
        })
        .then_output(|| PutItemOutput::builder().build());
    runs(&[&put]).put_trials("r", &(0..53).map(trial).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(put.num_calls(), 53);
    runs(&[]).put_trials("r", &[]).await.unwrap();
}

#[tokio::test]
async fn only_a_run_that_still_runs_is_closed() {
    let put = mock!(Client::put_item)
        .match_requests(|request| {
            request.condition_expression() == Some("#status = :running")
                && request.expression_attribute_values().unwrap()[":running"] == s("running")
        })
        .then_error(put_refused);
    assert!(!runs(&[&put]).close(&run(None)).await.unwrap());
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
async fn the_best_runs_are_read_from_the_index() {
    let row = || -> Item { serde_dynamo::to_item(run(Some(0.69))).unwrap() };
    let first = mock!(Client::query)
        .match_requests(|request| {
            request.exclusive_start_key().is_none() && request.index_name() == Some("by_log_loss")
        })
        .then_output(move || QueryOutput::builder().items(row()).last_evaluated_key("pk", s("more")).build());
    let second = mock!(Client::query)
        .match_requests(|request| request.exclusive_start_key().is_some())
        .then_output(move || QueryOutput::builder().items(row()).build());
    let best = runs(&[&first, &second]).best_runs(&series(), 5).await.unwrap();
    assert_eq!(best, [run(Some(0.69)), run(Some(0.69))]);
}
