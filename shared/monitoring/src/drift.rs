//! Drift: distances of recent features and forecasts from those that the champion was trained on.
//!
//! Market indicators are autocorrelated and volatility clusters, so a window of a month never resembles a sample of years.
//! Fixed thresholds (PSI above 0.2, Kolmogorov-Smirnov p-value below 0.05) would report drift almost always. Here all
//! thresholds come from windows of the same length that slide over the reference itself:
//!
//! 1. [`DriftReference::fit`] stores a quantile grid for each feature. The threshold of a feature is a high quantile of the
//!    normalised Wasserstein-1 distance between that grid and the reference's own windows. The features are many and
//!    correlated. Therefore the reference also has the *share* of features that exceed their thresholds at once by chance,
//!    and the *severity*: the ratio of distance to threshold that several features reach at once.
//! 2. [`compare_window`] computes the same values for one recent window: [`WindowDrift`].
//! 3. [`evaluate_rules`](crate::evaluate_rules) requires persistence (k of n windows) and notes the shift. Covariate shift
//!    alone is no reason to retrain. Reasons are worse forecasts ([`RealisedPerformance`](crate::RealisedPerformance),
//!    [`sequential`](crate::sequential)) and a [regime shift](crate::regime_shift).

mod binned;
mod grid;
mod reference;
#[cfg(test)]
pub(crate) mod tests;
mod window;

pub use binned::{BinnedDistances, BinnedThresholds, DistanceReading, ShareAboveThreshold};
pub use grid::QuantileGrid;
pub use reference::{DriftReference, FeatureReference, ReferenceError};
pub use window::{FeatureDrift, WindowDrift, compare_window};
