//! What is stored, or about to be, and not yet announced. Written beside the window before the lake changes and cleared
//! after the event: an ingest that dies in between is announced by the next one.

use aws::keys;
use domain::{Bar, Interval, Symbol};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// New bars that nobody has been told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Open time of the first.
    pub(crate) first: Timestamp,
    /// Open time of the last.
    pub(crate) last: Timestamp,
    /// How many.
    pub(crate) new_bars: usize,
    /// Which source delivered the last ones.
    pub(crate) source: String,
}

impl Pending {
    /// `before`, when there is one, and the bars `added`. Bars inside the range of `before` are already counted there:
    /// they are the ones that an ingest announced to itself and then did not store.
    pub(crate) fn widen(before: Option<Self>, added: &[Bar], source: &str) -> Option<Self> {
        let (Some(first), Some(last)) = (added.first(), added.last()) else { return before };
        let source = source.to_owned();
        Some(match before {
            None => Self { first: first.time, last: last.time, new_bars: added.len(), source },
            Some(before) => {
                let known = before.first..=before.last;
                let fresh = added.iter().filter(|bar| !known.contains(&bar.time)).count();
                Self {
                    first: before.first.min(first.time),
                    last: before.last.max(last.time),
                    new_bars: before.new_bars + fresh,
                    source,
                }
            }
        })
    }
}

/// Where it is kept: `window/{symbol}/{interval}.pending.json`.
pub(crate) fn key(symbol: &Symbol, interval: Interval) -> String {
    keys::window(symbol, interval).replace(".json", ".pending.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(days: std::ops::Range<i64>) -> Vec<Bar> {
        days.map(|day| Bar {
            time: Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day),
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
        })
        .collect()
    }

    #[test]
    fn deliveries_add_up_and_a_repeated_one_counts_once() {
        let first = Pending::widen(None, &bars(0..3), "coinbase").unwrap();
        assert_eq!((first.new_bars, first.first, first.last), (3, bars(0..1)[0].time, bars(2..3)[0].time));
        let repeated = Pending::widen(Some(first.clone()), &bars(0..3), "coinbase").unwrap();
        assert_eq!(repeated, first);
        let more = Pending::widen(Some(first), &bars(2..5), "yahoo").unwrap();
        assert_eq!((more.new_bars, more.last, more.source.as_str()), (5, bars(4..5)[0].time, "yahoo"));
        assert_eq!(Pending::widen(None, &[], "coinbase"), None);
    }

    #[test]
    fn it_lies_beside_the_window() {
        assert_eq!(key(&"ETH-USD".parse().unwrap(), Interval::Hour), "window/ETH-USD/1h.pending.json");
    }
}
