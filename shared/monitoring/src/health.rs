//! Health of the bars: completeness, age and source.

use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// Consecutive missing bars within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowGap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Number of missing bars.
    pub bars: usize,
}

/// Change of the source of the bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChange {
    /// Decision time of the first forecast from the new source.
    pub at: Timestamp,
    /// Source before the change.
    pub before: String,
    /// Source since the change.
    pub after: String,
}

/// Health of the bars at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataHealth {
    /// Open time of the last bar; absent without bars.
    pub last_bar: Option<Timestamp>,
    /// Seconds since the last bar closed; 0 without bars.
    pub age_seconds: i64,
    /// Number of absent bars that have closed since the last one; 0 is fresh.
    pub bars_late: usize,
    /// Open times of the first and last bar of the window; the last is the newest closed bar.
    pub window: [Timestamp; 2],
    /// Number of bars that the window should have.
    pub expected: usize,
    /// Number of missing bars within the window, without the late ones.
    pub missing: usize,
    /// Gaps of the missing bars.
    pub gaps: Vec<WindowGap>,
    /// Source of the last bars.
    pub source: String,
    /// Last change of source within the window; absent without a change.
    pub source_change: Option<SourceChange>,
}

impl DataHealth {
    /// Assesses the last `window_bars` bars that are closed at `as_of`. `bars` are ascending. `sources` has the decision times
    /// of the stored forecasts, ascending, each with the source of its bars.
    #[must_use]
    pub fn assess(
        bars: &[Bar],
        interval: Interval,
        as_of: Timestamp,
        window_bars: usize,
        source: &str,
        sources: &[(Timestamp, &str)],
    ) -> Self {
        let last_closed = interval.last_closed(as_of);
        let bars_back = i64::try_from(window_bars.max(1)).unwrap_or(i64::MAX) - 1;
        let start = interval.step(last_closed, -bars_back);
        let last_bar = bars.last().map(|bar| bar.time);
        let between = |from, to| usize::try_from(interval.bars_between(from, to)).unwrap_or(0);
        // Bars before the first stored bar are not missing.
        let first = bars.first().map_or(last_closed, |bar| bar.time.max(start));
        let mut gaps = Vec::new();
        let mut next = first;
        for bar in &bars[bars.partition_point(|bar| bar.time < first)..] {
            if bar.time > next {
                gaps.push(WindowGap { from: next, bars: between(next, bar.time) });
            }
            next = interval.step(bar.time, 1);
        }
        let change = sources.windows(2).rev().find(|pair| pair[0].1 != pair[1].1 && pair[1].0 >= start);
        Self {
            last_bar,
            age_seconds: last_bar.map_or(0, |last| as_of.as_second() - interval.step(last, 1).as_second()),
            bars_late: last_bar.map_or(0, |last| between(last, last_closed)),
            window: [start, last_closed],
            expected: between(first, last_closed) + 1,
            missing: gaps.iter().map(|gap| gap.bars).sum(),
            gaps,
            source: source.to_owned(),
            source_change: change.map(|pair| SourceChange {
                at: pair[1].0,
                before: pair[0].1.to_owned(),
                after: pair[1].1.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(86_400 * n).unwrap()
    }

    fn bars(days: impl Iterator<Item = i64>) -> Vec<Bar> {
        days.map(|n| Bar { time: day(n), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 }).collect()
    }

    #[test]
    fn missing_and_late_bars_are_counted_separately() {
        let bars = bars((0..100).filter(|n| ![10, 80, 81, 90].contains(n)));
        // Bar 99 closed at day 100; three more have closed by noon of day 103.
        let noon = Timestamp::from_second(86_400 * 103 + 43_200).unwrap();
        let health = DataHealth::assess(&bars, Interval::Day, noon, 30, "coinbase", &[]);
        assert_eq!((health.missing, health.expected, health.bars_late), (3, 30, 3));
        assert_eq!(health.gaps, [WindowGap { from: day(80), bars: 2 }, WindowGap { from: day(90), bars: 1 }]);
        assert_eq!((health.age_seconds, health.window), (86_400 * 3 + 43_200, [day(73), day(102)]));
    }

    #[test]
    fn bars_before_the_first_are_not_missing() {
        let health = DataHealth::assess(&bars(95..100), Interval::Day, day(100), 30, "coinbase", &[]);
        assert_eq!((health.missing, health.expected, health.bars_late), (0, 5, 0));
        let empty = DataHealth::assess(&[], Interval::Day, day(100), 30, "coinbase", &[]);
        assert_eq!((empty.last_bar, empty.missing, empty.bars_late), (None, 0, 0));
    }

    #[test]
    fn a_change_of_source_is_reported_within_the_window() {
        let sources: Vec<_> = (60..100).map(|n| (day(n), if n < 80 { "coinbase" } else { "kraken" })).collect();
        let health =
            |days| DataHealth::assess(&bars(0..100), Interval::Day, day(100), days, "kraken", &sources).source_change;
        let change = health(30).unwrap();
        assert_eq!((change.at, change.before.as_str(), change.after.as_str()), (day(80), "coinbase", "kraken"));
        assert_eq!(health(10), None);
    }
}
