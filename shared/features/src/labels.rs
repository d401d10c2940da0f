//! Labels: the direction of the close over the horizon.

use crate::indicators::volatility;
use market_data::{Bar, Interval};
use std::cmp::Ordering;

/// Label of each of ascending bars: `Some(true)` if `close(t + h) > close(t)`, `Some(false)` if it is lower.
///
/// The target is the bar whose open time is exactly `horizon` intervals later, not the `horizon`-th next row, so a gap
/// never stretches the horizon. `None` means a tie, or a target bar that is missing or not yet closed. A horizon of zero
/// has no labels.
///
/// ```
/// # use features::labels::labels;
/// # use market_data::{Bar, Interval};
/// # let bar = |day: i64, close: f64| Bar {
/// #     time: jiff::Timestamp::from_second(day * 86_400).unwrap(), open: close, high: close, low: close, close, volume: 1.0 };
/// let bars = [bar(0, 10.0), bar(1, 11.0), bar(2, 11.0), bar(3, 9.0)];
/// assert_eq!(labels(&bars, Interval::Day, 1), [Some(true), None, Some(false), None]);
/// ```
#[must_use]
pub fn labels(bars: &[Bar], interval: Interval, horizon: u32) -> Vec<Option<bool>> {
    let label = |(bar, target): (&Bar, Option<&Bar>)| match target?.close.partial_cmp(&bar.close)? {
        Ordering::Greater => Some(true),
        Ordering::Less => Some(false),
        Ordering::Equal => None,
    };
    bars.iter().zip(target_bars(bars, interval, horizon)).map(label).collect()
}

/// True for each bar whose outcome is a tie: the close of the target bar equals its own, as in a market that is flat or
/// halted. Such a bar has no label although its outcome is known.
#[must_use]
pub fn ties(bars: &[Bar], interval: Interval, horizon: u32) -> Vec<bool> {
    let is_tie = |(bar, target): (&Bar, Option<&Bar>)| {
        target.is_some_and(|target| horizon > 0 && target.close.partial_cmp(&bar.close) == Some(Ordering::Equal))
    };
    bars.iter().zip(target_bars(bars, interval, horizon)).map(is_tie).collect()
}

/// True for each bar whose move over the horizon is within the neutral band:
///
/// ```text
/// |ln(close(t + h) / close(t))| < band * vol_20(t) * sqrt(h)
/// ```
///
/// * `band`: width in units of the move that recent volatility predicts, so it adapts to calm and volatile markets; zero
///   is no band.
/// * A bar without a label is not neutral, nor is one without 20 returns before it.
/// * The outcome of a neutral bar is still up or down. The band only excludes it from training, as the middle class of
///   López de Prado (2018), chapter 3, does.
#[must_use]
pub fn within_neutral_band(bars: &[Bar], interval: Interval, horizon: u32, band: f64) -> Vec<bool> {
    // The volatility is not computed across a gap.
    let volatilities = bars.chunk_by(|bar, next| interval.step(bar.time, 1) == next.time).flat_map(|run| {
        let closes: Vec<f64> = run.iter().map(|bar| bar.close).collect();
        volatility(&closes, VOLATILITY_BARS)
    });
    let root = f64::from(horizon).sqrt();
    let is_neutral = |((bar, target), volatility): ((&Bar, Option<&Bar>), f64)| {
        target.is_some_and(|target| (target.close / bar.close).ln().abs() < band * volatility * root)
    };
    bars.iter().zip(target_bars(bars, interval, horizon)).zip(volatilities).map(is_neutral).collect()
}

/// Number of returns in the volatility of the neutral band.
const VOLATILITY_BARS: usize = 20;

/// Target bar of each bar, whose open time is exactly the horizon later; `None` if it is missing.
pub(crate) fn target_bars(bars: &[Bar], interval: Interval, horizon: u32) -> impl Iterator<Item = Option<&Bar>> {
    let mut target = 0;
    bars.iter().map(move |bar| {
        let time = interval.step(bar.time, i64::from(horizon));
        while bars.get(target).is_some_and(|bar| bar.time < time) {
            target += 1;
        }
        bars.get(target).filter(|bar| bar.time == time)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn bar(hour: i64, close: f64) -> Bar {
        let time = Timestamp::from_second(hour * 3_600).unwrap();
        Bar { time, open: close, high: close, low: close, close, volume: 1.0 }
    }

    #[test]
    fn a_gap_removes_labels_but_never_moves_the_target() {
        // Hour 3 is missing.
        let bars = [bar(0, 1.0), bar(1, 2.0), bar(2, 3.0), bar(4, 2.5), bar(5, 9.0)];
        assert_eq!(labels(&bars, Interval::Hour, 1), [Some(true), Some(true), None, Some(true), None]);
        assert_eq!(labels(&bars, Interval::Hour, 2), [Some(true), None, Some(false), None, None]);
        assert_eq!(labels(&bars, Interval::Hour, 3), [None, Some(true), Some(true), None, None]);
    }

    #[test]
    fn a_tie_differs_from_a_gap_and_an_unsettled_label() {
        // Hour 3 is missing.
        let bars = [bar(0, 1.0), bar(1, 1.0), bar(2, 1.0), bar(4, 1.0), bar(5, 2.0)];
        assert_eq!(ties(&bars, Interval::Hour, 1), [true, true, false, false, false]);
        assert_eq!(ties(&bars, Interval::Hour, 2), [true, false, true, false, false]);
        assert!(ties(&bars, Interval::Hour, 0).iter().all(|tie| !tie));
    }

    #[test]
    fn a_horizon_of_zero_or_beyond_data_has_no_labels() {
        let bars = [bar(0, 1.0), bar(1, 2.0)];
        assert_eq!(labels(&bars, Interval::Hour, 0), [None, None]);
        assert_eq!(labels(&bars, Interval::Hour, u32::MAX), [None, None]);
        assert!(labels(&[], Interval::Hour, 1).is_empty());
    }

    #[test]
    fn a_move_within_the_band_is_neutral_but_labelled() {
        // Up and down by a hundredth in turn, but the 25th move is a tenth of that.
        let closes = (0..40).map(|i| match i {
            25 => 100.1,
            i if i % 2 == 0 => 100.0,
            _ => 101.0,
        });
        let bars: Vec<Bar> = closes.zip(0..).map(|(close, hour)| bar(hour, close)).collect();
        let found = within_neutral_band(&bars, Interval::Hour, 1, 0.5);
        let neutral: Vec<usize> = (0..40).filter(|&index| found[index]).collect();
        assert_eq!(neutral, [24, 25], "to the small close and from it");
        assert_eq!(labels(&bars, Interval::Hour, 1)[24], Some(true));
        assert!(within_neutral_band(&bars, Interval::Hour, 1, 0.0).iter().all(|neutral| !neutral), "no band");
        let still: Vec<Bar> = (0..40).map(|hour| bar(hour, 100.0)).collect();
        assert!(within_neutral_band(&still, Interval::Hour, 1, 0.0).iter().all(|neutral| !neutral), "no band, no move");
        let wide = within_neutral_band(&bars, Interval::Hour, 1, 9.0);
        assert_eq!((wide[19], wide[20], wide[38], wide[39]), (false, true, true, false), "warm-up, and no target");
        // The predicted move grows with the root of the horizon.
        let far: Vec<Bar> = (0..40).map(|hour| bar(hour, if hour % 2 == 0 { 100.0 } else { 101.0 })).collect();
        assert!(within_neutral_band(&far, Interval::Hour, 3, 0.6)[30], "0.01 within 0.6 * 0.01 * 1.7");
        assert!(!within_neutral_band(&far, Interval::Hour, 1, 0.6)[30]);
        let mut gapped = far;
        gapped.remove(10);
        let after = within_neutral_band(&gapped, Interval::Hour, 1, 9.0);
        assert_eq!((after[28], after[30]), (false, true), "20 returns are needed since the gap");
    }
}
