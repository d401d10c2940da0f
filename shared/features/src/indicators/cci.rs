//! Commodity channel index.

use super::{
    rolling::{fold_deviations, means},
    typical_price,
};
use market_data::Bar;
use market_data::numbers::as_f64;

/// Commodity channel index: the distance of the typical price from its average, in mean absolute deviations.
///
/// ```text
/// TP = (high + low + close) / 3
/// CCI(t) = (TP(t) - m) / (0.015 mean(|TP - m|)), with m the mean of the last `period` typical prices
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: within +-`period` / 0.03, seldom beyond +-200; 0 if all typical prices are equal.
/// * Warm-up: `period - 1` bars.
/// * Source: Lambert, Commodities magazine (October 1980); TA-Lib `CCI`.
///
/// ```
/// # use features::indicators::cci;
/// # use market_data::Bar;
/// # let bar = |price: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: price, high: price, low: price, close: price, volume: 0.0,
/// # };
/// let cci = cci(&[bar(1.0), bar(3.0)], 2);
/// assert!((cci[1] - 1.0 / 0.015).abs() < 1e-12);
/// ```
#[must_use]
pub fn cci(bars: &[Bar], period: usize) -> Vec<f64> {
    let prices: Vec<f64> = bars.iter().map(typical_price).collect();
    let means = means(&prices, period);
    let [absolute] = fold_deviations(&prices, &means, period, |[sum], deviation| [sum + deviation.abs()]);
    let unit = 0.015 / as_f64(period);
    let index = |((price, mean), absolute): ((&f64, &f64), &f64)| {
        if *absolute == 0.0 { 0.0 } else { (price - mean) / (unit * absolute) }
    };
    prices.iter().zip(&means).zip(&absolute).map(index).collect()
}
