//! Money flow index.

use super::{rolling::means, rsi::strength_index, typical_price};
use market_data::Bar;

/// Largest relative difference between two sums of the same three prices in another order.
const MAX_ROUNDING_ERROR: f64 = 1e-14;

/// Money flow index: an RSI of typical prices, weighted with the traded money.
///
/// ```text
/// TP = (high + low + close) / 3;  flow = TP * volume, positive if TP rose since the bar before, negative if it fell
/// MFI(t) = 100 * positive / (positive + negative), both summed over the last `period` bars
/// ```
///
/// * `period`: usually 14.
/// * Unit: none. Range: 0 to 100; 50 if no money flowed (TA-Lib returns 0, also if less than 1.0 flowed).
/// * Warm-up: `period` bars.
/// * Prices that differ by rounding alone have not moved, here as in TA-Lib.
/// * Source: Quong and Soudack, Stocks & Commodities 7:3 (1989); TA-Lib `MFI`.
///
/// ```
/// # use features::indicators::mfi;
/// # use market_data::Bar;
/// # let bar = |price: f64, volume: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: price, high: price, low: price, close: price, volume,
/// # };
/// let mfi = mfi(&[bar(1.0, 5.0), bar(3.0, 2.0), bar(2.0, 1.0)], 2);
/// assert!(mfi[1].is_nan());
/// assert_eq!(mfi[2], 75.0);
/// ```
#[must_use]
pub fn mfi(bars: &[Bar], period: usize) -> Vec<f64> {
    let prices: Vec<f64> = bars.iter().map(typical_price).collect();
    let flow = |side: f64| -> Vec<f64> {
        let moves = prices.windows(2).zip(bars.iter().skip(1));
        let flows = moves.map(|(pair, bar)| {
            let moved = side * (pair[1] - pair[0]) > MAX_ROUNDING_ERROR * pair[1];
            if moved { pair[1] * bar.volume } else { 0.0 }
        });
        std::iter::repeat_n(f64::NAN, bars.len().min(1)).chain(flows).collect()
    };
    let (positive, negative) = (means(&flow(1.0), period), means(&flow(-1.0), period));
    positive.iter().zip(&negative).map(|(positive, negative)| strength_index(*positive, *negative)).collect()
}
