//! Events on the bus and alerts on the topic.

use crate::support::{at, series};
use aws::{AlertTopic, Error, EventBus};
use aws_sdk_eventbridge::{operation::put_events::PutEventsOutput, types::PutEventsResultEntry};
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use contracts::{
    action::{AlertAction, AlertKind, Severity},
    events::Alert,
};
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_carries_source_type_and_detail() {
    let put = mock!(aws_sdk_eventbridge::Client::put_events)
        .match_requests(|request| {
            let [entry] = request.entries() else { panic!("one entry") };
            assert_eq!((entry.source(), entry.event_bus_name()), (Some("weathervane"), Some("bus")));
            entry.detail_type() == Some("BarsIngested") && entry.detail() == Some(r#"{"new_bars":3}"#)
        })
        .then_output(|| PutEventsOutput::builder().failed_entry_count(0).build());
    let bus = EventBus::new(mock_client!(aws_sdk_eventbridge, [&put]), "bus");
    bus.publish("BarsIngested", &json!({"new_bars": 3})).await.unwrap();
}

/// Regression guard: the call succeeds while the bus takes nothing.
#[tokio::test]
async fn an_event_that_the_bus_refuses_is_an_error() {
    let refused = mock!(aws_sdk_eventbridge::Client::put_events).then_output(|| {
        let entry =
            PutEventsResultEntry::builder().error_code("ThrottlingException").error_message("slow down").build();
        PutEventsOutput::builder().failed_entry_count(1).entries(entry).build()
    });
    let bus = EventBus::new(mock_client!(aws_sdk_eventbridge, [&refused]), "bus");
    let error = bus.publish("BarsIngested", &json!({})).await.unwrap_err();
    assert!(matches!(error, Error::EventRefused { .. }));
    assert!(error.to_string().contains("ThrottlingException: slow down"), "{error}");
}

fn alert() -> Alert {
    Alert {
        series: series(),
        version: 3,
        as_of: at("2023-11-05T00:00:00Z"),
        kind: AlertKind::Drift,
        action: AlertAction::RetrainAndPage,
        severity: Severity::Critical,
        rules: vec!["worse_than_climatology".to_owned()],
        reasons: vec!["log loss 0.75 against 0.69".to_owned()],
        since: Some(at("2023-10-20T00:00:00Z")),
        report_key: "reports/r.html".to_owned(),
        text: "Drift was confirmed.".to_owned(),
    }
}

#[tokio::test]
async fn an_alert_is_text_for_mail_and_json_for_machines() {
    let alert = alert();
    let expected = alert.clone();
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(move |request| {
            assert_eq!(request.subject(), Some("Drift: eth-usd-1d-h1 ?"), "SNS takes one line of ASCII");
            assert_eq!(request.message_structure(), Some("json"));
            let message: Value = serde_json::from_str(request.message().unwrap()).unwrap();
            assert_eq!(message["email"], "Drift was confirmed.");
            for protocol in ["default", "lambda"] {
                let body: Alert = serde_json::from_str(message[protocol].as_str().unwrap()).unwrap();
                assert_eq!(body, expected);
            }
            let attributes = request.message_attributes().unwrap();
            [("kind", "drift"), ("action", "retrain"), ("severity", "critical"), ("series", "eth-usd-1d-h1")]
                .iter()
                .all(|(name, value)| attributes[*name].string_value() == Some(value))
        })
        .then_output(|| PublishOutput::builder().message_id("1").build());
    let alerts = AlertTopic::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish]), "arn:topic");
    alerts.publish("Drift: eth-usd-1d-h1 \u{2013}\n", &alert).await.unwrap();
    assert_eq!(publish.num_calls(), 1);
}

#[tokio::test]
async fn what_no_training_mends_starts_none() {
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| {
            let attributes = request.message_attributes().unwrap();
            [("kind", "notice"), ("action", "none"), ("severity", "warning")]
                .iter()
                .all(|(name, value)| attributes[*name].string_value() == Some(value))
        })
        .then_output(|| PublishOutput::builder().message_id("1").build());
    let alerts = AlertTopic::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish]), "arn:topic");
    let stale = Alert { kind: AlertKind::Notice, action: AlertAction::Warn, severity: Severity::Warning, ..alert() };
    alerts.publish("Stale data", &stale).await.unwrap();
}
