//! Relative strength index.

use super::ema::Smoothing;

/// Relative strength index with Wilder's smoothing.
///
/// ```text
/// gain(t) = max(v(t) - v(t-1), 0);  loss(t) = max(v(t-1) - v(t), 0)
/// avg(t) = avg(t-1) + (x(t) - avg(t-1)) / period, seeded with the mean of the first `period` changes
/// RSI = 100 * avg_gain / (avg_gain + avg_loss)
/// ```
///
/// * `period`: usually 14.
/// * Unit: none. Range: 0 to 100; 50 if nothing has moved (TA-Lib returns 0, the value of a crash).
/// * Warm-up: `period` values.
/// * Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib `RSI`.
///
/// ```
/// let rsi = features::indicators::rsi(&[1.0, 2.0, 1.0, 3.0], 2);
/// assert!(rsi[1].is_nan());
/// assert_eq!(rsi[2], 50.0);
/// assert!((rsi[3] - 83.333_333).abs() < 1e-6);
/// ```
#[must_use]
pub fn rsi(values: &[f64], period: usize) -> Vec<f64> {
    let mut rsi = RsiState::new(period);
    values.iter().map(|value| rsi.next(*value)).collect()
}

/// State of the RSI, advanced one value at a time.
#[derive(Debug, Clone)]
pub(crate) struct RsiState {
    previous: Option<f64>,
    gain: Smoothing,
    loss: Smoothing,
}

impl RsiState {
    pub(crate) fn new(period: usize) -> Self {
        Self { previous: None, gain: Smoothing::wilder(period), loss: Smoothing::wilder(period) }
    }

    /// Advances by a value and returns the index; NaN during the warm-up.
    pub(crate) fn next(&mut self, value: f64) -> f64 {
        let Some(previous) = self.previous.replace(value) else { return f64::NAN };
        let change = value - previous;
        strength_index(self.gain.next(change.max(0.0)), self.loss.next((-change).max(0.0)))
    }
}

/// Share of the gains in gains plus losses, in percent; 50 if both are zero.
pub(super) fn strength_index(gain: f64, loss: f64) -> f64 {
    if gain + loss == 0.0 { 50.0 } else { 100.0 * gain / (gain + loss) }
}
