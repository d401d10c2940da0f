//! Exponential moving average.

use market_data::numbers::as_f64;

/// Exponential moving average, seeded with the simple average of its first `period` values.
///
/// ```text
/// EMA(t) = EMA(t-1) + 2 / (period + 1) * (v(t) - EMA(t-1))
/// ```
///
/// * `period`: sets the smoothing factor `2 / (period + 1)`.
/// * Unit and range: those of the input.
/// * Warm-up: `period - 1` values, counted after any leading NaN.
/// * Source: TA-Lib `EMA`.
///
/// ```
/// let ema = features::indicators::ema(&[1.0, 2.0, 3.0, 6.0], 3);
/// assert!(ema[1].is_nan());
/// assert_eq!(ema[2..], [2.0, 4.0]);
/// ```
#[must_use]
pub fn ema(values: &[f64], period: usize) -> Vec<f64> {
    let mut ema = Smoothing::exponential(period);
    values.iter().map(|value| ema.next(*value)).collect()
}

/// State of an exponential smoothing, advanced one value at a time. Its seed is the mean of the first `period` values after
/// any leading NaN.
#[derive(Debug, Clone)]
pub(crate) struct Smoothing {
    period: usize,
    factor: f64,
    /// Number of values so far, counted up to `period`.
    count: usize,
    /// First value, to which the others are compared so that the seed is exact if all its values are equal.
    first: f64,
    /// Sum of the differences between the values of the seed and the first one.
    excess: f64,
    state: f64,
}

impl Smoothing {
    /// Smoothing of an EMA, with factor `2 / (period + 1)`.
    pub(crate) fn exponential(period: usize) -> Self {
        Self::with_factor(2.0 / (as_f64(period) + 1.0), period)
    }

    /// Wilder's smoothing, with factor `1 / period`.
    pub(crate) fn wilder(period: usize) -> Self {
        Self::with_factor(1.0 / as_f64(period), period)
    }

    fn with_factor(factor: f64, period: usize) -> Self {
        Self { period, factor, count: 0, first: f64::NAN, excess: 0.0, state: f64::NAN }
    }

    /// Advances by a value and returns the smoothed value; NaN until the seed is complete.
    pub(crate) fn next(&mut self, value: f64) -> f64 {
        if self.count >= self.period {
            self.state += self.factor * (value - self.state);
        } else if self.count > 0 || !value.is_nan() {
            self.seed(value);
        }
        self.state
    }

    fn seed(&mut self, value: f64) {
        if self.count == 0 {
            self.first = value;
        }
        self.count += 1;
        self.excess += value - self.first;
        if self.count == self.period {
            self.state = self.first + self.excess / as_f64(self.period);
        }
    }
}
