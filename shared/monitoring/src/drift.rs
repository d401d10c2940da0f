//! Drift: do the features and forecasts of late look like those the champion was trained on, and does it matter?
//!
//! Market indicators are autocorrelated and volatility clusters, so a window of a month never looks like a sample of
//! years: fixed thresholds (PSI above 0.2, Kolmogorov-Smirnov p below 0.05) call drift almost always. Here every
//! threshold is learnt from windows of the same length that slide over the reference itself:
//!
//! 1. [`reference()`] keeps, per feature, a quantile grid of the reference, and as threshold a high quantile of the
//!    normalised Wasserstein-1 distance between that grid and the reference's own windows. Because features are
//!    many and move together, it also learns how large a *share* of them passes its threshold at once by chance, and how
//!    far beyond several of them are at once: the *severity*.
//! 2. [`measure`] does the same for one recent window: [`DriftReport`].
//! 3. [`monitor::decide`](crate::decide) asks for persistence (k of n windows), and notes it: covariate shift alone is
//!    no reason to act. Reasons are worse forecasts ([`Performance`], [`sequential`](crate::sequential)) and an
//!    [`upheaval`](crate::upheaval).

mod binned;
mod decide;
mod distance;
mod measure;
mod reference;
#[cfg(test)]
pub(crate) mod tests;

pub use binned::{BinnedDistances, BinnedThresholds, DistanceReading, ShareAboveThreshold};
pub use decide::DriftConclusion;
pub use distance::QuantileGrid;
pub use measure::{FeatureDrift, WindowDrift, compare_window};
pub use reference::{DriftReference, FeatureReference, ReferenceError, fit_reference};
