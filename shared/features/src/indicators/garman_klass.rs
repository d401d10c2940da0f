//! Garman and Klass's range volatility.

use super::rolling::means;
use market_data::Bar;
use std::f64::consts::LN_2;

/// Garman and Klass's estimate of volatility from open, high, low and close of the last `period` bars.
///
/// ```text
/// GK(t) = sqrt(mean(ln(high / low)^2 / 2 - (2 ln 2 - 1) ln(close / open)^2))
/// ```
///
/// * `period`: number of bars.
/// * Unit: log return per bar. Range: zero or more. About seven times as efficient as squared returns.
/// * Warm-up: `period - 1` bars.
/// * Source: Garman and Klass (1980), Journal of Business 53; checked against TA-Lib `LN`, `SMA`, `SQRT`.
///
/// ```
/// # use features::indicators::garman_klass;
/// # use market_data::Bar;
/// let bar = Bar { time: jiff::Timestamp::UNIX_EPOCH, open: 2.0, high: 4.0, low: 1.0, close: 2.0, volume: 0.0 };
/// let expected = 2.0_f64.sqrt() * 2.0_f64.ln();
/// assert!((garman_klass(&[bar], 1)[0] - expected).abs() < 1e-15);
/// ```
#[must_use]
pub fn garman_klass(bars: &[Bar], period: usize) -> Vec<f64> {
    let ranges: Vec<f64> = bars.iter().map(|bar| (bar.high / bar.low).ln()).collect();
    garman_klass_from_log_ranges(bars, &ranges, period)
}

/// [`garman_klass`] of bars with their log ranges, `ln(high / low)`.
pub(crate) fn garman_klass_from_log_ranges(bars: &[Bar], log_ranges: &[f64], period: usize) -> Vec<f64> {
    let term = |(bar, range): (&Bar, &f64)| {
        let body = (bar.close / bar.open).ln();
        // Never negative, but for rounding: the body is within the range.
        (0.5 * range * range - (2.0 * LN_2 - 1.0) * body * body).max(0.0)
    };
    let terms: Vec<f64> = bars.iter().zip(log_ranges).map(term).collect();
    means(&terms, period).iter().map(|mean| mean.sqrt()).collect()
}
