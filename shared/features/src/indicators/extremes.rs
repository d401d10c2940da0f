//! Highest and lowest value of a window.

use super::rolling::extremes;

/// Highest of the last `period` values.
///
/// * Unit and range: those of the input. Warm-up: `period - 1` values. Source: TA-Lib `MAX`.
///
/// ```
/// assert_eq!(features::indicators::highest(&[3.0, 1.0, 2.0], 2)[1..], [3.0, 2.0]);
/// ```
#[must_use]
pub fn highest(values: &[f64], period: usize) -> Vec<f64> {
    extremes(values, period, |a, b| if a < b { b } else { a })
}

/// Lowest of the last `period` values.
///
/// * Unit and range: those of the input. Warm-up: `period - 1` values. Source: TA-Lib `MIN`.
///
/// ```
/// assert_eq!(features::indicators::lowest(&[3.0, 1.0, 2.0], 2)[1..], [1.0, 1.0]);
/// ```
#[must_use]
pub fn lowest(values: &[f64], period: usize) -> Vec<f64> {
    extremes(values, period, |a, b| if b < a { b } else { a })
}
