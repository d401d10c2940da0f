//! Correlation of two columns.

use super::rolling::means;

/// Smallest variance as a fraction of the mean square. A smaller one is rounding error.
const MIN_RELATIVE_VARIANCE: f64 = 1e-12;

/// Pearson's correlation of the last `period` values of two columns.
///
/// ```text
/// r(t) = (mean(x y) - mean(x) mean(y)) / sqrt((mean(x^2) - mean(x)^2) (mean(y^2) - mean(y)^2))
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: -1 to 1; 0 if one of the two does not vary, or by less than a millionth of its size.
/// * Warm-up: `period - 1` values, counted after any leading NaN.
/// * Source: Pearson; TA-Lib `CORREL`.
///
/// ```
/// let r = features::indicators::correlation(&[1.0, 2.0, 3.0], &[6.0, 4.0, 2.0], 3);
/// assert!(r[1].is_nan());
/// assert_eq!(r[2], -1.0);
/// ```
#[must_use]
pub fn correlation(x: &[f64], y: &[f64], period: usize) -> Vec<f64> {
    let product = |left: &[f64], right: &[f64]| -> Vec<f64> { left.iter().zip(right).map(|(l, r)| l * r).collect() };
    let (mean_x, mean_y, mean_product) = (means(x, period), means(y, period), means(&product(x, y), period));
    let variances = |values: &[f64], centres: &[f64]| -> Vec<f64> {
        let squares = means(&product(values, values), period);
        squares.iter().zip(centres).map(|(square, mean)| variance(*square, *mean)).collect()
    };
    let variances = product(&variances(x, &mean_x), &variances(y, &mean_y));
    let covariances =
        mean_product.iter().zip(&product(&mean_x, &mean_y)).map(|(xy, means)| xy - means).collect::<Vec<_>>();
    let correlation = |(covariance, variances): (&f64, &f64)| {
        // Rounding errors may exceed the bounds.
        if *variances == 0.0 { 0.0 } else { (covariance / variances.sqrt()).clamp(-1.0, 1.0) }
    };
    covariances.iter().zip(&variances).map(correlation).collect()
}

/// Variance; zero if it is only rounding error.
fn variance(mean_square: f64, mean: f64) -> f64 {
    let variance = mean_square - mean * mean;
    if variance <= MIN_RELATIVE_VARIANCE * mean_square { 0.0 } else { variance }
}
