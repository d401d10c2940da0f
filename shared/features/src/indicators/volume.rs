//! How unusual the latest volume is.

use super::{moments::deviations, sma};

/// Volume against its mean over the last `period` bars, the latest included.
///
/// ```text
/// ratio(t) = v(t) / SMA(v, period)
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: 0 to `period`; 1 when nothing was traded in the window.
/// * Warm-up: `period - 1` values.
/// * Source: the definition; checked against TA-Lib `SMA`.
///
/// ```
/// assert_eq!(features::indicators::ratio(&[1.0, 3.0], 2)[1], 1.5);
/// ```
#[must_use]
pub fn volume_ratio(values: &[f64], period: usize) -> Vec<f64> {
    let share = |(value, mean): (&f64, f64)| if mean == 0.0 { 1.0 } else { value / mean };
    values.iter().zip(sma(values, period)).map(share).collect()
}

/// How many population standard deviations the latest value lies from the mean of its window.
///
/// ```text
/// z(t) = (v(t) - mean) / deviation, both over the last `period` values, the latest included
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: within +-sqrt(`period` - 1); 0 when all values of the window are equal.
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
