//! Error of a handler: a stable name, and one message with the whole chain of causes, so that the dead-letter queue shows
//! the cause.

use lambda_runtime::Diagnostic;
use observability::error_chain;
use std::{error::Error, fmt};

/// An error of a function, with a name for its kind.
pub trait FunctionError: Error + 'static {
    /// Name that callers, dead letters and logs see as `errorType`: PascalCase, stable, and equal in all functions for
    /// equal causes.
    fn kind(&self) -> &'static str;
}

/// An error as the Lambda runtime reports it: the name of its kind, and its chain as message, outermost first.
#[derive(Debug)]
pub struct HandlerError {
    kind: &'static str,
    chain: String,
}

impl HandlerError {
    /// Flattens `error` and its sources into one line, and logs both as `"{work} failed"`.
    #[must_use]
    pub fn logged(work: &'static str, error: &impl FunctionError) -> Self {
        let failure = Self::from(error);
        tracing::error!(kind = failure.kind, error = failure.chain, "{work} failed");
        failure
    }
}

impl<E: FunctionError> From<&E> for HandlerError {
    fn from(error: &E) -> Self {
        Self { kind: error.kind(), chain: error_chain(error) }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(failure: HandlerError) -> Self {
        Self { error_type: failure.kind.to_owned(), error_message: failure.chain }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain)
    }
}

impl Error for HandlerError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("training eth-usd-1d-h1")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error("registry lookup")]
    struct Middle(#[source] std::io::Error);

    impl FunctionError for Outer {
        fn kind(&self) -> &'static str {
            "AwsFailed"
        }
    }

    #[test]
    fn a_diagnostic_has_the_kind_and_every_cause_once() {
        let outer = Outer(Middle(std::io::Error::other("connection reset")));
        let Diagnostic { error_type, error_message } = HandlerError::logged("training", &outer).into();
        assert_eq!(error_type, "AwsFailed");
        assert_eq!(error_message, "training eth-usd-1d-h1: registry lookup: connection reset");
    }
}
