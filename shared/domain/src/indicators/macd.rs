//! Moving average convergence/divergence.

use super::ema;

/// The three periods of [`macd`]; the default is 12, 26, 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacdPeriods {
    /// Of the fast EMA.
    pub fast: usize,
    /// Of the slow EMA; not below `fast`.
    pub slow: usize,
    /// Of the EMA over the line.
    pub signal: usize,
}

impl Default for MacdPeriods {
    fn default() -> Self {
        Self { fast: 12, slow: 26, signal: 9 }
    }
}

/// What [`macd`] returns, each aligned with the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Macd {
    /// Fast EMA less slow EMA.
    pub line: Vec<f64>,
    /// EMA of the line.
    pub signal: Vec<f64>,
    /// Line less signal.
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
/// * Source: TA-Lib `MACD`, which seeds both averages so that they first stand at value `slow`: the fast one with the
///   last `fast` of the first `slow` values.
///
/// ```
/// use domain::indicators::{MacdPeriods, macd};
/// let macd = macd(&[1.0, 2.0, 3.0, 4.0, 5.0], MacdPeriods { fast: 1, slow: 3, signal: 2 });
/// assert!(macd.line[1].is_nan() && macd.signal[2].is_nan());
/// assert_eq!(macd.line[2..], [1.0, 1.0, 1.0]);
/// assert_eq!(macd.histogram[3..], [0.0, 0.0]);
/// ```
#[must_use]
pub fn macd(values: &[f64], periods: MacdPeriods) -> Macd {
    let MacdPeriods { fast, slow, signal } = periods;
    let skipped = slow.saturating_sub(fast).min(values.len());
    let fast = std::iter::repeat_n(f64::NAN, skipped).chain(ema(&values[skipped..], fast));
    let line: Vec<f64> = fast.zip(ema(values, slow)).map(|(fast, slow)| fast - slow).collect();
    let signal = ema(&line, signal);
    let histogram = line.iter().zip(&signal).map(|(line, signal)| line - signal).collect();
    Macd { line, signal, histogram }
}
