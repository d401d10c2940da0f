//! Why an ingest failed.

use crate::plan::EmptyRange;
use aws::LockError;
use bar_store::BarStoreError;
use exchanges::AllSourcesFailed;
use jiff::Timestamp;
use lambda_shell::FunctionError;

/// Why an ingest failed. The same call later may succeed.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The event is no request.
    #[error("the event is no ingest request, expected {{symbol, interval, from, to, as_of}}")]
    Event {
        /// The part that does not fit.
        source: serde_json::Error,
    },
    /// The request leaves nothing to fetch.
    #[error("invalid request")]
    Request {
        /// Why.
        source: EmptyRange,
    },
    /// Another ingest of the same bars is at work, or took over.
    #[error("one ingest at a time for each symbol and interval")]
    Lock {
        /// Failure of the lock, with its name.
        #[from]
        source: LockError,
    },
    /// The sources took all the time there was.
    #[error("the sources did not deliver what opens from {from} to before {to} in time")]
    TimedOut {
        /// First open time.
        from: Timestamp,
        /// End of those, exclusive.
        to: Timestamp,
    },
    /// No source delivered.
    #[error("cannot fetch bars")]
    Fetch {
        /// Each source's reason.
        source: AllSourcesFailed,
    },
    /// The raw answers cannot be archived.
    #[error("cannot archive the raw answers")]
    Archive {
        /// Why.
        source: std::io::Error,
    },
    /// The lake cannot be read or written.
    #[error(transparent)]
    Bars {
        /// Cause.
        #[from]
        source: BarStoreError,
    },
    /// AWS failed.
    #[error("cannot {step}")]
    Aws {
        /// What was being done.
        step: &'static str,
        /// What failed.
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
    /// For `map_err`: what was being done when AWS failed.
    pub(crate) fn aws(step: &'static str) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Aws { step, source: Box::new(source) }
    }
}
