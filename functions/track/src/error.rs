//! Errors of a request.

use mlflow_protocol::{ApiError, ErrorCode};
use observability::error_chain;

/// Result of the parts of the service.
pub(crate) type Result<T, E = TrackError> = std::result::Result<T, E>;

/// Refusal of a request, or failure of a store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrackError {
    /// The request is refused.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// A store failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl TrackError {
    /// Error of the response. The failure of a store is logged here and not described to the caller.
    pub(crate) fn into_response(self) -> ApiError {
        match self {
            Self::Refused(error) => error,
            Self::Aws(aws::Error::TooLarge { bytes, limit, .. }) => ApiError::invalid(format!(
                "it would take {bytes} bytes in one item, at most {limit} are possible: log fewer or shorter params, tags or metrics"
            )),
            Self::Aws(error) => {
                tracing::error!(error = error_chain(&error), "a store failed");
                ApiError::new(ErrorCode::TemporarilyUnavailable, "a store is not available; try again")
            }
        }
    }
}
