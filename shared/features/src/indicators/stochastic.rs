//! Stochastic oscillator.

use super::{highest, lowest};
use market_data::Bar;

/// Fast %K of the stochastic oscillator: the position of the close in the range of the last `period` bars.
///
/// ```text
/// K(t) = 100 * (close - lowest low) / (highest high - lowest low)
/// ```
///
/// * `period`: usually 14.
/// * Unit: none. Range: 0 to 100; 50 if the range is empty (TA-Lib returns 0).
/// * Warm-up: `period - 1` bars.
/// * Source: Lane; TA-Lib `STOCHF`, fast %K.
///
/// ```
/// # use features::indicators::stochastic;
/// # use market_data::Bar;
/// let bar = Bar { time: jiff::Timestamp::UNIX_EPOCH, open: 2.0, high: 5.0, low: 1.0, close: 4.0, volume: 0.0 };
/// assert_eq!(stochastic(&[bar], 1), [75.0]);
/// ```
#[must_use]
pub fn stochastic(bars: &[Bar], period: usize) -> Vec<f64> {
    let high = highest(&bars.iter().map(|bar| bar.high).collect::<Vec<_>>(), period);
    let low = lowest(&bars.iter().map(|bar| bar.low).collect::<Vec<_>>(), period);
    let position = |((bar, high), low): ((&Bar, f64), f64)| {
        let range = high - low;
        if range == 0.0 { 50.0 } else { 100.0 * (bar.close - low) / range }
    };
    bars.iter().zip(high).zip(low).map(position).collect()
}
