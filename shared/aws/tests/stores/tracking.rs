//! Documents of the table `tracking`: the conditions of their writes.

use crate::support::{cancelled, found, item, n, put_refused, s};
use aws::{
    Error, TrackingTable,
    tracking::{Expected, MAX_DOCUMENT_BYTES, Range, Write},
};
use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemOutput, query::QueryOutput},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::{Value, json};

fn table(rules: &[&Rule]) -> TrackingTable {
    TrackingTable::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "tracking")
}

fn write(expected: Expected) -> Write {
    Write::new("EXPERIMENTS", "ID/1", &json!({"name": "a"}), expected).unwrap()
}

#[tokio::test]
async fn a_new_document_replaces_none() {
    let put = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            request.condition_expression() == Some("attribute_not_exists(pk)")
                && (&item["body"], &item["revision"]) == (&s(r#"{"name":"a"}"#), &n(1))
                && !item.contains_key("changed")
        })
        .then_output(|| PutItemOutput::builder().build());
    assert!(table(&[&put]).write(write(Expected::Absent)).await.unwrap());
}

#[tokio::test]
async fn a_document_that_changed_meanwhile_is_not_replaced() {
    let put = mock!(Client::put_item)
        .match_requests(|request| {
            let item = request.item().unwrap();
            request.condition_expression() == Some("revision = :seen")
                && request.expression_attribute_values().unwrap()[":seen"] == n(7)
                && (&item["revision"], &item["changed"]) == (&n(8), &s("0123"))
        })
        .then_error(put_refused);
    assert!(!table(&[&put]).write(write(Expected::Revision(7)).changed_at("0123")).await.unwrap());
}

#[tokio::test]
async fn a_document_has_its_content_and_revision() {
    let stored = || item(&[("pk", s("P")), ("sk", s("S")), ("revision", n(3)), ("body", s(r#"{"loss":"NaN"}"#))]);
    let get = mock!(Client::get_item)
        .match_requests(|request| request.consistent_read() == Some(true))
        .then_output(move || found(Some(stored())));
    let document = table(&[&get]).get::<Value>("P", "S").await.unwrap().unwrap();
    assert_eq!((document.sk.as_str(), document.revision, document.value), ("S", 3, json!({"loss": "NaN"})));
}

#[tokio::test]
async fn changed_documents_are_read_consistently_from_the_index() {
    let row = item(&[("sk", s("RUN/1")), ("revision", n(1)), ("body", s("1"))]);
    let query = mock!(Client::query)
        .match_requests(|request| {
            request.index_name() == Some("by_change")
                && request.consistent_read() == Some(true)
                && request.expression_attribute_values().unwrap()[":time"] == s("0042")
        })
        .then_output(move || QueryOutput::builder().items(row.clone()).build());
    let documents = table(&[&query]).query::<u32>("EXPERIMENT/1", Range::ChangedSince("0042")).await.unwrap();
    assert_eq!(documents.iter().map(|document| document.value).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn all_documents_of_a_transaction_are_written_or_none() {
    let refused = mock!(Client::transact_write_items)
        .match_requests(|request| request.transact_items().len() == 2)
        .then_error(|| cancelled(&["None", "ConditionalCheckFailed"]));
    let writes = vec![write(Expected::Absent), write(Expected::Revision(1))];
    assert!(!table(&[&refused]).write_all(writes).await.unwrap());
}

#[test]
fn a_document_that_no_item_can_hold_is_refused() {
    let text = "x".repeat(MAX_DOCUMENT_BYTES);
    assert!(matches!(Write::new("P", "S", &text, Expected::Absent), Err(Error::TooLarge { .. })));
}
