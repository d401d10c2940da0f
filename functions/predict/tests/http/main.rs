//! The service without AWS: requests in, responses out, with what was loaded given as data.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a failed unwrap is the assertion")]

mod answers;
mod bad_input;
mod contract;
mod dependencies;
mod events;
mod expiry;
mod explained;
mod history;
mod loading;
mod overview;
mod ready;
mod refusal;
mod scoring;
mod support;
