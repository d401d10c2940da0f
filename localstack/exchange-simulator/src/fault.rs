//! Faults on order: what real sources were seen to do.

use crate::source::Source;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Too many requests, with `Retry-After` when the order says how long.
    #[serde(rename = "429")]
    TooManyRequests,
    /// A ban for having ignored 429.
    #[serde(rename = "418")]
    Teapot,
    /// Refused by location.
    #[serde(rename = "451")]
    Unavailable,
    /// An internal error.
    #[serde(rename = "500")]
    Internal,
    /// A consent page with status 200.
    Html,
    /// The right answer, cut in the middle.
    Truncated,
    /// The right answer after `seconds`.
    Slow,
    /// The headers at once, the body in pieces over `seconds`.
    SlowBody,
    /// No bars.
    Empty,
    /// The bar that is still open, as the last one.
    Unfinished,
    /// A last bar whose time is not on the grid.
    OffGrid,
    /// Rows in no order.
    WrongOrder,
    /// Every tenth row twice.
    Duplicates,
    /// One bar twice, with two closes.
    Conflict,
    /// Every fifth row without one of its values.
    Nulls,
    /// One bar left out.
    Missing,
    /// The volumes in base and in quote currency exchanged.
    SwappedVolume,
    /// All prices off by `share`.
    OffBy,
    /// The newest `bars` bars left out.
    Stale,
    /// One bar whose high is below its low.
    HighBelowLow,
    /// One bar whose low is at 1 % of its open.
    FlashWick,
    /// A bar that opens after now.
    Future,
}

/// One order: until it is taken back, or for `count` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) source: Source,
    pub(crate) kind: FaultKind,
    /// How many answers are left; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
    /// `Retry-After`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
    /// How long `slow` waits and `slow_body` takes; 30 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
    /// Open time of the one bar that a kind is about; by default the middle one of each answer.
    #[serde(default, with = "market_data::time::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
    /// How many bars `stale` lacks; 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bars: Option<u32>,
    /// How far `off_by` is off, as a share of the price; 0.03 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share: Option<f64>,
}

/// The standing orders of each source, in the order in which they came; one of each kind.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<Source, Vec<Fault>>);

impl FaultKind {
    /// Status of an answer that has nothing of the right one; none for kinds that spoil the right one.
    pub(crate) fn replacement(self) -> Option<StatusCode> {
        match self {
            Self::TooManyRequests => Some(StatusCode::TOO_MANY_REQUESTS),
            Self::Teapot => Some(StatusCode::IM_A_TEAPOT),
            Self::Unavailable => Some(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS),
            Self::Internal => Some(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Html => Some(StatusCode::OK),
            _ => None,
        }
    }
}

impl Fault {
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(30).into())
    }
}

impl Faults {
    /// Adds an order, or replaces the standing one of its kind; a `count` of 0 only takes that one back.
    pub(crate) fn order(&mut self, fault: Fault) {
        let standing = self.0.entry(fault.source).or_default();
        let place = standing.iter().position(|other| other.kind == fault.kind);
        match place {
            _ if fault.count == Some(0) => standing.retain(|other| other.kind != fault.kind),
            Some(place) => standing[place] = fault,
            None => standing.push(fault),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn active(&self) -> Vec<&Fault> {
        self.0.values().flatten().collect()
    }

    /// The faults of the source's next answer; counts them. One that replaces the answer comes alone, and the others
    /// wait.
    pub(crate) fn next_response(&mut self, source: Source) -> Vec<Fault> {
        let Some(standing) = self.0.get_mut(&source) else { return Vec::new() };
        let alone = standing.iter().position(|fault| fault.kind.replacement().is_some());
        let mut taken = Vec::new();
        for (place, fault) in standing.iter_mut().enumerate() {
            if alone.is_none_or(|alone| alone == place) {
                taken.push(fault.clone());
                fault.count = fault.count.map(|left| left.saturating_sub(1));
            }
        }
        standing.retain(|fault| fault.count != Some(0));
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    fn kinds(faults: &[Fault]) -> Vec<FaultKind> {
        faults.iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn an_order_with_a_count_ends_by_itself_and_one_without_does_not() {
        let mut faults = Faults::default();
        faults.order(order(r#"{"source":"coinbase","kind":"500","count":2}"#));
        faults.order(order(r#"{"source":"yahoo","kind":"html"}"#));
        let mut hits = |source| (0..4).filter(|_| !faults.next_response(source).is_empty()).count();
        assert_eq!((hits(Source::Coinbase), hits(Source::Yahoo)), (2, 4));
        assert_eq!(faults.active().len(), 1);
        faults.clear();
        assert_eq!(faults.next_response(Source::Yahoo), []);
    }

    #[test]
    fn several_orders_stand_in_their_order_and_the_same_kind_is_replaced() {
        let mut faults = Faults::default();
        faults.order(order(r#"{"source":"kraken","kind":"wrong_order","count":1}"#));
        faults.order(order(r#"{"source":"kraken","kind":"off_by"}"#));
        faults.order(order(r#"{"source":"kraken","kind":"wrong_order","count":2}"#));
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [FaultKind::WrongOrder, FaultKind::OffBy]);
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [FaultKind::WrongOrder, FaultKind::OffBy]);
        assert_eq!(kinds(&faults.next_response(Source::Kraken)), [FaultKind::OffBy]);
        faults.order(order(r#"{"source":"kraken","kind":"off_by","count":0}"#));
        assert_eq!(faults.next_response(Source::Kraken), []);
    }

    #[test]
    fn an_order_that_replaces_the_answer_is_counted_alone() {
        let mut faults = Faults::default();
        faults.order(order(r#"{"source":"binance","kind":"nulls","count":1}"#));
        faults.order(order(r#"{"source":"binance","kind":"451","count":1}"#));
        assert_eq!(kinds(&faults.next_response(Source::Binance)), [FaultKind::Unavailable]);
        assert_eq!(kinds(&faults.next_response(Source::Binance)), [FaultKind::Nulls]);
        assert_eq!(faults.next_response(Source::Binance), []);
    }

    #[test]
    fn every_kind_and_parameter_is_understood_and_shown_as_it_was_ordered() {
        let kinds = "429 418 451 500 html truncated slow slow_body empty unfinished off_grid wrong_order duplicates \
                     conflict nulls missing swapped_volume off_by stale high_below_low flash_wick future";
        let rest = r#""count":1,"retry_after":2,"seconds":3,"at":"2023-06-01T00:00:00Z","bars":4,"share":0.5"#;
        for kind in kinds.split(' ') {
            let text = format!(r#"{{"source":"bitstamp","kind":"{kind}",{rest}}}"#);
            assert_eq!(serde_json::to_string(&order(&text)).unwrap(), text);
        }
    }

    #[test]
    fn an_order_that_is_not_understood_is_refused() {
        for text in [
            r#"{"source":"nasdaq","kind":"500"}"#,
            r#"{"source":"yahoo","kind":"503"}"#,
            r#"{"source":"yahoo","kind":"slow","minutes":3}"#,
        ] {
            assert!(serde_json::from_str::<Fault>(text).is_err(), "{text}");
        }
    }
}
