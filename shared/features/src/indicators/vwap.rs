//! Volume-weighted average price.

use super::{rolling::means, typical_price};
use market_data::Bar;

/// Volume-weighted average of the last `period` typical prices.
///
/// ```text
/// TP = (high + low + close) / 3;  VWAP(t) = sum(TP * volume) / sum(volume), both over the last `period` bars
/// ```
///
/// * `period`: usually 20.
/// * Unit: price. Range: between the lowest and the highest price of the window; the close if nothing was traded.
/// * Warm-up: `period - 1` bars.
/// * Source: Berkowitz, Logue and Noser (1988), Journal of Finance 43; checked against TA-Lib `SUM`.
///
/// ```
/// # use features::indicators::vwap;
/// # use market_data::Bar;
/// # let bar = |price: f64, volume: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: price, high: price, low: price, close: price, volume,
/// # };
/// assert_eq!(vwap(&[bar(1.0, 3.0), bar(3.0, 1.0)], 2)[1], 1.5);
/// ```
#[must_use]
pub fn vwap(bars: &[Bar], period: usize) -> Vec<f64> {
    let money: Vec<f64> = bars.iter().map(|bar| typical_price(bar) * bar.volume).collect();
    let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume).collect();
    let price = |((bar, money), volume): ((&Bar, &f64), &f64)| if *volume == 0.0 { bar.close } else { money / volume };
    bars.iter().zip(&means(&money, period)).zip(&means(&volumes, period)).map(price).collect()
}
