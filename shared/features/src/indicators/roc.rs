//! Change over a span: rate of change and log return.

/// Rate of change over `period` values, as a fraction.
///
/// ```text
/// ROC(t) = v(t) / v(t-period) - 1
/// ```
///
/// * Unit: none. Range: above -1 for positive input.
/// * Warm-up: `period` values.
/// * Source: TA-Lib `ROCP`.
///
/// ```
/// assert_eq!(features::indicators::roc(&[2.0, 3.0, 5.0], 2)[2], 1.5);
/// ```
#[must_use]
pub fn roc(values: &[f64], period: usize) -> Vec<f64> {
    span(values, period, |then, now| now / then - 1.0)
}

/// Log return over `period` values.
///
/// ```text
/// r(t) = ln(v(t) / v(t-period))
/// ```
///
/// * Unit: none; returns of consecutive spans add up. Range: unbounded.
/// * Warm-up: `period` values.
/// * Source: the definition; checked against TA-Lib `LN` of `ROCR`.
///
/// ```
/// assert_eq!(features::indicators::log_return(&[1.0, 1.0, 2.0], 2)[2], 2.0_f64.ln());
/// ```
#[must_use]
pub fn log_return(values: &[f64], period: usize) -> Vec<f64> {
    span(values, period, |then, now| (now / then).ln())
}

fn span(values: &[f64], period: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut out = vec![f64::NAN; values.len()];
    if period > 0 {
        for (slot, (then, now)) in out.iter_mut().skip(period).zip(values.iter().zip(values.iter().skip(period))) {
            *slot = f(*then, *now);
        }
    }
    out
}
