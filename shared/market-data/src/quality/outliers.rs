//! Flags of a bar that depend on the bars before it.

use super::{
    flags::Flags,
    rules::{CONTEXT_BARS, MAX_MEDIAN_RANGES, MIN_CONTEXT_BARS, QualityRule},
};
use crate::Bar;

/// Flags of each of ascending `bars`: [`QualityRule::ZeroVolume`], [`QualityRule::FlashWick`] and [`QualityRule::Jump`].
/// A bar is compared with at most 48 bars before it. With fewer than 24 it gets no flag but `ZeroVolume`.
#[must_use]
pub fn flag_outliers(bars: &[Bar]) -> Vec<Flags> {
    let ranges: Vec<f64> = bars.iter().map(|bar| (bar.high - bar.low) / bar.close).collect();
    let mut scratch = Vec::with_capacity(CONTEXT_BARS);
    bars.iter()
        .enumerate()
        .map(|(index, bar)| {
            let flags = Flags::NONE.with_if(QualityRule::ZeroVolume, bar.volume <= 0.0);
            if index < MIN_CONTEXT_BARS {
                return flags;
            }
            scratch.clear();
            scratch.extend_from_slice(&ranges[index.saturating_sub(CONTEXT_BARS)..index]);
            let limit = MAX_MEDIAN_RANGES * median(&mut scratch);
            let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
            let wick = (bar.high - top).max(bottom - bar.low) / bar.close;
            let step = (bar.close / bars[index - 1].close).ln().abs();
            flags.with_if(QualityRule::FlashWick, wick > limit).with_if(QualityRule::Jump, step > limit)
        })
        .collect()
}

/// Upper median of `values`, which must not be empty and are reordered.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Interval;
    use jiff::Timestamp;

    /// Bars with a range of 1 %.
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
        let flags = flag_outliers(bars);
        flags.iter().enumerate().flat_map(|(index, flags)| flags.iter().map(move |rule| (index, rule))).collect()
    }

    #[test]
    fn calm_bars_have_no_flag_and_bars_without_trades_one() {
        let mut bars = calm(100);
        assert_eq!(flagged(&bars), []);
        bars[3].volume = 0.0;
        assert_eq!(flagged(&bars), [(3, QualityRule::ZeroVolume)]);
    }

    #[test]
    fn only_a_wick_beyond_ten_median_ranges_is_flagged() {
        let mut bars = calm(100);
        bars[60].low = 91.0;
        assert_eq!(flagged(&bars), []);
        bars[60].low = 0.1;
        assert_eq!(flagged(&bars), [(60, QualityRule::FlashWick)]);
    }

    #[test]
    fn a_lasting_step_of_the_close_is_one_jump() {
        let mut bars = calm(100);
        for bar in &mut bars[70..] {
            *bar = Bar { open: 120.0, high: 120.6, low: 119.4, close: 120.0, ..*bar };
        }
        assert_eq!(flagged(&bars), [(70, QualityRule::Jump)]);
    }

    #[test]
    fn bars_without_enough_context_are_not_flagged() {
        let mut bars = calm(30);
        bars[MIN_CONTEXT_BARS - 1].low = 1.0;
        assert_eq!(flagged(&bars), []);
    }
}
