//! Bars of one source, and the result of a fetch.

use crate::{error::SourceFailure, request::BarRequest, source_name::SourceName};
use jiff::Timestamp;
use market_data::{
    Bar,
    origin::{Origin, Provenance},
    quality::{QualityFinding, QualityRule},
};
use std::collections::BTreeSet;

/// Raw response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// URL of the request.
    pub url: String,
    /// Body of the response, byte for byte.
    pub body: Vec<u8>,
}

/// Validated bars of one source for one range.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceBatch {
    /// Name of the source.
    pub name: SourceName,
    /// Provenance of the bars.
    pub provenance: Provenance,
    /// Closed, valid bars, ascending, one for each open time; at least one.
    pub bars: Vec<Bar>,
    /// Findings of the rows, and one if the source is stale.
    pub findings: Vec<QualityFinding>,
    /// Raw responses, oldest bars first.
    pub pages: Vec<RawPage>,
}

impl SourceBatch {
    /// Origin of the bars in lake, bar window and events.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new(self.name.as_str(), self.provenance)
    }

    /// Finding that the newest closed bars are missing, if they are.
    pub(crate) fn stale_finding(&self, request: &BarRequest) -> Option<QualityFinding> {
        let last = self.bars.last()?.time;
        let newest = request.last_bar_time(request.visible_until(self.provenance));
        (last < newest).then(|| QualityFinding {
            rule: QualityRule::Stale,
            time: request.interval.step(last, 1),
            source: self.origin().to_string(),
            detail: format!("the last bar is of {last}, the last closed one of {newest}"),
        })
    }

    /// Merges batches of one source for ascending ranges, with the bars at `times` only; `None` without a bar.
    pub(crate) fn merge(parts: impl IntoIterator<Item = Self>, times: &BTreeSet<Timestamp>) -> Option<Self> {
        let mut merged = parts.into_iter().reduce(|mut merged, part| {
            merged.provenance = merged.provenance.max(part.provenance);
            merged.bars.extend(part.bars);
            merged.findings.extend(part.findings);
            merged.pages.extend(part.pages);
            merged
        })?;
        merged.bars.retain(|bar| times.contains(&bar.time));
        merged.findings.retain(|finding| times.contains(&finding.time));
        (!merged.bars.is_empty()).then_some(merged)
    }
}

/// Batches and failures of all sources.
#[derive(Debug)]
pub struct FetchResult {
    /// At least one batch, and at most one of each source, in the configured order.
    pub batches: Vec<SourceBatch>,
    /// Sources that failed, with their reasons, in the configured order.
    pub failures: Vec<SourceFailure>,
    /// True if every source that could have a missing bar responded that it has none.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::Interval;

    fn day(index: i64) -> Timestamp {
        Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), index)
    }

    fn batch(days: impl IntoIterator<Item = i64>, provenance: Provenance) -> SourceBatch {
        let bar = |index| Bar { time: day(index), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
        let finding =
            QualityFinding { rule: QualityRule::Duplicate, time: day(1), source: String::new(), detail: String::new() };
        let page = RawPage { url: String::new(), body: Vec::new() };
        SourceBatch {
            name: SourceName::Kraken,
            provenance,
            bars: days.into_iter().map(bar).collect(),
            findings: vec![finding],
            pages: vec![page],
        }
    }

    #[test]
    fn a_source_is_stale_if_the_last_closed_bar_is_missing() {
        let request = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        assert_eq!(batch(0..4, Provenance::Live).stale_finding(&request), None);
        let finding = batch([0, 2], Provenance::Simulated).stale_finding(&request).unwrap();
        assert_eq!(
            (finding.rule, finding.time, finding.source.as_str()),
            (QualityRule::Stale, day(3), "kraken (simulated)")
        );
        let early = BarRequest { as_of: day(2), ..request };
        assert_eq!(batch(0..2, Provenance::Live).stale_finding(&early), None);
    }

    #[test]
    fn merged_batches_keep_only_the_requested_times() {
        let parts = [batch(0..3, Provenance::Live), batch(5..9, Provenance::Stored)];
        let merged = SourceBatch::merge(parts.clone(), &BTreeSet::from([day(2), day(4), day(5), day(8)])).unwrap();
        assert_eq!(merged.bars.iter().map(|bar| bar.time).collect::<Vec<_>>(), [2, 5, 8].map(day));
        assert_eq!((merged.provenance, merged.pages.len(), merged.findings.len()), (Provenance::Stored, 2, 0));
        assert_eq!(SourceBatch::merge(parts, &BTreeSet::from([day(4)])), None);
        assert_eq!(SourceBatch::merge([], &BTreeSet::new()), None);
    }
}
