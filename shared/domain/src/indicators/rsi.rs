//! Relative strength index.

use super::{count, ema::smoothed};

/// Relative strength index with Wilder's smoothing.
///
/// ```text
/// gain(t) = max(v(t) - v(t-1), 0);  loss(t) = max(v(t-1) - v(t), 0)
/// avg(t) = avg(t-1) + (x(t) - avg(t-1)) / period, seeded with the mean of the first `period` changes
/// RSI = 100 * avg_gain / (avg_gain + avg_loss)
/// ```
///
/// * `period`: usually 14.
/// * Unit: none. Range: 0 to 100; 50 when nothing has moved (TA-Lib says 0, which reads as a crash).
/// * Warm-up: `period` values.
/// * Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib `RSI`.
///
/// ```
/// let rsi = domain::indicators::rsi(&[1.0, 2.0, 1.0, 3.0], 2);
/// assert!(rsi[1].is_nan());
/// assert_eq!(rsi[2], 50.0);
/// assert!((rsi[3] - 83.333_333).abs() < 1e-6);
/// ```
#[must_use]
pub fn rsi(values: &[f64], period: usize) -> Vec<f64> {
    let changes = |side: f64| -> Vec<f64> {
        let moves = values.windows(2).map(|pair| (side * (pair[1] - pair[0])).max(0.0));
        std::iter::repeat_n(f64::NAN, values.len().min(1)).chain(moves).collect()
    };
    let average = |side: f64| smoothed(&changes(side), period, 1.0 / count(period));
    let index = |(gain, loss): (f64, f64)| if gain + loss == 0.0 { 50.0 } else { 100.0 * gain / (gain + loss) };
    average(1.0).into_iter().zip(average(-1.0)).map(index).collect()
}
