//! Progress of one ingest from part to part, and what it answers in the end.

use crate::{IngestError, IngestResponse, IngestStatus, pending_work::PendingWork, plan::Range, task::IngestTask};
use exchanges::{AllSourcesFailed, FetchResult};
use jiff::Timestamp;
use market_data::{
    gaps::{Gap, GapSearch, QualityReport},
    observation::Observation,
};
use observability::error_chain;
use std::collections::BTreeSet;

/// State that one ingest carries from part to part.
pub(crate) struct IngestProgress {
    pub(crate) response: IngestResponse,
    /// Pending work as it is now, and as it is stored.
    pub(crate) pending: PendingWork,
    pub(crate) stored_pending: PendingWork,
    /// Quality report as it is now, and as it is stored.
    pub(crate) quality_report: QualityReport,
    pub(crate) stored_quality_report: Option<QualityReport>,
    /// True if an earlier ingest left bars unpublished.
    inherited: bool,
    /// Ranges that were requested from the sources, adjacent ones merged.
    pub(crate) searches: Vec<GapSearch>,
}

/// Reason why a part has no bars.
pub(crate) enum PartFailure {
    /// The market has none: before it existed, or just after the turn of a year.
    Empty(AllSourcesFailed),
    /// The sources failed, or took too long.
    Failed(IngestError),
}

/// Outcome of the parts of a range. A part without bars is an error only if no other part has any.
#[derive(Default)]
pub(crate) struct RangeOutcome {
    has_bars: bool,
    empty: Option<AllSourcesFailed>,
}

impl RangeOutcome {
    /// Adds the outcome of one part.
    pub(crate) fn add(&mut self, part: Result<(), PartFailure>) -> Result<(), IngestError> {
        match part {
            Ok(()) => self.has_bars = true,
            Err(PartFailure::Empty(source)) => self.empty = Some(source),
            Err(PartFailure::Failed(error)) => return Err(error),
        }
        Ok(())
    }

    /// Outcome of the whole range.
    pub(crate) fn finish(self) -> Result<(), IngestError> {
        match self.empty {
            Some(source) if !self.has_bars => Err(IngestError::Fetch { source }),
            _ => Ok(()),
        }
    }
}

impl IngestProgress {
    /// Progress at the start, with the stored pending work and quality report.
    pub(crate) fn new(task: &IngestTask<'_>, pending: PendingWork, stored: Option<QualityReport>) -> Self {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        Self {
            inherited: pending.unannounced.is_some(),
            stored_pending: pending.clone(),
            pending,
            quality_report: stored.clone().unwrap_or_else(|| QualityReport::new(symbol.clone(), interval, task.as_of)),
            stored_quality_report: stored,
            response: IngestResponse::new(symbol, interval, IngestStatus::UpToDate),
            searches: Vec::new(),
        }
    }

    /// Records that a part was requested, and whether every source answered.
    pub(crate) fn record_search(&mut self, part: Range, all_sources_answered: bool) {
        let Range { from, to } = part;
        match self.searches.last_mut().filter(|last| last.from <= from && from <= last.to) {
            Some(last) => {
                last.to = last.to.max(to);
                last.all_sources_answered &= all_sources_answered;
            }
            None => self.searches.push(GapSearch { from, to, all_sources_answered }),
        }
    }

    /// Records the bars of a part, and the sources that failed beside those that delivered it.
    pub(crate) fn record_fetch(
        &mut self,
        fetched: &FetchResult,
        observations: &[Observation],
        added: usize,
        revised: usize,
    ) {
        let times: BTreeSet<Timestamp> = observations.iter().map(|observation| observation.bar.time).collect();
        let response = &mut self.response;
        response.fetched += times.len();
        response.new_bars += added;
        response.revised += revised;
        response.first = [response.first, times.first().copied()].into_iter().flatten().min();
        let answered: Vec<String> = fetched.batches.iter().map(|batch| batch.origin().to_string()).collect();
        for failure in &fetched.failures {
            let (source, error) = (failure.source, error_chain(&failure.error));
            response.warnings.push(format!("{source} {error}; {} answered", answered.join(" and ")));
        }
    }

    /// Gaps in the ranges that were requested.
    pub(crate) fn gaps_found(&self) -> Vec<Gap> {
        let was_searched = |gap: &Gap| self.searches.iter().any(|search| gap.from < search.to && search.from <= gap.to);
        let gaps = self.quality_report.gaps.iter().map(|gap| Gap { from: gap.from, to: gap.to, bars: gap.bars });
        gaps.filter(was_searched).collect()
    }

    /// Response of the ingest.
    pub(crate) fn into_response(self) -> IngestResponse {
        let gaps = self.gaps_found();
        let mut response = self.response;
        response.gaps = gaps;
        response.resume_from = self.pending.backfill.map(|rest| rest.from);
        response.status = if response.resume_from.is_some() {
            IngestStatus::Partial
        } else if response.new_bars > 0 {
            IngestStatus::Ingested
        } else if self.inherited {
            IngestStatus::Published
        } else if response.revised > 0 {
            IngestStatus::Revised
        } else {
            IngestStatus::UpToDate
        };
        response
    }
}
