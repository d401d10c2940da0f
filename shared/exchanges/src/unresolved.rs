//! Bars that are missing or disputed after the first sources, and the ranges that request them. Pure.

use crate::request::BarRequest;
use jiff::Timestamp;
use market_data::{Bar, Interval, observation::Tolerance};
use std::collections::{BTreeMap, BTreeSet};

/// Open times that further sources are fetched for, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnresolvedTimes {
    /// Times without a bar of any source.
    pub(crate) missing: Vec<Timestamp>,
    /// Times at which close, high or low of two sources differ, without a third source to decide.
    pub(crate) disputed: Vec<Timestamp>,
}

impl UnresolvedTimes {
    pub(crate) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.disputed.is_empty()
    }

    /// Missing times, and with `with_disputed` also the disputed ones, in which a proxy has no vote.
    pub(crate) fn times(&self, with_disputed: bool) -> BTreeSet<Timestamp> {
        let disputed = self.disputed.iter().filter(|_| with_disputed);
        self.missing.iter().chain(disputed).copied().collect()
    }
}

/// Bars of one source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceBars<'a> {
    /// Bars, ascending.
    pub(crate) bars: &'a [Bar],
    /// True for proxy quotes, whose prices cannot be compared.
    pub(crate) is_proxy: bool,
}

/// Finds missing and disputed bars.
///
/// Bars are missing from `since` or the first bar of any source, whichever is earlier, because there may have been no
/// market before; and up to the last bar that is closed at `visible_until`. Bars are disputed if the closes, highs or
/// lows of two sources differ by more than `tolerance`.
pub(crate) fn find_unresolved(
    request: &BarRequest,
    visible_until: Timestamp,
    since: Option<Timestamp>,
    tolerance: &Tolerance,
    sources: &[SourceBars<'_>],
) -> UnresolvedTimes {
    let mut votes_by_time: BTreeMap<Timestamp, Vec<&Bar>> = BTreeMap::new();
    for source in sources {
        for bar in source.bars {
            let votes = votes_by_time.entry(bar.time).or_default();
            if !source.is_proxy {
                votes.push(bar);
            }
        }
    }
    let disputed = votes_by_time
        .iter()
        .filter(
            |(_, votes)| matches!(votes[..], [a, b] if !(tolerance.same_close(a, b) && tolerance.same_extremes(a, b))),
        )
        .map(|(time, _)| *time)
        .collect();
    let mut missing = Vec::new();
    if let Some(first) = votes_by_time.keys().next().copied().into_iter().chain(since).min() {
        let last = request.last_bar_time(visible_until);
        let mut time = first;
        while time <= last {
            if !votes_by_time.contains_key(&time) {
                missing.push(time);
            }
            time = request.interval.step(time, 1);
        }
    }
    UnresolvedTimes { missing, disputed }
}

/// As few ranges as possible of at most `rows` bars that cover ascending `times`. Ends are exclusive.
pub(crate) fn cover_ranges(
    times: impl IntoIterator<Item = Timestamp>,
    interval: Interval,
    rows: i64,
) -> Vec<(Timestamp, Timestamp)> {
    let mut ranges: Vec<(Timestamp, Timestamp)> = Vec::new();
    for time in times {
        let end = interval.step(time, 1);
        match ranges.last_mut() {
            Some((from, to)) if end <= interval.step(*from, rows) => *to = end,
            _ => ranges.push((time, end)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(index: i64) -> Timestamp {
        Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), index)
    }

    /// Bars with these closes on days of January 2023, counted from 0.
    fn bars(days: &[(i64, f64)]) -> Vec<Bar> {
        let bar = |(index, close): &(i64, f64)| Bar {
            time: day(*index),
            open: 100.0,
            high: 200.0,
            low: 50.0,
            close: *close,
            volume: 1.0,
        };
        days.iter().map(bar).collect()
    }

    fn votes(bars: &[Bar]) -> SourceBars<'_> {
        SourceBars { bars, is_proxy: false }
    }

    /// Missing and disputed times in ten days of January.
    fn unresolved(visible_until: Timestamp, sources: &[SourceBars<'_>]) -> (Vec<Timestamp>, Vec<Timestamp>) {
        let request = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-11T00:00:00Z");
        let UnresolvedTimes { missing, disputed } =
            find_unresolved(&request, visible_until, None, &Tolerance::default(), sources);
        (missing, disputed)
    }

    #[test]
    fn bars_are_missing_from_the_first_to_the_last_closed() {
        let (a, b) = (bars(&[(2, 100.0), (3, 100.0), (6, 100.0)]), bars(&[(3, 100.0), (5, 100.0)]));
        let both = [votes(&a), votes(&b)];
        assert_eq!(unresolved(day(10), &both).0, [4, 7, 8, 9].map(day));
        assert_eq!(unresolved(day(8), &both).0, [4, 7].map(day), "day 7 closes at the start of day 8");
        assert_eq!(unresolved(day(30), &both).0, [4, 7, 8, 9].map(day), "nothing beyond the range");
        assert_eq!(unresolved(day(10), &[]), (Vec::new(), Vec::new()));
    }

    #[test]
    fn the_start_is_missing_if_earlier_bars_exist() {
        let a = bars(&[(2, 100.0), (3, 100.0)]);
        let request = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        let missing = |since| find_unresolved(&request, day(4), since, &Tolerance::default(), &[votes(&a)]).missing;
        assert!(missing(None).is_empty());
        assert_eq!(missing(Some(day(0))), [0, 1].map(day));
    }

    #[test]
    fn two_different_bars_are_disputed_and_proxies_have_no_vote() {
        let all = |close: f64| (0..10).map(|index| (index, close)).collect::<Vec<_>>();
        let (mut a, b) = (bars(&all(100.0)), bars(&all(100.9)));
        assert!(unresolved(day(10), &[votes(&a), votes(&b)]).1.is_empty());
        a[4].close = 97.0;
        assert_eq!(unresolved(day(10), &[votes(&a), votes(&b)]).1, [day(4)]);
        let proxy = SourceBars { bars: &b, is_proxy: true };
        assert!(unresolved(day(10), &[votes(&a), proxy]).1.is_empty());
        assert_eq!(unresolved(day(10), &[votes(&a), votes(&b), proxy]).1, [day(4)]);
        assert!(unresolved(day(10), &[votes(&a), votes(&b), votes(&b)]).1.is_empty());
    }

    #[test]
    fn a_low_of_only_one_source_is_disputed() {
        let (mut a, b) = (bars(&[(0, 100.0), (1, 100.0), (2, 100.0)]), bars(&[(0, 100.0), (1, 100.0), (2, 100.0)]));
        a[1].high *= 1.02;
        a[2].low *= 0.9;
        assert_eq!(unresolved(day(3), &[votes(&a), votes(&b)]).1, [day(2)]);
    }

    #[test]
    fn disputed_times_are_optional() {
        let unresolved = UnresolvedTimes { missing: vec![day(3)], disputed: vec![day(1)] };
        assert_eq!(unresolved.times(true).into_iter().collect::<Vec<_>>(), [day(1), day(3)]);
        assert_eq!(unresolved.times(false).into_iter().collect::<Vec<_>>(), [day(3)]);
    }

    #[test]
    fn times_that_fit_on_one_page_are_one_range() {
        let ranges = |days: &[i64], rows: i64| cover_ranges(days.iter().map(|index| day(*index)), Interval::Day, rows);
        assert_eq!(ranges(&[2, 4, 5], 10), [(day(2), day(6))]);
        assert_eq!(ranges(&[2, 4, 5, 11], 10), [(day(2), day(12))], "ten bars");
        assert_eq!(ranges(&[2, 4, 5, 12], 10), [(day(2), day(6)), (day(12), day(13))]);
        assert_eq!(ranges(&[0, 1, 2, 3, 4], 2), [(day(0), day(2)), (day(2), day(4)), (day(4), day(5))]);
        assert!(ranges(&[], 10).is_empty());
    }
}
