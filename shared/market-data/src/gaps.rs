//! Bars that are missing, and what is known about them.

use crate::{Interval, Symbol, quality::QualityFinding};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many findings a ledger shows.
pub const MAX_FINDINGS: usize = 50;

/// After so many vain searches, each in its time, of which the last one reached every source, a gap counts as an outage of
/// the market and is not looked for again, unless a back-fill names its range. Twice as many are enough when some source
/// never answers.
pub const MAX_GAP_SEARCHES: u32 = 5;

/// Pause after the first vain search; it doubles with each.
const INITIAL_SEARCH_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// Missing bars in a row, between two that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Open time of the last missing bar.
    pub to: Timestamp,
    /// How many are missing.
    pub bars: i64,
}

/// The gaps between ascending open times on the interval's grid.
///
/// ```
/// # use market_data::{Interval, gaps::gaps};
/// let times = ["2023-01-01T00:00:00Z", "2023-01-04T00:00:00Z"].map(|time| time.parse().unwrap());
/// let [gap] = gaps(times, Interval::Day).try_into().unwrap();
/// assert_eq!((gap.from.to_string().as_str(), gap.bars), ("2023-01-02T00:00:00Z", 2));
/// ```
pub fn find_gaps(times: impl IntoIterator<Item = Timestamp>, interval: Interval) -> Vec<Gap> {
    let mut times = times.into_iter();
    let Some(mut before) = times.next() else { return Vec::new() };
    let mut gaps = Vec::new();
    for time in times {
        let bars = interval.bars_between(before, time) - 1;
        if bars > 0 {
            gaps.push(Gap { from: interval.step(before, 1), to: interval.step(time, -1), bars });
        }
        before = time;
    }
    gaps
}

/// Whether anybody still hopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapState {
    /// It is looked for again.
    Open,
    /// No source has it: the market had an outage.
    Outage,
}

/// A gap and the search for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedGap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Open time of the last missing bar.
    pub to: Timestamp,
    /// How many are missing.
    pub bars: i64,
    /// Whether it is looked for again.
    pub state: GapState,
    /// When it was noticed.
    pub first_seen: Timestamp,
    /// When it was looked for last.
    pub tried_at: Timestamp,
    /// How often it was looked for in vain.
    pub tries: u32,
}

impl TrackedGap {
    /// Whether it is time to look again.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let pause = INITIAL_SEARCH_DELAY * 2_i32.pow(self.tries.saturating_sub(1).min(MAX_GAP_SEARCHES));
        self.state == GapState::Open && self.tried_at.saturating_add(pause).is_ok_and(|due| due <= now)
    }
}

/// A search that has ended: what lies in `from..to` and is still missing was not found, by every source when `complete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapSearch {
    /// First open time that was asked for.
    pub from: Timestamp,
    /// End of those, exclusive.
    pub to: Timestamp,
    /// Whether every source that could have it answered.
    pub all_sources_answered: bool,
}

/// What is known about the bars of one symbol and interval: the content of `quality/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// The pair.
    pub symbol: Symbol,
    /// The bars.
    pub interval: Interval,
    /// When it was written.
    pub updated_at: Timestamp,
    /// Which source the last bar is from.
    pub last_source: String,
    /// Every gap, ascending.
    pub gaps: Vec<TrackedGap>,
    /// The latest [`LATEST_FINDINGS`] of the bars' findings, ascending by the bar's time.
    pub findings: Vec<QualityFinding>,
}

impl QualityReport {
    /// A ledger without entries.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval, now: Timestamp) -> Self {
        Self { symbol, interval, updated_at: now, last_source: String::new(), gaps: Vec::new(), findings: Vec::new() }
    }

    /// Replaces the gaps that begin in `from..to` by those that are there now. A gap keeps what is known of one that
    /// overlaps it; a search that covered it counts when it was complete.
    pub fn update_gaps(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        now_missing: &[Gap],
        searches: &[GapSearch],
        now: Timestamp,
    ) {
        let before = std::mem::take(&mut self.gaps);
        let (replaced, kept): (Vec<_>, Vec<_>) = before.into_iter().partition(|gap| gap.from >= from && gap.from < to);
        self.gaps = kept;
        self.gaps.extend(now_missing.iter().map(|gap| {
            let known = replaced.iter().find(|old| old.from <= gap.to && gap.from <= old.to);
            let covers = |search: &&GapSearch| search.from <= gap.from && gap.to < search.to;
            let search = searches.iter().filter(covers).max_by_key(|search| search.all_sources_answered);
            updated_gap(gap, known, search, now)
        }));
        self.gaps.sort_by_key(|gap| gap.from);
    }

    /// Adds findings, forgets repeats and all but the latest.
    pub fn add_findings(&mut self, found: impl IntoIterator<Item = QualityFinding>) {
        self.findings.extend(found);
        self.findings
            .sort_by(|a, b| (a.time, a.rule, &a.source, &a.detail).cmp(&(b.time, b.rule, &b.source, &b.detail)));
        self.findings.dedup();
        let surplus = self.findings.len().saturating_sub(MAX_FINDINGS);
        self.findings.drain(..surplus);
    }
}

fn updated_gap(gap: &Gap, known: Option<&TrackedGap>, search: Option<&GapSearch>, now: Timestamp) -> TrackedGap {
    let Gap { from, to, bars } = *gap;
    let mut tries = known.map_or(0, |old| old.tries);
    let mut tried_at = known.map_or(now, |old| old.tried_at);
    let mut state = known.map_or(GapState::Open, |old| old.state);
    if let Some(search) = search {
        // A search before its time, such as the same call again, is no further one.
        if known.is_none_or(|old| old.is_due(now)) {
            tries = tries.saturating_add(1);
            tried_at = now;
            let enough = if search.all_sources_answered { MAX_GAP_SEARCHES } else { 2 * MAX_GAP_SEARCHES };
            if tries >= enough {
                state = GapState::Outage;
            }
        }
    }
    TrackedGap { from, to, bars, state, first_seen: known.map_or(now, |old| old.first_seen.min(now)), tried_at, tries }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ledger() -> QualityReport {
        QualityReport::new("ETH-USD".parse().unwrap(), Interval::Hour, at("2023-02-01T00:00:00Z"))
    }

    const FROM: &str = "2023-01-01T00:00:00Z";
    const TO: &str = "2024-01-01T00:00:00Z";

    fn gap() -> Gap {
        Gap { from: at("2023-01-05T03:00:00Z"), to: at("2023-01-05T05:00:00Z"), bars: 3 }
    }

    fn search(complete: bool) -> [GapSearch; 1] {
        [GapSearch { from: at(FROM), to: at(TO), all_sources_answered: complete }]
    }

    #[test]
    fn gaps_are_the_steps_longer_than_one_bar() {
        let times = ["2023-01-01T00:00:00Z", "2023-01-01T01:00:00Z", "2023-01-01T05:00:00Z"].map(at);
        let expected = Gap { from: at("2023-01-01T02:00:00Z"), to: at("2023-01-01T04:00:00Z"), bars: 3 };
        assert_eq!(find_gaps(times, Interval::Hour), [expected]);
        assert_eq!(find_gaps([], Interval::Hour), []);
    }

    #[test]
    fn a_gap_that_every_source_was_asked_for_in_vain_becomes_an_outage_with_growing_pauses() {
        let mut ledger = ledger();
        let mut now = at("2023-02-01T00:00:00Z");
        for tries in 1..=MAX_GAP_SEARCHES {
            ledger.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
            let known = ledger.gaps[0];
            assert_eq!((known.tries, known.first_seen), (tries, at("2023-02-01T00:00:00Z")));
            if tries < MAX_GAP_SEARCHES {
                assert!(!known.is_due(now + SignedDuration::from_mins(59)));
                now += INITIAL_SEARCH_DELAY * 2_i32.pow(tries - 1);
                assert!(known.is_due(now), "after try {tries}");
            } else {
                assert_eq!(known.state, GapState::Outage);
                assert!(!known.is_due(at("2030-01-01T00:00:00Z")));
            }
        }
    }

    #[test]
    fn a_search_before_its_time_does_not_count_and_without_all_sources_it_takes_longer() {
        let mut ledger = ledger();
        let mut now = at("2023-02-01T00:00:00Z");
        for tries in 1..=2 * MAX_GAP_SEARCHES {
            ledger.update_gaps(at(FROM), at(TO), &[gap()], &search(false), now);
            let before = ledger.clone();
            ledger.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
            assert_eq!(ledger, before, "the same call again");
            let known = ledger.gaps[0];
            let state = if tries < 2 * MAX_GAP_SEARCHES { GapState::Open } else { GapState::Outage };
            assert_eq!((known.tries, known.state), (tries, state));
            now += SignedDuration::from_hours(24 * 7);
        }
    }

    #[test]
    fn a_filled_gap_is_forgotten_and_one_elsewhere_is_kept() {
        let mut ledger = ledger();
        let now = at("2023-02-01T00:00:00Z");
        let elsewhere = Gap { from: at("2022-06-01T00:00:00Z"), to: at("2022-06-01T00:00:00Z"), bars: 1 };
        ledger.update_gaps(at("2022-01-01T00:00:00Z"), at(FROM), &[elsewhere], &search(true), now);
        ledger.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
        assert_eq!(ledger.gaps.len(), 2);
        ledger.update_gaps(at(FROM), at(TO), &[], &search(true), now);
        assert_eq!(ledger.gaps.iter().map(|gap| gap.from).collect::<Vec<_>>(), [elsewhere.from]);
    }

    #[test]
    fn a_gap_that_is_half_filled_keeps_its_story() {
        let mut ledger = ledger();
        ledger.update_gaps(at(FROM), at(TO), &[gap()], &search(true), at("2023-02-01T00:00:00Z"));
        let rest = Gap { from: gap().to, bars: 1, ..gap() };
        ledger.update_gaps(at(FROM), at(TO), &[rest], &search(true), at("2023-02-02T00:00:00Z"));
        let known = ledger.gaps[0];
        assert_eq!((known.bars, known.tries, known.first_seen), (1, 2, at("2023-02-01T00:00:00Z")));
    }

    #[test]
    fn only_the_latest_findings_are_shown_each_once() {
        use crate::quality::QualityRule;
        let mut ledger = ledger();
        let finding = |hour: i64| QualityFinding {
            rule: QualityRule::ZeroVolume,
            time: Interval::Hour.step(at(FROM), hour),
            source: "coinbase".to_owned(),
            detail: "no trade".to_owned(),
        };
        ledger.add_findings((0..60).map(finding));
        ledger.add_findings((55..60).map(finding));
        assert_eq!(ledger.findings.len(), MAX_FINDINGS);
        assert_eq!(ledger.findings.last(), Some(&finding(59)));
    }
}
