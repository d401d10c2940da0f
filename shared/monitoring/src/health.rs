//! Are the bars there, fresh, and from where they used to come?

use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// A run of bars that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowGap {
    /// Open time of the first.
    pub from: Timestamp,
    /// How many.
    pub bars: usize,
}

/// A change of the source that bars come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChange {
    /// Decision time of the first forecast from the new one.
    pub at: Timestamp,
    /// The source before.
    pub before: String,
    /// The source since.
    pub after: String,
}

/// The state of the data at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataHealth {
    /// Open time of the last bar.
    pub last_bar: Option<Timestamp>,
    /// Seconds since it closed.
    pub age_seconds: i64,
    /// Bars that have closed since and are not there; 0 is fresh.
    pub bars_late: usize,
    /// Open time of the first bar that should be in the window, and of the last one that is closed.
    pub window: [Timestamp; 2],
    /// Bars that should be in it.
    pub expected: usize,
    /// Bars of it that are not there, the late ones aside.
    pub missing: usize,
    /// Where they are missing.
    pub gaps: Vec<WindowGap>,
    /// Where the last bars came from.
    pub source: String,
    /// The last change of source within the window.
    pub source_change: Option<SourceChange>,
}

impl DataHealth {
    /// Looks at the last `window_bars` bars that are closed at `as_of`. `bars` ascend; `sources` are the decision times of the
    /// stored forecasts with the source that each was made from, ascending.
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
        let back = i64::try_from(window_bars.max(1)).unwrap_or(i64::MAX) - 1;
        let start = interval.step(last_closed, -back);
        let last_bar = bars.last().map(|bar| bar.time);
        let between = |from, to| usize::try_from(interval.bars_between(from, to)).unwrap_or(0);
        // A history that begins within the window lacks nothing before its beginning.
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
    fn gaps_are_counted_within_the_window_and_lateness_apart() {
        let bars = bars((0..100).filter(|n| ![10, 80, 81, 90].contains(n)));
        // Bar 99 closed at day 100; three more have closed by the noon of day 103.
        let noon = Timestamp::from_second(86_400 * 103 + 43_200).unwrap();
        let health = DataHealth::assess(&bars, Interval::Day, noon, 30, "coinbase", &[]);
        assert_eq!((health.missing, health.expected, health.bars_late), (3, 30, 3));
        assert_eq!(health.gaps, [WindowGap { from: day(80), bars: 2 }, WindowGap { from: day(90), bars: 1 }]);
        assert_eq!((health.age_seconds, health.window), (86_400 * 3 + 43_200, [day(73), day(102)]));
    }

    #[test]
    fn a_young_history_lacks_nothing_and_none_is_no_panic() {
        let health = DataHealth::assess(&bars(95..100), Interval::Day, day(100), 30, "coinbase", &[]);
        assert_eq!((health.missing, health.expected, health.bars_late), (0, 5, 0));
        let nothing = DataHealth::assess(&[], Interval::Day, day(100), 30, "coinbase", &[]);
        assert_eq!((nothing.last_bar, nothing.missing, nothing.bars_late), (None, 0, 0));
    }

    #[test]
    fn a_change_of_source_is_named_while_it_is_in_the_window() {
        let sources: Vec<_> = (60..100).map(|n| (day(n), if n < 80 { "coinbase" } else { "kraken" })).collect();
        let health =
            |days| DataHealth::assess(&bars(0..100), Interval::Day, day(100), days, "kraken", &sources).source_change;
        let change = health(30).unwrap();
        assert_eq!((change.at, change.before.as_str(), change.after.as_str()), (day(80), "coinbase", "kraken"));
        assert_eq!(health(10), None);
    }
}
