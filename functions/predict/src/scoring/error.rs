//! Errors in the shape of MLflow's scoring server: `{"error_code": ..., "message": ...}`.

use crate::{
    forecast::{ServingContext, no_data_problem},
    problem::{Problem, ProblemKind},
    text::Unreadable,
};
use market_data::Series;
use model::PredictError;
use serde::Serialize;
use utoipa::ToSchema;

/// MLflow's names for what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The request cannot be read; also for statuses that MLflow has no name for.
    BadRequest,
    /// It can be read, but what it says does not fit the model.
    InvalidParameterValue,
    /// There is no such series.
    ResourceDoesNotExist,
    /// There is no such route.
    EndpointNotFound,
    /// There is nothing to answer with yet.
    TemporarilyUnavailable,
    /// A defect of this program.
    InternalError,
}

/// Why there are no predictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct ScoringError {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// In one word.
    pub error_code: ErrorCode,
    /// In a sentence.
    pub message: String,
}

impl ScoringError {
    /// The error's JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A body that cannot be read.
    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self { status: 400, error_code: ErrorCode::BadRequest, message: message.into() }
    }

    /// Columns or values that the model does not take.
    pub(super) fn invalid_values(message: impl Into<String>) -> Self {
        Self { status: 400, error_code: ErrorCode::InvalidParameterValue, message: message.into() }
    }

    /// There is neither a model nor a bar.
    pub(super) fn nothing_known(series: &Series, situation: &ServingContext) -> Self {
        let message = no_data_problem(series, situation).detail;
        Self { status: 503, error_code: ErrorCode::TemporarilyUnavailable, message }
    }

    /// A row that was checked and yet cannot be predicted.
    pub(super) fn internal(error: PredictError) -> Self {
        let message = format!("a row could not be predicted: {error}");
        Self { status: 500, error_code: ErrorCode::InternalError, message }
    }

    /// Another content type than the protocol's.
    pub(super) fn content_type(message: impl Into<String>) -> Self {
        Self { status: 415, error_code: ErrorCode::BadRequest, message: message.into() }
    }
}

impl From<Unreadable> for ScoringError {
    fn from(error: Unreadable) -> Self {
        Self::unreadable(error.to_string())
    }
}

/// What is refused before the body is looked at. The protocol has no 422: bodies are 400.
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
