//! The one HTTP client of all sources.

use crate::{
    error::SourceError,
    json, seen,
    sources::{PageRequest, SourceName},
};
use jiff::{Timestamp, fmt::rfc2822};
use market_data::origin::Provenance;
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::time::Duration;

/// The header by which a market server says that it is not the market: `stored` or `simulated`.
const HISTORY_HEADER: &str = "x-market-history";

/// The largest answer that is read. 1000 rows take 200 kB; two years of hourly bars from Yahoo under 2 MB.
const MAX_BODY_BYTES: usize = 16 << 20;

/// The most characters of a header in a message.
const MAX_HEADER: usize = 200;

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// From the start of the request to the end of the body.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(20) }
    }
}

/// What a source answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceResponse {
    pub(crate) url: String,
    pub(crate) history: Provenance,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A client with time-outs and a name, which follows no redirect. With `https_only` it asks nobody over plain HTTP.
///
/// # Errors
/// When the platform's TLS set-up is unusable.
pub(crate) fn client(timeouts: &Timeouts, https_only: bool) -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .https_only(https_only)
        .user_agent(concat!("weathervane/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")"))
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .build()
}

/// One request, one answer; anything but a success is an error.
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
    let history = history(&response);
    let text = |name| {
        response.headers().get(name).map(|value| seen::line(&String::from_utf8_lossy(value.as_bytes()), MAX_HEADER))
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
            // Some put into the body of a 400 what others say by the status.
            Err(told @ (SourceError::Throttled { .. } | SourceError::NoBars)) if status == StatusCode::BAD_REQUEST => {
                return Err(told);
            }
            Err(SourceError::Refused { code, description }) => format!("{code}: {description}"),
            _ => json::excerpt(&body),
        };
        return Err(SourceError::Status { status: status.as_u16(), retry_after, excerpt });
    }
    Ok(SourceResponse { url, history, content_type, body })
}

fn history(response: &Response) -> Provenance {
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

/// `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plain_http_is_refused_where_only_https_is_allowed() {
        let request = PageRequest { path: "/".to_owned(), query: Vec::new() };
        let refused = |https_only| {
            let (client, request) = (client(&Timeouts::default(), https_only).unwrap(), request.clone());
            async move { get(&client, SourceName::Kraken, "http://127.0.0.1:1", &request).await.unwrap_err() }
        };
        let builder = |error: SourceError| matches!(error, SourceError::Transport { source } if source.is_builder());
        assert!(builder(refused(true).await));
        assert!(!builder(refused(false).await));
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
