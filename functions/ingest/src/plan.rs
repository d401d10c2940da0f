//! Fetch plan: a pure function of the request, the last stored bars and the time.

use contracts::events::IngestRequest;
use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};
use market_data::{Interval, observation::ResolvedBar, quality::QualityRule};
use serde::{Deserialize, Serialize};

/// Number of last stored bars that are fetched again, to catch late corrections of a source.
pub(crate) const REFETCHED_BARS: i64 = 3;

/// Largest number of missing bars that is ingested incrementally; more become a back-fill.
const MAX_INCREMENTAL_BARS: i64 = 300;

/// Number of last stored bars among which those of fallback sources are fetched again: one page of any source.
pub(crate) const RECHECKED_BARS: usize = 250;

/// 2010-01-01, the start of a back-fill from any earlier time: no market in this system is older.
pub(crate) const EARLIEST: Timestamp = Timestamp::constant(1_262_304_000, 0);

/// Number of bars of a first ingest without `from`: six years of daily bars, or two years of hourly ones less a day, because
/// Yahoo, the last fallback source, has 730 days of those.
#[must_use]
pub(crate) const fn default_backfill_bars(interval: Interval) -> i64 {
    match interval {
        Interval::Day => 6 * 365 + 1,
        Interval::Hour => 729 * 24,
    }
}

/// Range of open times `from..to`, on the grid and not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    /// First open time.
    pub(crate) from: Timestamp,
    /// End, exclusive.
    pub(crate) to: Timestamp,
}

impl Range {
    /// Smallest range that covers both.
    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

/// Bars that an ingest fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FetchPlan {
    /// No bars: the lake already has all bars before `as_of` and `to`.
    UpToDate,
    /// Bars that closed since the last stored one.
    Incremental(Range),
    /// A requested range, the first history, or the bars after a long pause. It may take more than one invocation.
    Backfill(Range),
}

/// The request contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing to fetch: from {from} is not before {to} (the earlier of `to` and the end of the last closed bar)")]
pub struct EmptyRange {
    /// Requested start, on the grid.
    pub from: Timestamp,
    /// End of the range, exclusive.
    pub to: Timestamp,
}

/// Plans the fetch. `stored` are the last bars in the lake. The last few of them are always fetched again, to catch corrections,
/// and all since the first that came from a fallback source, so that the primary source replaces it.
///
/// # Errors
/// `from` is given and no closed bar lies between it and `to`.
pub(crate) fn plan(request: &IngestRequest, as_of: Timestamp, stored: &[ResolvedBar]) -> Result<FetchPlan, EmptyRange> {
    let interval = request.interval;
    let ceil = |time: Timestamp| {
        let floor = interval.floor(time);
        if floor == time { time } else { interval.step(floor, 1) }
    };
    let closed = interval.floor(as_of);
    let to = request.to.map_or(closed, |to| ceil(to).min(closed));
    if let Some(from) = request.from {
        let from = ceil(from.max(EARLIEST));
        return if from < to { Ok(FetchPlan::Backfill(Range { from, to })) } else { Err(EmptyRange { from, to }) };
    }
    let Some(last) = stored.last() else {
        return Ok(FetchPlan::Backfill(Range { from: interval.step(to, -default_backfill_bars(interval)), to }));
    };
    let next = interval.step(last.bar.time, 1);
    if interval.step(next, MAX_INCREMENTAL_BARS) < to {
        return Ok(FetchPlan::Backfill(Range { from: interval.step(next, -REFETCHED_BARS), to }));
    }
    let fallback =
        stored.iter().find(|stored| stored.flags.contains(QualityRule::Fallback)).map(|stored| stored.bar.time);
    let from = interval.step(next, -REFETCHED_BARS).min(fallback.unwrap_or(Timestamp::MAX));
    Ok(if from < to { FetchPlan::Incremental(Range { from, to }) } else { FetchPlan::UpToDate })
}

/// Splits a range at the turns of UTC years, oldest first. Each part is in one partition of the lake.
#[must_use]
pub(crate) fn split_by_year(range: Range) -> Vec<Range> {
    let mut parts = Vec::new();
    let mut from = range.from;
    while from < range.to {
        let to = next_year(from).min(range.to);
        parts.push(Range { from, to });
        from = to;
    }
    parts
}

/// Start of the UTC year after the one of `time`; the end of time when there is none.
fn next_year(time: Timestamp) -> Timestamp {
    Date::new(Offset::UTC.to_datetime(time).year(), 1, 1)
        .and_then(|date| date.checked_add(1.year()))
        .and_then(|date| Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::{Bar, quality::Flags};

    fn t(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn request(from: Option<&str>, to: Option<&str>) -> IngestRequest {
        IngestRequest {
            symbol: "ETH-USD".parse().unwrap(),
            interval: Interval::Day,
            from: from.map(t),
            to: to.map(t),
            as_of: None,
        }
    }

    fn range(from: &str, to: &str) -> Range {
        Range { from: t(from), to: t(to) }
    }

    /// Lake whose last bar opens at this time.
    fn lake(last: &str) -> Vec<ResolvedBar> {
        let bar = Bar { time: t(last), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };
        vec![ResolvedBar { bar, origin: "coinbase".into(), revision: 0, flags: Flags::NONE }]
    }

    #[test]
    fn an_ingest_continues_a_few_bars_before_the_end() {
        let as_of = t("2023-05-06T00:05:00Z");
        let stored = lake("2023-05-03T00:00:00Z");
        assert_eq!(
            plan(&request(None, None), as_of, &stored),
            Ok(FetchPlan::Incremental(range("2023-05-01T00:00:00Z", "2023-05-06T00:00:00Z")))
        );
    }

    #[test]
    fn stored_bars_are_refetched_unless_the_lake_is_ahead() {
        let stored = lake("2023-05-05T00:00:00Z");
        assert_eq!(
            plan(&request(None, None), t("2023-05-06T23:59:00Z"), &stored),
            Ok(FetchPlan::Incremental(range("2023-05-03T00:00:00Z", "2023-05-06T00:00:00Z")))
        );
        assert_eq!(plan(&request(None, None), t("2023-01-01T00:00:00Z"), &stored), Ok(FetchPlan::UpToDate));
    }

    #[test]
    fn bars_of_a_fallback_source_are_fetched_again() {
        let mut stored = [lake("2023-04-20T00:00:00Z"), lake("2023-05-04T00:00:00Z")].concat();
        stored[0].flags = Flags::NONE.with(QualityRule::Fallback);
        assert_eq!(
            plan(&request(None, None), t("2023-05-06T00:05:00Z"), &stored),
            Ok(FetchPlan::Incremental(range("2023-04-20T00:00:00Z", "2023-05-06T00:00:00Z")))
        );
    }

    #[test]
    fn a_long_pause_becomes_a_backfill() {
        let stored = lake("2022-05-03T00:00:00Z");
        assert_eq!(
            plan(&request(None, None), t("2023-05-06T00:05:00Z"), &stored),
            Ok(FetchPlan::Backfill(range("2022-05-01T00:00:00Z", "2023-05-06T00:00:00Z")))
        );
    }

    #[test]
    fn an_empty_lake_is_backfilled_by_default() {
        let plan = plan(&request(None, None), t("2023-05-06T00:05:00Z"), &[]);
        assert_eq!(plan, Ok(FetchPlan::Backfill(range("2017-05-06T00:00:00Z", "2023-05-06T00:00:00Z"))));
    }

    #[test]
    fn a_requested_backfill_ends_at_the_last_close() {
        let as_of = t("2023-05-06T00:05:00Z");
        let ask = request(Some("2020-02-03T01:00:00Z"), Some("2030-01-01T00:00:00Z"));
        let stored = lake("2023-05-05T00:00:00Z");
        assert_eq!(
            plan(&ask, as_of, &stored),
            Ok(FetchPlan::Backfill(range("2020-02-04T00:00:00Z", "2023-05-06T00:00:00Z")))
        );
        let ask = request(Some("1970-01-01T00:00:00Z"), Some("2011-01-01T00:00:00Z"));
        assert_eq!(
            plan(&ask, as_of, &[]),
            Ok(FetchPlan::Backfill(range("2010-01-01T00:00:00Z", "2011-01-01T00:00:00Z")))
        );
        assert!(plan(&request(Some("2023-05-06T00:00:00Z"), None), as_of, &[]).is_err());
    }

    #[test]
    fn parts_end_at_the_turn_of_the_year() {
        assert_eq!(
            split_by_year(range("2021-12-31T00:00:00Z", "2023-01-02T00:00:00Z")),
            [
                range("2021-12-31T00:00:00Z", "2022-01-01T00:00:00Z"),
                range("2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z"),
                range("2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z"),
            ]
        );
    }
}
