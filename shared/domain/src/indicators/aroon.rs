//! Aroon oscillator.

use super::count;
use crate::Bar;

/// Aroon oscillator: whether the highest high or the lowest low of the last `period + 1` bars is younger.
///
/// ```text
/// AROON(t) = 100 * (bars since the lowest low - bars since the highest high) / period
/// ```
///
/// * `period`: usually 25. Of equal extremes the latest counts.
/// * Unit: none. Range: -100 to 100; 0 when nothing has moved.
/// * Warm-up: `period` bars.
/// * Source: Chande, Stocks & Commodities 13:9 (1995); TA-Lib `AROONOSC`.
///
/// ```
/// # use domain::{Bar, indicators::aroon};
/// # let bar = |price: f64| Bar { time: jiff::Timestamp::UNIX_EPOCH, open: price, high: price, low: price, close: price, volume: 0.0 };
/// let aroon = aroon(&[bar(1.0), bar(2.0), bar(3.0), bar(2.0)], 2);
/// assert!(aroon[1].is_nan());
/// assert_eq!(aroon[2..], [100.0, -50.0]);
/// ```
#[must_use]
pub fn aroon(bars: &[Bar], period: usize) -> Vec<f64> {
    let highs = ages(bars, period, |bar, best| bar.high >= best.high);
    let lows = ages(bars, period, |bar, best| bar.low <= best.low);
    let unit = 100.0 / count(period);
    lows.iter().zip(&highs).map(|(low, high)| unit * (low - high)).collect()
}

/// How many bars ago the best of the last `period + 1` was; of equals the latest. NaN during the warm-up.
fn ages(bars: &[Bar], period: usize, beats: impl Fn(&Bar, &Bar) -> bool) -> Vec<f64> {
    let mut best = 0;
    (0..bars.len())
        .map(|at| {
            let from = at.saturating_sub(period);
            // Only when the best one leaves the window are the others looked at again.
            let unseen = if best < from {
                best = from;
                from
            } else {
                at
            };
            for challenger in unseen..=at {
                if beats(&bars[challenger], &bars[best]) {
                    best = challenger;
                }
            }
            if at < period { f64::NAN } else { count(at - best) }
        })
        .collect()
}
