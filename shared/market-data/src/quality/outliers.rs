//! Flags that a bar gets from its neighbours.

use super::{
    flags::Flags,
    rules::{CONTEXT_BARS, MAX_MEDIAN_RANGES, MIN_CONTEXT_BARS, QualityRule},
};
use crate::Bar;

/// The flags of each of ascending `bars`: [`Rule::ZeroVolume`], [`Rule::FlashWick`] and [`Rule::Jump`]. A bar is compared
/// with at most 48 bars before it in `bars`, and with fewer than 24 not at all.
#[must_use]
pub fn flag_outliers(bars: &[Bar]) -> Vec<Flags> {
    let ranges: Vec<f64> = bars.iter().map(|bar| (bar.high - bar.low) / bar.close).collect();
    let mut scratch = Vec::with_capacity(CONTEXT_BARS);
    bars.iter()
        .enumerate()
        .map(|(i, bar)| {
            let flags = Flags::NONE.with_if(QualityRule::ZeroVolume, bar.volume <= 0.0);
            if i < MIN_CONTEXT_BARS {
                return flags;
            }
            scratch.clear();
            scratch.extend_from_slice(&ranges[i.saturating_sub(CONTEXT_BARS)..i]);
            let limit = MAX_MEDIAN_RANGES * median(&mut scratch);
            let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
            let wick = (bar.high - top).max(bottom - bar.low) / bar.close;
            let step = (bar.close / bars[i - 1].close).ln().abs();
            flags.with_if(QualityRule::FlashWick, wick > limit).with_if(QualityRule::Jump, step > limit)
        })
        .collect()
}

/// The upper median; `values` is not empty and is left in another order.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Interval;
    use jiff::Timestamp;

    /// Bars that range by 1 %.
    fn calm(count: i32) -> Vec<Bar> {
        let start: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let bar = |n: i32| Bar {
            time: Interval::Hour.step(start, n.into()),
            open: 100.0,
            high: 100.5,
            low: 99.5,
            close: 100.0,
            volume: 5.0,
        };
        (0..count).map(bar).collect()
    }

    fn flagged(bars: &[Bar]) -> Vec<(usize, QualityRule)> {
        let marked = flag_outliers(bars);
        marked.iter().enumerate().flat_map(|(i, flags)| flags.iter().map(move |rule| (i, rule))).collect()
    }

    #[test]
    fn a_quiet_market_has_no_flags_and_a_bar_without_trades_has_one() {
        let mut bars = calm(100);
        assert_eq!(flagged(&bars), []);
        bars[3].volume = 0.0;
        assert_eq!(flagged(&bars), [(3, QualityRule::ZeroVolume)]);
    }

    #[test]
    fn a_wick_beyond_ten_ranges_is_flagged_and_one_within_is_not() {
        let mut bars = calm(100);
        bars[60].low = 91.0;
        assert_eq!(flagged(&bars), []);
        bars[60].low = 0.1;
        assert_eq!(flagged(&bars), [(60, QualityRule::FlashWick)]);
    }

    #[test]
    fn a_step_that_stays_is_one_jump() {
        let mut bars = calm(100);
        for bar in &mut bars[70..] {
            *bar = Bar { open: 120.0, high: 120.6, low: 119.4, close: 120.0, ..*bar };
        }
        assert_eq!(flagged(&bars), [(70, QualityRule::Jump)]);
    }

    #[test]
    fn the_first_bars_are_compared_with_nothing() {
        let mut bars = calm(30);
        bars[MIN_CONTEXT_BARS - 1].low = 1.0;
        assert_eq!(flagged(&bars), []);
    }
}
