//! Why ingest failed: why a source, or all of them, could not deliver, and what else may go wrong.

use crate::{plan::EmptyRange, retry::Retry, sources::SourceName, wanted::Wanted};
use aws::failure::chain;
use domain::BarError;
use jiff::Timestamp;
use lake::LakeError;
use std::time::Duration;

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
    /// Broken JSON, or another shape.
    #[error("answered JSON that cannot be read")]
    Json {
        /// Where it broke.
        source: serde_json::Error,
    },
    /// JSON of the right types that does not fit together.
    #[error("answered JSON of another shape: expected {expected}")]
    Shape {
        /// What it should have.
        expected: &'static str,
    },
    /// The source's own error object.
    #[error("refused: {code}: {description}")]
    Refused {
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
    /// A bar breaks a rule.
    #[error("sent an invalid bar")]
    Bar {
        /// Which rule, bar and field.
        source: BarError,
    },
    /// Two different bars at one time.
    #[error("sent two different bars at {time}")]
    Conflict {
        /// Their open time.
        time: Timestamp,
    },
    /// A well-formed answer without a closed bar in the range.
    #[error("has no closed bar in the range")]
    NoBars,
}

impl SourceError {
    /// Whether asking the same source again may help.
    pub(crate) fn retry(&self) -> Retry {
        match self {
            Self::Status { status: 429 | 503, retry_after: Some(wait), .. } => Retry::After(*wait),
            Self::Status { status: 408 | 425 | 429 | 500..=599, .. }
            | Self::Transport { .. }
            | Self::Empty
            | Self::Json { .. } => Retry::Backoff,
            _ => Retry::No,
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
pub struct NoSource {
    /// What was asked for.
    pub wanted: Wanted,
    /// Each source with its reason, in the order in which they were asked.
    pub failures: Vec<SourceFailure>,
}

impl NoSource {
    /// Whether every source answered properly and simply has nothing in the range.
    #[must_use]
    pub fn is_empty_market(&self) -> bool {
        !self.failures.is_empty() && self.failures.iter().all(|failure| matches!(failure.error, SourceError::NoBars))
    }
}

fn reasons(failures: &[SourceFailure]) -> String {
    if failures.is_empty() {
        return "none is configured".to_owned();
    }
    failures
        .iter()
        .map(|failure| format!("{} {}", failure.source, chain(&failure.error)))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Why an ingest failed. The same call later may succeed.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The request leaves nothing to fetch.
    #[error("the request makes no sense")]
    Request {
        /// Why.
        source: EmptyRange,
    },
    /// No source delivered.
    #[error("cannot fetch bars")]
    Fetch {
        /// Each source's reason.
        source: NoSource,
    },
    /// The raw answers cannot be archived.
    #[error("cannot archive the raw answers")]
    Archive {
        /// Why.
        source: std::io::Error,
    },
    /// An object of the lake cannot be read or written.
    #[error("the bars of {key}")]
    Lake {
        /// Which object.
        key: String,
        /// Why.
        source: LakeError,
    },
    /// AWS failed.
    #[error("cannot {step}")]
    Aws {
        /// What was being done.
        step: &'static str,
        /// What failed.
        source: aws::Error,
    },
}

impl IngestError {
    /// The stable name that callers and dead letters see.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Request { .. } => "BadRequest",
            Self::Fetch { .. } => "NoSource",
            Self::Archive { .. } => "BadArchive",
            Self::Lake { .. } => "BadLake",
            Self::Aws { .. } => "AwsFailed",
        }
    }

    /// For `map_err`: what was being done when AWS failed.
    pub(crate) fn aws(step: &'static str) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Aws { step, source }
    }
}
