//! Parkinson's range volatility.

use super::rolling::means;
use market_data::Bar;
use std::f64::consts::LN_2;

/// Parkinson's estimate of volatility from the high-low ranges of the last `period` bars.
///
/// ```text
/// P(t) = sqrt(mean(ln(high / low)^2) / (4 ln 2))
/// ```
///
/// * `period`: number of bars.
/// * Unit: log return per bar. Range: zero or more. About five times as efficient as squared returns.
/// * Warm-up: `period - 1` bars.
/// * Source: Parkinson (1980), Journal of Business 53; checked against TA-Lib `LN`, `SMA`, `SQRT`.
///
/// ```
/// # use features::indicators::parkinson;
/// # use market_data::Bar;
/// let bar = Bar { time: jiff::Timestamp::UNIX_EPOCH, open: 1.0, high: 4.0, low: 1.0, close: 4.0, volume: 0.0 };
/// let expected = 2.0_f64.ln().sqrt();
/// assert!((parkinson(&[bar], 1)[0] - expected).abs() < 1e-15);
/// ```
#[must_use]
pub fn parkinson(bars: &[Bar], period: usize) -> Vec<f64> {
    let ranges: Vec<f64> = bars.iter().map(|bar| (bar.high / bar.low).ln()).collect();
    parkinson_from_log_ranges(&ranges, period)
}

/// [`parkinson`] of log ranges, `ln(high / low)`.
pub(crate) fn parkinson_from_log_ranges(log_ranges: &[f64], period: usize) -> Vec<f64> {
    let squares: Vec<f64> = log_ranges.iter().map(|range| range * range).collect();
    means(&squares, period).iter().map(|mean| (mean / (4.0 * LN_2)).sqrt()).collect()
}
