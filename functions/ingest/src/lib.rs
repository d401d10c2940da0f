//! Ingest: fetches the closed bars of one symbol and interval, checks and stores them, and announces what is new.
//!
//! The order of an ingest makes it safe to kill and repeat: raw answers, then a note of what is about to be new, then
//! the lake year by year, then the window, then the event, then the note is cleared. [`fetch`] and everything below it
//! knows no AWS.

mod batch;
pub mod error;
pub mod fetch;
pub mod handler;
pub mod http;
pub mod ingest;
mod json;
mod pending;
pub mod plan;
pub mod raw;
pub mod retry;
mod shelf;
pub mod sources;
pub mod summary;
pub mod wanted;
