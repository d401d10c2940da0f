//! The error a handler returns to the Lambda runtime: one message with the whole chain, so that the dead-letter queue
//! shows the cause.

use std::{error::Error, fmt};

/// The chain of an error's causes.
pub use domain::failure::chain;

/// An error whose message is its chain, outermost first.
#[derive(Debug)]
pub struct Failure {
    chain: String,
}

impl Failure {
    /// Flattens `error` and its sources into one line.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self { chain: chain(error.as_ref()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_holds_every_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("training eth-usd-1d-h1")]
        struct Outer(#[source] Middle);
        #[derive(Debug, thiserror::Error)]
        #[error("registry lookup")]
        struct Middle(#[source] std::io::Error);

        let failure = Failure::new(Outer(Middle(std::io::Error::other("connection reset"))));
        assert_eq!(failure.to_string(), "training eth-usd-1d-h1: registry lookup: connection reset");
    }
}
