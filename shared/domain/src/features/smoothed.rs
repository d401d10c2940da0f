//! The indicators that forget geometrically, over one run of bars: what each bar shows follows from the bar before.

use crate::{
    Bar,
    indicators::{MacdPeriods, adx::DirectionalState, atr::AtrState, ema::Smoothing, macd::MacdState, rsi::RsiState},
};

/// The period of the slowest smoothing, Wilder's by 1/14 a bar. ADX goes through it twice.
pub(super) const SLOWEST: usize = 14;

/// The smoothed indicators at one bar; NaN during their warm-ups.
#[derive(Debug, Clone, Copy)]
pub(super) struct Smoothed {
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

/// One per bar, in one pass: so no smoothing waits for another, as it would in a pass each.
pub(super) fn smoothed(bars: &[Bar]) -> Vec<Smoothed> {
    let mut atr = AtrState::new(SLOWEST);
    let (mut ema_12, mut ema_26) = (Smoothing::exponential(12), Smoothing::exponential(26));
    let mut macd = MacdState::new(MacdPeriods::default());
    let (mut rsi_7, mut rsi_14) = (RsiState::new(7), RsiState::new(SLOWEST));
    let mut directional = DirectionalState::new(SLOWEST);
    bars.iter()
        .map(|bar| {
            let (macd_line, signal) = macd.next(bar.close);
            let [plus_14, minus_14, adx_14] = directional.next(bar);
            Smoothed {
                atr_14: atr.next(bar),
                ema_12: ema_12.next(bar.close),
                ema_26: ema_26.next(bar.close),
                macd_line,
                macd_histogram: macd_line - signal,
                rsi_7: rsi_7.next(bar.close),
                rsi_14: rsi_14.next(bar.close),
                plus_14,
                minus_14,
                adx_14,
            }
        })
        .collect()
}
