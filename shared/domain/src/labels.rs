//! Labels: which way the close went over the horizon.

use crate::{Bar, Interval};
use std::cmp::Ordering;

/// For each bar `t`, whether `close(t + h) > close(t)`: `Some(true)` is up, `Some(false)` is down.
///
/// The target is the bar whose open time is exactly `horizon` intervals later, not the `horizon`-th next row, so a gap
/// never stretches the horizon. `None` means a tie, a target bar that is missing, or one that is not yet known; a
/// horizon of zero has no labels. Expects ascending bars.
///
/// ```
/// # use domain::{Bar, Interval, labels::labels};
/// # let bar = |day: i64, close: f64| Bar {
/// #     time: jiff::Timestamp::from_second(day * 86_400).unwrap(), open: close, high: close, low: close, close, volume: 1.0 };
/// let bars = [bar(0, 10.0), bar(1, 11.0), bar(2, 11.0), bar(3, 9.0)];
/// assert_eq!(labels(&bars, Interval::Day, 1), [Some(true), None, Some(false), None]);
/// ```
#[must_use]
pub fn labels(bars: &[Bar], interval: Interval, horizon: u32) -> Vec<Option<bool>> {
    let mut target = 0;
    bars.iter()
        .map(|bar| {
            let target_time = interval.step(bar.time, i64::from(horizon));
            while bars.get(target).is_some_and(|b| b.time < target_time) {
                target += 1;
            }
            let then = bars.get(target).filter(|b| b.time == target_time)?;
            match then.close.partial_cmp(&bar.close)? {
                Ordering::Greater => Some(true),
                Ordering::Less => Some(false),
                Ordering::Equal => None,
            }
        })
        .collect()
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
    fn a_horizon_of_zero_or_beyond_the_data_has_no_labels() {
        let bars = [bar(0, 1.0), bar(1, 2.0)];
        assert_eq!(labels(&bars, Interval::Hour, 0), [None, None]);
        assert_eq!(labels(&bars, Interval::Hour, u32::MAX), [None, None]);
        assert!(labels(&[], Interval::Hour, 1).is_empty());
    }
}
