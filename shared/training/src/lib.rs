//! Training: from bars to an evaluated model version. The only crate that depends on smartcore, forust and tpe.
//!
//! 1. Rows with features and a label are split into training rows and a hold-out, with purge and embargo.
//! 2. A sampler suggests candidates of two families for hours, of four for days. Each is fitted in purged walk-forward folds of the training rows.
//! 3. The best candidates of each family form an ensemble. Its out-of-fold forecasts are calibrated where that clearly helps,
//!    shrunk towards the base rate where the evidence is weak, and given an uncertainty band.
//! 4. The distribution of the move is fitted beside it ([`distribution`]), with folds of its own, on moves settled before the
//!    hold-out.
//! 5. The ensemble is fitted on all training rows. Only then the hold-out is read, once: for evaluation, evidence and gate. The
//!    evaluated artifact is the one that is stored; nothing is refitted afterwards.
//!
//! A refit does steps 2 to 5 on all settled rows, without a hold-out.
//!
//! The result is a function of bars, configuration, champion, `as_of` and run id, unless the time limit stops the search.
//! Each fit has its own seed and results are collected in order, so the number of threads does not change a byte of the
//! artifact.

mod baseline;
mod calibrate;
mod candidate;
mod config;
pub mod distribution;
mod edge;
mod ensemble;
mod error;
mod fit;
mod holdout_role;
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
mod trained_range;
mod training_set;
mod version;
mod weights;

pub use baseline::{BaselineChampion, baseline_champion};
pub use candidate::{Candidate, FeatureSubset, ForestParams, Hyperparameters};
pub use config::{SearchConfig, TrainingConfig};
pub use error::{TrainError, TrainingConfigError};
pub use evaluation::{CrossValidationScore, FeatureImportance, SearchStop};
pub use holdout_role::HoldOutRole;
pub use refit::{REFIT_SUFFIX, RefitInput, RefitOutcome, refit, with_evidence_of};
pub use search::{SearchProgress, Trial};
pub use train::{TrainingInput, TrainingOutcome, train};
pub use version::assemble;
