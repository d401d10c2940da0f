//! Training: from bars to a judged model version. The only crate that names smartcore, forust and tpe.
//!
//! 1. Rows with features and a label are cut into training rows and a hold-out, purged and embargoed.
//! 2. A sampler asks for candidates of four families, which are fitted in purged walk-forward folds of the training
//!    rows.
//! 3. The best of each family are pooled; the pool's out-of-fold forecasts are calibrated, shrunk towards the base
//!    rate as far as the evidence is weak, and given a band.
//! 4. The pool is fitted on all training rows. Only then is the hold-out read, once: for the evaluation, the edge
//!    and the gate. The artifact that was judged is the one that is stored; nothing is refitted afterwards.
//!
//! A refit does 2 to 4 with every settled row, for whoever judges its forecasts afterwards.
//!
//! Everything is a function of bars, configuration, champion, `as_of` and run name, unless the time is up before the
//! trials are. Threads only share out the work: each fit has its own seed and results are collected in order, so the
//! artifact is the same to the byte.

mod baseline;
mod calibrate;
mod candidate;
mod config;
mod edge;
mod ensemble;
mod error;
mod fit;
mod importance;
mod model_selection;
mod refit;
mod sampler;
mod search;
mod space;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod train;
mod training_set;
mod weights;

pub use baseline::{BaselineChampion, baseline_champion};
pub use candidate::{Candidate, FeatureSubset, ForestParams, Hyperparameters};
pub use config::{SearchConfig, TrainingConfig, TrainingConfigError};
pub use error::TrainError;
pub use evaluation::{CrossValidationScore, FeatureImportance, SearchStop};
pub use refit::{RefitInput, RefitOutcome, refit};
pub use search::{SearchProgress, Trial};
pub use train::{TrainingInput, TrainingOutcome, train};
