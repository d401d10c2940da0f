//! Requests of train: one training, a rollback, or alerts that come through SNS.

use crate::error::TrainFunctionError;
use contracts::events::{Alert, TrainReason, TrainRequest};
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

/// Decodes the trainings that an event requests: one, or one per alert of an SNS event that requests a training. Other alerts are
/// left out; the filter of the subscription already keeps them away.
///
/// # Errors
/// [`TrainFunctionError::Event`] if the event is neither, or an alert is malformed.
pub(crate) fn decode(event: Value) -> Result<Vec<TrainRequest>, TrainFunctionError> {
    let malformed = |source| TrainFunctionError::Event { source };
    if event.get("Records").is_none() {
        return Ok(vec![serde_json::from_value(event).map_err(malformed)?]);
    }
    let event: SnsEvent = serde_json::from_value(event).map_err(malformed)?;
    let mut requests = Vec::new();
    for record in &event.records {
        let alert: Alert = serde_json::from_str(&record.sns.message).map_err(malformed)?;
        if alert.action.requests_training() {
            let (reference, as_of) = (alert.to_ref(), Some(alert.as_of));
            let (series, reason) = (alert.series, TrainReason::Drift);
            requests.push(TrainRequest { series, reason, as_of, seed: None, alert: Some(reference) });
        } else {
            tracing::info!(series = %alert.series, kind = %alert.kind, "skipped an alert that requests no training");
        }
    }
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_id::run_id;
    use serde_json::json;
    use training::TrainingConfig;

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
        let known = requests[0].alert.as_ref().unwrap();
        assert_eq!((known.version, known.report_key.as_str()), (3, "reports/x.json"));
    }

    fn delivered(alert: &Value) -> Vec<TrainRequest> {
        decode(json!({"Records": [{"Sns": {"Message": alert.to_string()}}]})).unwrap()
    }

    fn alert(kind: &str, action: &str, as_of: &str) -> Value {
        json!({
            "series": "eth-usd-1d-h1", "version": 3, "as_of": as_of, "kind": kind, "action": action, "severity": "warning",
            "rules": ["severe_shift"], "reasons": ["The volume level ..."], "report_key": "reports/r.html", "text": "Mail."
        })
    }

    #[test]
    fn only_alerts_that_request_training_get_one() {
        for (kind, action, trainings) in
            [("drift", "retrain", 1), ("drift", "retrain_and_page", 1), ("notice", "warn", 0), ("recovery", "none", 0)]
        {
            let requests = delivered(&alert(kind, action, "2023-11-05T00:05:00Z"));
            assert_eq!(requests.len(), trainings, "{kind} {action}");
            let rules = requests.first().and_then(|request| request.alert.as_ref()).map(|alert| alert.rules.clone());
            assert_eq!(rules, (trainings > 0).then(|| vec!["severe_shift".to_owned()]));
        }
    }

    /// Deliveries may come often and in any order: each alert is one run, and a run that is finished is not made again.
    #[test]
    fn repeated_alerts_in_any_order_are_one_run() {
        let run = |as_of: &str| {
            let request = delivered(&alert("drift", "retrain", as_of)).remove(0);
            let config = TrainingConfig::for_series(&request.series);
            let as_of = request.series.interval.floor(request.as_of.unwrap());
            run_id(
                &request.series,
                as_of,
                "the bars that are closed by then",
                &config,
                contracts::costs::Costs::default(),
            )
            .unwrap()
        };
        let (older, newer) = ("2023-11-05T00:05:00Z", "2023-11-12T00:05:00Z");
        let mut runs = [newer, older, newer, newer, older, newer, newer].map(run).to_vec();
        runs.sort_unstable();
        runs.dedup();
        assert_eq!(runs.len(), 2, "one for each alert: {runs:?}");
    }

    #[test]
    fn anything_else_is_rejected() {
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
