//! The parts of an ingest: what was asked for, what is left of a back-fill, and gaps that are due to be looked for again.

use crate::{
    error::IngestError,
    ingest::{IngestService, IngestTask},
    pending_work::{PendingWork, UnpublishedBars},
    plan::{Range, split_by_year},
    raw,
    response::{IngestResponse, IngestStatus},
};
use aws::keys;
use bar_store::BarPartitions;
use exchanges::{AllSourcesFailed, BarRequest, FetchResult, SourceFailure};
use jiff::Timestamp;
use market_data::{
    Bar,
    gaps::{Gap, GapSearch, QualityReport, TrackedGap},
    interval::utc_year,
    observation::{Observation, flag_findings},
    quality::QualityAction,
};
use observability::{Metrics, error_chain};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

/// A further part is only begun when at least this much of the invocation is left.
const MIN_TIME_FOR_PART: Duration = Duration::from_secs(75);

/// What is kept for storing and announcing when sources take all the time there is: at most this, and at most a quarter.
const STORE_TIME_RESERVE: Duration = Duration::from_secs(20);

/// How many gaps are looked for again in one call.
const MAX_REPAIRS: usize = 8;

/// How many bars before a part are there to compare with.
const CONTEXT_BARS: usize = 48;

/// What one ingest carries from part to part.
pub(crate) struct IngestProgress {
    pub(crate) summary: IngestResponse,
    /// What is owed, and what of that is stored.
    pub(crate) pending: PendingWork,
    pub(crate) stored_pending: PendingWork,
    pub(crate) quality_report: QualityReport,
    pub(crate) stored_quality_report: Option<QualityReport>,
    /// Whether an earlier ingest left bars unannounced.
    inherited: bool,
    /// Ranges that were asked for, neighbours as one.
    searches: Vec<GapSearch>,
}

/// Why a part has no bars.
enum PartFailure {
    /// The market has none: before it existed, or just after the turn of a year.
    Empty(AllSourcesFailed),
    /// The sources failed, or took too long.
    Failed(IngestError),
}

/// How the parts of a range went: one without bars is an error only when no other has any.
#[derive(Default)]
struct RangeOutcome {
    delivered: bool,
    empty: Option<AllSourcesFailed>,
}

impl RangeOutcome {
    fn count(&mut self, part: Result<(), PartFailure>) -> Result<(), IngestError> {
        match part {
            Ok(()) => self.delivered = true,
            Err(PartFailure::Empty(source)) => self.empty = Some(source),
            Err(PartFailure::Failed(error)) => return Err(error),
        }
        Ok(())
    }

    fn end(self) -> Result<(), IngestError> {
        match self.empty {
            Some(source) if !self.delivered => Err(IngestError::Fetch { source }),
            _ => Ok(()),
        }
    }
}

impl IngestProgress {
    pub(crate) fn new(task: &IngestTask<'_>, note: PendingWork, ledger: Option<QualityReport>) -> Self {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        Self {
            inherited: note.unannounced.is_some(),
            stored_pending: note.clone(),
            pending: note,
            quality_report: ledger.clone().unwrap_or_else(|| QualityReport::new(symbol.clone(), interval, task.as_of)),
            stored_quality_report: ledger,
            summary: IngestResponse::new(symbol, interval, IngestStatus::NothingNew),
            searches: Vec::new(),
        }
    }

    fn record_search(&mut self, part: Range, complete: bool) {
        let Range { from, to } = part;
        match self.searches.last_mut().filter(|last| last.from <= from && from <= last.to) {
            Some(last) => {
                last.to = last.to.max(to);
                last.all_sources_answered &= complete;
            }
            None => self.searches.push(GapSearch { from, to, all_sources_answered: complete }),
        }
    }

    /// The answer.
    pub(crate) fn into_response(self) -> IngestResponse {
        let mut summary = self.summary;
        summary.resume_from = self.pending.backfill.map(|rest| rest.from);
        summary.status = if summary.resume_from.is_some() {
            IngestStatus::Partial
        } else if summary.new_bars > 0 {
            IngestStatus::Ingested
        } else if self.inherited {
            IngestStatus::Announced
        } else if summary.revised > 0 {
            IngestStatus::Revised
        } else {
            IngestStatus::NothingNew
        };
        summary
    }
}

impl IngestService {
    /// What has closed since the last bar. Nothing of it may wait.
    pub(crate) async fn ingest_incremental(
        &self,
        task: &IngestTask<'_>,
        range: Range,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let mut tally = RangeOutcome::default();
        for part in split_by_year(range) {
            tally.count(self.ingest_part(task, part, shelf, progress).await?)?;
        }
        tally.end()
    }

    /// A range year by year, so that a long back-fill that is cut short has not been in vain. What is left of it is in the
    /// note at every moment; it stays there when time runs out, and when sources fail.
    ///
    /// # Errors
    /// Beside what can fail: sources failed, or the whole range has no bar.
    pub(crate) async fn backfill(
        &self,
        task: &IngestTask<'_>,
        range: Range,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let mut tally = RangeOutcome::default();
        // Bars that close later are not there yet: they stay owed.
        let beyond = task.request.interval.floor(task.as_of);
        let rest = (beyond < range.to).then_some(Range { from: range.from.max(beyond), to: range.to });
        for part in split_by_year(Range { to: range.to.min(beyond), ..range }) {
            progress.pending.backfill = Some(Range { from: part.from, to: range.to });
            if !progress.searches.is_empty() && task.invocation.time_left() < MIN_TIME_FOR_PART {
                return Ok(());
            }
            tally.count(self.ingest_part(task, part, shelf, progress).await?)?;
        }
        progress.pending.backfill = rest;
        tally.end()
    }

    /// What is owed, and gaps whose time has come, but for those that a back-fill will come to. The newest bars are in by
    /// now: what sources fail to deliver here is a warning.
    pub(crate) async fn resume_and_repair(
        &self,
        task: &IngestTask<'_>,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let Some(range) = progress.pending.backfill {
            match self.backfill(task, range, shelf, progress).await {
                Err(error @ (IngestError::Fetch { .. } | IngestError::TimedOut { .. })) => {
                    let text = format!("the back-fill from {} has to wait: {}", range.from, error_chain(&error));
                    progress.summary.warnings.push(text);
                }
                other => other?,
            }
        }
        let interval = task.request.interval;
        let owed = progress.pending.backfill;
        let is_owed = |gap: &TrackedGap| owed.is_some_and(|owed| gap.from < owed.to && owed.from <= gap.to);
        let mut due: Vec<TrackedGap> = progress.quality_report.gaps.clone();
        due.retain(|gap| gap.is_due(task.as_of) && !is_owed(gap));
        due.sort_by_key(|gap| gap.tried_at);
        for gap in due.into_iter().take(MAX_REPAIRS) {
            for part in split_by_year(Range { from: gap.from, to: interval.step(gap.to, 1) }) {
                if task.invocation.time_left() < MIN_TIME_FOR_PART {
                    return Ok(());
                }
                if let Err(PartFailure::Failed(error)) = self.ingest_part(task, part, shelf, progress).await? {
                    progress.summary.warnings.push(format!("the gap from {} stays: {}", gap.from, error_chain(&error)));
                    progress.record_search(part, false);
                }
            }
            // The gap begins after a bar that is there.
            self.note_gaps(task, utc_year(interval.step(gap.from, -1)), shelf, progress).await?;
        }
        Ok(())
    }

    /// What is missing in the ranges that were asked for.
    pub(crate) fn gaps_found(progress: &IngestProgress) -> Vec<Gap> {
        let looked_at = |gap: &Gap| progress.searches.iter().any(|one| gap.from < one.to && one.from <= gap.to);
        let gaps =
            progress.quality_report.gaps.iter().map(|known| Gap { from: known.from, to: known.to, bars: known.bars });
        gaps.filter(looked_at).collect()
    }

    /// Fetches and stores one part, and brings the ledger up to date. The outer error is of AWS or of what is stored.
    async fn ingest_part(
        &self,
        task: &IngestTask<'_>,
        part: Range,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<Result<(), PartFailure>, IngestError> {
        let wanted = bar_request(task, part);
        let recent: Vec<Bar> = shelf.bars_before(part.from, CONTEXT_BARS).await?.iter().map(|kept| kept.bar).collect();
        let left = task.invocation.time_left();
        let patience = left.saturating_sub(STORE_TIME_RESERVE.min(left / 4));
        match timeout(patience, self.fetcher.fetch(&wanted, &recent)).await {
            Ok(Ok(gathered)) => {
                self.store(task, &gathered, &wanted, shelf, progress).await?;
                Ok(Ok(()))
            }
            Ok(Err(error)) => {
                count_failures(&error.failures);
                if !error.market_has_no_bars() {
                    return Ok(Err(PartFailure::Failed(IngestError::Fetch { source: error })));
                }
                progress.summary.warnings.push(format!("no bars from {} to before {}", part.from, part.to));
                progress.record_search(part, error.all_answered());
                Ok(Err(PartFailure::Empty(error)))
            }
            Err(_) => Ok(Err(PartFailure::Failed(IngestError::TimedOut { from: part.from, to: part.to }))),
        }
    }

    /// Archives what sources answered, and stores what they said and which bars count by it.
    async fn store(
        &self,
        task: &IngestTask<'_>,
        gathered: &FetchResult,
        wanted: &BarRequest,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        count_failures(&gathered.failures);
        let mut said = Vec::new();
        for delivery in &gathered.deliveries {
            let archive =
                raw::archive(delivery.name, &delivery.pages).map_err(|source| IngestError::Archive { source })?;
            let key = keys::raw(delivery.name.as_str(), &wanted.symbol, wanted.interval, &raw::fetch_id(wanted));
            self.storage
                .put(&key, archive, "application/gzip")
                .await
                .map_err(IngestError::aws("archive the raw answers"))?;
            let (origin, seen) = (delivery.origin(), task.as_of);
            let observe =
                |bar: &Bar| Observation { bar: *bar, origin: origin.clone(), first_seen: seen, last_seen: seen };
            said.extend(delivery.bars.iter().map(observe));
        }
        progress.record_search(Range { from: wanted.from, to: wanted.to }, gathered.complete);
        let year = utc_year(wanted.from);
        let draft = shelf.prepare_update(year, &said).await?;
        progress.pending.unannounced = UnpublishedBars::extend(progress.pending.unannounced.take(), &draft.added);
        self.write_pending_work(task, progress).await?;
        progress.record(gathered, &said, draft.added.len(), draft.revised);
        // Of the whole range, not only of what is new: one that was killed before it said so says it now.
        let asked_for = draft.between(wanted.from, wanted.to);
        let marked = flag_findings(asked_for, draft.observations());
        let mended = gathered.deliveries.iter().flat_map(|delivery| delivery.findings.clone());
        let found: Vec<_> =
            marked.into_iter().chain(mended.filter(|one| one.rule.action() != QualityAction::Drop)).collect();
        progress.summary.add_findings(&found);
        progress.quality_report.add_findings(found);
        shelf.store(draft).await?;
        self.note_gaps(task, year, shelf, progress).await
    }

    /// The ledger as it is after a change of one year.
    async fn note_gaps(
        &self,
        task: &IngestTask<'_>,
        year: i16,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let Some((from, to, gaps)) = shelf.gaps_around(year).await? {
            progress.quality_report.update_gaps(from, to, &gaps, &progress.searches, task.as_of);
        }
        self.write_quality_report(task, progress).await
    }
}

impl IngestProgress {
    fn record(&mut self, gathered: &FetchResult, said: &[Observation], added: usize, revised: usize) {
        let times: BTreeSet<Timestamp> = said.iter().map(|one| one.bar.time).collect();
        let summary = &mut self.summary;
        summary.fetched += times.len();
        summary.new_bars += added;
        summary.revised += revised;
        summary.first = [summary.first, times.first().copied()].into_iter().flatten().min();
        let answered: Vec<String> = gathered.deliveries.iter().map(|delivery| delivery.origin().to_string()).collect();
        for failure in &gathered.failures {
            let (source, error) = (failure.source, error_chain(&failure.error));
            summary.warnings.push(format!("{source} {error}; {} answered", answered.join(" and ")));
        }
    }
}

fn bar_request(task: &IngestTask<'_>, part: Range) -> BarRequest {
    BarRequest {
        symbol: task.request.symbol.clone(),
        interval: task.request.interval,
        from: part.from,
        to: part.to,
        as_of: task.as_of,
        wall_clock: task.invocation.started_at,
    }
}

fn count_failures(failures: &[SourceFailure]) {
    for failure in failures {
        Metrics::default().dimension("Source", failure.source.as_str()).count("SourceFailure", 1).emit();
    }
}
