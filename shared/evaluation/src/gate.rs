//! Gate: the statistical test that a challenger must pass to replace the champion.
//!
//! A version has two parts, a direction and a distribution. Each is judged by a score of its own: [`evaluate_gate`] compares
//! the log loss of directions, [`evaluate_distribution_gate`] the CRPS of distributions. Both compare on the same hold-out
//! rows, on which neither was fitted. A part passes under two conditions:
//!
//! * The one-sided lower bound of its mean gain is above zero, both over the champion and over climatology.
//! * The hold-out has enough independent outcomes (outcomes that overlap by `h` bars count as `1/h`).
//!
//! A tie keeps the champion. `training::train` also rejects a challenger whose folds show no skill.
//!
//! [`VersionDecision`] combines both decisions: a part that passes is promoted, also alone. A version that does not pass, but was better
//! than climatology on the hold-out, is admitted to the shadow, where its live forecasts decide
//! (`monitoring::challenger`). The error of all decisions together is limited by [`holdout_alpha`] and [`live_alpha`].

mod comparison;
mod direction;
mod distribution;
mod settings;
mod spending;
mod version;

pub use direction::{GateDecision, GateInput, evaluate_gate};
pub use distribution::{DistributionGateDecision, DistributionGateInput, evaluate_distribution_gate};
pub use settings::{GateConfig, GateError};
pub use spending::{HOLDOUT_ERROR, HOLDOUT_LOOKS, LIVE_ERROR, holdout_alpha, live_alpha};
pub use version::{PromotedParts, VersionDecision};

#[cfg(test)]
mod tests;
