//! GARCH(1,1) with asymmetry (Glosten, Jagannathan and Runkle 1993).
//!
//! ```text
//! variance(t + 1) = omega + (alpha + gamma * [r(t) < 0]) * r(t)² + beta * variance(t)
//! ```
//!
//! `r` is the log return of one bar. The recursion starts [`GARCH_BARS`] bars before the decision with its long-run variance. The
//! variance over a horizon is the sum of the expected variances of its bars.

use serde::{Deserialize, Serialize};

/// Number of returns in the recursion. With the usual persistence of 0.97, less than a hundredth of the start is left.
pub const GARCH_BARS: usize = 168;

/// Coefficients of the recursion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Garch {
    /// Long-run variance of one bar, above 0.
    pub long_run: f64,
    /// Weight of the latest squared return, 0 to 1.
    pub alpha: f64,
    /// Additional weight of the latest squared return if that return is negative, 0 to 1.
    pub gamma: f64,
    /// Weight of the latest variance, 0 to 1.
    pub beta: f64,
}

impl Garch {
    /// Share of a deviation from the long-run variance that is left after one bar: `alpha + gamma / 2 + beta`.
    #[must_use]
    pub fn persistence(&self) -> f64 {
        self.alpha + self.gamma / 2.0 + self.beta
    }

    /// True if all coefficients are in range and the variance returns to its long-run level.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let positive = self.long_run > 0.0 && self.long_run.is_finite();
        positive && share(self.alpha) && share(self.gamma) && share(self.beta) && self.persistence() < 1.0
    }

    /// Variances of the next bar after windows of equal length that begin one bar apart. `returns` are those of all windows, oldest
    /// first.
    #[must_use]
    pub fn next_variances<const WINDOWS: usize>(&self, returns: &[f64]) -> [f64; WINDOWS] {
        let mut variances = [self.long_run; WINDOWS];
        for newest in returns.windows(WINDOWS) {
            variances.iter_mut().zip(newest).for_each(|(variance, value)| *variance = self.step(*variance, *value));
        }
        variances
    }

    /// Variance of the bar after one with this variance and return.
    #[must_use]
    pub fn step(&self, variance: f64, value: f64) -> f64 {
        let weight = if value < 0.0 { self.alpha + self.gamma } else { self.alpha };
        self.long_run * (1.0 - self.persistence()) + weight * value * value + self.beta * variance
    }

    /// Expected variance of the next `horizon` bars together.
    #[must_use]
    pub fn horizon_variance(&self, next_variance: f64, horizon: u32) -> f64 {
        let persistence = self.persistence();
        let bars = f64::from(horizon);
        let excess = (1.0 - persistence.powf(bars)) / (1.0 - persistence);
        self.long_run * bars + (next_variance - self.long_run) * excess
    }
}
