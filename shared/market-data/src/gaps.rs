//! Missing bars, the search for them, and the quality report.

use crate::{Interval, Symbol, quality::QualityFinding};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Largest number of findings in a quality report.
pub const MAX_FINDINGS: usize = 50;

/// Number of failed searches, each after its delay, after which a gap counts as an outage.
///
/// The last search must have reached every source; if one never answers, twice the number is needed. An outage is not
/// searched again, except by a back-fill of its range.
pub const MAX_GAP_SEARCHES: u32 = 5;

/// Delay after the first failed search; it doubles with each further one.
const INITIAL_SEARCH_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// Consecutive missing bars between two stored ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Open time of the last missing bar.
    pub to: Timestamp,
    /// Number of missing bars.
    pub bars: i64,
}

/// Finds the gaps between ascending open times on the interval's grid.
///
/// ```
/// # use market_data::{Interval, gaps::find_gaps};
/// let times = ["2023-01-01T00:00:00Z", "2023-01-04T00:00:00Z"].map(|time| time.parse().unwrap());
/// let [gap] = find_gaps(times, Interval::Day).try_into().unwrap();
/// assert_eq!((gap.from.to_string().as_str(), gap.bars), ("2023-01-02T00:00:00Z", 2));
/// ```
pub fn find_gaps(times: impl IntoIterator<Item = Timestamp>, interval: Interval) -> Vec<Gap> {
    let mut times = times.into_iter();
    let Some(mut previous) = times.next() else { return Vec::new() };
    let mut gaps = Vec::new();
    for time in times {
        let bars = interval.bars_between(previous, time) - 1;
        if bars > 0 {
            gaps.push(Gap { from: interval.step(previous, 1), to: interval.step(time, -1), bars });
        }
        previous = time;
    }
    gaps
}

/// State of the search for a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapState {
    /// The bars will be searched again.
    Open,
    /// No source has the bars: the market had an outage.
    Outage,
}

/// Gap with the state of its search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedGap {
    /// Open time of the first missing bar.
    pub from: Timestamp,
    /// Open time of the last missing bar.
    pub to: Timestamp,
    /// Number of missing bars.
    pub bars: i64,
    /// State of the search.
    pub state: GapState,
    /// Time at which the gap was found.
    pub first_seen: Timestamp,
    /// Time of the last search that counts.
    pub tried_at: Timestamp,
    /// Number of failed searches that count.
    pub tries: u32,
}

impl TrackedGap {
    /// True if the gap is open and the delay since its last search has passed.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let delay = INITIAL_SEARCH_DELAY * 2_i32.pow(self.tries.saturating_sub(1).min(MAX_GAP_SEARCHES));
        self.state == GapState::Open && self.tried_at.saturating_add(delay).is_ok_and(|due| due <= now)
    }
}

/// Finished search of the open times `from..to`: bars of the range that are still missing were not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapSearch {
    /// First open time of the search.
    pub from: Timestamp,
    /// End of the search, exclusive.
    pub to: Timestamp,
    /// True if every source that could have the bars answered.
    pub all_sources_answered: bool,
}

/// Gaps and findings of one symbol and interval: the content of `quality/{symbol}/{interval}.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityReport {
    /// Symbol of the bars.
    pub symbol: Symbol,
    /// Interval of the bars.
    pub interval: Interval,
    /// Time at which the report was written.
    pub updated_at: Timestamp,
    /// Origin of the last bar, as a label; empty before the first one.
    pub last_source: String,
    /// All gaps, ascending.
    pub gaps: Vec<TrackedGap>,
    /// The latest findings, at most [`MAX_FINDINGS`], ascending by the bar's time.
    pub findings: Vec<QualityFinding>,
}

impl QualityReport {
    /// Report without gaps and findings.
    #[must_use]
    pub fn new(symbol: Symbol, interval: Interval, now: Timestamp) -> Self {
        Self { symbol, interval, updated_at: now, last_source: String::new(), gaps: Vec::new(), findings: Vec::new() }
    }

    /// Replaces the gaps that begin in `from..to` by `missing`. A gap that overlaps an earlier one continues its search.
    /// A search counts for the gaps that it covered.
    pub fn update_gaps(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        missing: &[Gap],
        searches: &[GapSearch],
        now: Timestamp,
    ) {
        let gaps = std::mem::take(&mut self.gaps);
        let (replaced, outside): (Vec<_>, Vec<_>) = gaps.into_iter().partition(|gap| gap.from >= from && gap.from < to);
        self.gaps = outside;
        self.gaps.extend(missing.iter().map(|gap| {
            let previous = replaced.iter().find(|previous| previous.from <= gap.to && gap.from <= previous.to);
            let covers = |search: &&GapSearch| search.from <= gap.from && gap.to < search.to;
            let search = searches.iter().filter(covers).max_by_key(|search| search.all_sources_answered);
            updated_gap(gap, previous, search, now)
        }));
        self.gaps.sort_by_key(|gap| gap.from);
    }

    /// Adds findings, then removes repeats and all but the latest.
    pub fn add_findings(&mut self, findings: impl IntoIterator<Item = QualityFinding>) {
        self.findings.extend(findings);
        self.findings
            .sort_by(|a, b| (a.time, a.rule, &a.source, &a.detail).cmp(&(b.time, b.rule, &b.source, &b.detail)));
        self.findings.dedup();
        let surplus = self.findings.len().saturating_sub(MAX_FINDINGS);
        self.findings.drain(..surplus);
    }
}

/// The gap with the search counted: `previous` is the earlier state of the gap, `search` the search that covered it.
fn updated_gap(gap: &Gap, previous: Option<&TrackedGap>, search: Option<&GapSearch>, now: Timestamp) -> TrackedGap {
    let Gap { from, to, bars } = *gap;
    let mut tries = previous.map_or(0, |previous| previous.tries);
    let mut tried_at = previous.map_or(now, |previous| previous.tried_at);
    let mut state = previous.map_or(GapState::Open, |previous| previous.state);
    if let Some(search) = search {
        // A search before its time, such as a repeated call, does not count.
        if previous.is_none_or(|previous| previous.is_due(now)) {
            tries = tries.saturating_add(1);
            tried_at = now;
            let max_tries = if search.all_sources_answered { MAX_GAP_SEARCHES } else { 2 * MAX_GAP_SEARCHES };
            if tries >= max_tries {
                state = GapState::Outage;
            }
        }
    }
    let first_seen = previous.map_or(now, |previous| previous.first_seen.min(now));
    TrackedGap { from, to, bars, state, first_seen, tried_at, tries }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn new_report() -> QualityReport {
        QualityReport::new("ETH-USD".parse().unwrap(), Interval::Hour, at("2023-02-01T00:00:00Z"))
    }

    const FROM: &str = "2023-01-01T00:00:00Z";
    const TO: &str = "2024-01-01T00:00:00Z";

    fn gap() -> Gap {
        Gap { from: at("2023-01-05T03:00:00Z"), to: at("2023-01-05T05:00:00Z"), bars: 3 }
    }

    fn search(all_sources_answered: bool) -> [GapSearch; 1] {
        [GapSearch { from: at(FROM), to: at(TO), all_sources_answered }]
    }

    #[test]
    fn a_step_longer_than_one_bar_is_a_gap() {
        let times = ["2023-01-01T00:00:00Z", "2023-01-01T01:00:00Z", "2023-01-01T05:00:00Z"].map(at);
        let expected = Gap { from: at("2023-01-01T02:00:00Z"), to: at("2023-01-01T04:00:00Z"), bars: 3 };
        assert_eq!(find_gaps(times, Interval::Hour), [expected]);
        assert_eq!(find_gaps([], Interval::Hour), []);
    }

    #[test]
    fn a_gap_that_no_source_has_becomes_an_outage() {
        let mut report = new_report();
        let mut now = at("2023-02-01T00:00:00Z");
        for tries in 1..=MAX_GAP_SEARCHES {
            report.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
            let gap = report.gaps[0];
            assert_eq!((gap.tries, gap.first_seen), (tries, at("2023-02-01T00:00:00Z")));
            if tries < MAX_GAP_SEARCHES {
                assert!(!gap.is_due(now + SignedDuration::from_mins(59)));
                now += INITIAL_SEARCH_DELAY * 2_i32.pow(tries - 1);
                assert!(gap.is_due(now), "after try {tries}");
            } else {
                assert_eq!(gap.state, GapState::Outage);
                assert!(!gap.is_due(at("2030-01-01T00:00:00Z")));
            }
        }
    }

    #[test]
    fn early_searches_do_not_count_and_unanswered_ones_count_half() {
        let mut report = new_report();
        let mut now = at("2023-02-01T00:00:00Z");
        for tries in 1..=2 * MAX_GAP_SEARCHES {
            report.update_gaps(at(FROM), at(TO), &[gap()], &search(false), now);
            let before = report.clone();
            report.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
            assert_eq!(report, before, "repeated call");
            let gap = report.gaps[0];
            let state = if tries < 2 * MAX_GAP_SEARCHES { GapState::Open } else { GapState::Outage };
            assert_eq!((gap.tries, gap.state), (tries, state));
            now += SignedDuration::from_hours(24 * 7);
        }
    }

    #[test]
    fn a_filled_gap_is_removed_and_others_are_kept() {
        let mut report = new_report();
        let now = at("2023-02-01T00:00:00Z");
        let elsewhere = Gap { from: at("2022-06-01T00:00:00Z"), to: at("2022-06-01T00:00:00Z"), bars: 1 };
        report.update_gaps(at("2022-01-01T00:00:00Z"), at(FROM), &[elsewhere], &search(true), now);
        report.update_gaps(at(FROM), at(TO), &[gap()], &search(true), now);
        assert_eq!(report.gaps.len(), 2);
        report.update_gaps(at(FROM), at(TO), &[], &search(true), now);
        assert_eq!(report.gaps.iter().map(|gap| gap.from).collect::<Vec<_>>(), [elsewhere.from]);
    }

    #[test]
    fn a_partly_filled_gap_keeps_its_search_state() {
        let mut report = new_report();
        report.update_gaps(at(FROM), at(TO), &[gap()], &search(true), at("2023-02-01T00:00:00Z"));
        let rest = Gap { from: gap().to, bars: 1, ..gap() };
        report.update_gaps(at(FROM), at(TO), &[rest], &search(true), at("2023-02-02T00:00:00Z"));
        let gap = report.gaps[0];
        assert_eq!((gap.bars, gap.tries, gap.first_seen), (1, 2, at("2023-02-01T00:00:00Z")));
    }

    #[test]
    fn only_the_latest_findings_are_kept_each_once() {
        use crate::quality::QualityRule;
        let mut report = new_report();
        let finding = |hour: i64| QualityFinding {
            rule: QualityRule::ZeroVolume,
            time: Interval::Hour.step(at(FROM), hour),
            source: "coinbase".to_owned(),
            detail: "no trade".to_owned(),
        };
        report.add_findings((0..60).map(finding));
        report.add_findings((55..60).map(finding));
        assert_eq!(report.findings.len(), MAX_FINDINGS);
        assert_eq!(report.findings.last(), Some(&finding(59)));
    }
}
