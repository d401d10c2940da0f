//! What score is asked for, however the request arrives.

use crate::error::ScoreError;
use contracts::events::{BarsIngested, ScoreRequest};
use jiff::Timestamp;
use market_data::{Interval, Symbol};
use serde::Deserialize;
use serde_json::Value;

/// A request, whoever sent it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) symbol: Symbol,
    pub(crate) interval: Interval,
    /// What counts as now.
    pub(crate) as_of: Timestamp,
}

/// Reads a `BarsIngested` event as EventBridge delivers it, or a [`ScoreRequest`]; `now` stands in for a missing
/// `as_of`, and for one that is yet to come: what is told of a later moment would silence all before it.
pub(crate) fn decode(event: &Value, now: Timestamp) -> Result<Request, ScoreError> {
    let malformed = |source| ScoreError::Request { source };
    match event.get("detail-type").map(|kind| kind.as_str().unwrap_or_default()) {
        Some(BarsIngested::DETAIL_TYPE) => {
            let detail = event.get("detail").unwrap_or(&Value::Null);
            let BarsIngested { symbol, interval, as_of, .. } = BarsIngested::deserialize(detail).map_err(malformed)?;
            Ok(Request { symbol, interval, as_of: as_of.min(now) })
        }
        Some(other) => Err(ScoreError::DetailType { detail_type: other.to_owned() }),
        None => {
            let ScoreRequest { symbol, interval, as_of } = ScoreRequest::deserialize(event).map_err(malformed)?;
            Ok(Request { symbol, interval, as_of: as_of.unwrap_or(now).min(now) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: &str = "2024-01-02T03:04:05Z";

    fn decoded(event: &Value) -> Result<Request, ScoreError> {
        decode(event, NOW.parse().unwrap())
    }

    #[test]
    fn an_event_brings_its_own_now_and_a_request_may_leave_it_to_the_clock() {
        let event = json!({
            "version": "0", "source": "weathervane", "detail-type": "BarsIngested", "account": "000000000000",
            "detail": {
                "symbol": "ETH-USD", "interval": "1d", "first": "2023-05-01T00:00:00Z", "last": "2023-05-01T00:00:00Z",
                "new_bars": 1, "source": "coinbase", "as_of": "2023-05-02T00:05:00Z"
            }
        });
        let request = decoded(&event).unwrap();
        assert_eq!((request.symbol.as_str(), request.interval), ("ETH-USD", Interval::Day));
        assert_eq!(request.as_of.to_string(), "2023-05-02T00:05:00Z");

        for request in [
            json!({"symbol": "ETH-USD", "interval": "1h"}),
            json!({"symbol": "ETH-USD", "interval": "1h", "as_of": "2042-01-01T00:00:00Z"}),
        ] {
            assert_eq!(decoded(&request).unwrap().as_of.to_string(), NOW);
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (event, named) in [
            (json!({"detail-type": "ModelPromoted", "detail": {}}), "ModelPromoted"),
            (json!({"detail-type": "BarsIngested"}), "malformed event"),
            (json!({"symbol": "ETH-USD", "interval": "1d", "asof": NOW}), "malformed event"),
            (json!("score"), "malformed event"),
        ] {
            let error = decoded(&event).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
