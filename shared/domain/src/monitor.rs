//! Monitoring: from evidence about a champion and its data to an action, and to whom it is told.

mod action;

pub use action::{Action, AlertKind, Severity};
