//! What starts a training: a request, or a drift alert that came through SNS.

use crate::error::TrainingError;
use domain::event::{Alert, TrainReason, TrainRequest};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct SnsEvent {
    #[serde(rename = "Records")]
    records: Vec<SnsRecord>,
}

#[derive(Deserialize)]
struct SnsRecord {
    #[serde(rename = "Sns")]
    sns: SnsMessage,
}

#[derive(Deserialize)]
struct SnsMessage {
    #[serde(rename = "Message")]
    message: String,
}

/// Reads an event: one request, or one per alert of an SNS event.
///
/// # Errors
/// [`TrainingError::Event`] when it is neither, or an alert is malformed.
pub fn decode(event: Value) -> Result<Vec<TrainRequest>, TrainingError> {
    let malformed = |source| TrainingError::Event { source };
    if event.get("Records").is_none() {
        return Ok(vec![serde_json::from_value(event).map_err(malformed)?]);
    }
    let event: SnsEvent = serde_json::from_value(event).map_err(malformed)?;
    event
        .records
        .iter()
        .map(|record| {
            let alert: Alert = serde_json::from_str(&record.sns.message).map_err(malformed)?;
            Ok(TrainRequest { series: alert.series, reason: TrainReason::Drift, as_of: Some(alert.as_of), seed: None })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schedule_and_an_alert_become_requests() {
        let scheduled = decode(json!({"series": "eth-usd-1d-h1", "reason": "schedule"})).unwrap();
        assert_eq!(scheduled[0].reason, TrainReason::Schedule);
        assert_eq!(scheduled[0].as_of, None);

        let alert = json!({
            "series": "eth-usd-1d-h7", "version": 3, "as_of": "2023-11-05T00:05:00Z",
            "reasons": ["40 % of the features drifted"], "report_key": "reports/x.json", "text": "Drift."
        });
        // The shape AWS documents for SNS events of Lambda.
        let event = json!({"Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:alerts:1",
            "Sns": {"Type": "Notification", "Subject": "drift", "Message": alert.to_string(), "MessageAttributes": {}}
        }]});
        let requests = decode(event).unwrap();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].series.slug(), "eth-usd-1d-h7");
        assert_eq!(requests[0].reason, TrainReason::Drift);
        assert_eq!(requests[0].as_of, Some("2023-11-05T00:05:00Z".parse().unwrap()));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            json!({}),
            json!({"series": "eth", "reason": "manual"}),
            json!({"series": "eth-usd-1d-h1", "reason": "manual", "sed": 7}),
            json!({"Records": [{"Sns": {"Message": "hello"}}]}),
            json!({"Records": [{"s3": {}}]}),
        ] {
            assert!(decode(bad.clone()).is_err(), "{bad}");
        }
    }
}
