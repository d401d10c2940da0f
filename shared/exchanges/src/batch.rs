//! What the sources delivered.

use crate::{error::SourceFailure, request::BarRequest, sources::SourceName};
use jiff::Timestamp;
use market_data::{
    Bar,
    origin::{Origin, Provenance},
    quality::{QualityFinding, QualityRule},
};
use std::collections::BTreeSet;

/// One answer, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// What was asked.
    pub url: String,
    /// The answer, byte for byte.
    pub body: Vec<u8>,
}

/// What one source delivered, screened.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceBatch {
    /// Which source.
    pub name: SourceName,
    /// Which history it shows.
    pub provenance: Provenance,
    /// Closed, valid bars, ascending, one per time; at least one.
    pub bars: Vec<Bar>,
    /// What was left out or mended of its rows, and that it is stale if it is.
    pub findings: Vec<QualityFinding>,
    /// What it really answered, oldest bars first.
    pub pages: Vec<RawPage>,
}

impl SourceBatch {
    /// Whose bars these are, as it stands in lake, window and events.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new(self.name.as_str(), self.provenance)
    }

    /// That the newest closed bars are missing, when they are.
    pub(crate) fn stale_finding(&self, wanted: &BarRequest) -> Option<QualityFinding> {
        let last = self.bars.last()?.time;
        let newest = wanted.last_bar_time(wanted.visible_until(self.provenance));
        (last < newest).then(|| QualityFinding {
            rule: QualityRule::Stale,
            time: wanted.interval.step(last, 1),
            source: self.origin().to_string(),
            detail: format!("the last bar is of {last}, the last closed one of {newest}"),
        })
    }

    /// Deliveries of one source for ascending ranges as one, with the bars at `times` only; none without a bar.
    pub(crate) fn merge(parts: impl IntoIterator<Item = Self>, times: &BTreeSet<Timestamp>) -> Option<Self> {
        let mut joined = parts.into_iter().reduce(|mut joined, part| {
            joined.provenance = joined.provenance.max(part.provenance);
            joined.bars.extend(part.bars);
            joined.findings.extend(part.findings);
            joined.pages.extend(part.pages);
            joined
        })?;
        joined.bars.retain(|bar| times.contains(&bar.time));
        joined.findings.retain(|finding| times.contains(&finding.time));
        (!joined.bars.is_empty()).then_some(joined)
    }
}

/// What all sources together delivered.
#[derive(Debug)]
pub struct FetchResult {
    /// At most one of each source, in the configured order; at least one.
    pub batches: Vec<SourceBatch>,
    /// The sources that could not deliver, with their reasons, in the configured order.
    pub failures: Vec<SourceFailure>,
    /// Whether every source that could have a bar that is still missing was asked for it and answered: nobody has it.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_data::Interval;

    fn at(day: i64) -> Timestamp {
        Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), day)
    }

    fn delivery(days: impl IntoIterator<Item = i64>, provenance: Provenance) -> SourceBatch {
        let bar = |day| Bar { time: at(day), open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 };
        let finding =
            QualityFinding { rule: QualityRule::Duplicate, time: at(1), source: String::new(), detail: String::new() };
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
    fn a_source_is_stale_when_a_closed_bar_at_the_end_is_missing() {
        let wanted = BarRequest::for_test(Interval::Day, "2023-01-01T00:00:00Z", "2023-01-05T00:00:00Z");
        assert_eq!(delivery(0..4, Provenance::Live).stale_finding(&wanted), None);
        let finding = delivery([0, 2], Provenance::Simulated).stale_finding(&wanted).unwrap();
        assert_eq!(
            (finding.rule, finding.time, finding.source.as_str()),
            (QualityRule::Stale, at(3), "kraken (simulated)")
        );
        let early = BarRequest { as_of: at(2), ..wanted };
        assert_eq!(delivery(0..2, Provenance::Live).stale_finding(&early), None);
    }

    #[test]
    fn parts_are_joined_and_only_the_holes_are_kept() {
        let parts = [delivery(0..3, Provenance::Live), delivery(5..9, Provenance::Stored)];
        let joined = SourceBatch::merge(parts.clone(), &BTreeSet::from([at(2), at(4), at(5), at(8)])).unwrap();
        assert_eq!(joined.bars.iter().map(|bar| bar.time).collect::<Vec<_>>(), [2, 5, 8].map(at));
        assert_eq!((joined.provenance, joined.pages.len(), joined.findings.len()), (Provenance::Stored, 2, 0));
        assert_eq!(SourceBatch::merge(parts, &BTreeSet::from([at(4)])), None);
        assert_eq!(SourceBatch::merge([], &BTreeSet::new()), None);
    }
}
