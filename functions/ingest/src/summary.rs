//! What ingest answers.

use domain::{Bar, Interval, Symbol};
use jiff::Timestamp;
use serde::Serialize;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// New bars are stored and announced.
    Ingested,
    /// As `ingested`, but time ran out: the same request again, or one without `from`, goes on at `resume_from`.
    Partial,
    /// No new bars, but corrected ones; not announced.
    Revised,
    /// Nothing new, but an earlier ingest had died before it announced its bars: now they are.
    Announced,
    /// Everything was stored already.
    NothingNew,
    /// Another call is at work on the same symbol and interval.
    AlreadyRunning,
}

/// Bars that the sources do not have, between two that they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Open time of the last missing bar.
    pub to: Timestamp,
    /// How many are missing.
    pub bars: i64,
}

/// The answer of one ingest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How it went.
    pub status: Status,
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// Which source delivered (the last part).
    pub source: Option<String>,
    /// How many closed bars were delivered.
    pub fetched: usize,
    /// How many of them were new.
    pub new_bars: usize,
    /// How many replaced a bar of another content.
    pub revised: usize,
    /// Open time of the first delivered bar.
    pub first: Option<Timestamp>,
    /// Open time of the last stored bar.
    pub last: Option<Timestamp>,
    /// What is missing inside of what was delivered.
    pub gaps: Vec<Gap>,
    /// Where to go on, when time ran out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume_from: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: u64,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

impl Summary {
    /// Nothing has happened yet.
    pub(crate) fn new(symbol: Symbol, interval: Interval, status: Status) -> Self {
        Self {
            status,
            symbol,
            interval,
            source: None,
            fetched: 0,
            new_bars: 0,
            revised: 0,
            first: None,
            last: None,
            gaps: Vec::new(),
            resume_from: None,
            duration_ms: 0,
            warnings: Vec::new(),
        }
    }
}

/// The gaps in ascending bars, with the bar before them when it is known.
pub(crate) fn gaps(before: Option<Timestamp>, bars: &[Bar], interval: Interval) -> Vec<Gap> {
    let times: Vec<Timestamp> = before.into_iter().chain(bars.iter().map(|bar| bar.time)).collect();
    times
        .windows(2)
        .filter_map(|pair| {
            let missing = (pair[1].as_second() - pair[0].as_second()) / interval.seconds() - 1;
            (missing > 0).then(|| Gap {
                from: interval.step(pair[0], 1),
                to: interval.step(pair[1], -1),
                bars: missing,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_is_missing_between_bars() {
        let bar =
            |time: &str| Bar { time: time.parse().unwrap(), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };
        let bars = ["2023-01-02T00:00:00Z", "2023-01-03T00:00:00Z", "2023-01-06T00:00:00Z"].map(bar);
        let expected =
            Gap { from: "2023-01-04T00:00:00Z".parse().unwrap(), to: "2023-01-05T00:00:00Z".parse().unwrap(), bars: 2 };
        assert_eq!(gaps(None, &bars, Interval::Day), std::slice::from_ref(&expected));
        let before = "2022-12-31T00:00:00Z".parse().ok();
        let first = "2023-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(gaps(before, &bars, Interval::Day), [Gap { from: first, to: first, bars: 1 }, expected]);
    }
}
