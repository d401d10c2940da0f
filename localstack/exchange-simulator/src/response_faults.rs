//! Faults of the response as a whole: status, headers, delays and the transfer of the body.

use crate::fault::{Fault, FaultKind};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use std::{convert::Infallible, time::Duration};

/// Number of pieces of a slow body.
const BODY_PIECES: usize = 40;

/// Bytes that a disconnected body lacks.
const MISSING_BYTES: usize = 10;

const CONSENT_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Before you continue</title></head>\
                            <body>We use cookies.</body></html>\n";

/// Response that has nothing of the correct one, if a fault demands it.
pub(crate) fn replacement(faults: &[Fault]) -> Option<Response> {
    faults.iter().find_map(|fault| match &fault.kind {
        FaultKind::TooManyRequests { retry_after } => Some(status(StatusCode::TOO_MANY_REQUESTS, *retry_after)),
        FaultKind::Banned { retry_after } => Some(status(StatusCode::IM_A_TEAPOT, *retry_after)),
        FaultKind::RestrictedLocation => Some(status(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, None)),
        FaultKind::InternalError => Some(status(StatusCode::INTERNAL_SERVER_ERROR, None)),
        FaultKind::Html => Some(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], CONSENT_PAGE).into_response()),
        FaultKind::Response { status, headers, body } => {
            let mut response = Body::from(body.clone()).into_response();
            *response.status_mut() = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let plain_text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain_text);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            Some(response)
        }
        _ => None,
    })
}

/// Response with a status and its name as the body.
fn status(status: StatusCode, retry_after: Option<u32>) -> Response {
    let mut response = (status, status.canonical_reason().unwrap_or_default()).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Delay of the response.
pub(crate) fn delay(faults: &[Fault]) -> Duration {
    let seconds = |fault: &Fault| match fault.kind {
        FaultKind::Slow { seconds } => duration(seconds),
        _ => Duration::ZERO,
    };
    faults.iter().map(seconds).sum()
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// The correct body as the faults send it.
pub(crate) fn send_body(mut bytes: Vec<u8>, faults: &[Fault]) -> Response {
    let mut slow_body = None;
    let mut announced = None;
    for fault in faults {
        match fault.kind {
            FaultKind::Truncated => bytes.truncate(bytes.len() / 2),
            FaultKind::Disconnected => announced = Some(bytes.len() + MISSING_BYTES),
            FaultKind::SlowBody { seconds } => slow_body = Some(duration(seconds)),
            _ => {}
        }
    }
    let body = match slow_body {
        Some(time) => stream_slowly(bytes, time),
        None => bytes.into(),
    };
    let mut response = body.into_response();
    if let Some(length) = announced {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// Equal pieces of the bytes, each after a pause, over `time` altogether.
fn stream_slowly(bytes: Vec<u8>, time: Duration) -> Body {
    let size = bytes.len().div_ceil(BODY_PIECES).max(1);
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
    use axum::body::to_bytes;
    use std::time::Instant;

    fn faults(text: &str) -> Vec<Fault> {
        vec![serde_json::from_str(text).unwrap()]
    }

    #[test]
    fn a_429_has_retry_after_only_if_the_fault_has_it() {
        let with = replacement(&faults(r#"{"source":"yahoo","kind":"429","retry_after":7}"#)).unwrap();
        assert_eq!(with.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(with.headers()[header::RETRY_AFTER], "7");
        let without = replacement(&faults(r#"{"source":"yahoo","kind":"429"}"#)).unwrap();
        assert!(!without.headers().contains_key(header::RETRY_AFTER));
    }

    #[test]
    fn each_kind_has_its_status_and_a_consent_page_has_200() {
        for kind in ["418", "451", "500"] {
            let response = replacement(&faults(&format!(r#"{{"source":"binance","kind":"{kind}"}}"#))).unwrap();
            assert_eq!(response.status().as_str(), kind);
        }
        let page = replacement(&faults(r#"{"source":"yahoo","kind":"html"}"#)).unwrap();
        assert_eq!(
            (page.status(), &page.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &HeaderValue::from_static("text/html; charset=utf-8"))
        );
        assert!(replacement(&faults(r#"{"source":"yahoo","kind":"empty"}"#)).is_none());
    }

    #[tokio::test]
    async fn a_given_response_is_sent_with_status_headers_and_body() {
        let text = r#"{"source":"yahoo","kind":"response","status":302,"headers":{"location":"/x"},"body":[91,93]}"#;
        let response = replacement(&faults(text)).unwrap();
        assert_eq!((response.status(), &response.headers()["location"]), (StatusCode::FOUND, &"/x".parse().unwrap()));
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap(), "[]");
    }

    #[test]
    fn a_slow_response_has_the_delay_of_its_fault() {
        assert_eq!(delay(&faults(r#"{"source":"kraken","kind":"slow","seconds":3}"#)), Duration::from_secs(3));
        assert_eq!(delay(&faults(r#"{"source":"kraken","kind":"slow"}"#)), Duration::from_secs(30));
        assert_eq!(delay(&faults(r#"{"source":"kraken","kind":"slow_body"}"#)), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_truncated_body_is_half_of_the_correct_one() {
        let response = send_body(b"[1,2,3,4]".to_vec(), &faults(r#"{"source":"kraken","kind":"truncated"}"#));
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap(), "[1,2");
    }

    #[tokio::test]
    async fn a_slow_body_is_complete_and_takes_its_time() {
        for length in [0, 3, 41, 12_345] {
            let bytes: Vec<u8> = b"abcdefg".iter().copied().cycle().take(length).collect();
            let started = Instant::now();
            let body = stream_slowly(bytes.clone(), Duration::from_millis(80));
            assert_eq!(to_bytes(body, usize::MAX).await.unwrap(), bytes);
            assert!(length == 0 || started.elapsed() >= Duration::from_millis(75), "{length}: {:?}", started.elapsed());
        }
    }
}
