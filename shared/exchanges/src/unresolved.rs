//! What is still missing once sources have delivered, and which ranges to ask for it. Pure.

use crate::request::BarRequest;
use jiff::Timestamp;
use market_data::{Bar, Interval, observation::Tolerance};
use std::collections::{BTreeMap, BTreeSet};

/// Open times for which the further sources are asked, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct UnresolvedTimes {
    /// Nobody has delivered the bar.
    pub(crate) missing: Vec<Timestamp>,
    /// Two closes, highs or lows differ, and there is no third to decide.
    pub(crate) disputed: Vec<Timestamp>,
}

impl UnresolvedTimes {
    pub(crate) fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.disputed.is_empty()
    }

    /// Both kinds, or only what is missing: a proxy has no vote in a dispute.
    pub(crate) fn times(&self, with_disputed: bool) -> BTreeSet<Timestamp> {
        let disputed = self.disputed.iter().filter(|_| with_disputed);
        self.missing.iter().chain(disputed).copied().collect()
    }
}

/// Bars of one source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceBars<'a> {
    /// Ascending.
    pub(crate) bars: &'a [Bar],
    /// True if they are quoted in another currency, so that their prices do not compare.
    pub(crate) is_proxy: bool,
}

/// What is missing of the bars that are closed at `known`, from the earlier one of `since` and the first bar that
/// anybody has: before them there may have been no market. And where the closes, highs or lows of two sources differ by
/// more than `tolerance`.
pub(crate) fn find_unresolved(
    wanted: &BarRequest,
    known: Timestamp,
    since: Option<Timestamp>,
    tolerance: &Tolerance,
    voices: &[SourceBars<'_>],
) -> UnresolvedTimes {
    let mut said: BTreeMap<Timestamp, Vec<&Bar>> = BTreeMap::new();
    for voice in voices {
        for bar in voice.bars {
            let votes = said.entry(bar.time).or_default();
            if !voice.is_proxy {
                votes.push(bar);
            }
        }
    }
    let disputed = said
        .iter()
        .filter(
            |(_, votes)| matches!(votes[..], [a, b] if !(tolerance.same_close(a, b) && tolerance.same_extremes(a, b))),
        )
        .map(|(time, _)| *time)
        .collect();
    let mut missing = Vec::new();
    if let Some(first) = said.keys().next().copied().into_iter().chain(since).min() {
        let last = wanted.last_bar_time(known);
        let mut time = first;
        while time <= last {
            if !said.contains_key(&time) {
                missing.push(time);
            }
            time = wanted.interval.step(time, 1);
        }
    }
    UnresolvedTimes { missing, disputed }
}

/// Ranges of at most `rows` bars that cover ascending `times`, each from a hole to the end of the last one that fits:
/// as few requests as possible, and none where there is no hole. Ends are exclusive.
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

    fn at(day: i64) -> Timestamp {
        Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day)
    }

    /// Bars with these closes on these days of January 2023, counted from 0.
    fn bars(days: &[(i64, f64)]) -> Vec<Bar> {
        let bar = |(day, close): &(i64, f64)| Bar {
            time: at(*day),
            open: 100.0,
            high: 200.0,
            low: 50.0,
            close: *close,
            volume: 1.0,
        };
        days.iter().map(bar).collect()
    }

    fn voice(bars: &[Bar]) -> SourceBars<'_> {
        SourceBars { bars, is_proxy: false }
    }

    /// The holes in ten days of January.
    fn holes(known: Timestamp, voices: &[SourceBars<'_>]) -> (Vec<Timestamp>, Vec<Timestamp>) {
        let wanted = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-11T00:00:00Z");
        let UnresolvedTimes { missing, disputed } =
            find_unresolved(&wanted, known, None, &Tolerance::default(), voices);
        (missing, disputed)
    }

    #[test]
    fn what_nobody_has_is_missing_from_the_first_bar_to_the_last_closed_one() {
        let (a, b) = (bars(&[(2, 100.0), (3, 100.0), (6, 100.0)]), bars(&[(3, 100.0), (5, 100.0)]));
        let both = [voice(&a), voice(&b)];
        assert_eq!(holes(at(10), &both).0, [4, 7, 8, 9].map(at));
        assert_eq!(holes(at(8), &both).0, [4, 7].map(at), "day 7 closes at the start of day 8");
        assert_eq!(holes(at(30), &both).0, [4, 7, 8, 9].map(at), "nothing beyond the range");
        assert_eq!(holes(at(10), &[]), (Vec::new(), Vec::new()));
    }

    #[test]
    fn the_start_is_missing_too_where_a_market_is_known_to_have_been() {
        let a = bars(&[(2, 100.0), (3, 100.0)]);
        let wanted = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        let missing = |since| find_unresolved(&wanted, at(4), since, &Tolerance::default(), &[voice(&a)]).missing;
        assert!(missing(None).is_empty());
        assert_eq!(missing(Some(at(0))), [0, 1].map(at));
    }

    #[test]
    fn a_dispute_of_two_wants_a_third_and_proxies_have_no_vote() {
        let all = |close: f64| (0..10).map(|day| (day, close)).collect::<Vec<_>>();
        let (mut a, b) = (bars(&all(100.0)), bars(&all(100.9)));
        assert!(holes(at(10), &[voice(&a), voice(&b)]).1.is_empty());
        a[4].close = 97.0;
        assert_eq!(holes(at(10), &[voice(&a), voice(&b)]).1, [at(4)]);
        let proxy = SourceBars { bars: &b, is_proxy: true };
        assert!(holes(at(10), &[voice(&a), proxy]).1.is_empty());
        assert_eq!(holes(at(10), &[voice(&a), voice(&b), proxy]).1, [at(4)]);
        assert!(holes(at(10), &[voice(&a), voice(&b), voice(&b)]).1.is_empty());
    }

    #[test]
    fn a_high_that_only_one_of_two_has_wants_a_third() {
        let (mut a, b) = (bars(&[(0, 100.0), (1, 100.0), (2, 100.0)]), bars(&[(0, 100.0), (1, 100.0), (2, 100.0)]));
        a[1].high *= 1.02;
        a[2].low *= 0.9;
        assert_eq!(holes(at(3), &[voice(&a), voice(&b)]).1, [at(2)]);
    }

    #[test]
    fn a_proxy_is_asked_only_for_what_is_missing() {
        let holes = UnresolvedTimes { missing: vec![at(3)], disputed: vec![at(1)] };
        assert_eq!(holes.times(true).into_iter().collect::<Vec<_>>(), [at(1), at(3)]);
        assert_eq!(holes.times(false).into_iter().collect::<Vec<_>>(), [at(3)]);
    }

    #[test]
    fn holes_that_fit_on_a_page_are_one_request() {
        let ask = |days: &[i64], rows: i64| cover_ranges(days.iter().map(|day| at(*day)), Interval::Day, rows);
        assert_eq!(ask(&[2, 4, 5], 10), [(at(2), at(6))]);
        assert_eq!(ask(&[2, 4, 5, 11], 10), [(at(2), at(12))], "ten bars");
        assert_eq!(ask(&[2, 4, 5, 12], 10), [(at(2), at(6)), (at(12), at(13))]);
        assert_eq!(ask(&[0, 1, 2, 3, 4], 2), [(at(0), at(2)), (at(2), at(4)), (at(4), at(5))]);
        assert!(ask(&[], 10).is_empty());
    }
}
