//! HTTP responses and their caching.
//!
//! A response that does not change by itself before the next bar has `max-age` and a weak `ETag`. The tag is a digest of the
//! body without its `age_seconds`, the same for every compression. A caller that sends the tag back in `If-None-Match` gets
//! a 304 without a body until something else changes.

use crate::{
    compression::{GZIP, MIN_BYTES, accepts_gzip, gzip},
    error::ErrorResponse,
    problem::{Problem, ProblemKind},
};
use jiff::{SignedDuration, Timestamp};
use lambda_http::{
    Body, Response,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
            REFERRER_POLICY, RETRY_AFTER, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use web::PAGE_SECURITY_POLICY;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const HTML: &str = "text/html; charset=utf-8";
/// One year, for which a browser uses only HTTPS for this host.
const HTTPS_ONLY: &str = "max-age=31536000";
/// Value of `Retry-After`, in seconds.
const RETRY_SECONDS: &str = "60";
/// Maximum time for which a caller may cache a response. A promotion or a rollback reaches it after at most this time and
/// [`CACHE_TTL`](crate::load::CACHE_TTL).
pub const MAX_CACHE_AGE: SignedDuration = SignedDuration::from_secs(60);
/// Cache time of a response that may change at any moment.
pub const MIN_CACHE_AGE: SignedDuration = SignedDuration::from_secs(5);

/// Properties of the request that its response depends on.
#[derive(Debug, Clone, Copy, Default)]
pub struct ResponseContext<'a> {
    /// Request id.
    pub request_id: Option<&'a str>,
    /// Value of `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// Value of `Accept-Encoding`.
    pub accept_encoding: Option<&'a str>,
    /// True for `HEAD`: the response has no body.
    pub head_only: bool,
}

/// Response before caching and compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    status: StatusCode,
    content_type: &'static str,
    body: Vec<u8>,
    /// Time for which it may be cached; absent for `no-store`.
    cache: Option<SignedDuration>,
    allow: Option<&'static str>,
    retry_after: Option<&'static str>,
}

impl ApiResponse {
    fn new(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, content_type, body, cache: None, allow: None, retry_after: None }
    }

    /// JSON response that may not be cached.
    ///
    /// # Errors
    /// [`ProblemKind::Internal`]: the answer cannot be written as JSON.
    pub fn json(answer: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(answer).map_err(|error| {
            tracing::error!(%error, "failed to write an answer");
            Problem::new(ProblemKind::Internal, "the answer could not be written")
        })?;
        Ok(Self::new(StatusCode::OK, JSON, body))
    }

    /// JSON response from text.
    #[must_use]
    pub fn json_text(text: impl Into<Vec<u8>>) -> Self {
        Self::new(StatusCode::OK, JSON, text.into())
    }

    /// HTML response.
    #[must_use]
    pub fn html(page: impl Into<Vec<u8>>) -> Self {
        Self::new(StatusCode::OK, HTML, page.into())
    }

    /// Response with the status and document of a problem.
    #[must_use]
    pub fn problem(problem: &Problem, request_id: Option<&str>) -> Self {
        let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after =
            matches!(problem.kind, ProblemKind::NoData | ProblemKind::Unavailable).then_some(RETRY_SECONDS);
        Self { allow: problem.allow, retry_after, ..Self::new(status, PROBLEM, problem.to_json(request_id)) }
    }

    /// Response to a failed request, in the format of its protocol.
    #[must_use]
    pub fn error(error: &ErrorResponse, request_id: Option<&str>) -> Self {
        match error {
            ErrorResponse::Problem(problem) => Self::problem(problem, request_id),
            ErrorResponse::Scoring(error) => {
                let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECONDS);
                Self { retry_after, ..Self::new(status, JSON, error.to_json()) }
            }
        }
    }

    /// The same response with a page as its body.
    #[must_use]
    pub fn as_page(self, page: impl Into<Vec<u8>>) -> Self {
        Self { content_type: HTML, body: page.into(), ..self }
    }

    /// The same response with status 503.
    #[must_use]
    pub fn unavailable(self) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, retry_after: Some(RETRY_SECONDS), ..self }
    }

    /// The same response, which may be cached for `time`.
    #[must_use]
    pub fn fresh_for(self, time: SignedDuration) -> Self {
        Self { cache: Some(time), ..self }
    }

    /// The same response, which may not be cached: it answers a `POST`.
    #[must_use]
    pub fn no_store(self) -> Self {
        Self { cache: None, ..self }
    }

    /// HTTP response for a request with these properties.
    #[must_use]
    pub fn respond(self, context: &ResponseContext<'_>) -> Response<Body> {
        let Self { status, content_type, body, cache, allow, retry_after } = self;
        let etag = cache.map(|_| etag(&body));
        let unchanged = etag.as_deref().zip(context.if_none_match).is_some_and(|(tag, list)| matches_etag(list, tag));
        let cache = cache.map_or_else(|| "no-store".to_owned(), |time| format!("max-age={}", time.as_secs().max(0)));
        // Policy of the page, and the one directive that only a header can have.
        let policy = (content_type == HTML).then(|| format!("{PAGE_SECURITY_POLICY}; frame-ancestors 'none'"));
        let content = Content::encoded(body, context.accept_encoding.filter(|_| !unchanged));
        // Length that GET would have. For a body, the gateway sets this header itself.
        let length = (context.head_only && !unchanged).then(|| content.len().to_string());
        let headers: [(HeaderName, Option<&str>); 13] = [
            (CONTENT_TYPE, (!unchanged).then_some(content_type)),
            (CONTENT_ENCODING, (!unchanged).then(|| content.encoding()).flatten()),
            (CONTENT_LENGTH, length.as_deref()),
            (VARY, Some("accept-encoding")),
            (STRICT_TRANSPORT_SECURITY, Some(HTTPS_ONLY)),
            (CACHE_CONTROL, Some(&cache)),
            (ETAG, etag.as_deref()),
            (ALLOW, allow),
            (RETRY_AFTER, retry_after),
            (X_CONTENT_TYPE_OPTIONS, Some("nosniff")),
            (CONTENT_SECURITY_POLICY, policy.as_deref()),
            (REFERRER_POLICY, (content_type == HTML).then_some("no-referrer")),
            (HeaderName::from_static("x-request-id"), context.request_id),
        ];
        let mut response = Response::new(if unchanged || context.head_only { Body::Empty } else { content.into() });
        *response.status_mut() = if unchanged { StatusCode::NOT_MODIFIED } else { status };
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Cache time of a forecast at `now`: until it expires, between [`MIN_CACHE_AGE`] and [`MAX_CACHE_AGE`].
#[must_use]
pub fn cache_duration(expires_at: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_until(expires_at).clamp(MIN_CACHE_AGE, MAX_CACHE_AGE)
}

/// Body as it is sent.
enum Content {
    Plain(Vec<u8>),
    Gzip(Vec<u8>),
}

impl Content {
    /// Compresses a body of at least [`MIN_BYTES`] where the caller accepts gzip.
    fn encoded(body: Vec<u8>, accept_encoding: Option<&str>) -> Self {
        let compress = body.len() >= MIN_BYTES && accept_encoding.is_some_and(accepts_gzip);
        compress.then(|| gzip(&body)).flatten().map_or(Self::Plain(body), Self::Gzip)
    }

    const fn encoding(&self) -> Option<&'static str> {
        match self {
            Self::Plain(_) => None,
            Self::Gzip(_) => Some(GZIP),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(body) | Self::Gzip(body) => body.len(),
        }
    }
}

impl From<Content> for Body {
    /// Text where possible: the gateway need not decode it, while bytes are sent in base64.
    fn from(content: Content) -> Self {
        match content {
            Content::Plain(body) => String::from_utf8(body).map_or_else(|error| error.into_bytes().into(), Self::from),
            Content::Gzip(body) => body.into(),
        }
    }
}

/// Weak tag of a body. The numbers of fields `age_seconds` are left out, because they change by themselves. The name cannot match
/// inside a JSON string, where its quotes are escaped.
fn etag(body: &[u8]) -> String {
    const AGE: &[u8] = b"\"age_seconds\":";
    let mut hash = Sha256::new();
    let mut rest = body;
    while let Some(at) = rest.windows(AGE.len()).position(|window| window == AGE) {
        let (before, age) = rest.split_at(at + AGE.len());
        hash.update(before);
        rest = age.trim_ascii_start();
        rest = &rest[rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count()..];
    }
    hash.update(rest);
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// True if `If-None-Match` lists the tag. The comparison is weak, as RFC 9110 requires.
fn matches_etag(list: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|listed| opaque(listed) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tag_of(answer: &Value) -> String {
        etag(answer.to_string().as_bytes())
    }

    #[test]
    fn a_tag_ignores_the_age_in_seconds() {
        let answer = |probability: f64, age: i64| json!({"probability_up": probability, "data": {"age_seconds": age}});
        assert_eq!(tag_of(&answer(0.5, 10)), tag_of(&answer(0.5, 11)));
        assert_ne!(tag_of(&answer(0.5, 10)), tag_of(&answer(0.6, 10)));
        assert_ne!(etag(b"<p>1</p>"), etag(b"<p>2</p>"));
    }

    #[test]
    fn a_caller_with_the_current_tag_gets_304_without_body() {
        let response = ApiResponse::json(&json!({"a": 1})).unwrap().fresh_for(MAX_CACHE_AGE);
        let first = response.clone().respond(&ResponseContext::default());
        assert_eq!((first.status().as_u16(), &first.headers()["cache-control"]), (200, &"max-age=60".parse().unwrap()));
        let tag = first.headers()["etag"].to_str().unwrap();
        for list in [tag.to_owned(), format!("\"x\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".to_owned()] {
            let context =
                ResponseContext { if_none_match: Some(&list), request_id: Some("id"), ..ResponseContext::default() };
            let again = response.clone().respond(&context);
            assert_eq!(again.status(), 304, "{list}");
            assert!(
                again.body().is_empty() && again.headers()["etag"] == tag && again.headers()["x-request-id"] == "id"
            );
        }
        let other = ResponseContext { if_none_match: Some("\"x\", W/\"y\""), ..ResponseContext::default() };
        assert_eq!(response.clone().respond(&other).status(), 200);
        let head = response.respond(&ResponseContext { head_only: true, ..ResponseContext::default() });
        assert!(head.status() == 200 && head.body().is_empty());
    }

    #[test]
    fn a_long_answer_is_compressed_where_gzip_is_accepted() {
        let long = ApiResponse::json(&json!(vec![0.5; 1_000])).unwrap().fresh_for(MAX_CACHE_AGE);
        let context = ResponseContext { accept_encoding: Some("gzip, deflate, br"), ..ResponseContext::default() };
        let (plain, packed) = (long.clone().respond(&ResponseContext::default()), long.clone().respond(&context));
        assert!(matches!(plain.body(), Body::Text(_)) && plain.headers().get("content-encoding").is_none());
        assert!(matches!(packed.body(), Body::Binary(_)) && packed.headers()["content-encoding"] == "gzip");
        assert!(packed.body().len() * 9 < plain.body().len());
        for response in [&plain, &packed] {
            assert_eq!(response.headers()["vary"], "accept-encoding");
            assert_eq!(response.headers()["etag"], plain.headers()["etag"], "one answer, one tag");
        }
        let tag = packed.headers()["etag"].to_str().unwrap();
        let again = long.respond(&ResponseContext { if_none_match: Some(tag), ..context });
        assert_eq!((again.status().as_u16(), again.headers().get("content-encoding")), (304, None));
        let short = ApiResponse::json(&json!([0.5])).unwrap().respond(&context);
        assert!(matches!(short.body(), Body::Text(_)));
    }

    #[test]
    fn head_has_the_content_length_of_get() {
        let response = ApiResponse::json(&json!(vec![0.5; 1_000])).unwrap();
        for accept_encoding in [None, Some("gzip")] {
            let context = ResponseContext { accept_encoding, ..ResponseContext::default() };
            let get = response.clone().respond(&context);
            let head = response.clone().respond(&ResponseContext { head_only: true, ..context });
            assert_eq!(head.headers()["content-length"], get.body().len().to_string(), "{accept_encoding:?}");
            assert_eq!(head.headers().get("content-encoding"), get.headers().get("content-encoding"));
            assert!(head.body().is_empty());
        }
    }

    #[test]
    fn every_answer_has_strict_transport_security() {
        let response = ApiResponse::problem(&Problem::new(ProblemKind::UnknownRoute, "no"), None)
            .respond(&ResponseContext::default());
        assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    }

    #[test]
    fn a_forecast_is_cached_until_it_expires_or_a_minute() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(cache_duration(at(10_000), at(0)), MAX_CACHE_AGE);
        assert_eq!(cache_duration(at(40), at(0)), SignedDuration::from_secs(40));
        assert_eq!(cache_duration(at(0), at(90)), MIN_CACHE_AGE, "the next bar is due");
    }
}
