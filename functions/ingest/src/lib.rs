//! Ingest: fetches the closed bars of one symbol and interval, validates and stores them, and publishes what is new.
//!
//! The order of its writes makes an ingest safe to kill and repeat:
//!
//! 1. the raw answers of the sources;
//! 2. the pending work, so that the next ingest knows what this one still has to publish;
//! 3. the lake, year by year: observations first, then the bars that are resolved from them;
//! 4. the bar window and the quality report;
//! 5. the event;
//! 6. the pending work again, now done.

mod backfill;
mod daily_check;
mod error;
pub mod handler;
mod metrics;
mod pending_work;
mod plan;
mod progress;
mod raw;
mod request;
mod response;
mod service;
mod task;

pub use error::{IngestError, StartupError};
pub use plan::EmptyRange;
pub use response::{IngestResponse, IngestStatus};
pub use service::IngestService;
