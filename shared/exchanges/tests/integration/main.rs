//! Fetching over real HTTP from the exchange simulator: all five wire formats, with injected faults.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod captures;
mod failover;
mod faults;
mod rate_limit;
mod rows;
mod world;
