//! One ingest: lock, plan, then part by part fetch, archive and store; at last ledger, window and event.

use crate::{
    agreement::contradicted,
    error::IngestError,
    note::{self, Note},
    parts::Progress,
    plan::plan,
    shelf::Shelf,
    summary::{Status, Summary},
};
use aws::{Bus, Locks, Metrics, Storage, failure::chain, keys, metrics::Unit};
use domain::{
    Interval, Symbol,
    event::{BarsIngested, IngestRequest},
    features::WINDOW_BARS,
    gaps::Ledger,
    observation::Precedence,
    window::Window,
};
use jiff::{SignedDuration, Timestamp};
use market::Fetcher;
use std::time::{Duration, Instant};

/// Bars in the window object: what a forecast needs, and some to spare for looking back a little.
const WINDOW_LENGTH: usize = WINDOW_BARS + 50;

/// How many of the latest days are compared with their hours: about as many as the hours' window has.
const DAYS_COMPARED: usize = 30;

/// How much longer than the invocation its lock lives, so that a killed one does not block its own retry.
const LOCK_SLACK: Duration = Duration::from_secs(2);

/// Everything an ingest needs, made once.
#[derive(Debug)]
pub struct Ingest {
    /// The sources.
    pub fetcher: Fetcher,
    /// How they are weighed against each other.
    pub precedence: Precedence,
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

impl Moment {
    /// How long one may still work.
    pub(crate) fn remaining(&self) -> Duration {
        self.time_left.saturating_sub(self.started.elapsed())
    }
}

/// What was asked for, and what counts as now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) request: &'a IngestRequest,
    pub(crate) as_of: Timestamp,
    pub(crate) moment: Moment,
}

impl Ingest {
    /// Fetches, stores and announces what `request` asks for. What time does not suffice for is noted, and another call
    /// asked for, which goes on with it.
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
        let task = Task { request, as_of: request.as_of.unwrap_or(moment.clock), moment };
        let result = self.run_locked(&task).await;
        if let Err(error) = self.locks.release(lock).await {
            tracing::warn!(error = chain(&error), "the lock stays until it expires");
        }
        let (mut summary, go_on) = result?;
        if go_on {
            // Only after the lock is free. A call that got nowhere does not ask for another.
            let rest = IngestRequest { from: None, to: None, ..request.clone() };
            self.bus.publish(IngestRequest::DETAIL_TYPE, &rest).await.map_err(IngestError::aws("ask for the rest"))?;
        }
        summary.duration_ms = u64::try_from(moment.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        measure(&summary, moment.clock);
        Ok(summary)
    }

    /// The summary, and whether a back-fill was begun that has to go on.
    async fn run_locked(&self, task: &Task<'_>) -> Result<(Summary, bool), IngestError> {
        let (symbol, interval) = (&task.request.symbol, task.request.interval);
        let (note_key, ledger_key) = (note::key(symbol, interval), keys::quality(symbol, interval));
        let (note, ledger) = tokio::try_join!(self.storage.get_json(&note_key), self.storage.get_json(&ledger_key))
            .map_err(IngestError::aws("read the note and the ledger"))?;
        let note: Note = note.unwrap_or_default();
        let ledger: Option<Ledger> = ledger;
        let mut shelf = Shelf::open(&self.storage, &self.precedence, symbol, interval).await?;
        let last = shelf.last().await?.map(|kept| kept.bar.time);
        let plan = plan(task.request, task.as_of, last).map_err(|source| IngestError::Request { source })?;

        let mut progress = Progress::new(task, note, ledger);
        self.work(task, plan, &mut shelf, &mut progress).await?;
        let source = self.write_window(task, &mut shelf, &mut progress).await?;
        self.compare_with_hours(task, &mut shelf, &mut progress).await?;
        self.write_ledger(task, source, &mut progress).await?;
        self.announce(task.as_of, &mut progress).await?;

        let go_on = progress.advanced && progress.note.backfill.is_some();
        Ok((progress.finish(), go_on))
    }

    /// Rewrites the window when the lake's last bars differ from it; whose the last bar is.
    async fn write_window(
        &self,
        task: &Task<'_>,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<Option<String>, IngestError> {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        let kept = shelf.before(Timestamp::MAX, WINDOW_LENGTH).await?;
        let Some(last) = kept.last() else { return Ok(None) };
        let source = last.origin.to_string();
        progress.summary.last = Some(last.bar.time);
        progress.summary.source = Some(source.clone());
        let key = keys::window(&symbol, interval);
        let stored: Option<Window> = self.storage.get_json(&key).await.map_err(IngestError::aws("read the window"))?;
        let bars = kept.iter().map(|one| one.bar).collect();
        let window = Window { symbol, interval, source: source.clone(), updated_at: task.as_of, bars };
        if stored.is_none_or(|stored| stored.bars != window.bars || stored.source != source) {
            self.storage.put_json(&key, &window).await.map_err(IngestError::aws("write the window"))?;
        }
        Ok(Some(source))
    }

    /// Compares the latest days with the latest hours of the same symbol, where there are some.
    async fn compare_with_hours(
        &self,
        task: &Task<'_>,
        shelf: &mut Shelf<'_>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        if task.request.interval != Interval::Day {
            return Ok(());
        }
        let key = keys::window(&task.request.symbol, Interval::Hour);
        let hours: Option<Window> = self.storage.get_json(&key).await.map_err(IngestError::aws("read the hours"))?;
        let Some(hours) = hours else { return Ok(()) };
        let days = shelf.before(Timestamp::MAX, DAYS_COMPARED).await?;
        let found = contradicted(&days, &hours.bars, &self.precedence);
        progress.summary.note_findings(&found);
        progress.ledger.note_findings(found);
        Ok(())
    }

    async fn write_ledger(
        &self,
        task: &Task<'_>,
        source: Option<String>,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let Some(source) = source else { return Ok(()) };
        let ledger = &mut progress.ledger;
        ledger.last_source = source;
        if progress.stored_ledger.as_ref() == Some(ledger) {
            return Ok(());
        }
        ledger.updated_at = task.as_of;
        let key = keys::quality(&ledger.symbol, ledger.interval);
        self.storage.put_json(&key, ledger).await.map_err(IngestError::aws("write the ledger"))
    }

    async fn announce(&self, as_of: Timestamp, progress: &mut Progress) -> Result<(), IngestError> {
        if let (Some(new), Some(last)) = (progress.note.unannounced.take(), progress.summary.last) {
            let event = BarsIngested {
                symbol: progress.summary.symbol.clone(),
                interval: progress.summary.interval,
                first: new.first,
                last,
                new_bars: new.new_bars,
                source: new.source,
                as_of,
            };
            self.bus.publish(BarsIngested::DETAIL_TYPE, &event).await.map_err(IngestError::aws("announce the bars"))?;
        }
        self.write_note(progress).await
    }

    /// Writes the note when it differs from the stored one.
    pub(crate) async fn write_note(&self, progress: &mut Progress) -> Result<(), IngestError> {
        if progress.note == progress.stored_note {
            return Ok(());
        }
        let key = note::key(&progress.summary.symbol, progress.summary.interval);
        self.storage.put_json(&key, &progress.note).await.map_err(IngestError::aws("note what is owed"))?;
        progress.stored_note = progress.note.clone();
        Ok(())
    }
}

/// The alarm for a silent ingest watches `IngestSucceeded` over all symbols, so it is emitted without dimensions too.
fn measure(summary: &Summary, clock: Timestamp) {
    Metrics::default().count("IngestSucceeded", 1).emit();
    let of = |symbol: &Symbol| {
        Metrics::default().dimension("Symbol", symbol.as_str()).dimension("Interval", summary.interval.as_str())
    };
    let mut metrics = of(&summary.symbol)
        .count("IngestSucceeded", 1)
        .count("BarsIngested", summary.new_bars)
        .count("BarsRevised", summary.revised)
        .count("QualityFindings", summary.rules.values().sum::<usize>());
    if let Some(last) = summary.last {
        let age = clock.duration_since(summary.interval.step(last, 1));
        metrics = metrics.value("DataAgeSeconds", age.as_secs_f64(), Unit::Seconds);
    }
    metrics.emit();
}
