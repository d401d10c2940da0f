//! Train: fits a challenger for one series, registers it and passes it through the gate.
//!
//! The run's name is derived from everything that decides its result, so that the same event twice is one run. The
//! order makes it safe to kill and repeat: artifact and drift reference, then trials, then the version with its
//! verdict, then the alias, then the event, then the run is finished. A repeated run that finds its version registered
//! goes on from there.

pub mod error;
pub mod handler;
mod publisher;
mod record;
pub mod request;
pub mod response;
pub mod rollback;
mod run_id;
pub mod training;
mod verdict;
