//! Latest volume in relation to those before it: ratio to the mean, and z-score.

use super::{moments::deviations, sma};

/// Ratio of the latest volume to the mean of the last `period` ones, the latest included.
///
/// ```text
/// ratio(t) = v(t) / SMA(v, period)
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: 0 to `period`; 1 if nothing was traded in the window.
/// * Warm-up: `period - 1` values.
/// * Source: the definition; checked against TA-Lib `SMA`.
///
/// ```
/// assert_eq!(features::indicators::volume_ratio(&[1.0, 3.0], 2)[1], 1.5);
/// ```
#[must_use]
pub fn volume_ratio(values: &[f64], period: usize) -> Vec<f64> {
    let ratio = |(value, mean): (&f64, f64)| if mean == 0.0 { 1.0 } else { value / mean };
    values.iter().zip(sma(values, period)).map(ratio).collect()
}

/// Z-score: the distance of the latest value from the mean of its window, in population standard deviations.
///
/// ```text
/// z(t) = (v(t) - mean) / deviation, both over the last `period` values, the latest included
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: within +-sqrt(`period` - 1); 0 if all values of the window are equal.
/// * Warm-up: `period - 1` values.
/// * Source: the definition; checked against TA-Lib `SMA` and `STDDEV`.
///
/// ```
/// assert_eq!(features::indicators::z_score(&[1.0, 3.0], 2)[1], 1.0);
/// ```
#[must_use]
pub fn z_score(values: &[f64], period: usize) -> Vec<f64> {
    let means = sma(values, period);
    let deviations = deviations(values, &means, period);
    let score = |((value, mean), deviation): ((&f64, &f64), &f64)| {
        if *deviation == 0.0 { 0.0 } else { (value - mean) / deviation }
    };
    values.iter().zip(&means).zip(&deviations).map(score).collect()
}
