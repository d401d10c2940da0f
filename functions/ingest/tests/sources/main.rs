//! Fetching over real HTTP, from servers on this machine.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod captures;
mod hostile;
mod market;
