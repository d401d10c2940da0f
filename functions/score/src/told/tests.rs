use super::*;
use crate::testing::{day, series};
use aws_sdk_dynamodb::{
    Client as DynamoDb,
    error::ErrorMetadata,
    operation::{
        delete_item::DeleteItemOutput,
        put_item::{PutItemError, PutItemOutput},
        query::QueryOutput,
    },
    types::{AttributeValue, error::ConditionalCheckFailedException},
};
use aws_sdk_sns::{
    Client as Sns,
    operation::publish::{PublishError, PublishOutput},
    types::error::InternalErrorException,
};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::monitor::{AlertKind, RuleId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

type Items = Arc<Mutex<Vec<HashMap<String, AttributeValue>>>>;

/// Tables that remember: one lock at a time, and a log.
struct Tables {
    lock: Rule,
    log: Rule,
    query: Rule,
    unlock: Rule,
    entries: Items,
}

fn is_lock(pk: &AttributeValue) -> bool {
    pk.as_s().is_ok_and(|pk| pk == "LOCK#alerts#eth-usd-1d-h1")
}

fn tables() -> Tables {
    let (held, entries) = (Arc::new(Mutex::new(false)), Items::default());
    let (taken, given) = (Arc::clone(&held), held);
    let (stored, read) = (Arc::clone(&entries), Arc::clone(&entries));
    let lock = mock!(DynamoDb::put_item).match_requests(|request| is_lock(&request.item().unwrap()["pk"]));
    let log = mock!(DynamoDb::put_item).match_requests(|request| !is_lock(&request.item().unwrap()["pk"]));
    Tables {
        lock: lock.then_compute_response(move |_| {
            if std::mem::replace(&mut *taken.lock().unwrap(), true) {
                let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let refused = ConditionalCheckFailedException::builder().meta(meta).build();
                return MockResponse::Error(PutItemError::ConditionalCheckFailedException(refused));
            }
            MockResponse::Output(PutItemOutput::builder().build())
        }),
        log: log.then_compute_output(move |request| {
            stored.lock().unwrap().push(request.item().unwrap().clone());
            PutItemOutput::builder().build()
        }),
        query: mock!(DynamoDb::query).then_compute_output(move |request| {
            let from = request.expression_attribute_values().unwrap()[":from"].as_s().unwrap().clone();
            let mut found = read.lock().unwrap().clone();
            found.retain(|item| item["sk"].as_s().unwrap() >= &from);
            found.sort_by_key(|item| std::cmp::Reverse(item["sk"].as_s().unwrap().clone()));
            QueryOutput::builder().set_items(Some(found)).build()
        }),
        unlock: mock!(DynamoDb::delete_item).then_compute_output(move |_| {
            *given.lock().unwrap() = false;
            DeleteItemOutput::builder().build()
        }),
        entries,
    }
}

fn town(tables: &Tables, topic: &Rule) -> Town {
    let Tables { lock, log, query, unlock, .. } = tables;
    let dynamodb = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [lock, log, query, unlock]);
    Town {
        locks: Locks::new(dynamodb.clone(), "locks"),
        alerts: Alerts::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [topic]), "arn:topic"),
        log: AlertLog::new(dynamodb, "forecasts"),
    }
}

async fn tell(town: &Town, n: i64) -> Result<Told, ScoreError> {
    tell_of(town, n, &Decision::refused("another hash", &DriftConfig::default())).await
}

async fn tell_of(town: &Town, n: i64, decision: &Decision) -> Result<Told, ScoreError> {
    let (series, config) = (series("eth-usd-1d-h1"), DriftConfig::default());
    let moment =
        Moment { series: &series, as_of: day(n), clock: Clock::reading(day(4000)), version: 3, config: &config };
    let place = Place::of_latest(&series, None, "bucket");
    town.tell(moment, decision, None, &place).await
}

fn sent() -> Rule {
    mock!(Sns::publish).then_output(|| PublishOutput::builder().message_id("1").build())
}

#[tokio::test]
async fn the_same_event_five_times_is_one_message_and_one_entry() {
    let (tables, topic) = (tables(), sent());
    let town = town(&tables, &topic);
    let first = tell(&town, 9).await.unwrap();
    assert_eq!(first.sent[0].kind, AlertKind::Drift);
    for _ in 0..4 {
        let again = tell(&town, 9).await.unwrap();
        assert!(again.sent.is_empty() && again.repeated);
    }
    assert_eq!((topic.num_calls(), tables.entries.lock().unwrap().len()), (1, 1));
    let stored_at: Timestamp = tables.entries.lock().unwrap()[0]["stored_at"].as_s().unwrap().parse().unwrap();
    assert_eq!(stored_at.duration_since(day(4000)).as_secs(), 0, "by the clock, not by the event");
    let config = DriftConfig::default();
    let series = series("eth-usd-1d-h1");
    let clock = Clock::reading(day(4001));
    let next = Moment { series: &series, as_of: day(10), clock, version: 3, config: &config };
    assert_eq!(town.before(next, 9).await.unwrap()[0].stored_at, None, "a report is the same whenever it is written");
    assert_eq!(tables.lock.num_calls(), tables.unlock.num_calls(), "no lock is left");
}

/// A queue that was held up, or retries: each day would be the first that anybody was told of.
#[tokio::test]
async fn days_that_come_in_the_wrong_order_are_one_message() {
    let (tables, topic) = (tables(), sent());
    let town = town(&tables, &topic);
    for n in (1..=7).rev() {
        let told = tell(&town, n).await.unwrap();
        assert_eq!((told.sent.len(), told.late), if n == 7 { (1, false) } else { (0, true) }, "day {n}");
    }
    assert_eq!(topic.num_calls(), 1);
}

/// Hundreds of notices later an alert is still open, and its recovery still names it.
#[tokio::test]
async fn what_is_open_is_not_forgotten_for_the_number_of_later_entries() {
    let (tables, topic) = (tables(), sent());
    let town = town(&tables, &topic);
    tell(&town, 1).await.unwrap();
    let entry = tables.entries.lock().unwrap()[0].clone();
    for n in 2..200 {
        let mut notice = entry.clone();
        let text = |text: String| AttributeValue::S(text);
        notice.insert("sk".to_owned(), text(format!("{:.0}#notice", day(n))));
        notice.insert("as_of".to_owned(), text(day(n).to_string()));
        notice.insert("kind".to_owned(), text("notice".to_owned()));
        notice.insert("rules".to_owned(), AttributeValue::L(vec![text("stale_data".to_owned())]));
        tables.entries.lock().unwrap().push(notice);
    }
    let mut calm = Decision::refused("another hash", &DriftConfig::default());
    calm.findings[0].state = domain::monitor::State::Clear;
    let told = tell_of(&town, 201, &calm).await.unwrap();
    assert_eq!(told.sent[0].rules, [RuleId::ModelRefused]);
}

/// Two deliveries at once: the second waits, and then finds the log.
#[tokio::test]
async fn two_at_once_come_one_after_the_other() {
    let (tables, topic) = (tables(), sent());
    let town = town(&tables, &topic);
    let (first, second) = tokio::join!(tell(&town, 9), tell(&town, 9));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.sent.len() + second.sent.len(), topic.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_topic_that_refuses_leaves_neither_lock_nor_entry() {
    let tables = tables();
    let topic = mock!(Sns::publish)
        .then_error(|| PublishError::InternalErrorException(InternalErrorException::builder().build()));
    let town = town(&tables, &topic);
    assert!(tell(&town, 9).await.is_err());
    assert_eq!((tables.log.num_calls(), tables.unlock.num_calls()), (0, 1), "unlocked for the retry");
}
