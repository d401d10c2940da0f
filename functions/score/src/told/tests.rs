use super::*;
use crate::testing::{day, series};
use aws_sdk_dynamodb::{
    Client as DynamoDb,
    error::ErrorMetadata,
    operation::{delete_item::DeleteItemOutput, put_item::PutItemError, put_item::PutItemOutput},
    types::error::ConditionalCheckFailedException,
};
use aws_sdk_sns::{
    Client as Sns,
    operation::publish::{PublishError, PublishOutput},
    types::error::InternalErrorException,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use domain::monitor::AlertKind;

/// The first lock is free, and held from then on; everything else in the table works.
fn table() -> (Rule, Rule, Rule) {
    let locks = |item: &aws_sdk_dynamodb::operation::put_item::PutItemInput| {
        item.item().is_some_and(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("LOCK#alert#")))
    };
    let lock = mock!(DynamoDb::put_item)
        .match_requests(locks)
        .sequence()
        .output(|| PutItemOutput::builder().build())
        .error(|| {
            let meta = ErrorMetadata::builder().code("ConditionalCheckFailedException").build();
            let held = ConditionalCheckFailedException::builder().meta(meta).build();
            PutItemError::ConditionalCheckFailedException(held)
        })
        .repeatedly()
        .build();
    let log = mock!(DynamoDb::put_item)
        .match_requests(|request| {
            request.item().is_some_and(|item| item["pk"].as_s().is_ok_and(|pk| pk == "ALERTS#eth-usd-1d-h1"))
        })
        .then_output(|| PutItemOutput::builder().build());
    let unlock = mock!(DynamoDb::delete_item).then_output(|| DeleteItemOutput::builder().build());
    (lock, log, unlock)
}

fn town(table: &(Rule, Rule, Rule), topic: &Rule) -> Town {
    let dynamodb = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&table.0, &table.1, &table.2]);
    Town {
        locks: Locks::new(dynamodb.clone(), "locks"),
        alerts: Alerts::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [topic]), "arn:topic"),
        log: AlertLog::new(dynamodb, "forecasts"),
    }
}

async fn tell(town: &Town, log: &[AlertRecord]) -> Result<Told, ScoreError> {
    let (series, config) = (series("eth-usd-1d-h1"), DriftConfig::default());
    let moment = Moment { series: &series, as_of: day(9), clock: day(4000), version: 3, config: &config };
    let place = Place::of_latest(&series, None, "bucket");
    town.tell(moment, &Decision::refused("another hash", &config), log, None, &place).await
}

fn sent() -> Rule {
    mock!(Sns::publish).then_output(|| PublishOutput::builder().message_id("1").build())
}

#[tokio::test]
async fn the_same_event_five_times_is_one_message_and_one_entry() {
    let (table, topic) = (table(), sent());
    let town = town(&table, &topic);
    let first = tell(&town, &[]).await.unwrap();
    assert_eq!(first.sent[0].kind, AlertKind::Drift);
    for _ in 0..4 {
        let again = tell(&town, &[]).await.unwrap();
        assert!(again.sent.is_empty() && again.repeated);
    }
    assert_eq!((topic.num_calls(), table.1.num_calls(), table.2.num_calls()), (1, 1, 0));
}

/// Long after, when the lock is gone.
#[tokio::test]
async fn what_is_in_the_log_is_not_sent_again() {
    let (table, topic) = (table(), sent());
    let (series, config) = (series("eth-usd-1d-h1"), DriftConfig::default());
    let due = announce(&series, day(9), 3, &Decision::refused("another hash", &config), &[], &config).due;
    let alert = alert::alert(&series, &due[0], None, &Place::of_latest(&series, None, "bucket"));
    let again = tell(&town(&table, &topic), &[AlertRecord::of(&alert, &due[0].announced)]).await.unwrap();
    assert!(again.sent.is_empty() && again.repeated);
    assert_eq!((topic.num_calls(), table.0.num_calls()), (0, 0));
}

#[tokio::test]
async fn a_topic_that_refuses_leaves_neither_lock_nor_entry() {
    let table = table();
    let topic = mock!(Sns::publish)
        .then_error(|| PublishError::InternalErrorException(InternalErrorException::builder().build()));
    let town = town(&table, &topic);
    assert!(tell(&town, &[]).await.is_err());
    assert_eq!((table.1.num_calls(), table.2.num_calls()), (0, 1), "unlocked for the retry");
}
