//! Tests of the service through its public interface, with mocked AWS clients or given data.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a failed unwrap is the assertion")]

mod answers;
mod bad_input;
mod contract;
mod dependencies;
mod distribution;
mod events;
mod expiry;
mod explanation;
mod history;
mod loading;
mod mixture;
mod model_rejection;
mod overview;
mod readiness;
mod scoring;
mod support;
mod validity;
mod versions;
