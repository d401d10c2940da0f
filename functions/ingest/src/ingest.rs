//! One ingest: lock, plan, then part by part fetch, archive and merge; at last the window and the event.

use crate::{
    error::{IngestError, SourceFailure},
    fetch::{Delivery, Fetcher},
    pending::{self, Pending},
    plan::{Range, by_year, plan},
    raw,
    shelf::Shelf,
    summary::{Status, Summary, gaps},
    wanted::Wanted,
};
use aws::{Bus, Locks, Metrics, Storage, failure::chain, keys, metrics::Unit};
use domain::{
    Bar,
    event::{BarsIngested, IngestRequest},
    features::WINDOW_BARS,
    merge::{merge, year_of},
    window::Window,
};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant};

/// Bars in the window object: what a forecast needs, and some to spare for looking back a little.
const WINDOW_LENGTH: usize = WINDOW_BARS + 50;

/// A part is only begun when at least this much of the invocation is left: enough for a slow source to be given up and
/// the next one to deliver a year.
const RESERVE: Duration = Duration::from_secs(75);

/// How much longer than the invocation its lock lives, so that a killed one does not block its own retry.
const LOCK_SLACK: Duration = Duration::from_secs(2);

/// Everything an ingest needs, made once.
#[derive(Debug)]
pub struct Ingest {
    /// The sources.
    pub fetcher: Fetcher,
    /// The bucket.
    pub storage: Storage,
    /// One ingest at a time per symbol and interval.
    pub locks: Locks,
    /// Where new bars are announced.
    pub bus: Bus,
}

/// When it is, and how long one may work.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The clock.
    pub clock: Timestamp,
    /// When the invocation began.
    pub started: Instant,
    /// How long it may take from then.
    pub time_left: Duration,
}

/// What one ingest carries from part to part.
struct Progress {
    summary: Summary,
    pending: Option<Pending>,
    /// Whether an earlier ingest left bars unannounced.
    inherited: bool,
    /// The source of the window before this ingest, when a stand-in must not revise its bars.
    owner: Option<String>,
}

impl Ingest {
    /// Fetches, stores and announces what `request` asks for.
    ///
    /// # Errors
    /// No source delivered, or AWS failed. What is stored by then is whole years that are valid; the same call later
    /// completes and announces it.
    pub async fn run(&self, request: &IngestRequest, moment: Moment) -> Result<Summary, IngestError> {
        let name = format!("ingest#{}#{}", request.symbol, request.interval);
        let ttl = SignedDuration::try_from(moment.time_left + LOCK_SLACK).unwrap_or(SignedDuration::from_mins(15));
        let lock = self.locks.acquire(&name, ttl, moment.clock).await.map_err(IngestError::aws("take the lock"))?;
        let Some(lock) = lock else {
            let symbol = request.symbol.clone();
            return Ok(Summary::new(symbol, request.interval, Status::AlreadyRunning));
        };
        let result = self.run_locked(request, moment).await;
        if let Err(error) = self.locks.release(lock).await {
            tracing::warn!(error = chain(&error), "the lock stays until it expires");
        }
        let mut summary = result?;
        summary.duration_ms = u64::try_from(moment.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        measure(&summary, moment.clock);
        Ok(summary)
    }

    async fn run_locked(&self, request: &IngestRequest, moment: Moment) -> Result<Summary, IngestError> {
        let (symbol, interval) = (&request.symbol, request.interval);
        let as_of = request.as_of.unwrap_or(moment.clock);
        let window_key = keys::window(symbol, interval);
        let window: Option<Window> =
            self.storage.get_json(&window_key).await.map_err(IngestError::aws("read the window"))?;
        let pending: Option<Option<Pending>> = self
            .storage
            .get_json(&pending::key(symbol, interval))
            .await
            .map_err(IngestError::aws("read what is unannounced"))?;
        let pending = pending.flatten();
        let mut shelf = Shelf::open(&self.storage, symbol, interval).await?;
        let before = shelf.last().await?;
        let plan = plan(request, as_of, before).map_err(|source| IngestError::Request { source })?;
        let mut progress = Progress {
            summary: Summary::new(symbol.clone(), interval, Status::NothingNew),
            inherited: pending.is_some(),
            pending,
            owner: window.as_ref().filter(|_| request.from.is_none()).map(|window| window.source.clone()),
        };
        self.parts(plan, request, as_of, moment, &mut shelf, &mut progress).await?;
        self.write_window(&window_key, window, as_of, &shelf, &mut progress).await?;
        self.announce(as_of, &mut progress).await?;
        Ok(progress.finish())
    }

    /// Fetches and stores year by year, so that a long back-fill that is cut short has not been in vain.
    async fn parts(
        &self,
        plan: Option<Range>,
        request: &IngestRequest,
        as_of: Timestamp,
        moment: Moment,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let (mut empty, mut delivered, mut last) = (None, false, None);
        for Range { from, to } in plan.map(by_year).unwrap_or_default() {
            if delivered && moment.time_left.saturating_sub(moment.started.elapsed()) < RESERVE {
                progress.summary.resume_from = Some(from);
                break;
            }
            let (symbol, clock) = (request.symbol.clone(), moment.clock);
            let wanted = Wanted { symbol, interval: request.interval, from, to, as_of, clock };
            match self.fetcher.fetch(&wanted).await {
                Ok(delivery) => {
                    count_failures(&delivery.failures);
                    let found = gaps(last, &delivery.bars, request.interval);
                    progress.summary.gaps.extend(found);
                    last = delivery.bars.last().map(|bar| bar.time);
                    delivered = true;
                    self.store(&delivery, &wanted, shelf, progress).await?;
                }
                // Before a market existed, or just after the turn of the year: not an error unless it is all there is.
                Err(error) if error.is_empty_market() => {
                    progress.summary.warnings.push(format!("no bars from {from} to before {to}"));
                    empty = Some(error);
                }
                Err(source) => {
                    count_failures(&source.failures);
                    return Err(IngestError::Fetch { source });
                }
            }
        }
        match empty {
            Some(source) if !delivered => Err(IngestError::Fetch { source }),
            _ => Ok(()),
        }
    }

    /// Archives one delivery and merges it into its year.
    async fn store(
        &self,
        delivery: &Delivery,
        wanted: &Wanted,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let label = delivery.label();
        let archive = raw::archive(delivery.name, &delivery.pages).map_err(|source| IngestError::Archive { source })?;
        let key = keys::raw(delivery.name.as_str(), &wanted.symbol, wanted.interval, &raw::fetch_id(wanted));
        self.storage
            .put(&key, archive, "application/gzip")
            .await
            .map_err(IngestError::aws("archive the raw answers"))?;

        let Some(year) = delivery.bars.first().map(year_of) else { return Ok(()) };
        let existing = shelf.load(year).await?;
        let stand_in = progress.owner.as_ref().is_some_and(|owner| *owner != label);
        let merged = if stand_in {
            merge(&existing, &only_new(&existing, &delivery.bars))
        } else {
            merge(&existing, &delivery.bars)
        };
        if !merged.added.is_empty() {
            progress.pending = Pending::widen(progress.pending.take(), &merged.added, &label);
            self.write_pending(progress).await?;
        }
        if merged.changed() {
            shelf.store(year, &merged.bars).await?;
        }
        progress.record(delivery, label, merged.added.len(), merged.revised.len());
        Ok(())
    }

    /// Rewrites the window when the lake's last bars differ from it.
    async fn write_window(
        &self,
        key: &str,
        stored: Option<Window>,
        as_of: Timestamp,
        shelf: &Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let bars = shelf.tail(WINDOW_LENGTH).await?;
        let last = bars.last().map(|bar| bar.time);
        progress.summary.last = last;
        if bars.is_empty() || stored.as_ref().is_some_and(|window| window.bars == bars) {
            return Ok(());
        }
        // The last bar is of this delivery, or of one that died before it wrote the window, or is the one of before.
        let unchanged_last = stored.as_ref().filter(|window| window.bars.last() == bars.last());
        let source = unchanged_last
            .map(|window| window.source.clone())
            .or_else(|| progress.pending.as_ref().map(|pending| pending.source.clone()))
            .or_else(|| progress.summary.source.clone())
            .or_else(|| stored.as_ref().map(|window| window.source.clone()))
            .unwrap_or_else(|| "unknown".to_owned());
        let (symbol, interval) = (progress.summary.symbol.clone(), progress.summary.interval);
        let window = Window { symbol, interval, source, updated_at: as_of, bars };
        self.storage.put_json(key, &window).await.map_err(IngestError::aws("write the window"))
    }

    async fn announce(&self, as_of: Timestamp, progress: &mut Progress) -> Result<(), IngestError> {
        let (Some(pending), Some(last)) = (progress.pending.take(), progress.summary.last) else { return Ok(()) };
        let event = BarsIngested {
            symbol: progress.summary.symbol.clone(),
            interval: progress.summary.interval,
            first: pending.first,
            last,
            new_bars: pending.new_bars,
            source: pending.source,
            as_of,
        };
        self.bus.publish(BarsIngested::DETAIL_TYPE, &event).await.map_err(IngestError::aws("announce the bars"))?;
        self.write_pending(progress).await
    }

    async fn write_pending(&self, progress: &Progress) -> Result<(), IngestError> {
        let key = pending::key(&progress.summary.symbol, progress.summary.interval);
        self.storage.put_json(&key, &progress.pending).await.map_err(IngestError::aws("note what is unannounced"))
    }
}

impl Progress {
    fn record(&mut self, delivery: &Delivery, label: String, added: usize, revised: usize) {
        let summary = &mut self.summary;
        summary.fetched += delivery.bars.len();
        summary.new_bars += added;
        summary.revised += revised;
        summary.first = summary.first.or(delivery.bars.first().map(|bar| bar.time));
        for failure in &delivery.failures {
            summary.warnings.push(format!("{} {}; {label} answered", failure.source, chain(&failure.error)));
        }
        if let Some(owner) = self.owner.as_ref().filter(|owner| **owner != label) {
            let note = format!("stored bars are from {owner}: {label} adds bars and corrects none");
            if !summary.warnings.contains(&note) {
                summary.warnings.push(note);
            }
        }
        summary.source = Some(label);
    }

    fn finish(self) -> Summary {
        let mut summary = self.summary;
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

/// The bars at times that `existing` does not have.
fn only_new(existing: &[Bar], bars: &[Bar]) -> Vec<Bar> {
    let known = |bar: &&Bar| existing.binary_search_by_key(&bar.time, |bar| bar.time).is_ok();
    bars.iter().filter(|bar| !known(bar)).copied().collect()
}

fn count_failures(failures: &[SourceFailure]) {
    for failure in failures {
        Metrics::default().dimension("Source", failure.source.as_str()).count("SourceFailure", 1).emit();
    }
}

/// The alarm for a silent ingest watches `IngestSucceeded` over all symbols, so it is emitted without dimensions too.
fn measure(summary: &Summary, clock: Timestamp) {
    Metrics::default().count("IngestSucceeded", 1).emit();
    let mut metrics = Metrics::default()
        .dimension("Symbol", summary.symbol.as_str())
        .dimension("Interval", summary.interval.as_str())
        .count("IngestSucceeded", 1)
        .count("BarsIngested", summary.new_bars)
        .count("BarsRevised", summary.revised);
    if let Some(last) = summary.last {
        let age = clock.duration_since(summary.interval.step(last, 1));
        metrics = metrics.value("DataAgeSeconds", age.as_secs_f64(), Unit::Seconds);
    }
    metrics.emit();
}
