//! Change over a number of values: rate of change and log return.

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
    changes(values, period, |earlier, later| later / earlier - 1.0)
}

/// Log return over `period` values.
///
/// ```text
/// r(t) = ln(v(t) / v(t-period))
/// ```
///
/// * Unit: none; returns of consecutive periods add up. Range: unbounded.
/// * Warm-up: `period` values.
/// * Source: the definition; checked against TA-Lib `LN` of `ROCR`.
///
/// ```
/// assert_eq!(features::indicators::log_return(&[1.0, 1.0, 2.0], 2)[2], 2.0_f64.ln());
/// ```
#[must_use]
pub fn log_return(values: &[f64], period: usize) -> Vec<f64> {
    changes(values, period, |earlier, later| (later / earlier).ln())
}

fn changes(values: &[f64], period: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut out = vec![f64::NAN; values.len()];
    if period > 0 {
        let pairs = values.iter().zip(values.iter().skip(period));
        for (slot, (earlier, later)) in out.iter_mut().skip(period).zip(pairs) {
            *slot = f(*earlier, *later);
        }
    }
    out
}
