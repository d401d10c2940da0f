//! Exponential moving average.

use super::{count, mean};

/// Exponential moving average, seeded with the simple average of its first `period` values.
///
/// ```text
/// EMA(t) = EMA(t-1) + 2 / (period + 1) * (v(t) - EMA(t-1))
/// ```
///
/// * `period`: sets the smoothing factor `2 / (period + 1)`.
/// * Unit and range: those of the input.
/// * Warm-up: `period - 1` values, counted after any leading NaN.
/// * Source: TA-Lib `EMA`.
///
/// ```
/// let ema = domain::indicators::ema(&[1.0, 2.0, 3.0, 6.0], 3);
/// assert!(ema[1].is_nan());
/// assert_eq!(ema[2..], [2.0, 4.0]);
/// ```
#[must_use]
pub fn ema(values: &[f64], period: usize) -> Vec<f64> {
    smoothed(values, period, 2.0 / (count(period) + 1.0))
}

/// Smoothing by `alpha`, seeded with the mean of the first `period` values after any leading NaN.
pub(super) fn smoothed(values: &[f64], period: usize, alpha: f64) -> Vec<f64> {
    let mut out = vec![f64::NAN; values.len()];
    let start = values.iter().take_while(|v| v.is_nan()).count();
    let Some(seed) = values.get(start..start.saturating_add(period)).filter(|seed| !seed.is_empty()) else {
        return out;
    };
    let mut state = mean(seed);
    out[start + period - 1] = state;
    for (slot, value) in out.iter_mut().zip(values).skip(start + period) {
        state += alpha * (value - state);
        *slot = state;
    }
    out
}
