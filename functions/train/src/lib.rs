//! Train: fits a challenger for one series, registers it and passes it through the gate.
//!
//! The run id is derived from everything that decides the result, so that a repeated event is the same run. The order of its
//! writes makes a training safe to kill and repeat:
//!
//! 1. the trials, as they end;
//! 2. artifact and drift reference;
//! 3. the version with its verdict;
//! 4. the alias, if the version is promoted;
//! 5. the event;
//! 6. the run, now finished.
//!
//! A repeated run that finds its version registered resumes there.

mod error;
pub mod handler;
mod live_gate;
mod metrics;
mod next_step;
mod plan;
mod promotion;
mod publisher;
mod record;
mod request;
mod response;
mod rollback;
mod run_id;
mod service;
mod shadow;

pub use error::TrainFunctionError;
pub use response::{TrainResponse, TrainStatus, TrainingResult};
pub use rollback::{Rollback, RollbackRequest, RollbackResponse, RollbackStatus};
pub use service::TrainService;
