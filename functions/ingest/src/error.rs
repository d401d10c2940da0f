//! Why an ingest failed.

use crate::plan::EmptyRange;
use lake::LakeError;
use market::NoSource;

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
