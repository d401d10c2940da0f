//! Moving average convergence/divergence.

use super::ema::Smoothing;

/// Periods of [`macd`]; the default is 12, 26, 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacdPeriods {
    /// Period of the fast EMA.
    pub fast: usize,
    /// Period of the slow EMA; not below `fast`.
    pub slow: usize,
    /// Period of the EMA of the line.
    pub signal: usize,
}

impl Default for MacdPeriods {
    fn default() -> Self {
        Self { fast: 12, slow: 26, signal: 9 }
    }
}

/// Result of [`macd`], each vector aligned with the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Macd {
    /// Fast EMA minus slow EMA.
    pub line: Vec<f64>,
    /// EMA of the line.
    pub signal: Vec<f64>,
    /// Line minus signal.
    pub histogram: Vec<f64>,
}

/// Moving average convergence/divergence.
///
/// ```text
/// line = EMA(v, fast) - EMA(v, slow);  signal = EMA(line, signal);  histogram = line - signal
/// ```
///
/// * Parameters: see [`MacdPeriods`].
/// * Unit: that of the input; divide by the price to compare across prices. Range: unbounded, around zero.
/// * Warm-up: `slow - 1` values for the line, `slow + signal - 2` for signal and histogram.
/// * Source: TA-Lib `MACD`. Both averages start at value `slow`, the fast one from the last `fast` of the first `slow`
///   values.
///
/// ```
/// use features::indicators::{MacdPeriods, macd};
/// let macd = macd(&[1.0, 2.0, 3.0, 4.0, 5.0], MacdPeriods { fast: 1, slow: 3, signal: 2 });
/// assert!(macd.line[1].is_nan() && macd.signal[2].is_nan());
/// assert_eq!(macd.line[2..], [1.0, 1.0, 1.0]);
/// assert_eq!(macd.histogram[3..], [0.0, 0.0]);
/// ```
#[must_use]
pub fn macd(values: &[f64], periods: MacdPeriods) -> Macd {
    let mut state = MacdState::new(periods);
    let mut macd = Macd { line: Vec::new(), signal: Vec::new(), histogram: Vec::new() };
    for value in values {
        let (line, signal) = state.next(*value);
        macd.line.push(line);
        macd.signal.push(signal);
        macd.histogram.push(line - signal);
    }
    macd
}

/// State of the MACD, advanced one value at a time.
#[derive(Debug, Clone)]
pub(crate) struct MacdState {
    /// Number of values that the fast average still has to skip.
    skipped: usize,
    fast: Smoothing,
    slow: Smoothing,
    signal: Smoothing,
}

impl MacdState {
    pub(crate) fn new(periods: MacdPeriods) -> Self {
        Self {
            skipped: periods.slow.saturating_sub(periods.fast),
            fast: Smoothing::exponential(periods.fast),
            slow: Smoothing::exponential(periods.slow),
            signal: Smoothing::exponential(periods.signal),
        }
    }

    /// Advances by a value and returns line and signal; NaN during the warm-up.
    pub(crate) fn next(&mut self, value: f64) -> (f64, f64) {
        let slow = self.slow.next(value);
        if self.skipped > 0 {
            self.skipped -= 1;
            return (f64::NAN, f64::NAN);
        }
        let line = self.fast.next(value) - slow;
        (line, self.signal.next(line))
    }
}
