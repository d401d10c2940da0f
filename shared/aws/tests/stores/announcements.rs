//! Events on the bus and alerts on the topic.

use crate::support::{at, series};
use aws::{Alerts, Bus, Error};
use aws_sdk_eventbridge::{operation::put_events::PutEventsOutput, types::PutEventsResultEntry};
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use domain::event::DriftAlert;
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
    let bus = Bus::new(mock_client!(aws_sdk_eventbridge, [&put]), "bus");
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
    let bus = Bus::new(mock_client!(aws_sdk_eventbridge, [&refused]), "bus");
    let error = bus.publish("BarsIngested", &json!({})).await.unwrap_err();
    assert!(matches!(error, Error::EventRefused { .. }));
    assert!(error.to_string().contains("ThrottlingException: slow down"), "{error}");
}

#[tokio::test]
async fn an_alert_is_text_for_mail_and_json_for_machines() {
    let alert = DriftAlert {
        series: series(),
        version: 3,
        as_of: at("2023-11-05T00:00:00Z"),
        reasons: vec!["log loss 0.75 against 0.69".to_owned()],
        report_key: "reports/r.html".to_owned(),
        text: "Drift was confirmed.".to_owned(),
    };
    let expected = alert.clone();
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(move |request| {
            assert_eq!(request.subject(), Some("Drift: eth-usd-1d-h1 ?"), "SNS takes one line of ASCII");
            assert_eq!(request.message_structure(), Some("json"));
            let message: Value = serde_json::from_str(request.message().unwrap()).unwrap();
            assert_eq!(message["email"], "Drift was confirmed.");
            for protocol in ["default", "lambda"] {
                let body: DriftAlert = serde_json::from_str(message[protocol].as_str().unwrap()).unwrap();
                assert_eq!(body, expected);
            }
            let attributes = request.message_attributes().unwrap();
            [("kind", "drift"), ("series", "eth-usd-1d-h1"), ("action", "retrain")]
                .iter()
                .all(|(name, value)| attributes[*name].string_value() == Some(value))
        })
        .then_output(|| PublishOutput::builder().message_id("1").build());
    let alerts = Alerts::new(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish]), "arn:topic");
    alerts.publish("Drift: eth-usd-1d-h1 \u{2013}\n", &alert).await.unwrap();
    assert_eq!(publish.num_calls(), 1);
}
