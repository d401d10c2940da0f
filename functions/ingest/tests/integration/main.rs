//! Fetching over real HTTP from servers on this machine, and whole ingests against SDK clients with a memory.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod captures;
mod cloud;
mod flow;
mod hostile;
mod market;
