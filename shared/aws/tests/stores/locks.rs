//! Locks: taken, renewed, lost and given back, with the table as a memory that evaluates the conditions.

use crate::support::{Item, at, n, put_refused, s};
use aws::{LockError, LockTable, locks::LEASE_DURATION};
use aws_sdk_dynamodb::{
    Client,
    error::ErrorMetadata,
    operation::{
        delete_item::{DeleteItemError, DeleteItemOutput},
        put_item::PutItemOutput,
    },
    types::error::ConditionalCheckFailedException,
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use jiff::Timestamp;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// The one item of a locks table.
type Held = Arc<Mutex<Option<Item>>>;

/// A table in memory. `refuses` makes every write fail from then on, as a table that cannot be reached.
fn table(held: &Held, refuses: &Arc<Mutex<bool>>) -> LockTable {
    let (stored, broken) = (Arc::clone(held), Arc::clone(refuses));
    let put = mock!(Client::put_item).then_compute_response(move |request| {
        if *broken.lock().unwrap() {
            let meta = ErrorMetadata::builder().code("InternalServerError").build();
            return MockResponse::Error(aws_sdk_dynamodb::operation::put_item::PutItemError::generic(meta));
        }
        let values = request.expression_attribute_values().unwrap();
        let mut held = stored.lock().unwrap();
        let number = |value: &aws_sdk_dynamodb::types::AttributeValue| value.as_n().unwrap().parse::<i64>().unwrap();
        let allowed = match (request.condition_expression().unwrap(), held.as_ref()) {
            ("attribute_not_exists(pk) OR expires_at <= :now OR #token = :token", held) => held.is_none_or(|item| {
                number(&item["expires_at"]) <= number(&values[":now"]) || item["token"] == values[":token"]
            }),
            (renewal, held) => {
                assert_eq!(renewal, "#token = :token");
                held.is_some_and(|item| item["token"] == values[":token"])
            }
        };
        if !allowed {
            return MockResponse::Error(put_refused());
        }
        *held = request.item().cloned();
        MockResponse::Output(PutItemOutput::builder().build())
    });
    let stored = Arc::clone(held);
    let delete = mock!(Client::delete_item).then_compute_response(move |request| {
        assert_eq!(request.condition_expression(), Some("#token = :token"));
        let values = request.expression_attribute_values().unwrap();
        let mut held = stored.lock().unwrap();
        if held.as_ref().is_none_or(|item| item["token"] != values[":token"]) {
            let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
            let refused = ConditionalCheckFailedException::builder().meta(meta).build();
            return MockResponse::Error(DeleteItemError::ConditionalCheckFailedException(refused));
        }
        *held = None;
        MockResponse::Output(DeleteItemOutput::builder().build())
    });
    LockTable::new(mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&put, &delete]), "locks")
}

fn locks() -> (LockTable, Held, Arc<Mutex<bool>>) {
    let (held, refuses) = (Held::default(), Arc::default());
    (table(&held, &refuses), held, refuses)
}

fn clock() -> Timestamp {
    at("2023-11-05T00:00:00Z")
}

const PATIENCE: Duration = Duration::from_secs(40);

/// Works for some seconds; what it did is counted.
async fn work(seconds: u64, done: &Mutex<u32>) -> Result<(), LockError> {
    sleep(Duration::from_secs(seconds)).await;
    *done.lock().unwrap() += 1;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_held_during_its_work_and_free_after_it() {
    let (locks, held, _) = locks();
    let seen = locks.hold("train#eth-usd-1d-h1", clock(), PATIENCE, async {
        let item = held.lock().unwrap().clone().unwrap();
        assert_eq!(item["pk"], s("LOCK#train#eth-usd-1d-h1"));
        assert_eq!(item["expires_at"], n(clock().as_second() + i64::try_from(LEASE_DURATION.as_secs()).unwrap() + 1));
        Ok::<_, LockError>(7)
    });
    assert_eq!(seen.await.unwrap(), 7);
    assert_eq!(*held.lock().unwrap(), None);
    let failing =
        locks.hold("x", clock(), PATIENCE, async { Err::<(), _>(LockError::Lost { name: "mine".to_owned() }) });
    assert!(matches!(failing.await, Err(LockError::Lost { name }) if name == "mine"));
    assert_eq!(*held.lock().unwrap(), None, "also after work that failed");
}

#[tokio::test(start_paused = true)]
async fn two_attempts_at_once_work_one_after_the_other() {
    let (locks, _, _) = locks();
    let (done, began) = (Mutex::new(0), Instant::now());
    let hold = || locks.hold("x", clock(), PATIENCE, work(30, &done));
    let (first, second) = tokio::join!(hold(), hold());
    first.and(second).unwrap();
    assert_eq!(*done.lock().unwrap(), 2);
    assert!(began.elapsed() >= Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_live_holder_outlasts_the_patience_of_others() {
    let (locks, _, _) = locks();
    let done = Mutex::new(0);
    let short = locks.hold("x", clock(), Duration::from_secs(20), work(0, &done));
    let (long, short) = tokio::join!(locks.hold("x", clock(), PATIENCE, work(120, &done)), short);
    long.unwrap();
    let error = short.unwrap_err();
    assert!(matches!(&error, LockError::Held { waited_seconds: 20, .. }), "{error}");
    assert_eq!(*done.lock().unwrap(), 1);
}

/// Effect of SIGKILL: nothing is renewed and nothing released.
#[tokio::test(start_paused = true)]
async fn the_lock_of_a_killed_attempt_is_free_after_its_lease() {
    let (locks, held, _) = locks();
    let done = Mutex::new(0);
    let killed = tokio::time::timeout(Duration::from_secs(4), locks.hold("x", clock(), PATIENCE, work(600, &done)));
    assert!(killed.await.is_err());
    assert!(held.lock().unwrap().is_some());
    let began = Instant::now();
    let retry = clock() + jiff::SignedDuration::from_secs(4);
    locks.hold("x", retry, PATIENCE, work(0, &done)).await.unwrap();
    assert!(began.elapsed() <= LEASE_DURATION + Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(*done.lock().unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn work_stops_when_its_lock_is_taken_over() {
    let (locks, held, _) = locks();
    let done = Mutex::new(0);
    let thief = async {
        sleep(Duration::from_secs(2)).await;
        held.lock().unwrap().as_mut().unwrap().insert("token".to_owned(), s("another"));
    };
    let (result, ()) = tokio::join!(locks.hold("x", clock(), PATIENCE, work(600, &done)), thief);
    assert!(matches!(result, Err(LockError::Lost { .. })));
    assert_eq!(*done.lock().unwrap(), 0);
    assert_eq!(held.lock().unwrap().as_ref().unwrap()["token"], s("another"), "what is another's stays");
}

#[tokio::test(start_paused = true)]
async fn work_stops_before_a_lease_that_cannot_be_renewed_ends() {
    let (locks, _, refuses) = locks();
    let (done, began) = (Mutex::new(0), Instant::now());
    let outage = async { *refuses.lock().unwrap() = true };
    let work = async {
        outage.await;
        work(600, &done).await
    };
    assert!(matches!(locks.hold("x", clock(), PATIENCE, work).await, Err(LockError::Lost { .. })));
    assert!(began.elapsed() < LEASE_DURATION, "{:?}", began.elapsed());
}
