//! Settings and errors of the gate.

use crate::bootstrap::BootstrapError;
use serde::{Deserialize, Serialize};

/// Settings of the gate.
///
/// Reasons for the defaults:
/// * `confidence` 0.95, one-sided: without skill, each part is promoted by at most about 5 % of trainings, and a version by at most
///   10 %. This holds for one training; several trainings on nearly the same hold-out have a higher rate.
/// * `min_effective` 100: a share of 100 independent labels has a standard error of 5 percentage points. An AUC must be
///   about .60 to differ from chance at 5 % (.550 at 365 labels, scaled by the root of their number).
/// * `resamples` 2000: the Monte-Carlo error of the share below a 5 % bound is `sqrt(0.05 * 0.95 / 2000)`, about 0.5
///   percentage points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// One-sided confidence of each lower bound, between 0 and 1.
    pub confidence: f64,
    /// Minimum number of independent outcomes.
    pub min_effective: f64,
    /// Number of bootstrap resamples.
    pub resamples: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { confidence: 0.95, min_effective: 100.0, resamples: 2000, seed: 0x77_65_61_74 }
    }
}

/// Error of the gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// The inputs have different lengths.
    #[error("gate input {name} has {length} values for {outcomes} outcomes")]
    Length {
        /// Name of the input.
        name: &'static str,
        /// Its length.
        length: usize,
        /// Number of outcomes.
        outcomes: usize,
    },
    /// A forecast is not a probability.
    #[error("gate input {name} has value {value} in row {row}, expected a probability")]
    Probability {
        /// Name of the input.
        name: &'static str,
        /// Index of the row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A loss is not finite.
    #[error("gate input {name} has loss {value} in row {row}, expected a finite number")]
    Loss {
        /// Name of the input.
        name: &'static str,
        /// Index of the row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// The horizon is zero.
    #[error("gate horizon is 0 bars, expected at least 1")]
    Horizon,
    /// There are no rows, or the bootstrap settings are invalid.
    #[error("failed to compute the interval of the gain")]
    Bootstrap {
        /// Error of the bootstrap.
        #[from]
        source: BootstrapError,
    },
}
