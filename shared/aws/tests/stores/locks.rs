//! Locks and state.

use crate::support::{at, n, put_refused, s};
use aws::Locks;
use aws_sdk_dynamodb::{
    Client,
    error::ErrorMetadata,
    operation::{
        delete_item::{DeleteItemError, DeleteItemOutput},
        put_item::PutItemOutput,
    },
    types::error::ConditionalCheckFailedException,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};

fn locks(rules: &[&Rule]) -> Locks {
    Locks::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules), "locks")
}

#[tokio::test]
async fn a_lock_is_taken_when_free_or_expired_and_given_back_by_its_holder_only() {
    let now = at("2023-11-05T00:00:00Z");
    let token = Arc::new(Mutex::new(None));
    let (taken, given) = (Arc::clone(&token), Arc::clone(&token));
    let take = mock!(Client::put_item)
        .match_requests(move |request| {
            let item = request.item().unwrap();
            assert_eq!(item["pk"], s("LOCK#train/eth-usd-1d-h1"));
            assert_eq!(item["expires_at"], n(now.as_second() + 900));
            let condition = "attribute_not_exists(pk) OR expires_at <= :now OR request_id = :request";
            assert_eq!(request.condition_expression(), Some(condition));
            assert_eq!(request.expression_attribute_values().unwrap()[":now"], n(now.as_second()));
            *taken.lock().unwrap() = Some(item["token"].clone());
            true
        })
        .then_output(|| PutItemOutput::builder().build());
    let give = mock!(Client::delete_item)
        .match_requests(move |request| {
            request.condition_expression() == Some("#token = :token")
                && request.expression_attribute_values().unwrap().get(":token") == given.lock().unwrap().as_ref()
        })
        .then_output(|| DeleteItemOutput::builder().build());
    let store = locks(&[&take, &give]);
    let lock = store.acquire("train/eth-usd-1d-h1", None, SignedDuration::from_mins(15), now).await.unwrap().unwrap();
    store.release(lock).await.unwrap();
    assert_eq!(give.num_calls(), 1);
}

#[tokio::test]
async fn a_held_lock_is_none_and_a_lost_one_is_released_without_harm() {
    let now = at("2023-11-05T00:00:00Z");
    let held = mock!(Client::put_item).then_error(put_refused);
    assert!(locks(&[&held]).acquire("x", None, SignedDuration::from_secs(9), now).await.unwrap().is_none());

    let free = mock!(Client::put_item).then_output(|| PutItemOutput::builder().build());
    let lost = mock!(Client::delete_item).then_error(|| {
        let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
        DeleteItemError::ConditionalCheckFailedException(ConditionalCheckFailedException::builder().meta(meta).build())
    });
    let store = locks(&[&free, &lost]);
    let lock = store.acquire("x", None, SignedDuration::from_secs(9), now).await.unwrap().unwrap();
    store.release(lock).await.unwrap();
}

#[tokio::test]
async fn two_acquisitions_at_the_same_instant_have_different_tokens() {
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&tokens);
    let take = mock!(Client::put_item)
        .match_requests(move |request| {
            seen.lock().unwrap().push(request.item().unwrap()["token"].clone());
            true
        })
        .then_output(|| PutItemOutput::builder().build());
    let store = locks(&[&take]);
    for _ in 0..2 {
        let lock = store.acquire("x", None, SignedDuration::from_secs(9), at("2023-11-05T00:00:00Z")).await.unwrap();
        assert!(lock.is_some());
    }
    let mut tokens = tokens.lock().unwrap().clone();
    tokens.dedup();
    assert!(tokens.len() >= 2, "{tokens:?}");
}
