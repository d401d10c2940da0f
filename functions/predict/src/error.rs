//! Error of a request, in the format of the protocol that it used.

use crate::{
    problem::{Problem, ProblemKind},
    scoring::ScoringError,
};

/// Problem document or, on the scoring routes, an error in MLflow's format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorResponse {
    /// RFC 9457 problem document.
    #[error("{}", .0.detail)]
    Problem(Problem),
    /// Error in MLflow's format.
    #[error(transparent)]
    Scoring(ScoringError),
}

impl ErrorResponse {
    /// HTTP status of the response.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Problem(problem) => problem.kind.status(),
            Self::Scoring(error) => error.status,
        }
    }

    /// Internal error of a page or an answer that could not be written.
    pub(crate) fn internal(detail: &str) -> Self {
        Self::Problem(Problem::new(ProblemKind::Internal, detail))
    }
}

impl From<Problem> for ErrorResponse {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<ScoringError> for ErrorResponse {
    fn from(error: ScoringError) -> Self {
        Self::Scoring(error)
    }
}
