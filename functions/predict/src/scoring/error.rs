//! Errors in the format of MLflow's scoring server: `{"error_code": ..., "message": ...}`.

use crate::{
    problem::{Problem, ProblemKind},
    serving_context::ServingContext,
    text::Unreadable,
};
use market_data::Series;
use model::PredictError;
use serde::Serialize;
use utoipa::ToSchema;

/// MLflow's name of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The request cannot be read. Also used for statuses without a name in MLflow.
    BadRequest,
    /// The request can be read, but its values do not fit the model.
    InvalidParameterValue,
    /// There is no such series.
    ResourceDoesNotExist,
    /// There is no such route.
    EndpointNotFound,
    /// There is neither a model nor a bar yet.
    TemporarilyUnavailable,
    /// The service has a defect.
    InternalError,
}

/// Error of a scoring request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct ScoringError {
    /// HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// Name of the error.
    pub error_code: ErrorCode,
    /// Description of this occurrence, in a sentence.
    pub message: String,
}

impl ScoringError {
    /// JSON of the error.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Error of a body that cannot be read.
    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self { status: 400, error_code: ErrorCode::BadRequest, message: message.into() }
    }

    /// Error of columns or values that the model does not accept.
    pub(super) fn invalid_values(message: impl Into<String>) -> Self {
        Self { status: 400, error_code: ErrorCode::InvalidParameterValue, message: message.into() }
    }

    /// Error of a series without a model and bars.
    pub(super) fn no_data(series: &Series, context: &ServingContext) -> Self {
        let message = context.no_data_problem(series).detail;
        Self { status: 503, error_code: ErrorCode::TemporarilyUnavailable, message }
    }

    /// Error of a valid row that cannot be predicted.
    pub(super) fn internal(error: PredictError) -> Self {
        let message = format!("a row could not be predicted: {error}");
        Self { status: 500, error_code: ErrorCode::InternalError, message }
    }

    /// Error of a content type that the protocol does not have.
    pub(super) fn content_type(message: impl Into<String>) -> Self {
        Self { status: 415, error_code: ErrorCode::BadRequest, message: message.into() }
    }
}

impl From<Unreadable> for ScoringError {
    fn from(error: Unreadable) -> Self {
        Self::unreadable(error.to_string())
    }
}

/// Problem of a request whose body was not read yet. The protocol has no 422, so an invalid body is a 400.
impl From<Problem> for ScoringError {
    fn from(problem: Problem) -> Self {
        let (status, error_code) = match problem.kind {
            ProblemKind::InvalidBody | ProblemKind::InvalidBars => (400, ErrorCode::InvalidParameterValue),
            ProblemKind::UnknownSeries | ProblemKind::UnknownReport => (404, ErrorCode::ResourceDoesNotExist),
            ProblemKind::UnknownRoute => (404, ErrorCode::EndpointNotFound),
            ProblemKind::NoData | ProblemKind::Unavailable => (503, ErrorCode::TemporarilyUnavailable),
            ProblemKind::Internal => (500, ErrorCode::InternalError),
            ProblemKind::InvalidEvent
            | ProblemKind::InvalidJson
            | ProblemKind::InvalidQuery
            | ProblemKind::MethodNotAllowed
            | ProblemKind::BodyTooLarge
            | ProblemKind::UnsupportedMediaType => (problem.kind.status(), ErrorCode::BadRequest),
        };
        Self { status, error_code, message: problem.detail }
    }
}
