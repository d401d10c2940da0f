//! HTTP client of all sources.

use crate::{error::SourceError, excerpt, json, source_name::SourceName, sources::PageRequest};
use jiff::{Timestamp, fmt::rfc2822};
use market_data::origin::Provenance;
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::time::Duration;

/// Header of a server that is not the real source: `stored` or `simulated`.
const HISTORY_HEADER: &str = "x-market-history";

/// Maximum size of a body. 1000 rows take 200 kB; two years of hourly bars from Yahoo take less than 2 MB.
const MAX_BODY_BYTES: usize = 16 << 20;

/// Maximum characters of a header in a message.
const MAX_HEADER_CHARS: usize = 200;

/// Time-outs of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Time-out of the connection, TLS included.
    pub connect: Duration,
    /// Time-out from the start of the request to the end of the body.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(20) }
    }
}

/// Successful response of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceResponse {
    pub(crate) url: String,
    pub(crate) provenance: Provenance,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Client with time-outs and a user agent, which follows no redirects. With `https_only` it rejects plain HTTP.
///
/// # Errors
/// The TLS set-up of the platform is unusable.
pub(crate) fn client(timeouts: &Timeouts, https_only: bool) -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .https_only(https_only)
        .user_agent(concat!("weathervane/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")"))
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .build()
}

/// Sends one request. Any response but a success is an error.
pub(crate) async fn get(
    client: &Client,
    name: SourceName,
    base_url: &str,
    request: &PageRequest,
) -> Result<SourceResponse, SourceError> {
    let url = format!("{}{}", base_url.trim_end_matches('/'), request.path);
    let transport = |source| SourceError::Transport { source };
    let response = client
        .get(url)
        .query(&request.query)
        .header(header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(transport)?;
    let (status, url) = (response.status(), response.url().to_string());
    let provenance = provenance(&response);
    let text = |name| {
        response
            .headers()
            .get(name)
            .map(|value| excerpt::line(&String::from_utf8_lossy(value.as_bytes()), MAX_HEADER_CHARS))
    };
    let content_type = text(header::CONTENT_TYPE);
    if status.is_redirection() {
        let location = text(header::LOCATION).unwrap_or_else(|| "nowhere".to_owned());
        return Err(SourceError::Redirect { status: status.as_u16(), location });
    }
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| retry_after(text, Timestamp::now()));
    let body = body(response).await?;
    if !status.is_success() {
        let excerpt = match name.rows(&body) {
            // Some sources report these errors in the body of a 400.
            Err(error @ (SourceError::Throttled { .. } | SourceError::NoBars)) if status == StatusCode::BAD_REQUEST => {
                return Err(error);
            }
            Err(SourceError::Refused { code, description }) => format!("{code}: {description}"),
            _ => json::excerpt(&body),
        };
        return Err(SourceError::Status { status: status.as_u16(), retry_after, excerpt });
    }
    Ok(SourceResponse { url, provenance, content_type, body })
}

fn provenance(response: &Response) -> Provenance {
    match response.headers().get(HISTORY_HEADER).map(header::HeaderValue::as_bytes) {
        Some(b"simulated") => Provenance::Simulated,
        Some(b"stored") => Provenance::Stored,
        _ => Provenance::Live,
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|source| SourceError::Transport { source })? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(SourceError::TooLarge { limit: MAX_BODY_BYTES });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Duration of `Retry-After`, which is a number of seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(time.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plain_http_is_rejected_if_only_https_is_allowed() {
        let request = PageRequest { path: "/".to_owned(), query: Vec::new() };
        let request_error = |https_only| {
            let (client, request) = (client(&Timeouts::default(), https_only).unwrap(), request.clone());
            async move { get(&client, SourceName::Kraken, "http://127.0.0.1:1", &request).await.unwrap_err() }
        };
        let is_builder_error =
            |error: SourceError| matches!(error, SourceError::Transport { source } if source.is_builder());
        assert!(is_builder_error(request_error(true).await));
        assert!(!is_builder_error(request_error(false).await));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2015-10-21T07:27:30Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
