//! Injected faults: behaviour that was seen of real sources.

use crate::source::Source;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Fault of one source, until it is removed or for `count` responses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Source whose responses it changes.
    pub source: Source,
    /// Change of the response, with its parameters.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Number of responses left that it changes; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// Kind of a fault. `at` is the open time of the bar concerned; if absent, the middle bar of each response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Status 429, too many requests.
    #[serde(rename = "429")]
    TooManyRequests {
        /// Seconds in the header `Retry-After`; no header if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// Status 418, a ban after ignored 429.
    #[serde(rename = "418")]
    Banned {
        /// Seconds in the header `Retry-After`; no header if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// Status 451, refused by location.
    #[serde(rename = "451")]
    RestrictedLocation,
    /// Status 500, an internal error.
    #[serde(rename = "500")]
    InternalError,
    /// This response instead of the correct one.
    Response {
        /// HTTP status code.
        status: u16,
        /// Headers by name; the content type is plain text unless it is among them.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Bytes of the body.
        #[serde(default)]
        body: Vec<u8>,
    },
    /// Status 500 for a request whose range ends before `time`.
    OldRange {
        /// Earliest end of a range that is served.
        #[serde(with = "market_data::time::required")]
        time: Timestamp,
    },
    /// A consent page with status 200.
    Html,
    /// The first half of the correct body.
    Truncated,
    /// The correct body, with a connection that closes before the announced length.
    Disconnected,
    /// The correct response after a delay.
    Slow {
        /// Length of the delay in seconds.
        #[serde(default = "default_seconds")]
        seconds: f64,
    },
    /// The headers at once, the body in pieces.
    SlowBody {
        /// Duration of the body in seconds.
        #[serde(default = "default_seconds")]
        seconds: f64,
    },
    /// No bars.
    Empty,
    /// The open bar as the last row.
    Unfinished,
    /// The open bar as the last row, at the time of the last trade.
    OffGrid,
    /// Rows in neither ascending nor descending order.
    WrongOrder,
    /// Every tenth row twice.
    Duplicates,
    /// One bar twice, with different closes.
    Conflict {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// Missing values: `field` of the bar at `at`, or of all bars without `at`. Without `field`, every fifth row lacks
    /// one of its values in turn.
    Nulls {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Value that is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<RowField>,
    },
    /// Missing rows.
    Missing {
        /// Open time of the first missing bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Number of missing bars.
        #[serde(default = "one_bar")]
        bars: u32,
    },
    /// Volumes in base and in quote currency exchanged, of the bar at `at`, or of all bars without `at`.
    SwappedVolume {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// Wrong prices, of the bar at `at`, or of all bars without `at`.
    OffBy {
        /// Error as a share of the price; 0.03 is 3 % too high.
        #[serde(default = "default_share")]
        share: f64,
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// The only wrong value; all four prices if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<RowField>,
    },
    /// Missing bars at the present end.
    Stale {
        /// Number of missing bars.
        #[serde(default = "one_bar")]
        bars: u32,
    },
    /// One bar whose high is below its low.
    HighBelowLow {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// One bar whose low is at 1 % of its open.
    FlashWick {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// An additional last row in the future.
    Future {
        /// Open time of the row; the next bar's if absent.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// One bar with a wrong open time.
    Shifted {
        /// Open time of the bar.
        #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// Seconds that are added to the open time.
        seconds: i64,
    },
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowField {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Volume in either currency.
    Volume,
}

fn default_seconds() -> f64 {
    30.0
}

fn default_share() -> f64 {
    0.03
}

fn one_bar() -> u32 {
    1
}

impl Fault {
    /// Fault of `source` until it is removed.
    #[must_use]
    pub fn new(source: Source, kind: FaultKind) -> Self {
        Self { source, kind, count: None }
    }
}

impl FaultKind {
    /// Plain-text response with this status.
    #[must_use]
    pub fn response(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Response { status, headers: BTreeMap::new(), body: body.into() }
    }

    /// Empty response with this status and one header.
    #[must_use]
    pub fn response_with_header(status: u16, name: &str, value: &str) -> Self {
        Self::Response { status, headers: BTreeMap::from([(name.to_owned(), value.to_owned())]), body: Vec::new() }
    }

    /// True if the response has nothing of the correct one.
    pub(crate) fn replaces_response(&self) -> bool {
        matches!(
            self,
            Self::TooManyRequests { .. }
                | Self::Banned { .. }
                | Self::RestrictedLocation
                | Self::InternalError
                | Self::Response { .. }
                | Self::Html
        )
    }

    /// Open time of the bar concerned, if it names one.
    pub(crate) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Conflict { at }
            | Self::Nulls { at, .. }
            | Self::Missing { at, .. }
            | Self::SwappedVolume { at }
            | Self::OffBy { at, .. }
            | Self::HighBelowLow { at }
            | Self::FlashWick { at }
            | Self::Future { at }
            | Self::Shifted { at, .. } => *at,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_kind_and_parameter_is_parsed_and_printed_alike() {
        let time = "2023-06-01T00:00:00Z";
        let kinds = [
            json!({"kind": "429", "retry_after": 2}),
            json!({"kind": "418", "retry_after": 2}),
            json!({"kind": "451"}),
            json!({"kind": "500"}),
            json!({"kind": "response", "status": 404, "headers": {"location": "/"}, "body": [91, 93]}),
            json!({"kind": "old_range", "time": time}),
            json!({"kind": "html"}),
            json!({"kind": "truncated"}),
            json!({"kind": "disconnected"}),
            json!({"kind": "slow", "seconds": 3.0}),
            json!({"kind": "slow_body", "seconds": 3.0}),
            json!({"kind": "empty"}),
            json!({"kind": "unfinished"}),
            json!({"kind": "off_grid"}),
            json!({"kind": "wrong_order"}),
            json!({"kind": "duplicates"}),
            json!({"kind": "conflict", "at": time}),
            json!({"kind": "nulls", "at": time, "field": "low"}),
            json!({"kind": "missing", "at": time, "bars": 4}),
            json!({"kind": "swapped_volume", "at": time}),
            json!({"kind": "off_by", "at": time, "share": 0.5, "field": "close"}),
            json!({"kind": "stale", "bars": 4}),
            json!({"kind": "high_below_low", "at": time}),
            json!({"kind": "flash_wick", "at": time}),
            json!({"kind": "future", "at": time}),
            json!({"kind": "shifted", "at": time, "seconds": -60}),
        ];
        for mut value in kinds {
            value["source"] = json!("bitstamp");
            value["count"] = json!(1);
            let fault: Fault = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&fault).unwrap(), value);
        }
    }

    #[test]
    fn parameters_have_defaults() {
        let kind = |value: Value| serde_json::from_value::<FaultKind>(value).unwrap();
        assert_eq!(kind(json!({"kind": "429"})), FaultKind::TooManyRequests { retry_after: None });
        assert_eq!(kind(json!({"kind": "slow", "seconds": 2})), FaultKind::Slow { seconds: 2.0 });
        assert_eq!(kind(json!({"kind": "slow_body"})), FaultKind::SlowBody { seconds: 30.0 });
        assert_eq!(kind(json!({"kind": "stale"})), FaultKind::Stale { bars: 1 });
        assert_eq!(kind(json!({"kind": "off_by"})), FaultKind::OffBy { share: 0.03, at: None, field: None });
    }

    #[test]
    fn an_unknown_source_kind_or_parameter_is_rejected() {
        for text in [
            r#"{"source":"nasdaq","kind":"500"}"#,
            r#"{"source":"yahoo","kind":"503"}"#,
            r#"{"source":"yahoo","kind":"slow","minutes":3}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(text).is_err(), "{text}");
        }
    }
}
