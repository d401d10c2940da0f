//! The parts of an ingest: what was asked for, what is left of a back-fill, and gaps that are due to be looked for again.

use crate::{
    error::IngestError,
    ingest::{Ingest, Task},
    note::{Note, Unannounced},
    plan::{Plan, Range, by_year},
    raw,
    shelf::{Shelf, year},
    summary::{Status, Summary},
};
use aws::{Metrics, failure::chain, keys};
use domain::{
    Bar,
    gaps::{Gap, Ledger, Search},
    interval::utc_year,
    observation::{Kept, Observation, findings},
    quality::Action,
};
use jiff::Timestamp;
use market::{Gathered, NoSource, SourceFailure, Wanted};
use std::{collections::BTreeSet, time::Duration};

/// A further part is only begun when at least this much of the invocation is left: enough for a slow source to be given
/// up and the next one to deliver a year.
const RESERVE: Duration = Duration::from_secs(75);

/// How many gaps are looked for again in one call.
const REPAIRS: usize = 8;

/// How many bars before a part are there to compare with.
const RECENT: usize = 48;

/// Whether a range may be left for another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Now,
    InTime,
}

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
    /// Whether a piece of a back-fill was done.
    pub(crate) advanced: bool,
    searches: Vec<Search>,
    years: BTreeSet<i16>,
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
            advanced: false,
            searches: Vec::new(),
            years: BTreeSet::new(),
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
    /// Fetches and stores what is asked for, then what is owed, then what may have turned up; brings the ledger up to date.
    pub(crate) async fn work(
        &self,
        task: &Task<'_>,
        plan: Plan,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let owed = progress.note.backfill;
        match plan {
            Plan::Nothing => {}
            Plan::Follow(range) => {
                self.years(task, range, Urgency::Now, shelf, progress).await?;
            }
            Plan::Fill(range) => {
                let range = owed.map_or(range, |owed| owed.hull(range));
                self.years(task, range, Urgency::InTime, shelf, progress).await?;
            }
        }
        if !matches!(plan, Plan::Fill(_)) {
            if let Some(range) = owed
                && let Err(error) = self.years(task, range, Urgency::InTime, shelf, progress).await
            {
                // The newest bars are in; what is owed stays owed.
                progress.summary.warnings.push(format!(
                    "the back-fill from {} has to wait: {}",
                    range.from,
                    chain(&error)
                ));
            }
            self.repair(task, shelf, progress).await?;
        }
        for year in progress.years.clone() {
            if let Some((from, to, gaps)) = shelf.gaps_around(year).await? {
                progress.ledger.note_gaps(from, to, &gaps, &progress.searches, task.as_of);
            }
        }
        let looked_at = |gap: &Gap| progress.searches.iter().any(|one| gap.from < one.to && one.from <= gap.to);
        let gaps = progress.ledger.gaps.iter().map(|known| Gap { from: known.from, to: known.to, bars: known.bars });
        progress.summary.gaps = gaps.filter(looked_at).collect();
        Ok(())
    }

    /// A range year by year, so that a long back-fill that is cut short has not been in vain. What is left of one that may
    /// wait is in the note at every moment.
    ///
    /// # Errors
    /// Beside what can fail: the whole range has no bar.
    async fn years(
        &self,
        task: &Task<'_>,
        range: Range,
        urgency: Urgency,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let (mut empty, mut delivered) = (None, false);
        let parts = by_year(range);
        let may_wait = urgency == Urgency::InTime && (parts.len() > 1 || progress.note.backfill.is_some());
        for part in parts {
            if may_wait {
                progress.note.backfill = Some(Range { from: part.from, to: range.to });
                if !progress.searches.is_empty() && task.moment.remaining() < RESERVE {
                    return Ok(());
                }
            }
            match self.part(task, part, shelf, progress).await? {
                None => delivered = true,
                Some(error) => empty = Some(error),
            }
            progress.advanced |= may_wait;
        }
        if may_wait {
            progress.note.backfill = None;
        }
        match empty {
            Some(source) if !delivered => Err(IngestError::Fetch { source }),
            _ => Ok(()),
        }
    }

    /// Gaps whose time has come, but for what a back-fill will come to. That nobody has them is no error.
    async fn repair(&self, task: &Task<'_>, shelf: &mut Shelf<'_>, progress: &mut Progress) -> Result<(), IngestError> {
        let interval = task.request.interval;
        let owed = progress.note.backfill;
        let is_owed = |from, to| owed.is_some_and(|owed| from < owed.to && owed.from <= to);
        let gaps = progress.ledger.gaps.iter().filter(|gap| !is_owed(gap.from, gap.to));
        let due = gaps.filter(|gap| gap.is_due(task.as_of)).take(REPAIRS);
        let due: Vec<Range> = due.map(|gap| Range { from: gap.from, to: interval.step(gap.to, 1) }).collect();
        for part in due.into_iter().flat_map(by_year) {
            if task.moment.remaining() < RESERVE {
                break;
            }
            let wanted = wanted(task, part);
            let recent = recent(shelf, part.from).await?;
            match self.fetcher.gather(&wanted, &recent).await {
                Ok(gathered) => self.store(&gathered, &wanted, shelf, progress).await?,
                Err(error) => {
                    count_failures(&error.failures);
                    progress.searches.push(Search { from: part.from, to: part.to, complete: error.is_empty_market() });
                    progress.years.insert(utc_year(part.from));
                }
            }
        }
        Ok(())
    }

    /// Fetches and stores one part; the error when the market has nothing in it, which is for the caller to judge:
    /// before a market existed, or just after the turn of the year, there is nothing.
    async fn part(
        &self,
        task: &Task<'_>,
        part: Range,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<Option<NoSource>, IngestError> {
        let wanted = wanted(task, part);
        let recent = recent(shelf, part.from).await?;
        match self.fetcher.gather(&wanted, &recent).await {
            Ok(gathered) => {
                self.store(&gathered, &wanted, shelf, progress).await?;
                Ok(None)
            }
            Err(error) if error.is_empty_market() => {
                progress.summary.warnings.push(format!("no bars from {} to before {}", part.from, part.to));
                progress.searches.push(Search { from: part.from, to: part.to, complete: true });
                Ok(Some(error))
            }
            Err(source) => {
                count_failures(&source.failures);
                Err(IngestError::Fetch { source })
            }
        }
    }

    /// Archives what sources answered, and stores what they said and which bars count by it.
    async fn store(
        &self,
        gathered: &Gathered,
        wanted: &Wanted,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        count_failures(&gathered.failures);
        let mut said = Vec::new();
        let mut year_of_part = None;
        for delivery in &gathered.deliveries {
            let archive =
                raw::archive(delivery.name, &delivery.pages).map_err(|source| IngestError::Archive { source })?;
            let key = keys::raw(delivery.name.as_str(), &wanted.symbol, wanted.interval, &raw::fetch_id(wanted));
            self.storage
                .put(&key, archive, "application/gzip")
                .await
                .map_err(IngestError::aws("archive the raw answers"))?;
            let (origin, seen) = (delivery.origin(), wanted.as_of);
            let observe =
                |bar: &Bar| Observation { bar: *bar, origin: origin.clone(), first_seen: seen, last_seen: seen };
            said.extend(delivery.bars.iter().map(observe));
            year_of_part = year_of_part.or(year(&delivery.bars));
        }
        progress.searches.push(Search { from: wanted.from, to: wanted.to, complete: gathered.complete });
        let Some(year) = year_of_part else { return Ok(()) };
        progress.years.insert(year);
        let draft = shelf.draft(year, &said).await?;
        progress.note.unannounced = Unannounced::widen(progress.note.unannounced.take(), &draft.added);
        self.write_note(progress).await?;
        progress.record(gathered, &said, &draft.added, draft.revised.len());
        let marked = findings(draft.added.iter().chain(&draft.revised), draft.observations());
        let mended = gathered.deliveries.iter().flat_map(|delivery| delivery.findings.clone());
        let found: Vec<_> = marked.into_iter().chain(mended.filter(|one| one.rule.action() != Action::Drop)).collect();
        progress.summary.note_findings(&found);
        progress.ledger.note_findings(found);
        shelf.store(draft).await
    }
}

impl Progress {
    fn record(&mut self, gathered: &Gathered, said: &[Observation], added: &[Kept], revised: usize) {
        let times: BTreeSet<Timestamp> = said.iter().map(|one| one.bar.time).collect();
        let summary = &mut self.summary;
        summary.fetched += times.len();
        summary.new_bars += added.len();
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

async fn recent(shelf: &mut Shelf<'_>, from: Timestamp) -> Result<Vec<Bar>, IngestError> {
    Ok(shelf.before(from, RECENT).await?.iter().map(|kept| kept.bar).collect())
}

fn count_failures(failures: &[SourceFailure]) {
    for failure in failures {
        Metrics::default().dimension("Source", failure.source.as_str()).count("SourceFailure", 1).emit();
    }
}
