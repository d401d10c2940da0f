//! Merging deliveries of bars into what is stored.

use crate::Bar;
use std::collections::BTreeMap;

/// What a merge gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Merged {
    /// All bars, ascending, one per time.
    pub bars: Vec<Bar>,
    /// Bars at times that `existing` did not have, ascending.
    pub added: Vec<Bar>,
    /// Bars that replaced one of another content at the same time, ascending, as they are now.
    pub revised: Vec<Bar>,
}

impl Merged {
    /// Whether the result differs from what was stored.
    #[must_use]
    pub fn changed(&self) -> bool {
        !self.added.is_empty() || !self.revised.is_empty()
    }
}

/// Puts `new` into `existing`: never loses a time, keeps one bar per time, and a bar of `new` replaces the stored one.
/// Neither side has to be ordered; where one side repeats a time, its last bar counts.
///
/// ```
/// use domain::{Bar, merge::merge};
/// let at = |time: &str, close| Bar {
///     time: time.parse().unwrap(), open: 1.0, high: 9.0, low: 1.0, close, volume: 0.0,
/// };
/// let stored = [at("2023-01-01T00:00:00Z", 2.0), at("2023-01-02T00:00:00Z", 3.0)];
/// let merged = merge(&stored, &[at("2023-01-02T00:00:00Z", 4.0), at("2023-01-03T00:00:00Z", 5.0)]);
/// assert_eq!((merged.bars.len(), merged.added.len(), merged.revised.len()), (3, 1, 1));
/// ```
#[must_use]
pub fn merge(existing: &[Bar], new: &[Bar]) -> Merged {
    let by_time = |bars: &[Bar]| bars.iter().map(|bar| (bar.time, *bar)).collect::<BTreeMap<_, _>>();
    let mut all = by_time(existing);
    let (mut added, mut revised) = (Vec::new(), Vec::new());
    for (time, bar) in by_time(new) {
        match all.insert(time, bar) {
            None => added.push(bar),
            Some(before) if before != bar => revised.push(bar),
            Some(_) => {}
        }
    }
    Merged { bars: all.into_values().collect(), added, revised }
}

/// Ascending bars in groups of one UTC calendar year, as the lake's objects hold them.
#[must_use]
pub fn split_by_year(bars: &[Bar]) -> BTreeMap<i16, Vec<Bar>> {
    let mut years: BTreeMap<i16, Vec<Bar>> = BTreeMap::new();
    for bar in bars {
        years.entry(year_of(bar)).or_default().push(*bar);
    }
    years
}

/// The UTC calendar year in which `bar` opens.
#[must_use]
pub fn year_of(bar: &Bar) -> i16 {
    jiff::tz::Offset::UTC.to_datetime(bar.time).year()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    /// Few times and few contents, so that repeats and revisions are common.
    fn some_bars() -> impl Strategy<Value = Vec<Bar>> {
        let bar = (0..60_i64, 1..4_u8).prop_map(|(month, close)| Bar {
            time: Timestamp::from_second(1_500_000_000 + month * 2_600_000).unwrap(),
            open: 2.0,
            high: 3.0,
            low: 1.0,
            close: f64::from(close),
            volume: 0.0,
        });
        prop::collection::vec(bar, 0..40)
    }

    fn times(bars: &[Bar]) -> std::collections::BTreeSet<Timestamp> {
        bars.iter().map(|bar| bar.time).collect()
    }

    proptest! {
        #[test]
        fn a_merge_loses_no_time_and_prefers_the_delivery(stored in some_bars(), new in some_bars()) {
            let stored = merge(&[], &stored).bars;
            let new = merge(&[], &new).bars;
            let merged = merge(&stored, &new);
            let expected = &times(&stored) | &times(&new);
            prop_assert_eq!(times(&merged.bars), expected.clone());
            prop_assert_eq!(merged.bars.len(), expected.len());
            prop_assert!(merged.bars.is_sorted_by(|a, b| a.time < b.time));
            prop_assert!(new.iter().all(|bar| merged.bars.contains(bar)));
            prop_assert_eq!(times(&merged.added), &times(&new) - &times(&stored));
        }

        #[test]
        fn a_repeated_delivery_changes_nothing(stored in some_bars(), new in some_bars()) {
            let once = merge(&stored, &new);
            let twice = merge(&once.bars, &new);
            prop_assert!(!twice.changed());
            prop_assert_eq!(twice.bars, once.bars);
        }

        #[test]
        fn how_a_delivery_is_cut_and_ordered_does_not_matter(new in some_bars(), cut in 0..40_usize) {
            let whole = merge(&[], &new).bars;
            let cut = cut.min(whole.len());
            let late_half_first = merge(&merge(&[], &whole[cut..]).bars, &whole[..cut]).bars;
            let mut reversed = whole.clone();
            reversed.reverse();
            prop_assert_eq!(&late_half_first, &whole);
            prop_assert_eq!(&merge(&[], &reversed).bars, &whole);
        }

        #[test]
        fn years_hold_every_bar_once_in_its_year(bars in some_bars()) {
            let bars = merge(&[], &bars).bars;
            let years = split_by_year(&bars);
            prop_assert!(years.iter().all(|(year, bars)| bars.iter().all(|bar| year_of(bar) == *year)));
            prop_assert_eq!(years.into_values().flatten().collect::<Vec<_>>(), bars);
        }
    }

    #[test]
    fn the_year_turns_at_utc_midnight() {
        let bar =
            |time: &str| Bar { time: time.parse().unwrap(), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };
        assert_eq!(year_of(&bar("2022-12-31T23:00:00Z")), 2022);
        assert_eq!(year_of(&bar("2023-01-01T00:00:00Z")), 2023);
    }
}
