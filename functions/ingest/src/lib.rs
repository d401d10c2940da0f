//! Ingest: fetches the closed bars of one symbol and interval, checks and stores them, and announces what is new.
//!
//! The order of an ingest makes it safe to kill and repeat: raw answers, then a note of what is about to be owed, then
//! the lake year by year (what sources said, then which bars count), then window and ledger, then the event, then the
//! note is cleared.

mod backfill;
mod daily_check;
pub mod error;
pub mod handler;
pub mod ingest;
mod pending_work;
pub mod plan;
pub mod raw;
pub mod response;
