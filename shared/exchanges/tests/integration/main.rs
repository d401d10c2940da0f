//! Fetching over real HTTP from servers on this machine that speak all five wire formats and misbehave when told to.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

mod captures;
mod gather;
mod hostile;
mod pace;
mod rows;
mod wire;
mod world;
