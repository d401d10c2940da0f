//! Simple moving average.

use super::rolling::means;

/// Simple moving average: the arithmetic mean of the last `period` values.
///
/// ```text
/// SMA(t) = (v(t) + v(t-1) + ... + v(t-period+1)) / period
/// ```
///
/// * `period`: number of values, usually 10 to 200.
/// * Unit and range: those of the input.
/// * Warm-up: `period - 1` values.
/// * Source: TA-Lib `SMA`.
///
/// ```
/// let sma = features::indicators::sma(&[1.0, 2.0, 6.0, 4.0], 3);
/// assert!(sma[1].is_nan());
/// assert_eq!(sma[2..], [3.0, 4.0]);
/// ```
#[must_use]
pub fn sma(values: &[f64], period: usize) -> Vec<f64> {
    means(values, period)
}
