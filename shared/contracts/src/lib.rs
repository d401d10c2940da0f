//! Contracts: everything that crosses a process border, as an event, as an answer or as a stored record.

pub mod action;
pub mod events;
pub mod forecast;
pub mod warning;

pub use warning::{Warning, WarningCode};
