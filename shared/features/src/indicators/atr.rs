//! Average true range.

use super::ema::Smoothing;
use market_data::Bar;

/// True range: the range of the bar, extended to the previous close.
///
/// ```text
/// TR(t) = max(high(t), close(t-1)) - min(low(t), close(t-1))
/// ```
///
/// * Unit: price. Range: zero or more.
/// * Warm-up: one bar, which has no previous close.
/// * Source: Wilder (1978); TA-Lib `TRANGE`.
#[must_use]
pub fn true_range(bars: &[Bar]) -> Vec<f64> {
    let ranges = bars.windows(2).map(|pair| true_range_of(&pair[1], pair[0].close));
    std::iter::repeat_n(f64::NAN, bars.len().min(1)).chain(ranges).collect()
}

/// Average true range with Wilder's smoothing.
///
/// ```text
/// ATR(t) = ATR(t-1) + (TR(t) - ATR(t-1)) / period, seeded with the mean of the first `period` true ranges
/// ```
///
/// * `period`: usually 14.
/// * Unit: price. Range: zero or more.
/// * Warm-up: `period` bars.
/// * Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib `ATR`.
///
/// ```
/// # use features::indicators::atr;
/// # use market_data::Bar;
/// # let bar = |low: f64, high: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: low, high, low, close: high, volume: 0.0,
/// # };
/// let atr = atr(&[bar(1.0, 2.0), bar(2.0, 4.0), bar(3.0, 7.0)], 2);
/// assert!(atr[1].is_nan());
/// assert_eq!(atr[2], 3.0);
/// ```
#[must_use]
pub fn atr(bars: &[Bar], period: usize) -> Vec<f64> {
    let mut atr = AtrState::new(period);
    bars.iter().map(|bar| atr.next(bar)).collect()
}

/// State of the ATR, advanced one bar at a time.
#[derive(Debug, Clone)]
pub(crate) struct AtrState {
    previous_close: Option<f64>,
    range: Smoothing,
}

impl AtrState {
    pub(crate) fn new(period: usize) -> Self {
        Self { previous_close: None, range: Smoothing::wilder(period) }
    }

    /// Advances by a bar and returns the average; NaN during the warm-up.
    pub(crate) fn next(&mut self, bar: &Bar) -> f64 {
        let previous = self.previous_close.replace(bar.close);
        previous.map_or(f64::NAN, |close| self.range.next(true_range_of(bar, close)))
    }
}

/// True range of a bar after a previous close.
pub(super) fn true_range_of(bar: &Bar, previous_close: f64) -> f64 {
    bar.high.max(previous_close) - bar.low.min(previous_close)
}
