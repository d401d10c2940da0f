//! Share of rises.

use super::rolling::means;

/// Share of rises among the last `period` changes; a change of zero counts as half a rise.
///
/// ```text
/// share(t) = mean(1 if v(i) > v(i-1), 1/2 if equal, else 0; i = t-period+1 ..= t)
/// ```
///
/// * `period`: usually 10.
/// * Unit: none. Range: 0 to 1; one half if nothing has moved.
/// * Warm-up: `period` values.
/// * Source: the definition, also known as the psychological line; checked against TA-Lib `SMA`.
///
/// ```
/// assert_eq!(features::indicators::up_share(&[1.0, 2.0, 2.0], 2)[2], 0.75);
/// ```
#[must_use]
pub fn up_share(values: &[f64], period: usize) -> Vec<f64> {
    let rise =
        |pair: &[f64]| 0.5 + 0.5 * (f64::from(u8::from(pair[1] > pair[0])) - f64::from(u8::from(pair[1] < pair[0])));
    let rises: Vec<f64> =
        std::iter::repeat_n(f64::NAN, values.len().min(1)).chain(values.windows(2).map(rise)).collect();
    means(&rises, period)
}
