//! Why a source, or all of them, could not deliver.

use crate::{request::BarRequest, retry::RetryDecision, seen::Seen, sources::SourceName};
use jiff::Timestamp;
use market_data::quality::{BatchRejected, QualityFinding};
use observability::error_chain;
use std::time::Duration;

/// How long a ban lasts at least that does not say how long (418; Binance documents two minutes to three days).
const SHORTEST_BAN: Duration = Duration::from_secs(120);

/// What sources say of a pair that they do not list: Kraken, Binance, Bitstamp, Yahoo. Coinbase answers 404.
const UNLISTED: [&str; 4] = ["Unknown asset pair", "-1121", "404", "Not Found"];

/// Why one source could not deliver.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No connection, a time-out, or an answer that broke off.
    #[error("cannot be reached")]
    Transport {
        /// What the HTTP client said.
        source: reqwest::Error,
    },
    /// An HTTP error status.
    #[error("answered HTTP {status}: {excerpt}")]
    Status {
        /// The status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// The start of the body.
        excerpt: String,
    },
    /// An answer that sends the request elsewhere. On Lambda, elsewhere may be the Runtime API of the function itself.
    #[error(
        "answered HTTP {status}, a redirect to {location}; redirects are not followed: if the source has moved, set its base URL"
    )]
    Redirect {
        /// HTTP status, 300 to 399.
        status: u16,
        /// Address that the answer names, shortened and in printable characters; `nowhere` without one.
        location: String,
    },
    /// It said earlier how long it wants to be left alone, and that is longer than one may wait here. It was not asked.
    #[error("asked to be left alone for another {} s", .wait.as_secs())]
    RateLimited {
        /// For how long still.
        wait: Duration,
    },
    /// It does not keep bars that old. It was not asked.
    #[error("keeps no bars before {oldest}")]
    OutOfRetention {
        /// Open time of the oldest bar that it has.
        oldest: Timestamp,
    },
    /// More bytes than any honest answer has.
    #[error("answered more than {limit} bytes")]
    TooLarge {
        /// How many are read at most.
        limit: usize,
    },
    /// No body.
    #[error("answered nothing")]
    Empty,
    /// A web page: a consent form, a block notice, a login.
    #[error("answered a web page instead of JSON: {title}")]
    Html {
        /// The page's title.
        title: String,
    },
    /// A compressed body, though no compression was asked for.
    #[error("answered a {format} body, though no compression was asked for ({seen})")]
    Compressed {
        /// Name of the format.
        format: &'static str,
        /// Start of the body.
        seen: Seen,
    },
    /// Bytes that are no text.
    #[error("answered bytes that are not text in UTF-8 ({seen})")]
    NotText {
        /// Start of the body.
        seen: Seen,
    },
    /// Broken JSON, or JSON of other types.
    #[error("answered JSON that cannot be read ({seen})")]
    Json {
        /// Start of the body.
        seen: Seen,
        /// Where it broke.
        source: serde_json::Error,
    },
    /// JSON of the right types that does not fit together.
    #[error("answered JSON of another shape ({seen}): expected {expected}")]
    UnexpectedShape {
        /// What it should have.
        expected: &'static str,
        /// Start of the body.
        seen: Seen,
    },
    /// The source's own error object: the same question will get the same answer.
    #[error("refused: {code}: {description}")]
    Refused {
        /// Its code.
        code: String,
        /// Its explanation.
        description: String,
    },
    /// The source's own error object: too many requests, or too much to do.
    #[error("is busy: {code}: {description}")]
    Throttled {
        /// Its code.
        code: String,
        /// Its explanation.
        description: String,
    },
    /// A time outside of what can be represented.
    #[error("sent a bar at {second} seconds since 1970")]
    Time {
        /// The value.
        second: i64,
        /// Why it is none.
        source: jiff::Error,
    },
    /// A rule refuses all that it sent.
    #[error("sent what cannot be trusted")]
    InvalidBatch {
        /// Which rule, and where.
        source: BatchRejected,
    },
    /// It sent bars, and each has to be repaired from another source.
    #[error("sent no bar that can be used; at {}: {}: {}", .first.time, .first.rule, .first.detail)]
    NoValidBars {
        /// What is wrong with the first one.
        first: QualityFinding,
    },
    /// A well-formed answer without a closed bar in the range.
    #[error("has no closed bar in the range")]
    NoBars,
}

impl SourceError {
    /// JSON without what is expected; the body is added by whoever has it.
    pub(crate) fn shape(expected: &'static str) -> Self {
        Self::UnexpectedShape { expected, seen: Seen::default() }
    }

    /// The part of the answer that the message shows, if it shows one.
    pub(crate) fn seen_mut(&mut self) -> Option<&mut Seen> {
        match self {
            Self::Compressed { seen, .. }
            | Self::NotText { seen }
            | Self::Json { seen, .. }
            | Self::UnexpectedShape { seen, .. } => Some(seen),
            _ => None,
        }
    }

    /// Whether it says that the source has no bar to give: none in the range, none that old, or none of that pair at all.
    pub(crate) fn has_none(&self) -> bool {
        match self {
            Self::NoBars | Self::OutOfRetention { .. } | Self::Status { status: 404, .. } => true,
            Self::Refused { code, description } => {
                [code, description].iter().any(|text| UNLISTED.iter().any(|unlisted| text.contains(unlisted)))
            }
            _ => false,
        }
    }

    /// Whether asking the same source again may help, and whether it is the source as a whole that wants a pause.
    pub(crate) fn retry(&self) -> RetryDecision {
        match self {
            Self::Status { status: 418 | 429 | 503, retry_after: Some(wait), .. } => {
                RetryDecision::PauseSource(Some(*wait))
            }
            Self::Status { status: 418, .. } => RetryDecision::PauseSource(Some(SHORTEST_BAN)),
            Self::Status { status: 429, .. } | Self::Throttled { .. } => RetryDecision::PauseSource(None),
            Self::Status { status: 408 | 425 | 500..=599, .. }
            | Self::Transport { .. }
            | Self::Empty
            | Self::Json { .. } => RetryDecision::Backoff,
            _ => RetryDecision::Stop,
        }
    }
}

/// One source that was asked and could not deliver.
#[derive(Debug)]
pub struct SourceFailure {
    /// Which one.
    pub source: SourceName,
    /// Why.
    pub error: SourceError,
}

/// No configured source could deliver. The message gives each one's reason.
#[derive(Debug, thiserror::Error)]
#[error("no source delivered {wanted}: {}", reasons(.failures))]
pub struct AllSourcesFailed {
    /// What was asked for.
    pub wanted: BarRequest,
    /// Each source with its reason, in the configured order.
    pub failures: Vec<SourceFailure>,
}

impl AllSourcesFailed {
    /// Whether the market has nothing in the range: two sources say so, or one does and no other one failed.
    #[must_use]
    pub fn market_has_no_bars(&self) -> bool {
        let empty = self.failures.iter().filter(|failure| matches!(failure.error, SourceError::NoBars)).count();
        empty >= 2 || (empty == 1 && self.all_answered())
    }

    /// Whether no source failed that could have a bar: each has none, keeps none that old, or does not list the pair.
    #[must_use]
    pub fn all_answered(&self) -> bool {
        self.failures.iter().all(|failure| failure.error.has_none())
    }
}

fn reasons(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return "none is configured that may be asked".to_owned();
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

    fn no_source(errors: impl IntoIterator<Item = SourceError>) -> AllSourcesFailed {
        let wanted = BarRequest::for_test(Interval::Day, "2010-01-01T00:00:00Z", "2011-01-01T00:00:00Z");
        let failures = errors.into_iter().zip(SourceName::ALL).map(|(error, source)| SourceFailure { source, error });
        AllSourcesFailed { wanted, failures: failures.collect() }
    }

    #[test]
    fn the_message_names_every_source_with_its_whole_reason() {
        let time = "2010-01-02T00:00:00Z".parse().unwrap();
        let refusal = BatchRejected { rule: QualityRule::OffGrid, time, detail: "no 1d bar opens then".to_owned() };
        let error = no_source([SourceError::InvalidBatch { source: refusal }, SourceError::Empty]).to_string();
        assert_eq!(
            error,
            "no source delivered ETH-USD 1d from 2010-01-01T00:00:00Z to before 2011-01-01T00:00:00Z: coinbase sent \
             what cannot be trusted: bar at 2010-01-02T00:00:00Z: off_grid: no 1d bar opens then; kraken answered \
             nothing"
        );
        assert!(no_source([]).to_string().ends_with("none is configured that may be asked"));
    }

    #[test]
    fn a_market_is_empty_when_all_who_could_know_say_so() {
        let oldest = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(no_source([SourceError::NoBars, SourceError::OutOfRetention { oldest }]).market_has_no_bars());
        assert!(!no_source([SourceError::OutOfRetention { oldest }]).market_has_no_bars());
        assert!(!no_source([SourceError::NoBars, SourceError::Empty]).market_has_no_bars());
        let two = no_source([SourceError::NoBars, SourceError::Empty, SourceError::NoBars]);
        assert!(two.market_has_no_bars() && !two.all_answered(), "one that never answers does not hold up the others");
        let unlisted = || SourceError::Refused { code: "-1121".to_owned(), description: "Invalid symbol.".to_owned() };
        assert!(no_source([SourceError::NoBars, unlisted()]).market_has_no_bars());
        assert!(!no_source([unlisted()]).market_has_no_bars(), "nobody lists it");
        assert!(!no_source([]).market_has_no_bars());
    }
}
