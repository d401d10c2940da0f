//! Standard deviation and skewness of a window.

use super::rolling::{fold_deviations, means};
use market_data::numbers::as_f64;

/// Population standard deviation of each window around its mean, which the caller supplies.
pub(super) fn deviations(values: &[f64], means: &[f64], period: usize) -> Vec<f64> {
    let [squares] = fold_deviations(values, means, period, |[sum], deviation| [sum + deviation * deviation]);
    squares.iter().map(|sum| (sum / as_f64(period)).sqrt()).collect()
}

/// Skewness of the last `period` values: positive if the larger deviations lie above the mean.
///
/// ```text
/// skewness(t) = mean((v - m)^3) / mean((v - m)^2)^1.5, with m the mean of the window
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: within +-sqrt(`period`); 0 if all values of the window are equal.
/// * Warm-up: `period - 1` values.
/// * Source: the population skewness; checked against moments by TA-Lib `SMA`.
///
/// ```
/// let skewness = features::indicators::skewness(&[0.0, 0.0, 3.0], 3);
/// assert!((skewness[2] - 0.5_f64.sqrt()).abs() < 1e-15);
/// ```
#[must_use]
pub fn skewness(values: &[f64], period: usize) -> Vec<f64> {
    let means = means(values, period);
    let [squares, cubes] = fold_deviations(values, &means, period, |[squares, cubes], deviation| {
        let square = deviation * deviation;
        [squares + square, cubes + square * deviation]
    });
    let root = as_f64(period).sqrt();
    let skewness = |(squares, cubes): (&f64, &f64)| {
        if *squares == 0.0 { 0.0 } else { root * cubes / (squares * squares.sqrt()) }
    };
    squares.iter().zip(&cubes).map(skewness).collect()
}
