//! Errors of ingest.

use crate::plan::EmptyRange;
use aws::{ConfigError, LockError};
use bar_store::BarStoreError;
use exchanges::{AllSourcesFailed, HttpError, ParseSourceError};
use jiff::Timestamp;
use lambda_shell::FunctionError;

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The environment is incomplete or invalid.
    #[error("the environment is incomplete or invalid")]
    Config {
        /// Cause.
        #[from]
        source: ConfigError,
    },
    /// `WEATHERVANE_SOURCES` names an unknown source.
    #[error("environment variable WEATHERVANE_SOURCES is invalid")]
    Source {
        /// Cause.
        #[from]
        source: ParseSourceError,
    },
    /// The HTTP client cannot be made.
    #[error("cannot create the HTTP client")]
    Http {
        /// Cause.
        #[from]
        source: HttpError,
    },
}

/// An ingest failed. The same request may succeed later, unless it is invalid.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The payload is not a request.
    #[error("the event is no ingest request, expected {{symbol, interval, from, to, as_of}}")]
    Event {
        /// Cause.
        source: serde_json::Error,
    },
    /// The request leaves nothing to fetch.
    #[error("invalid request")]
    Request {
        /// Cause.
        source: EmptyRange,
    },
    /// Another ingest of the same bars is running, or took over.
    #[error("one ingest at a time for each symbol and interval")]
    Lock {
        /// Failure of the lock, with its name.
        #[from]
        source: LockError,
    },
    /// The sources did not answer within the time of the invocation.
    #[error("the sources did not deliver what opens from {from} to before {to} in time")]
    TimedOut {
        /// First open time of the part.
        from: Timestamp,
        /// End of the part, exclusive.
        to: Timestamp,
    },
    /// No source delivered.
    #[error("cannot fetch bars")]
    Fetch {
        /// Failure of each source.
        source: AllSourcesFailed,
    },
    /// The raw answers cannot be archived.
    #[error("cannot archive the raw answers")]
    Archive {
        /// Cause.
        source: std::io::Error,
    },
    /// The lake cannot be read or written.
    #[error(transparent)]
    Bars {
        /// Cause.
        #[from]
        source: BarStoreError,
    },
    /// A call to AWS failed.
    #[error("cannot {step}")]
    Aws {
        /// Step during which AWS failed.
        step: &'static str,
        /// Cause.
        source: Box<aws::Error>,
    },
}

impl FunctionError for IngestError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Event { .. } | Self::Request { .. } => "BadRequest",
            Self::TimedOut { .. } => "TimedOut",
            Self::Fetch { .. } => "NoSource",
            Self::Archive { .. } => "BadArchive",
            Self::Bars { source } => source.kind(),
            Self::Lock { source } => source.kind(),
            Self::Aws { source, .. } => source.kind(),
        }
    }
}

impl IngestError {
    /// For `map_err`: names the step during which AWS failed.
    pub(crate) fn aws(step: &'static str) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Aws { step, source: Box::new(source) }
    }
}
