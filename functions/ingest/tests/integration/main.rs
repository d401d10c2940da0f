//! Whole ingests over real HTTP from servers on this machine, against SDK clients with a memory.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod beside;
mod cloud;
mod exchange;
mod flow;
mod system;
