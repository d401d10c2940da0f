//! Aroon oscillator.

use market_data::Bar;
use market_data::numbers::as_f64;

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
/// # use features::indicators::aroon;
/// # use market_data::Bar;
/// # let bar = |price: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: price, high: price, low: price, close: price, volume: 0.0,
/// # };
/// let aroon = aroon(&[bar(1.0), bar(2.0), bar(3.0), bar(2.0)], 2);
/// assert!(aroon[1].is_nan());
/// assert_eq!(aroon[2..], [100.0, -50.0]);
/// ```
#[must_use]
pub fn aroon(bars: &[Bar], period: usize) -> Vec<f64> {
    let of = |field: fn(&Bar) -> f64| -> Vec<f64> { bars.iter().map(field).collect() };
    let highs = ages(&of(|bar| bar.high), period, |value, best| value >= best);
    let lows = ages(&of(|bar| bar.low), period, |value, best| value <= best);
    let unit = 100.0 / as_f64(period);
    lows.iter().zip(&highs).map(|(low, high)| unit * (low - high)).collect()
}

/// How many values ago the best of the last `period + 1` was; of equals the latest. NaN during the warm-up.
fn ages(values: &[f64], period: usize, beats: impl Fn(f64, f64) -> bool) -> Vec<f64> {
    let mut best = 0;
    (0..values.len())
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
                if beats(values[challenger], values[best]) {
                    best = challenger;
                }
            }
            if at < period { f64::NAN } else { as_f64(at - best) }
        })
        .collect()
}
