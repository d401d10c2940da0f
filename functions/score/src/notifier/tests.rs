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
use contracts::action::AlertKind;
use monitoring::RuleId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

type Items = Arc<Mutex<Vec<HashMap<String, AttributeValue>>>>;

/// Tables in memory: one lock at a time, and the alert log.
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
    let (is_held, entries) = (Arc::new(Mutex::new(false)), Items::default());
    let (acquired, released) = (Arc::clone(&is_held), is_held);
    let (written, read) = (Arc::clone(&entries), Arc::clone(&entries));
    let lock = mock!(DynamoDb::put_item).match_requests(|request| is_lock(&request.item().unwrap()["pk"]));
    let log = mock!(DynamoDb::put_item).match_requests(|request| !is_lock(&request.item().unwrap()["pk"]));
    Tables {
        lock: lock.then_compute_response(move |_| {
            if std::mem::replace(&mut *acquired.lock().unwrap(), true) {
                let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
                let failed = ConditionalCheckFailedException::builder().meta(meta).build();
                return MockResponse::Error(PutItemError::ConditionalCheckFailedException(failed));
            }
            MockResponse::Output(PutItemOutput::builder().build())
        }),
        log: log.then_compute_output(move |request| {
            written.lock().unwrap().push(request.item().unwrap().clone());
            PutItemOutput::builder().build()
        }),
        query: mock!(DynamoDb::query).then_compute_output(move |request| {
            let from = request.expression_attribute_values().unwrap()[":from"].as_s().unwrap().clone();
            let mut items = read.lock().unwrap().clone();
            items.retain(|item| item["sk"].as_s().unwrap() >= &from);
            items.sort_by_key(|item| std::cmp::Reverse(item["sk"].as_s().unwrap().clone()));
            QueryOutput::builder().set_items(Some(items)).build()
        }),
        unlock: mock!(DynamoDb::delete_item).then_compute_output(move |_| {
            *released.lock().unwrap() = false;
            DeleteItemOutput::builder().build()
        }),
        entries,
    }
}

fn notifier(tables: &Tables, topic: &Rule) -> Notifier {
    let Tables { lock, log, query, unlock, .. } = tables;
    let dynamodb = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [lock, log, query, unlock]);
    Notifier {
        locks: LockTable::new(dynamodb.clone(), "locks"),
        alerts: AlertTopic::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [topic]), "arn:topic"),
        log: AlertLog::new(dynamodb, "forecasts"),
    }
}

fn rejected() -> MonitoringDecision {
    MonitoringDecision::model_rejected("another hash", &MonitoringConfig::default())
}

async fn notify(notifier: &Notifier, n: i64) -> Result<NotificationOutcome, ScoreError> {
    notify_of(notifier, n, &rejected()).await
}

async fn notify_of(
    notifier: &Notifier,
    n: i64,
    decision: &MonitoringDecision,
) -> Result<NotificationOutcome, ScoreError> {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let invocation = &Invocation::new("request-1", day(4000), Duration::from_secs(60));
    let context = SeriesContext { series: &series, as_of: day(n), invocation, version: 3, config: &config };
    let location = ReportLocation::latest(&series, None, "bucket");
    notifier.notify(context, decision, None, &location).await
}

fn working_topic() -> Rule {
    mock!(Sns::publish).then_output(|| PublishOutput::builder().message_id("1").build())
}

#[tokio::test]
async fn a_repeated_event_sends_one_notification() {
    let (tables, topic) = (tables(), working_topic());
    let notifier = notifier(&tables, &topic);
    let first = notify(&notifier, 9).await.unwrap();
    assert_eq!(first.sent[0].kind, AlertKind::Drift);
    for _ in 0..4 {
        let repeated = notify(&notifier, 9).await.unwrap();
        assert!(repeated.sent.is_empty() && repeated.repeated);
    }
    assert_eq!((topic.num_calls(), tables.entries.lock().unwrap().len()), (1, 1));
    assert_eq!(tables.lock.num_calls(), tables.unlock.num_calls(), "no lock is left");
}

#[tokio::test]
async fn alerts_are_stored_by_the_clock_and_reported_without() {
    let (tables, topic) = (tables(), working_topic());
    let notifier = notifier(&tables, &topic);
    notify(&notifier, 9).await.unwrap();
    let stored_at: Timestamp = tables.entries.lock().unwrap()[0]["stored_at"].as_s().unwrap().parse().unwrap();
    assert_eq!(stored_at.duration_since(day(4000)).as_secs(), 0, "by the clock, not by the event");
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let invocation = &Invocation::new("request-2", day(4001), Duration::from_secs(60));
    let next = SeriesContext { series: &series, as_of: day(10), invocation, version: 3, config: &config };
    assert_eq!(notifier.alerts_before(next, 9).await.unwrap()[0].stored_at, None);
}

/// Each day of a delayed queue would otherwise send the first notification.
#[tokio::test]
async fn events_in_reverse_order_send_one_notification() {
    let (tables, topic) = (tables(), working_topic());
    let notifier = notifier(&tables, &topic);
    for n in (1..=7).rev() {
        let outcome = notify(&notifier, n).await.unwrap();
        assert_eq!((outcome.sent.len(), outcome.late), if n == 7 { (1, false) } else { (0, true) }, "day {n}");
    }
    assert_eq!(topic.num_calls(), 1);
}

#[tokio::test]
async fn an_open_alert_recovers_after_hundreds_of_notices() {
    let (tables, topic) = (tables(), working_topic());
    let notifier = notifier(&tables, &topic);
    notify(&notifier, 1).await.unwrap();
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
    let mut clear = rejected();
    clear.findings[0].state = monitoring::RuleState::Clear;
    let outcome = notify_of(&notifier, 201, &clear).await.unwrap();
    assert_eq!(outcome.sent[0].rules, [RuleId::ModelRefused]);
}

#[tokio::test]
async fn concurrent_events_send_one_notification() {
    let (tables, topic) = (tables(), working_topic());
    let notifier = notifier(&tables, &topic);
    let (first, second) = tokio::join!(notify(&notifier, 9), notify(&notifier, 9));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.sent.len() + second.sent.len(), topic.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_failed_topic_leaves_neither_lock_nor_entry() {
    let tables = tables();
    let topic = mock!(Sns::publish)
        .then_error(|| PublishError::InternalErrorException(InternalErrorException::builder().build()));
    let notifier = notifier(&tables, &topic);
    assert!(notify(&notifier, 9).await.is_err());
    assert_eq!((tables.log.num_calls(), tables.unlock.num_calls()), (0, 1), "unlocked for the retry");
}
