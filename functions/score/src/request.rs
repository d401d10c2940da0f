//! Request to score the series of one symbol and interval, and its decoding.

use crate::error::ScoreError;
use contracts::events::{self, BarsIngested};
use jiff::Timestamp;
use market_data::{Interval, Symbol};
use serde::Deserialize as _;
use serde_json::Value;

/// Valid request, from an event or from a direct invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRequest {
    /// Symbol of the series to score.
    pub symbol: Symbol,
    /// Interval of the series to score.
    pub interval: Interval,
    /// Time that counts as now, at most the clock's time.
    pub as_of: Timestamp,
}

impl ScoreRequest {
    /// Reads a `BarsIngested` event as EventBridge delivers it, or an [`events::ScoreRequest`].
    ///
    /// `now` replaces a missing `as_of`, and one in the future: a notification for a later time would suppress all
    /// notifications before it.
    ///
    /// # Errors
    /// [`ScoreError::MalformedEvent`] or [`ScoreError::UnexpectedEvent`].
    pub fn decode(payload: &Value, now: Timestamp) -> Result<Self, ScoreError> {
        let malformed = |source| ScoreError::MalformedEvent { source };
        match payload.get("detail-type").map(|detail_type| detail_type.as_str().unwrap_or_default()) {
            Some(BarsIngested::DETAIL_TYPE) => {
                let detail = payload.get("detail").unwrap_or(&Value::Null);
                let event = BarsIngested::deserialize(detail).map_err(malformed)?;
                Ok(Self { symbol: event.symbol, interval: event.interval, as_of: event.as_of.min(now) })
            }
            Some(other) => Err(ScoreError::UnexpectedEvent { detail_type: other.to_owned() }),
            None => {
                let request = events::ScoreRequest::deserialize(payload).map_err(malformed)?;
                let as_of = request.as_of.unwrap_or(now).min(now);
                Ok(Self { symbol: request.symbol, interval: request.interval, as_of })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: &str = "2024-01-02T03:04:05Z";

    fn decode(payload: &Value) -> Result<ScoreRequest, ScoreError> {
        ScoreRequest::decode(payload, NOW.parse().unwrap())
    }

    #[test]
    fn an_event_is_scored_as_of_its_own_time() {
        let event = json!({
            "version": "0", "source": "weathervane", "detail-type": "BarsIngested", "account": "000000000000",
            "detail": {
                "symbol": "ETH-USD", "interval": "1d", "first": "2023-05-01T00:00:00Z", "last": "2023-05-01T00:00:00Z",
                "new_bars": 1, "source": "coinbase", "as_of": "2023-05-02T00:05:00Z"
            }
        });
        let request = decode(&event).unwrap();
        assert_eq!((request.symbol.as_str(), request.interval), ("ETH-USD", Interval::Day));
        assert_eq!(request.as_of.to_string(), "2023-05-02T00:05:00Z");
    }

    #[test]
    fn a_missing_or_future_as_of_becomes_now() {
        for request in [
            json!({"symbol": "ETH-USD", "interval": "1h"}),
            json!({"symbol": "ETH-USD", "interval": "1h", "as_of": "2042-01-01T00:00:00Z"}),
        ] {
            assert_eq!(decode(&request).unwrap().as_of.to_string(), NOW);
        }
    }

    #[test]
    fn other_payloads_are_rejected_with_a_reason() {
        for (payload, reason) in [
            (json!({"detail-type": "ModelPromoted", "detail": {}}), "ModelPromoted"),
            (json!({"detail-type": "BarsIngested"}), "malformed event"),
            (json!({"symbol": "ETH-USD", "interval": "1d", "asof": NOW}), "malformed event"),
            (json!("score"), "malformed event"),
        ] {
            let error = decode(&payload).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
