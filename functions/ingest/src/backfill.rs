//! Fetching and storing: the newest bars, a back-fill year by year, and gaps that are due for another search.

use crate::{
    IngestError,
    metrics::emit_source_failures,
    pending_work::UnpublishedBars,
    plan::{Range, split_by_year},
    progress::{IngestProgress, PartFailure, RangeOutcome},
    raw,
    service::IngestService,
    task::IngestTask,
};
use aws::keys;
use bar_store::BarPartitions;
use exchanges::{BarRequest, FetchResult};
use market_data::{
    Bar,
    gaps::TrackedGap,
    interval::utc_year,
    observation::{Observation, flag_findings},
    quality::QualityAction,
};
use observability::error_chain;
use std::time::Duration;
use tokio::time::timeout;

/// Time that must be left of the invocation for a further part to begin.
const MIN_TIME_FOR_PART: Duration = Duration::from_secs(75);

/// Time that sources must leave for storing and publishing: at most this, and at most a quarter of what is left.
const STORE_TIME_RESERVE: Duration = Duration::from_secs(20);

/// Largest number of gaps that one invocation searches again.
const MAX_REPAIRS: usize = 8;

/// Number of stored bars before a part that its bars are compared with.
const CONTEXT_BARS: usize = 48;

impl IngestService {
    /// Ingests the bars that closed since the last stored one.
    pub(crate) async fn ingest_incremental(
        &self,
        task: &IngestTask<'_>,
        range: Range,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let mut outcome = RangeOutcome::default();
        for part in split_by_year(range) {
            outcome.add(self.ingest_part(task, part, partitions, progress).await?)?;
        }
        outcome.finish()
    }

    /// Ingests a range year by year, so that a long back-fill that is cut short has not been in vain. The rest of it is always
    /// in the pending work, also when time runs out or sources fail.
    ///
    /// # Errors
    /// A call to AWS or all sources failed, or the whole range has no bar.
    pub(crate) async fn backfill(
        &self,
        task: &IngestTask<'_>,
        range: Range,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let mut outcome = RangeOutcome::default();
        // Bars that have not closed yet stay pending.
        let closed = task.request.interval.floor(task.as_of);
        let rest = (closed < range.to).then_some(Range { from: range.from.max(closed), to: range.to });
        for part in split_by_year(Range { to: range.to.min(closed), ..range }) {
            progress.pending.backfill = Some(Range { from: part.from, to: range.to });
            if !progress.searches.is_empty() && task.invocation.time_left() < MIN_TIME_FOR_PART {
                return Ok(());
            }
            outcome.add(self.ingest_part(task, part, partitions, progress).await?)?;
        }
        progress.pending.backfill = rest;
        outcome.finish()
    }

    /// Resumes a pending back-fill, then searches gaps that are due again, except those that the back-fill will reach. The newest
    /// bars are stored by now, so a failure of the sources is only a warning here.
    pub(crate) async fn resume_and_repair(
        &self,
        task: &IngestTask<'_>,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let Some(range) = progress.pending.backfill {
            match self.backfill(task, range, partitions, progress).await {
                Err(error @ (IngestError::Fetch { .. } | IngestError::TimedOut { .. })) => {
                    let text = format!("the back-fill from {} has to wait: {}", range.from, error_chain(&error));
                    progress.response.warnings.push(text);
                }
                other => other?,
            }
        }
        let interval = task.request.interval;
        for gap in gaps_due(task, progress) {
            for part in split_by_year(Range { from: gap.from, to: interval.step(gap.to, 1) }) {
                if task.invocation.time_left() < MIN_TIME_FOR_PART {
                    return Ok(());
                }
                if let Err(PartFailure::Failed(error)) = self.ingest_part(task, part, partitions, progress).await? {
                    let text = format!("the gap from {} stays: {}", gap.from, error_chain(&error));
                    progress.response.warnings.push(text);
                    progress.record_search(part, false);
                }
            }
            // The gap belongs to the year of the bar before it.
            self.update_gaps(task, utc_year(interval.step(gap.from, -1)), partitions, progress).await?;
        }
        Ok(())
    }

    /// Fetches and stores one part, and updates the quality report. The outer error is of AWS or of stored objects.
    async fn ingest_part(
        &self,
        task: &IngestTask<'_>,
        part: Range,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<Result<(), PartFailure>, IngestError> {
        let request = bar_request(task, part);
        let context: Vec<Bar> =
            partitions.bars_before(part.from, CONTEXT_BARS).await?.iter().map(|resolved| resolved.bar).collect();
        let time_left = task.invocation.time_left();
        let limit = time_left.saturating_sub(STORE_TIME_RESERVE.min(time_left / 4));
        match timeout(limit, self.fetcher.fetch(&request, &context)).await {
            Ok(Ok(fetched)) => {
                self.store(task, &fetched, &request, partitions, progress).await?;
                Ok(Ok(()))
            }
            Ok(Err(error)) => {
                emit_source_failures(&error.failures);
                if !error.market_has_no_bars() {
                    return Ok(Err(PartFailure::Failed(IngestError::Fetch { source: error })));
                }
                progress.response.warnings.push(format!("no bars from {} to before {}", part.from, part.to));
                progress.record_search(part, error.all_answered());
                Ok(Err(PartFailure::Empty(error)))
            }
            Err(_) => Ok(Err(PartFailure::Failed(IngestError::TimedOut { from: part.from, to: part.to }))),
        }
    }

    /// Archives the raw answers, and stores the observations and the bars that are resolved from them.
    async fn store(
        &self,
        task: &IngestTask<'_>,
        fetched: &FetchResult,
        request: &BarRequest,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        emit_source_failures(&fetched.failures);
        let mut observations = Vec::new();
        for batch in &fetched.batches {
            let archive = raw::archive(batch.name, &batch.pages).map_err(|source| IngestError::Archive { source })?;
            let key = keys::raw(batch.name.as_str(), &request.symbol, request.interval, &raw::fetch_id(request));
            self.storage
                .put(&key, archive, "application/gzip")
                .await
                .map_err(IngestError::aws("archive the raw answers"))?;
            let (origin, seen) = (batch.origin(), task.as_of);
            let observe =
                |bar: &Bar| Observation { bar: *bar, origin: origin.clone(), first_seen: seen, last_seen: seen };
            observations.extend(batch.bars.iter().map(observe));
        }
        progress.record_search(Range { from: request.from, to: request.to }, fetched.complete);
        let year = utc_year(request.from);
        let update = partitions.prepare_update(year, &observations).await?;
        progress.pending.unannounced = UnpublishedBars::extend(progress.pending.unannounced.take(), &update.added);
        self.write_pending_work(task, progress).await?;
        progress.record_fetch(fetched, &observations, update.added.len(), update.revised);
        // Findings of the whole range, not only of new bars: an ingest that was killed before it reported them reports them now.
        let flagged = flag_findings(update.between(request.from, request.to), update.observations());
        let repaired = fetched.batches.iter().flat_map(|batch| batch.findings.clone());
        let findings: Vec<_> = flagged
            .into_iter()
            .chain(repaired.filter(|finding| finding.rule.action() != QualityAction::Drop))
            .collect();
        progress.response.add_findings(&findings);
        progress.quality_report.add_findings(findings);
        partitions.store(update).await?;
        self.update_gaps(task, year, partitions, progress).await
    }

    /// Updates the gaps of the quality report after a change of one year.
    async fn update_gaps(
        &self,
        task: &IngestTask<'_>,
        year: i16,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let Some((from, to, gaps)) = partitions.gaps_around(year).await? {
            progress.quality_report.update_gaps(from, to, &gaps, &progress.searches, task.as_of);
        }
        self.write_quality_report(task, progress).await
    }
}

/// Gaps that are due for another search, those searched longest ago first; none that a pending back-fill will reach.
fn gaps_due(task: &IngestTask<'_>, progress: &IngestProgress) -> Vec<TrackedGap> {
    let pending = progress.pending.backfill;
    let is_pending = |gap: &TrackedGap| pending.is_some_and(|range| gap.from < range.to && range.from <= gap.to);
    let mut due: Vec<TrackedGap> = progress.quality_report.gaps.clone();
    due.retain(|gap| gap.is_due(task.as_of) && !is_pending(gap));
    due.sort_by_key(|gap| gap.tried_at);
    due.truncate(MAX_REPAIRS);
    due
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
