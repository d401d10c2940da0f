//! Recursive indicators over one run of consecutive bars: each value follows from the bar and the state before it, whose
//! weight decays geometrically.

use crate::indicators::{
    MacdPeriods, adx::DirectionalMovementState, atr::AtrState, ema::Smoothing, macd::MacdState, rsi::RsiState,
};
use market_data::Bar;

/// Period of the slowest smoothing, which is Wilder's with factor 1/14. ADX applies it twice.
pub(super) const LONGEST_SMOOTHING_PERIOD: usize = 14;

/// Values of the recursive indicators at one bar; NaN during their warm-ups.
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

/// States of the recursive indicators of one run of bars. All advance together at each bar, because separate passes would
/// each wait for the result of the bar before.
#[derive(Debug, Clone)]
pub(super) struct RecursiveIndicators {
    atr_14: AtrState,
    ema_12: Smoothing,
    ema_26: Smoothing,
    macd: MacdState,
    rsi_7: RsiState,
    rsi_14: RsiState,
    directional_movement_14: DirectionalMovementState,
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
            directional_movement_14: DirectionalMovementState::new(LONGEST_SMOOTHING_PERIOD),
        }
    }

    pub(super) fn next(&mut self, bar: &Bar) -> RecursiveValues {
        let (macd_line, signal) = self.macd.next(bar.close);
        let [plus_14, minus_14, adx_14] = self.directional_movement_14.next(bar);
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
