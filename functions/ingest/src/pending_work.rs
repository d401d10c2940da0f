//! What an ingest owes: bars that it stored, or is about to, and has not announced, and the rest of a back-fill. Written
//! beside the window before the lake changes: whoever comes next pays what an ingest that died, or ran out of time, owes.

use crate::plan::Range;
use jiff::Timestamp;
use market_data::observation::ResolvedBar;
use serde::{Deserialize, Serialize};

/// The note.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct PendingWork {
    /// New bars that nobody has been told of.
    pub(crate) unannounced: Option<UnpublishedBars>,
    /// What is left of a back-fill.
    pub(crate) backfill: Option<Range>,
}

/// New bars that nobody has been told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnpublishedBars {
    /// Open time of the first.
    pub(crate) first: Timestamp,
    /// Open time of the last.
    pub(crate) last: Timestamp,
    /// How many.
    pub(crate) new_bars: usize,
    /// Which source delivered the last ones.
    pub(crate) source: String,
}

impl UnpublishedBars {
    /// `before`, when there is one, and the bars `added`. Bars inside the range of `before` are already counted there:
    /// they are the ones that an ingest noted and then did not store.
    pub(crate) fn extend(before: Option<Self>, added: &[ResolvedBar]) -> Option<Self> {
        let (Some(first), Some(last)) = (added.first(), added.last()) else { return before };
        let source = last.origin.to_string();
        let (first, last) = (first.bar.time, last.bar.time);
        Some(match before {
            None => Self { first, last, new_bars: added.len(), source },
            Some(before) => {
                let known = before.first..=before.last;
                let fresh = added.iter().filter(|one| !known.contains(&one.bar.time)).count();
                Self {
                    first: before.first.min(first),
                    last: before.last.max(last),
                    new_bars: before.new_bars + fresh,
                    source,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::{Bar, Interval, quality::Flags};

    fn bars(days: std::ops::Range<i64>, source: &str) -> Vec<ResolvedBar> {
        let bar = |day| Bar {
            time: Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
        };
        days.map(|day| ResolvedBar { bar: bar(day), origin: source.into(), revision: 0, flags: Flags::NONE }).collect()
    }

    #[test]
    fn deliveries_add_up_and_a_repeated_one_counts_once() {
        let three = bars(0..3, "coinbase");
        let first = UnpublishedBars::extend(None, &three).unwrap();
        assert_eq!((first.new_bars, first.first, first.last), (3, three[0].bar.time, three[2].bar.time));
        let repeated = UnpublishedBars::extend(Some(first.clone()), &three).unwrap();
        assert_eq!(repeated, first);
        let next = bars(2..5, "yahoo");
        let more = UnpublishedBars::extend(Some(first), &next).unwrap();
        assert_eq!((more.new_bars, more.last, more.source.as_str()), (5, next[2].bar.time, "yahoo"));
        assert_eq!(UnpublishedBars::extend(None, &[]), None);
    }
}
