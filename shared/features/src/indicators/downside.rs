//! Downside share of variance.

use super::rolling::means;

/// Share of falls in the last `period` squared returns.
///
/// ```text
/// share(t) = sum(min(r, 0)^2) / sum(r^2), both over the last `period` returns
/// ```
///
/// * `returns`: returns of one bar. `period`: usually 20.
/// * Unit: none. Range: 0 to 1; one half if nothing has moved.
/// * Warm-up: `period - 1` returns, counted after any leading NaN.
/// * Source: Barndorff-Nielsen, Kinnebrock and Shephard (2010), realised semivariance; checked against TA-Lib `SMA`.
///
/// ```
/// assert_eq!(features::indicators::downside(&[1.0, -3.0], 2)[1], 0.9);
/// ```
#[must_use]
pub fn downside(returns: &[f64], period: usize) -> Vec<f64> {
    let falls: Vec<f64> = returns.iter().map(|r| if *r > 0.0 { 0.0 } else { r * r }).collect();
    let squares: Vec<f64> = returns.iter().map(|r| r * r).collect();
    let share = |(falls, squares): (&f64, &f64)| if *squares == 0.0 { 0.5 } else { falls / squares };
    means(&falls, period).iter().zip(&means(&squares, period)).map(share).collect()
}
