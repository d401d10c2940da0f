//! Failures of one source and of all sources.

use crate::{excerpt::BodyExcerpt, request::BarRequest, source_name::SourceName};
use jiff::Timestamp;
use market_data::quality::{BatchRejected, QualityFinding};
use observability::error_chain;
use std::time::Duration;

/// Parts of the errors of a pair that is not listed, from Kraken, Binance, Bitstamp and Yahoo. Coinbase sends 404.
const UNLISTED_PAIR_ERRORS: [&str; 4] = ["Unknown asset pair", "-1121", "404", "Not Found"];

/// Failure of one source.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No connection, a time-out, or an incomplete response.
    #[error("cannot be reached")]
    Transport {
        /// Error of the HTTP client.
        source: reqwest::Error,
    },
    /// An HTTP error status.
    #[error("answered HTTP {status}: {excerpt}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Duration of the header `Retry-After`, if there is one.
        retry_after: Option<Duration>,
        /// Start of the body.
        excerpt: String,
    },
    /// Redirect, which is not followed: on Lambda it could lead to the Runtime API of the function itself.
    #[error(
        "answered HTTP {status}, a redirect to {location}; redirects are not followed: if the source has moved, set its base URL"
    )]
    Redirect {
        /// HTTP status, 300 to 399.
        status: u16,
        /// Target address, shortened and in printable characters; `nowhere` without one.
        location: String,
    },
    /// Pause that an earlier response demanded, and that is too long to wait. No request was sent.
    #[error("is rate limited for another {} s", .wait.as_secs())]
    RateLimited {
        /// Rest of the pause.
        wait: Duration,
    },
    /// Range before the retention of the source. No request was sent.
    #[error("keeps no bars before {retention_start}")]
    OutOfRetention {
        /// Open time of the oldest bar of the source.
        retention_start: Timestamp,
    },
    /// Body with more bytes than any valid response.
    #[error("answered more than {limit} bytes")]
    TooLarge {
        /// Maximum number of bytes that are read.
        limit: usize,
    },
    /// Empty body.
    #[error("answered nothing")]
    Empty,
    /// Web page, such as a consent form, a block notice or a login.
    #[error("answered a web page instead of JSON: {title}")]
    Html {
        /// Title of the page.
        title: String,
    },
    /// Compressed body, although no compression was requested.
    #[error("answered a {format} body, though no compression was requested ({excerpt})")]
    Compressed {
        /// Name of the format.
        format: &'static str,
        /// Start of the body.
        excerpt: BodyExcerpt,
    },
    /// Body that is not text.
    #[error("answered bytes that are not text in UTF-8 ({excerpt})")]
    NotText {
        /// Start of the body.
        excerpt: BodyExcerpt,
    },
    /// Invalid JSON, or JSON of other types.
    #[error("answered JSON that cannot be read ({excerpt})")]
    Json {
        /// Start of the body.
        excerpt: BodyExcerpt,
        /// Position and reason.
        source: serde_json::Error,
    },
    /// JSON of the expected types with another structure.
    #[error("answered JSON of another shape ({excerpt}): expected {expected}")]
    UnexpectedShape {
        /// Expected part.
        expected: &'static str,
        /// Start of the body.
        excerpt: BodyExcerpt,
    },
    /// Error object of the source. A retry would get the same response.
    #[error("refused: {code}: {description}")]
    Refused {
        /// Code of the source.
        code: String,
        /// Description of the source.
        description: String,
    },
    /// Error object of the source for a rate limit or overload.
    #[error("is busy: {code}: {description}")]
    Throttled {
        /// Code of the source.
        code: String,
        /// Description of the source.
        description: String,
    },
    /// Time outside of the supported range.
    #[error("sent a bar at {second} seconds since 1970")]
    Time {
        /// Seconds since 1970.
        second: i64,
        /// Reason.
        source: jiff::Error,
    },
    /// Rows that a quality rule rejects as a whole.
    #[error("sent what cannot be trusted")]
    InvalidBatch {
        /// Rule and bar.
        source: BatchRejected,
    },
    /// Rows without a valid bar: each has to be fetched from another source.
    #[error("sent no bar that can be used; at {}: {}: {}", .first.time, .first.rule, .first.detail)]
    NoValidBars {
        /// Finding of the first row.
        first: QualityFinding,
    },
    /// Valid response without a closed bar in the range.
    #[error("has no closed bar in the range")]
    NoBars,
}

impl SourceError {
    /// Error of another structure. The caller that has the body adds the excerpt.
    pub(crate) fn unexpected_shape(expected: &'static str) -> Self {
        Self::UnexpectedShape { expected, excerpt: BodyExcerpt::default() }
    }

    /// Excerpt in the message, if there is one.
    pub(crate) fn excerpt_mut(&mut self) -> Option<&mut BodyExcerpt> {
        match self {
            Self::Compressed { excerpt, .. }
            | Self::NotText { excerpt }
            | Self::Json { excerpt, .. }
            | Self::UnexpectedShape { excerpt, .. } => Some(excerpt),
            _ => None,
        }
    }

    /// True if the source has no such bar: none in the range, none that old, or none of the pair.
    pub(crate) fn means_no_bars(&self) -> bool {
        match self {
            Self::NoBars | Self::OutOfRetention { .. } | Self::Status { status: 404, .. } => true,
            Self::Refused { code, description } => {
                [code, description].iter().any(|text| UNLISTED_PAIR_ERRORS.iter().any(|part| text.contains(part)))
            }
            _ => false,
        }
    }
}

/// Source that failed.
#[derive(Debug)]
pub struct SourceFailure {
    /// Name of the source.
    pub source: SourceName,
    /// Reason.
    pub error: SourceError,
}

/// Failure of all configured sources. The message has the reason of each one.
#[derive(Debug, thiserror::Error)]
#[error("no source delivered {request}: {}", describe_failures(.failures))]
pub struct AllSourcesFailed {
    /// The request.
    pub request: BarRequest,
    /// Sources with their reasons, in the configured order.
    pub failures: Vec<SourceFailure>,
}

impl AllSourcesFailed {
    /// True if the market has no bars in the range: two sources respond so, or one does and no other source failed.
    #[must_use]
    pub fn market_has_no_bars(&self) -> bool {
        let empty_responses =
            self.failures.iter().filter(|failure| matches!(failure.error, SourceError::NoBars)).count();
        empty_responses >= 2 || (empty_responses == 1 && self.all_answered())
    }

    /// True if no source failed that could have a bar: each has none, keeps none that old, or does not list the pair.
    #[must_use]
    pub fn all_answered(&self) -> bool {
        self.failures.iter().all(|failure| failure.error.means_no_bars())
    }
}

fn describe_failures(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return "no configured source may be used".to_owned();
    }
    failures
        .iter()
        .map(|failure| format!("{} {}", failure.source, error_chain(&failure.error)))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::{Interval, quality::QualityRule};

    fn all_failed(errors: impl IntoIterator<Item = SourceError>) -> AllSourcesFailed {
        let request = BarRequest::for_test(Interval::Day, "2010-01-01T00:00:00Z", "2011-01-01T00:00:00Z");
        let failures = errors.into_iter().zip(SourceName::ALL).map(|(error, source)| SourceFailure { source, error });
        AllSourcesFailed { request, failures: failures.collect() }
    }

    #[test]
    fn the_message_has_every_source_with_its_reason() {
        let time = "2010-01-02T00:00:00Z".parse().unwrap();
        let rejected = BatchRejected { rule: QualityRule::OffGrid, time, detail: "no 1d bar opens then".to_owned() };
        let error = all_failed([SourceError::InvalidBatch { source: rejected }, SourceError::Empty]).to_string();
        assert_eq!(
            error,
            "no source delivered ETH-USD 1d from 2010-01-01T00:00:00Z to before 2011-01-01T00:00:00Z: coinbase sent \
             what cannot be trusted: bar at 2010-01-02T00:00:00Z: off_grid: no 1d bar opens then; kraken answered \
             nothing"
        );
        assert!(all_failed([]).to_string().ends_with("no configured source may be used"));
    }

    #[test]
    fn a_market_without_bars_needs_two_or_all_responses() {
        let retention_start = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(
            all_failed([SourceError::NoBars, SourceError::OutOfRetention { retention_start }]).market_has_no_bars()
        );
        assert!(!all_failed([SourceError::OutOfRetention { retention_start }]).market_has_no_bars());
        assert!(!all_failed([SourceError::NoBars, SourceError::Empty]).market_has_no_bars());
        let two = all_failed([SourceError::NoBars, SourceError::Empty, SourceError::NoBars]);
        assert!(two.market_has_no_bars() && !two.all_answered(), "a source that never answers does not prevent it");
        let unlisted = || SourceError::Refused { code: "-1121".to_owned(), description: "Invalid symbol.".to_owned() };
        assert!(all_failed([SourceError::NoBars, unlisted()]).market_has_no_bars());
        assert!(!all_failed([unlisted()]).market_has_no_bars(), "no source lists the pair");
        assert!(!all_failed([]).market_has_no_bars());
    }
}
