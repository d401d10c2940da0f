//! Realised volatility.

use super::{log_return, rolling::RollingSums};

/// Realised volatility: the root mean square of the last `period` one-bar log returns.
///
/// ```text
/// vol(t) = sqrt(mean(ln(v(i) / v(i-1))^2, i = t-period+1 ..= t))
/// ```
///
/// The mean return is taken as zero: over such periods it is smaller than its own error.
///
/// * `period`: number of returns.
/// * Unit: log return per bar. Range: zero or more.
/// * Warm-up: `period` values.
/// * Source: Andersen and Bollerslev (1998), realised variance; checked against TA-Lib `LN`, `ROCR`, `SMA`, `SQRT`.
///
/// ```
/// let e = 1.0_f64.exp();
/// assert_eq!(features::indicators::volatility(&[1.0, e, 1.0], 2)[2], 1.0);
/// ```
#[must_use]
pub fn volatility(values: &[f64], period: usize) -> Vec<f64> {
    let squares: Vec<f64> = log_return(values, 1).iter().map(|r| r * r).collect();
    volatility_from_squares(&RollingSums::new(&squares, 1, period), period)
}

/// [`volatility`] of squared one-bar log returns.
pub(crate) fn volatility_from_squares(squares: &RollingSums<'_>, period: usize) -> Vec<f64> {
    squares.means(period).iter().map(|mean| mean.sqrt()).collect()
}
