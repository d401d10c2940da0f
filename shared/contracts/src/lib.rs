//! Contracts: everything that crosses a process border as an event, a response or a stored record.
//!
//! It may depend on `market-data` only. It is pure: no IO, no clock, no AWS. Serialised names and defaults keep records of
//! earlier releases readable.

pub mod action;
pub mod costs;
pub mod distribution;
pub mod events;
pub mod expert;
pub mod forecast;
mod json;
mod outcome;
pub mod report;
mod status;
pub mod warning;

pub use json::merge_json;
pub use outcome::{Outcome, log_return};
pub use report::TOO_FEW;
pub use warning::{Warning, WarningCode};
