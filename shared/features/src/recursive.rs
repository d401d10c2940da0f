//! The indicators that forget geometrically, over one run of bars: what each bar shows follows from the bar before.

use crate::indicators::{
    MacdPeriods, adx::DirectionalMovementState, atr::AtrState, ema::Smoothing, macd::MacdState, rsi::RsiState,
};
use market_data::Bar;

/// The period of the slowest smoothing, Wilder's by 1/14 a bar. ADX goes through it twice.
pub(super) const LONGEST_SMOOTHING_PERIOD: usize = 14;

/// The smoothed indicators at one bar; NaN during their warm-ups.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecursiveValues {
    pub(super) atr_14: f64,
    pub(super) ema_12: f64,
    pub(super) ema_26: f64,
    pub(super) macd_line: f64,
    pub(super) macd_histogram: f64,
    pub(super) rsi_7: f64,
    pub(super) rsi_14: f64,
    pub(super) plus_14: f64,
    pub(super) minus_14: f64,
    pub(super) adx_14: f64,
}

/// The smoothings of one run of bars. All take their step at each bar: so none waits for another, as it would in a
/// pass each.
#[derive(Debug, Clone)]
pub(super) struct RecursiveIndicators {
    atr_14: AtrState,
    ema_12: Smoothing,
    ema_26: Smoothing,
    macd: MacdState,
    rsi_7: RsiState,
    rsi_14: RsiState,
    directional_14: DirectionalMovementState,
}

impl RecursiveIndicators {
    pub(super) fn new() -> Self {
        Self {
            atr_14: AtrState::new(LONGEST_SMOOTHING_PERIOD),
            ema_12: Smoothing::exponential(12),
            ema_26: Smoothing::exponential(26),
            macd: MacdState::new(MacdPeriods::default()),
            rsi_7: RsiState::new(7),
            rsi_14: RsiState::new(LONGEST_SMOOTHING_PERIOD),
            directional_14: DirectionalMovementState::new(LONGEST_SMOOTHING_PERIOD),
        }
    }

    pub(super) fn next(&mut self, bar: &Bar) -> RecursiveValues {
        let (macd_line, signal) = self.macd.next(bar.close);
        let [plus_14, minus_14, adx_14] = self.directional_14.next(bar);
        RecursiveValues {
            atr_14: self.atr_14.next(bar),
            ema_12: self.ema_12.next(bar.close),
            ema_26: self.ema_26.next(bar.close),
            macd_line,
            macd_histogram: macd_line - signal,
            rsi_7: self.rsi_7.next(bar.close),
            rsi_14: self.rsi_14.next(bar.close),
            plus_14,
            minus_14,
            adx_14,
        }
    }
}
