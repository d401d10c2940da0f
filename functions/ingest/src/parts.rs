//! The parts of an ingest: what was asked for, what is left of a back-fill, and gaps that are due to be looked for again.

use crate::{
    error::IngestError,
    ingest::{Ingest, Task},
    note::{Note, Unannounced},
    plan::{Range, by_year},
    raw,
    shelf::Shelf,
    summary::{Status, Summary},
};
use aws::{Metrics, failure::chain, keys};
use domain::{
    Bar,
    gaps::{Gap, KnownGap, Ledger, Search},
    interval::utc_year,
    observation::{Observation, findings},
    quality::Action,
};
use jiff::Timestamp;
use market::{Gathered, NoSource, SourceFailure, Wanted};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

/// A further part is only begun when at least this much of the invocation is left.
const RESERVE: Duration = Duration::from_secs(75);

/// What is kept for storing and announcing when sources take all the time there is: at most this, and at most a quarter.
const MARGIN: Duration = Duration::from_secs(20);

/// How many gaps are looked for again in one call.
const REPAIRS: usize = 8;

/// How many bars before a part are there to compare with.
const RECENT: usize = 48;

/// What one ingest carries from part to part.
pub(crate) struct Progress {
    pub(crate) summary: Summary,
    /// What is owed, and what of that is stored.
    pub(crate) note: Note,
    pub(crate) stored_note: Note,
    pub(crate) ledger: Ledger,
    pub(crate) stored_ledger: Option<Ledger>,
    /// Whether an earlier ingest left bars unannounced.
    inherited: bool,
    /// Ranges that were asked for, neighbours as one.
    searches: Vec<Search>,
}

/// Why a part has no bars.
enum Missed {
    /// The market has none: before it existed, or just after the turn of a year.
    Empty(NoSource),
    /// The sources failed, or took too long.
    Failed(IngestError),
}

/// How the parts of a range went: one without bars is an error only when no other has any.
#[derive(Default)]
struct Tally {
    delivered: bool,
    empty: Option<NoSource>,
}

impl Tally {
    fn count(&mut self, part: Result<(), Missed>) -> Result<(), IngestError> {
        match part {
            Ok(()) => self.delivered = true,
            Err(Missed::Empty(source)) => self.empty = Some(source),
            Err(Missed::Failed(error)) => return Err(error),
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

impl Progress {
    pub(crate) fn new(task: &Task<'_>, note: Note, ledger: Option<Ledger>) -> Self {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        Self {
            inherited: note.unannounced.is_some(),
            stored_note: note.clone(),
            note,
            ledger: ledger.clone().unwrap_or_else(|| Ledger::new(symbol.clone(), interval, task.as_of)),
            stored_ledger: ledger,
            summary: Summary::new(symbol, interval, Status::NothingNew),
            searches: Vec::new(),
        }
    }

    fn searched(&mut self, part: Range, complete: bool) {
        let Range { from, to } = part;
        match self.searches.last_mut().filter(|last| last.from <= from && from <= last.to) {
            Some(last) => {
                last.to = last.to.max(to);
                last.complete &= complete;
            }
            None => self.searches.push(Search { from, to, complete }),
        }
    }

    /// The answer.
    pub(crate) fn finish(self) -> Summary {
        let mut summary = self.summary;
        summary.resume_from = self.note.backfill.map(|rest| rest.from);
        summary.status = if summary.resume_from.is_some() {
            Status::Partial
        } else if summary.new_bars > 0 {
            Status::Ingested
        } else if self.inherited {
            Status::Announced
        } else if summary.revised > 0 {
            Status::Revised
        } else {
            Status::NothingNew
        };
        summary
    }
}

impl Ingest {
    /// What has closed since the last bar. Nothing of it may wait.
    pub(crate) async fn follow(
        &self,
        task: &Task<'_>,
        range: Range,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let mut tally = Tally::default();
        for part in by_year(range) {
            tally.count(self.part(task, part, shelf, progress).await?)?;
        }
        tally.end()
    }

    /// A range year by year, so that a long back-fill that is cut short has not been in vain. What is left of it is in the
    /// note at every moment; it stays there when time runs out, and when sources fail.
    ///
    /// # Errors
    /// Beside what can fail: sources failed, or the whole range has no bar.
    pub(crate) async fn fill(
        &self,
        task: &Task<'_>,
        range: Range,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let mut tally = Tally::default();
        // Bars that close later are not there yet: they stay owed.
        let beyond = task.request.interval.floor(task.as_of);
        let rest = (beyond < range.to).then_some(Range { from: range.from.max(beyond), to: range.to });
        for part in by_year(Range { to: range.to.min(beyond), ..range }) {
            progress.note.backfill = Some(Range { from: part.from, to: range.to });
            if !progress.searches.is_empty() && task.moment.remaining() < RESERVE {
                return Ok(());
            }
            tally.count(self.part(task, part, shelf, progress).await?)?;
        }
        progress.note.backfill = rest;
        tally.end()
    }

    /// What is owed, and gaps whose time has come, but for those that a back-fill will come to. The newest bars are in by
    /// now: what sources fail to deliver here is a warning.
    pub(crate) async fn catch_up(
        &self,
        task: &Task<'_>,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        if let Some(range) = progress.note.backfill {
            match self.fill(task, range, shelf, progress).await {
                Err(error @ (IngestError::Fetch { .. } | IngestError::TimedOut { .. })) => {
                    let text = format!("the back-fill from {} has to wait: {}", range.from, chain(&error));
                    progress.summary.warnings.push(text);
                }
                other => other?,
            }
        }
        let interval = task.request.interval;
        let owed = progress.note.backfill;
        let is_owed = |gap: &KnownGap| owed.is_some_and(|owed| gap.from < owed.to && owed.from <= gap.to);
        let mut due: Vec<KnownGap> = progress.ledger.gaps.clone();
        due.retain(|gap| gap.is_due(task.as_of) && !is_owed(gap));
        due.sort_by_key(|gap| gap.tried_at);
        for gap in due.into_iter().take(REPAIRS) {
            for part in by_year(Range { from: gap.from, to: interval.step(gap.to, 1) }) {
                if task.moment.remaining() < RESERVE {
                    return Ok(());
                }
                if let Err(Missed::Failed(error)) = self.part(task, part, shelf, progress).await? {
                    progress.summary.warnings.push(format!("the gap from {} stays: {}", gap.from, chain(&error)));
                    progress.searched(part, false);
                }
            }
            // The gap begins after a bar that is there.
            self.note_gaps(task, utc_year(interval.step(gap.from, -1)), shelf, progress).await?;
        }
        Ok(())
    }

    /// What is missing in the ranges that were asked for.
    pub(crate) fn gaps_found(progress: &Progress) -> Vec<Gap> {
        let looked_at = |gap: &Gap| progress.searches.iter().any(|one| gap.from < one.to && one.from <= gap.to);
        let gaps = progress.ledger.gaps.iter().map(|known| Gap { from: known.from, to: known.to, bars: known.bars });
        gaps.filter(looked_at).collect()
    }

    /// Fetches and stores one part, and brings the ledger up to date. The outer error is of AWS or of what is stored.
    async fn part(
        &self,
        task: &Task<'_>,
        part: Range,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<Result<(), Missed>, IngestError> {
        let wanted = wanted(task, part);
        let recent: Vec<Bar> = shelf.before(part.from, RECENT).await?.iter().map(|kept| kept.bar).collect();
        let left = task.moment.remaining();
        let patience = left.saturating_sub(MARGIN.min(left / 4));
        match timeout(patience, self.fetcher.gather(&wanted, &recent)).await {
            Ok(Ok(gathered)) => {
                self.store(task, &gathered, &wanted, shelf, progress).await?;
                Ok(Ok(()))
            }
            Ok(Err(error)) => {
                count_failures(&error.failures);
                if !error.is_empty_market() {
                    return Ok(Err(Missed::Failed(IngestError::Fetch { source: error })));
                }
                progress.summary.warnings.push(format!("no bars from {} to before {}", part.from, part.to));
                progress.searched(part, error.is_answered());
                Ok(Err(Missed::Empty(error)))
            }
            Err(_) => Ok(Err(Missed::Failed(IngestError::TimedOut { from: part.from, to: part.to }))),
        }
    }

    /// Archives what sources answered, and stores what they said and which bars count by it.
    async fn store(
        &self,
        task: &Task<'_>,
        gathered: &Gathered,
        wanted: &Wanted,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
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
        progress.searched(Range { from: wanted.from, to: wanted.to }, gathered.complete);
        let year = utc_year(wanted.from);
        let draft = shelf.draft(year, &said).await?;
        progress.note.unannounced = Unannounced::widen(progress.note.unannounced.take(), &draft.added);
        self.write_note(task, progress).await?;
        progress.record(gathered, &said, draft.added.len(), draft.revised);
        // Of the whole range, not only of what is new: one that was killed before it said so says it now.
        let asked_for = draft.between(wanted.from, wanted.to);
        let marked = findings(asked_for, draft.observations());
        let mended = gathered.deliveries.iter().flat_map(|delivery| delivery.findings.clone());
        let found: Vec<_> = marked.into_iter().chain(mended.filter(|one| one.rule.action() != Action::Drop)).collect();
        progress.summary.note_findings(&found);
        progress.ledger.note_findings(found);
        shelf.store(draft).await?;
        self.note_gaps(task, year, shelf, progress).await
    }

    /// The ledger as it is after a change of one year.
    async fn note_gaps(
        &self,
        task: &Task<'_>,
        year: i16,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        if let Some((from, to, gaps)) = shelf.gaps_around(year).await? {
            progress.ledger.note_gaps(from, to, &gaps, &progress.searches, task.as_of);
        }
        self.write_ledger(task, progress).await
    }
}

impl Progress {
    fn record(&mut self, gathered: &Gathered, said: &[Observation], added: usize, revised: usize) {
        let times: BTreeSet<Timestamp> = said.iter().map(|one| one.bar.time).collect();
        let summary = &mut self.summary;
        summary.fetched += times.len();
        summary.new_bars += added;
        summary.revised += revised;
        summary.first = [summary.first, times.first().copied()].into_iter().flatten().min();
        let answered: Vec<String> = gathered.deliveries.iter().map(|delivery| delivery.origin().to_string()).collect();
        for failure in &gathered.failures {
            let (source, error) = (failure.source, chain(&failure.error));
            summary.warnings.push(format!("{source} {error}; {} answered", answered.join(" and ")));
        }
    }
}

fn wanted(task: &Task<'_>, part: Range) -> Wanted {
    Wanted {
        symbol: task.request.symbol.clone(),
        interval: task.request.interval,
        from: part.from,
        to: part.to,
        as_of: task.as_of,
        clock: task.moment.clock,
    }
}

fn count_failures(failures: &[SourceFailure]) {
    for failure in failures {
        Metrics::default().dimension("Source", failure.source.as_str()).count("SourceFailure", 1).emit();
    }
}
