//! Correlation of two columns.

use super::rolling::{folded, means};

/// Pearson's correlation of the last `period` values of two columns.
///
/// ```text
/// r(t) = sum((x - mx) (y - my)) / sqrt(sum((x - mx)^2) sum((y - my)^2)), with mx and my the means of the window
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: -1 to 1; 0 when one of the two does not vary.
/// * Warm-up: `period - 1` values, counted after any leading NaN.
/// * Source: Pearson; TA-Lib `CORREL`.
///
/// ```
/// let r = domain::indicators::correlation(&[1.0, 2.0, 3.0], &[6.0, 4.0, 2.0], 3);
/// assert!(r[1].is_nan());
/// assert_eq!(r[2], -1.0);
/// ```
#[must_use]
pub fn correlation(x: &[f64], y: &[f64], period: usize) -> Vec<f64> {
    let (mean_x, mean_y) = (means(x, period), means(y, period));
    let [products, x_squares, y_squares] = folded(
        [x, y, &mean_x, &mean_y],
        period,
        |[products, x_squares, y_squares], [_, _, mean_x, mean_y], [x, y, _, _]| {
            let (x, y) = (x - mean_x, y - mean_y);
            [products + x * y, x_squares + x * x, y_squares + y * y]
        },
    );
    let squares = x_squares.iter().zip(&y_squares).map(|(x, y)| x * y);
    let share = |(products, squares): (&f64, f64)| {
        // Rounding may pass the bounds by a bit.
        if squares == 0.0 { 0.0 } else { (products / squares.sqrt()).clamp(-1.0, 1.0) }
    };
    products.iter().zip(squares).map(share).collect()
}
