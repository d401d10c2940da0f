//! What faults do to an answer on its way.

use crate::fault::{Fault, FaultKind};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use std::{convert::Infallible, time::Duration};

/// A slow body comes in so many pieces.
const PIECES: usize = 40;

const CONSENT_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Before you continue</title></head>\
                            <body>We use cookies.</body></html>\n";

/// An answer that has nothing of the right one, when one is ordered.
pub(crate) fn replacement(faults: &[Fault]) -> Option<Response> {
    let (fault, status) = faults.iter().find_map(|fault| Some((fault, fault.kind.replacement()?)))?;
    if fault.kind == FaultKind::Html {
        return Some((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], CONSENT_PAGE).into_response());
    }
    let mut response = (status, status.canonical_reason().unwrap_or_default()).into_response();
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(response)
}

/// How long the answer is held back.
pub(crate) fn delay(faults: &[Fault]) -> Duration {
    faults.iter().filter(|fault| fault.kind == FaultKind::Slow).map(Fault::wait).sum()
}

/// The body as it is sent.
pub(crate) fn body(mut bytes: Vec<u8>, faults: &[Fault]) -> Body {
    let ordered = |kind: FaultKind| faults.iter().find(|fault| fault.kind == kind);
    if ordered(FaultKind::Truncated).is_some() {
        bytes.truncate(bytes.len() / 2);
    }
    match ordered(FaultKind::SlowBody) {
        Some(fault) => stream_slowly(bytes, fault.wait()),
        None => bytes.into(),
    }
}

/// The bytes in equal pieces, each after a pause, over `time` altogether.
fn stream_slowly(bytes: Vec<u8>, time: Duration) -> Body {
    let size = bytes.len().div_ceil(PIECES).max(1);
    let pieces = bytes.len().div_ceil(size).max(1);
    let pause = time / u32::try_from(pieces).unwrap_or(u32::MAX);
    Body::from_stream(stream::unfold(Bytes::from(bytes), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, Infallible>(piece), rest))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::to_bytes, http::StatusCode};
    use std::time::Instant;

    fn order(text: &str) -> Vec<Fault> {
        vec![serde_json::from_str(text).unwrap()]
    }

    #[test]
    fn a_429_says_when_to_come_back_only_if_ordered() {
        let with = replacement(&order(r#"{"source":"yahoo","kind":"429","retry_after":7}"#)).unwrap();
        assert_eq!(with.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(with.headers()[header::RETRY_AFTER], "7");
        let without = replacement(&order(r#"{"source":"yahoo","kind":"429"}"#)).unwrap();
        assert!(!without.headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn each_status_is_the_one_ordered_and_a_consent_page_has_200() {
        for kind in ["418", "451", "500"] {
            let response = replacement(&order(&format!(r#"{{"source":"binance","kind":"{kind}"}}"#))).unwrap();
            assert_eq!(response.status().as_str(), kind);
        }
        let page = replacement(&order(r#"{"source":"yahoo","kind":"html"}"#)).unwrap();
        assert_eq!(
            (page.status(), &page.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &HeaderValue::from_static("text/html; charset=utf-8"))
        );
        assert!(replacement(&order(r#"{"source":"yahoo","kind":"empty"}"#)).is_none());
    }

    #[test]
    fn a_slow_answer_waits_as_long_as_ordered() {
        assert_eq!(delay(&order(r#"{"source":"kraken","kind":"slow","seconds":3}"#)), Duration::from_secs(3));
        assert_eq!(delay(&order(r#"{"source":"kraken","kind":"slow"}"#)), Duration::from_secs(30));
        assert_eq!(delay(&order(r#"{"source":"kraken","kind":"slow_body"}"#)), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_truncated_body_is_half_of_the_right_one() {
        let sent = body(b"[1,2,3,4]".to_vec(), &order(r#"{"source":"kraken","kind":"truncated"}"#));
        assert_eq!(to_bytes(sent, usize::MAX).await.unwrap(), "[1,2");
    }

    #[tokio::test]
    async fn a_slow_body_is_whole_and_takes_its_time() {
        for length in [0, 3, 41, 12_345] {
            let whole: Vec<u8> = b"abcdefg".iter().copied().cycle().take(length).collect();
            let started = Instant::now();
            let sent = stream_slowly(whole.clone(), Duration::from_millis(80));
            assert_eq!(to_bytes(sent, usize::MAX).await.unwrap(), whole);
            assert!(length == 0 || started.elapsed() >= Duration::from_millis(75), "{length}: {:?}", started.elapsed());
        }
    }
}
