//! Training: from bars to a judged model version. The only crate that names smartcore.
//!
//! 1. Rows with features and a label are cut into training rows and a hold-out, purged and embargoed.
//! 2. Every candidate is fitted in purged walk-forward folds of the training rows; the least log loss wins.
//! 3. Calibration, shrinkage and the band come from the winner's out-of-fold forecasts.
//! 4. The winner is fitted on all training rows. Only then is the hold-out read, once: for the evaluation, the edge
//!    and the gate. The artifact that was judged is the one that is stored; nothing is refitted afterwards.
//!
//! A refit does 2 to 4 with every settled row, for whoever judges its forecasts afterwards.
//!
//! Everything is a function of bars, configuration, champion, `as_of` and run name. Threads only share out the work:
//! each fit has its own seed and results are collected in order, so the artifact is the same to the byte.

mod baseline;
mod calibrate;
mod candidate;
mod choose;
mod config;
mod error;
mod evaluation;
mod first;
mod fit;
mod forest;
mod frame;
mod refit;
mod search;
#[cfg(test)]
mod tests;
mod train;

pub use candidate::Candidate;
pub use config::{ConfigError, TrainingConfig};
pub use error::TrainError;
pub use evaluation::{Evaluation, Scores};
pub use first::{FirstChampion, first_champion};
pub use refit::{Evidence, Refit, RefitInput, refit};
pub use search::Trial;
pub use train::{TrainingInput, TrainingOutcome, train};
