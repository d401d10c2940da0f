//! Variance ratio.

use super::rolling::{RollingSums, means};
use market_data::numbers::as_f64;

/// Ratio of the variance of returns over `span` bars to `span` times that of one bar. Above 1 moves tend to continue, below
/// 1 to reverse.
///
/// ```text
/// ratio(t) = mean(r_span^2) / (span * mean(r^2)),
///            over the last `period` returns r and the sums r_span of `span` of them
/// ```
///
/// The mean return is taken as zero, as in the realised volatility.
///
/// * `returns`: returns of one bar. `span`, `period`: usually 7 and 60; `span` is at most `period`.
/// * Unit: none. Range: 0 to `span * period / (period - span + 1)`; 1 if nothing has moved.
/// * Warm-up: `period - 1` returns, counted after any leading NaN.
/// * Source: Lo and MacKinlay (1988), Review of Financial Studies 1; checked against TA-Lib `SUM`.
///
/// ```
/// let there_and_back = features::indicators::variance_ratio(&[1.0, -1.0, 1.0, -1.0], 2, 4);
/// assert_eq!(there_and_back[3], 0.0);
/// ```
#[must_use]
pub fn variance_ratio(returns: &[f64], span: usize, period: usize) -> Vec<f64> {
    let squares = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value * value).collect() };
    let long =
        means(&squares(&RollingSums::new(returns, 1, span).sums(span)), period.saturating_add(1).saturating_sub(span));
    let short = means(&squares(returns), period);
    let ratio = |(long, short): (&f64, &f64)| if *short == 0.0 { 1.0 } else { long / (as_f64(span) * short) };
    long.iter().zip(&short).map(ratio).collect()
}
