//! Numbers, promotion and what a lost race becomes.

use crate::support::{Item, at, cancelled, found, item, n, put_refused, s, series};
use aws::{Error, ModelRegistry, NewVersion, Promotion, StoredEvaluation, StoredVerdict, VersionStatus};
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemOutput, query::QueryOutput, transact_write_items::TransactWriteItemsOutput},
    types::AttributeValue,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use contracts::forecast::Edge;
use jiff::Timestamp;
use serde_json::json;

fn registry(rules: &[&Rule]) -> ModelRegistry {
    ModelRegistry::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "registry")
}

/// Answers the read of one sort key.
fn row(sk: &'static str, answer: Option<Item>) -> Rule {
    mock!(Client::get_item)
        .match_requests(move |request| {
            let key = request.key().unwrap();
            assert_eq!(request.table_name(), Some("registry"));
            assert_eq!(request.consistent_read(), Some(true), "a stale alias would promote over a newer one");
            assert_eq!(key["pk"], s("SERIES#eth-usd-1d-h1"));
            key["sk"] == s(sk)
        })
        .then_output(move || found(answer.clone()))
}

fn new_version() -> NewVersion {
    NewVersion {
        series: series(),
        version: 2,
        run: "run-b".to_owned(),
        family: "logistic".to_owned(),
        artifact_key: "models/eth-usd-1d-h1/2/model.wvm".to_owned(),
        drift_key: None,
        sha256: "ab".repeat(32),
        format: 1,
        trained_at: at("2023-11-05T00:00:00Z"),
        registered_at: at("2023-11-05T00:01:00Z"),
        edge: Edge::from_skill(0.0123456789012345, [-0.01, 0.03], 365),
        base_rate: 0.5173,
        evaluation: StoredEvaluation::new(&json!({"log_loss": 0.6921, "n": 365, "none": null, "curve": [0.1, 2]}))
            .unwrap(),
        verdict: Some(StoredVerdict::not_promoted(Vec::new())),
        judged_against: None,
        stored_at: at("2023-11-05T00:02:00Z"),
    }
}

fn stored(run: &str) -> Item {
    let edge = item(&[
        ("verdict", s("weak")),
        ("brier_skill", n(0.0123456789012345_f64)),
        ("brier_skill_ci", AttributeValue::L(vec![n("-0.01"), n("0.03")])),
        ("n", n(365)),
    ]);
    item(&[
        ("pk", s("SERIES#eth-usd-1d-h1")),
        ("sk", s("VERSION#000002")),
        ("series", s("eth-usd-1d-h1")),
        ("version", n(2)),
        ("run", s(run)),
        ("family", s("logistic")),
        ("artifact_key", s("models/eth-usd-1d-h1/2/model.wvm")),
        ("sha256", s("abab")),
        ("format", n(1)),
        ("trained_at", s("2023-11-05T00:00:00Z")),
        ("registered_at", s("2023-11-05T00:01:00Z")),
        ("status", s("champion")),
        ("edge", AttributeValue::M(edge)),
        ("base_rate", n(0.5173)),
        ("evaluation", AttributeValue::M(Item::new())),
        ("verdict", AttributeValue::Null(true)),
    ])
}

fn alias(version: u32, previous: Option<u32>, revision: u32) -> Item {
    let previous = previous.map_or(AttributeValue::Null(true), n);
    let since = s("2023-11-01T00:00:00Z");
    item(&[("version", n(version)), ("previous", previous), ("revision", n(revision)), ("since", since)])
}

#[tokio::test]
async fn a_version_number_is_tied_to_its_run_in_one_transaction() {
    let take = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let [counter, tie] = request.transact_items() else { panic!("two items") };
            let (counter, tie) = (counter.update().unwrap(), tie.put().unwrap());
            assert_eq!(counter.key()["sk"], s("COUNTER"));
            assert_eq!(counter.condition_expression(), Some("attribute_not_exists(#last) OR #last = :last"));
            let values = counter.expression_attribute_values().unwrap();
            assert_eq!((&values[":last"], &values[":next"]), (&n(4), &n(5)));
            assert_eq!((&tie.item()["sk"], &tie.item()["version"]), (&s("RUN#run-b"), &n(5)));
            assert_eq!(tie.condition_expression(), Some("attribute_not_exists(pk)"));
            true
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let rules = [row("RUN#run-b", None), row("COUNTER", Some(item(&[("last", n(4))]))), take];
    let registry = registry(&rules.iter().collect::<Vec<_>>());
    assert_eq!(registry.allocate_version(&series(), "run-b").await.unwrap(), 5);
}

#[tokio::test]
async fn a_run_that_comes_again_keeps_its_number() {
    let known = row("RUN#run-b", Some(item(&[("version", n(3))])));
    assert_eq!(registry(&[&known]).allocate_version(&series(), "run-b").await.unwrap(), 3);
}

#[tokio::test]
async fn a_lost_race_for_a_number_is_retried() {
    let raced = mock!(Client::transact_write_items)
        .sequence()
        .error(|| cancelled(&["ConditionalCheckFailed", "None"]))
        .error(|| cancelled(&["TransactionConflict", "None"]))
        .output(|| TransactWriteItemsOutput::builder().build())
        .build();
    let rows = [row("RUN#run-b", None), row("COUNTER", None)];
    let registry_raced = registry(&[&rows[0], &rows[1], &raced]);
    assert_eq!(registry_raced.allocate_version(&series(), "run-b").await.unwrap(), 1);
    assert_eq!(raced.num_calls(), 3);

    let throttled = mock!(Client::transact_write_items).then_error(|| cancelled(&["None", "ThrottlingError"]));
    let error = registry(&[&rows[0], &rows[1], &throttled]).allocate_version(&series(), "run-b").await.unwrap_err();
    assert!(matches!(error, Error::Call { operation: "dynamodb:TransactWriteItems", .. }), "{error}");
}

#[tokio::test]
async fn registering_twice_is_idempotent_and_foreign_numbers_are_rejected() {
    let fresh = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            assert_eq!(request.condition_expression(), Some("attribute_not_exists(pk)"));
            assert_eq!((&item["sk"], &item["status"]), (&s("VERSION#000002"), &s("candidate")));
            item["sha256"] == s(&"ab".repeat(32))
        })
        .then_output(|| PutItemOutput::builder().build());
    let record = registry(&[&fresh]).register(&new_version()).await.unwrap();
    assert_eq!(record.status, VersionStatus::Candidate);

    let taken = mock!(Client::put_item).then_error(put_refused);
    let mine = row("VERSION#000002", Some(stored("run-b")));
    let record = registry(&[&taken, &mine]).register(&new_version()).await.unwrap();
    assert_eq!((record.status, record.edge), (VersionStatus::Champion, new_version().edge));

    let theirs = row("VERSION#000002", Some(stored("run-a")));
    assert!(registry(&[&taken, &theirs]).register(&new_version()).await.is_err());
}

#[tokio::test]
async fn promotion_moves_alias_history_and_both_statuses_together() {
    let all = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let [alias, history, new, old] = request.transact_items() else { panic!("four items") };
            let (alias, history) = (alias.put().unwrap(), history.put().unwrap());
            assert_eq!(alias.condition_expression(), Some("revision = :seen"));
            assert_eq!(alias.expression_attribute_values().unwrap()[":seen"], n(7));
            let item = alias.item();
            assert_eq!((&item["version"], &item["previous"], &item["revision"]), (&n(2), &n(1), &n(8)));
            assert_eq!(history.condition_expression(), Some("attribute_not_exists(pk)"));
            assert_eq!(history.item()["sk"], s("HISTORY#2023-11-05T00:00:00.000000000Z#000008"));
            assert_eq!(history.item()["reason"], s("gate passed"));
            // The event is of the past; the record says when it was really stored.
            let stored_at = at(history.item()["stored_at"].as_s().unwrap());
            assert!(stored_at.duration_until(Timestamp::now()).as_secs() < 60);
            // A version that served before is no candidate: a late repeat does not bring it back.
            for (update, sk, from, status) in
                [(new, "VERSION#000002", "candidate", "champion"), (old, "VERSION#000001", "champion", "retired")]
            {
                let update = update.update().unwrap();
                assert_eq!((&update.key()["sk"], update.condition_expression()), (&s(sk), Some("#status = :from")));
                let values = update.expression_attribute_values().unwrap();
                assert_eq!((&values[":from"], &values[":status"]), (&s(from), &s(status)));
            }
            true
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let rows = [row("ALIAS#champion", Some(alias(1, None, 7))), row("VERSION#000002", Some(stored("run-b")))];
    let registry = registry(&[&rows[0], &rows[1], &all]);
    let promotion = registry
        .promote(&series(), 2, VersionStatus::Candidate, Some(1), "gate passed", at("2023-11-05T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(promotion, Promotion::Promoted);
}

#[tokio::test]
async fn the_first_champion_needs_an_empty_alias() {
    let first = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let items = request.transact_items();
            let alias = items[0].put().unwrap();
            items.len() == 3 && alias.condition_expression() == Some("attribute_not_exists(pk)")
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let rows = [row("ALIAS#champion", None), row("VERSION#000002", Some(stored("run-b")))];
    let registry = registry(&[&rows[0], &rows[1], &first]);
    let promotion = registry
        .promote(&series(), 2, VersionStatus::Candidate, None, "first", at("2023-11-05T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(promotion, Promotion::Promoted);
}

#[tokio::test]
async fn a_moved_alias_is_a_conflict_without_writes() {
    let at = at("2023-11-05T00:00:00Z");
    let elsewhere = row("ALIAS#champion", Some(alias(5, Some(1), 9)));
    let promotion =
        registry(&[&elsewhere]).promote(&series(), 2, VersionStatus::Candidate, Some(1), "late", at).await.unwrap();
    assert_eq!(promotion, Promotion::Conflict { current: Some(5) });

    let already = row("ALIAS#champion", Some(alias(2, Some(1), 8)));
    let promotion =
        registry(&[&already]).promote(&series(), 2, VersionStatus::Candidate, Some(2), "again", at).await.unwrap();
    assert_eq!(promotion, Promotion::Conflict { current: Some(2) });

    // It moves between the read and the transaction.
    let moving = mock!(Client::get_item)
        .match_requests(|request| request.key().unwrap()["sk"] == s("ALIAS#champion"))
        .sequence()
        .output(|| found(Some(alias(1, None, 7))))
        .output(|| found(Some(alias(6, Some(1), 8))))
        .build();
    let version = row("VERSION#000002", Some(stored("run-b")));
    let lost = mock!(Client::transact_write_items)
        .then_error(|| cancelled(&["ConditionalCheckFailed", "None", "None", "None"]));
    let promotion = registry(&[&moving, &version, &lost])
        .promote(&series(), 2, VersionStatus::Candidate, Some(1), "raced", at)
        .await
        .unwrap();
    assert_eq!(promotion, Promotion::Conflict { current: Some(6) });
}

#[tokio::test]
async fn a_rollback_restores_the_previous_of_the_named_version() {
    let back = mock!(Client::transact_write_items)
        .match_requests(|request| {
            let item = request.transact_items()[0].put().unwrap().item();
            (&item["version"], &item["previous"], &item["revision"]) == (&n(2), &n(3), &n(8))
        })
        .then_output(|| TransactWriteItemsOutput::builder().build());
    let rows = [row("ALIAS#champion", Some(alias(3, Some(2), 7))), row("VERSION#000002", Some(stored("run-b")))];
    let registry_served = registry(&[&rows[0], &rows[1], &back]);
    let now = at("2023-11-05T00:00:00Z");
    for (from, expected) in [(3, Promotion::Promoted), (4, Promotion::Conflict { current: Some(3) })] {
        assert_eq!(registry_served.rollback(&series(), from, "worse", now).await.unwrap(), expected, "from {from}");
    }
    assert_eq!(back.num_calls(), 1, "who names another version changes nothing");

    let only = row("ALIAS#champion", Some(alias(1, None, 1)));
    let none_before = registry(&[&only]).rollback(&series(), 1, "worse", now).await.unwrap();
    assert_eq!(none_before, Promotion::Conflict { current: Some(1) });
}

#[tokio::test]
async fn an_unregistered_version_is_never_promoted() {
    let rows = [row("ALIAS#champion", None), row("VERSION#000002", None)];
    let registry = registry(&[&rows[0], &rows[1]]);
    let error = registry
        .promote(&series(), 2, VersionStatus::Candidate, None, "typo", at("2023-11-05T00:00:00Z"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}

#[tokio::test]
async fn who_was_champion_at_a_time_is_one_backward_query() {
    let history = mock!(Client::query)
        .match_requests(|request| {
            let values = request.expression_attribute_values().unwrap();
            assert_eq!(values[":last"], s("HISTORY#2023-11-05T00:00:00.000000000Z#~"));
            request.scan_index_forward() == Some(false) && request.limit() == Some(1)
        })
        .then_output(|| {
            let row = item(&[
                ("series", s("eth-usd-1d-h1")),
                ("version", n(2)),
                ("revision", n(8)),
                ("at", s("2023-11-05T00:00:00Z")),
                ("reason", s("gate passed")),
            ]);
            QueryOutput::builder().items(row).build()
        });
    let version = row("VERSION#000002", Some(stored("run-b")));
    let champion = registry(&[&history, &version]).champion_at(&series(), at("2023-11-05T00:00:00Z")).await.unwrap();
    assert_eq!(champion.unwrap().version, 2);
}
