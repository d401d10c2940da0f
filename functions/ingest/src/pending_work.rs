//! Pending work: bars that are stored, or about to be, and not published yet, and the rest of a back-fill. It is stored
//! under `pending/` before the lake changes, so that the next ingest completes the work of one that died or ran out of time.

use crate::plan::Range;
use jiff::Timestamp;
use market_data::observation::ResolvedBar;
use serde::{Deserialize, Serialize};

/// Durable list of the work that the next ingest has to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct PendingWork {
    /// New bars that are not published yet.
    pub(crate) unannounced: Option<UnpublishedBars>,
    /// Rest of a back-fill.
    pub(crate) backfill: Option<Range>,
}

/// New bars that are not published yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnpublishedBars {
    /// Open time of the first bar.
    pub(crate) first: Timestamp,
    /// Open time of the last bar.
    pub(crate) last: Timestamp,
    /// Number of bars.
    pub(crate) new_bars: usize,
    /// Origin of the last bar.
    pub(crate) source: String,
}

impl UnpublishedBars {
    /// Adds bars to `before`. Bars inside the range of `before` are counted there already: an ingest recorded them as pending
    /// and then did not store them.
    pub(crate) fn extend(before: Option<Self>, added: &[ResolvedBar]) -> Option<Self> {
        let (Some(first), Some(last)) = (added.first(), added.last()) else { return before };
        let source = last.origin.to_string();
        let (first, last) = (first.bar.time, last.bar.time);
        Some(match before {
            None => Self { first, last, new_bars: added.len(), source },
            Some(before) => {
                let known = before.first..=before.last;
                let fresh = added.iter().filter(|bar| !known.contains(&bar.bar.time)).count();
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
    fn batches_add_up_and_a_repeated_one_counts_once() {
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
