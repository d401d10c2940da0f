//! Faults on order: what real sources were seen to do.

use crate::source::Source;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
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
    /// No bars.
    Empty,
    /// The bar that is still open, as the last one.
    Unfinished,
    /// A last bar whose time is not on the grid.
    OffGrid,
}

/// One order: until it is taken back, or for `count` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) source: Source,
    pub(crate) kind: Kind,
    /// How many answers are left; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
    /// `Retry-After`, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
    /// How long `slow` waits; 30 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
}

/// The standing orders, one for each source.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<Source, Fault>);

impl Faults {
    pub(crate) fn order(&mut self, fault: Fault) {
        self.0.insert(fault.source, fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn standing(&self) -> Vec<&Fault> {
        self.0.values().collect()
    }

    /// The fault of the source's next answer; counts it.
    pub(crate) fn take(&mut self, source: Source) -> Option<Fault> {
        let fault = self.0.get_mut(&source)?;
        match &mut fault.count {
            Some(0) => {
                self.0.remove(&source);
                return None;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Some(fault.clone())
    }
}

impl Fault {
    /// An answer that has nothing of the right one.
    pub(crate) fn instead(&self) -> Option<Response> {
        let status = match self.kind {
            Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Kind::Teapot => StatusCode::IM_A_TEAPOT,
            Kind::Unavailable => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Html => {
                let page = "<!DOCTYPE html>\n<html><head><title>Before you continue</title></head>\
                            <body>We use cookies.</body></html>\n";
                return Some(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response());
            }
            Kind::Truncated | Kind::Slow | Kind::Empty | Kind::Unfinished | Kind::OffGrid => return None,
        };
        let mut response = (status, status.canonical_reason().unwrap_or_default()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(response)
    }

    /// How long the answer is held back.
    pub(crate) fn delay(&self) -> Option<Duration> {
        (self.kind == Kind::Slow).then(|| Duration::from_secs(self.seconds.unwrap_or(30).into()))
    }

    /// The body as it is sent.
    pub(crate) fn spoil(&self, mut body: Vec<u8>) -> Body {
        if self.kind == Kind::Truncated {
            body.truncate(body.len() / 2);
        }
        Body::from(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_order_with_a_count_ends_by_itself_and_one_without_does_not() {
        let mut faults = Faults::default();
        faults.order(order(r#"{"source":"coinbase","kind":"500","count":2}"#));
        faults.order(order(r#"{"source":"yahoo","kind":"html"}"#));
        let mut hits = |source| (0..4).filter(|_| faults.take(source).is_some()).count();
        assert_eq!((hits(Source::Coinbase), hits(Source::Yahoo)), (2, 4));
        assert_eq!(faults.standing().len(), 1);
        faults.clear();
        assert_eq!(faults.take(Source::Yahoo), None);
    }

    #[test]
    fn a_429_says_when_to_come_back_only_if_ordered() {
        let with = order(r#"{"source":"yahoo","kind":"429","retry_after":7}"#).instead().unwrap();
        assert_eq!(with.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(with.headers()[header::RETRY_AFTER], "7");
        let without = order(r#"{"source":"yahoo","kind":"429"}"#).instead().unwrap();
        assert!(!without.headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn an_order_that_is_not_understood_is_refused() {
        for text in [r#"{"source":"nasdaq","kind":"500"}"#, r#"{"source":"yahoo","kind":"503"}"#] {
            assert!(serde_json::from_str::<Fault>(text).is_err(), "{text}");
        }
    }
}
