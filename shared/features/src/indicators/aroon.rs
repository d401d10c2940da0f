//! Aroon oscillator.

use market_data::Bar;
use market_data::numbers::as_f64;

/// Aroon oscillator: the age of the lowest low minus that of the highest high, among the last `period + 1` bars.
///
/// ```text
/// AROON(t) = 100 * (bars since the lowest low - bars since the highest high) / period
/// ```
///
/// * `period`: usually 25. Of equal extremes the latest counts.
/// * Unit: none. Range: -100 to 100; 0 if nothing has moved.
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
    let column = |field: fn(&Bar) -> f64| -> Vec<f64> { bars.iter().map(field).collect() };
    let highs = ages(&column(|bar| bar.high), period, |value, best| value >= best);
    let lows = ages(&column(|bar| bar.low), period, |value, best| value <= best);
    let unit = 100.0 / as_f64(period);
    lows.iter().zip(&highs).map(|(low, high)| unit * (low - high)).collect()
}

/// Age, in values, of the best of the last `period + 1` values; of equal ones the latest counts. NaN during the warm-up.
fn ages(values: &[f64], period: usize, beats: impl Fn(f64, f64) -> bool) -> Vec<f64> {
    let mut best = 0;
    (0..values.len())
        .map(|index| {
            let from = index.saturating_sub(period);
            // The whole window is compared again only if the best value has left it.
            let start = if best < from {
                best = from;
                from
            } else {
                index
            };
            for candidate in start..=index {
                if beats(values[candidate], values[best]) {
                    best = candidate;
                }
            }
            if index < period { f64::NAN } else { as_f64(index - best) }
        })
        .collect()
}
