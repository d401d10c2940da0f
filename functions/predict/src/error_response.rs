//! Why a request has no answer, in the shape of the protocol that it came by.

use crate::{problem::Problem, scoring::ScoringError};

/// A problem document or, on the scoring routes, an error as MLflow has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorResponse {
    /// RFC 9457.
    Problem(Problem),
    /// MLflow's.
    Scoring(ScoringError),
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
