//! One ingest: lock, plan, then part by part fetch, archive and store; at last ledger, window and event.

use crate::{
    backfill::IngestProgress,
    daily_check::daily_mismatches,
    error::IngestError,
    pending_work::PendingWork,
    plan::{FetchPlan, RECHECKED_BARS, plan},
    response::IngestResponse,
};
use aws::{EventBus, LockTable, ObjectStore, OptimisticStorage, keys};
use bar_store::BarPartitions;
use contracts::events::{BarsIngested, IngestRequest};
use exchanges::{Fetcher, SourceName};
use features::WINDOW_BARS;
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::{
    Interval, Symbol,
    observation::{ResolutionPolicy, ResolvedBar, Tolerance},
    window::BarWindow,
};
use observability::{MetricUnit, Metrics, error_chain};
use serde::de::DeserializeOwned;

/// Bars in the window object: what a forecast needs, and some to spare for looking back a little.
const WINDOW_LENGTH: usize = WINDOW_BARS + 50;

/// How many of the latest days are compared with their hours: about as many as the hours' window has.
const DAYS_CHECKED: usize = 30;

/// The share of an invocation's time for which it waits for another ingest of the same bars: the rest is for its own.
const MAX_LOCK_WAIT_SHARE: f64 = 0.4;

/// Everything an ingest needs, made once.
#[derive(Debug)]
pub struct IngestService {
    /// The sources.
    pub fetcher: Fetcher,
    /// Their names, the preferred one first.
    pub order: Vec<SourceName>,
    /// Largest difference of two of them.
    pub tolerance: Tolerance,
    /// True if a bar in a stablecoin counts where no source in dollars has one.
    pub proxy_bars: bool,
    /// The bucket.
    pub storage: ObjectStore,
    /// One ingest at a time per symbol and interval.
    pub locks: LockTable,
    /// Where new bars are announced.
    pub bus: EventBus,
}

/// What was asked for, and what counts as now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IngestTask<'a> {
    pub(crate) request: &'a IngestRequest,
    /// Not after the clock: nobody has seen a bar before it closed.
    pub(crate) as_of: Timestamp,
    pub(crate) invocation: &'a Invocation,
    /// The objects that are read, changed and written back.
    pub(crate) objects: &'a OptimisticStorage<'a>,
}

impl IngestTask<'_> {
    /// An object that is made from the lake: one that cannot be read is made anew.
    pub(crate) async fn read_derived<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, IngestError> {
        match self.objects.get_json(key).await {
            Err(error @ aws::Error::Json { .. }) => {
                tracing::warn!(key, error = error_chain(&error), "made anew");
                Ok(None)
            }
            other => other.map_err(IngestError::aws("read what is made from the lake")),
        }
    }
}

impl IngestService {
    /// Fetches, stores and announces what `request` asks for. What time does not suffice for is noted, and another call
    /// asked for, which goes on with it. Another ingest of the same bars is waited for.
    ///
    /// # Errors
    /// No source delivered, AWS failed, or another ingest of the same bars is at work for too long, or took over. What is
    /// stored by then is whole years that are valid; the same call later completes and announces it.
    pub async fn run(&self, request: &IngestRequest, invocation: &Invocation) -> Result<IngestResponse, IngestError> {
        let name = format!("ingest#{}#{}", request.symbol, request.interval);
        let as_of = request.as_of.map_or(invocation.started_at, |as_of| as_of.min(invocation.started_at));
        let objects = OptimisticStorage::new(&self.storage);
        let task = IngestTask { request, as_of, invocation, objects: &objects };
        let patience = invocation.time_left().mul_f64(MAX_LOCK_WAIT_SHARE);
        // On the heap, or the types of the futures around it nest deeper than the compiler follows.
        let work = Box::pin(self.ingest_locked(&task));
        let result = self.locks.hold(&name, invocation.started_at, patience, work).await;
        let (mut summary, go_on) = result?;
        if go_on {
            // Only after the lock is free. A call that got nowhere does not ask for another.
            let rest = IngestRequest { from: None, to: None, ..request.clone() };
            self.bus.publish(IngestRequest::DETAIL_TYPE, &rest).await.map_err(IngestError::aws("ask for the rest"))?;
        }
        summary.duration_ms = u64::try_from(invocation.elapsed().as_millis()).unwrap_or(u64::MAX);
        emit_metrics(&summary, invocation.started_at);
        Ok(summary)
    }

    /// The summary, and whether a back-fill advanced that has to go on.
    async fn ingest_locked(&self, task: &IngestTask<'_>) -> Result<(IngestResponse, bool), IngestError> {
        let (symbol, interval) = (&task.request.symbol, task.request.interval);
        let note = task.objects.get_json(&keys::pending_work(symbol, interval)).await;
        let note: PendingWork = note.map_err(IngestError::aws("read the note"))?.unwrap_or_default();
        let ledger = task.read_derived(&keys::quality(symbol, interval)).await?;
        let precedence = self.resolution_policy(symbol);
        let mut shelf = BarPartitions::open(task.objects, &precedence, symbol, interval).await?;
        let stored = shelf.bars_before(Timestamp::MAX, RECHECKED_BARS).await?;
        let plan = plan(task.request, task.as_of, &stored).map_err(|source| IngestError::Request { source })?;

        let owed = note.backfill;
        let mut progress = IngestProgress::new(task, note, ledger);
        match plan {
            FetchPlan::UpToDate => {}
            FetchPlan::Incremental(range) => self.ingest_incremental(task, range, &mut shelf, &mut progress).await?,
            FetchPlan::Backfill(range) => {
                // One that goes on by itself begins where it stopped.
                let range = match owed {
                    Some(owed) if task.request.from.is_none() && range.from <= owed.from => owed,
                    Some(owed) => owed.union(range),
                    None => range,
                };
                self.backfill(task, range, &mut shelf, &mut progress).await?;
            }
        }
        self.publish_updates(task, &mut shelf, &mut progress).await?;
        if !matches!(plan, FetchPlan::Backfill(_)) {
            let fetched = progress.summary.fetched;
            self.resume_and_repair(task, &mut shelf, &mut progress).await?;
            if progress.summary.fetched != fetched || progress.pending != progress.stored_pending {
                self.publish_updates(task, &mut shelf, &mut progress).await?;
            }
        }
        let rest = progress.pending.backfill;
        let advanced = rest.is_some_and(|rest| owed.is_none_or(|owed| owed.from < rest.from));
        progress.summary.gaps = Self::gaps_found(&progress);
        Ok((progress.into_response(), advanced))
    }

    /// Which source counts for bars of this symbol.
    fn resolution_policy(&self, symbol: &Symbol) -> ResolutionPolicy {
        let label = |name: &SourceName| name.as_str().to_owned();
        ResolutionPolicy {
            priority: self.order.iter().map(label).collect(),
            proxy_bars: self.proxy_bars,
            proxies: self.order.iter().filter(|name| name.is_proxy_for(symbol)).map(label).collect(),
            tolerance: self.tolerance,
        }
    }

    /// Window, ledger and event, where they are not up to date.
    async fn publish_updates(
        &self,
        task: &IngestTask<'_>,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        self.write_window(task, shelf, progress).await?;
        self.compare_with_hours(task, shelf, progress).await?;
        self.write_quality_report(task, progress).await?;
        self.publish_bars_ingested(task, progress).await
    }

    /// Rewrites the window when the lake's last bars differ from it.
    async fn write_window(
        &self,
        task: &IngestTask<'_>,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        let kept = shelf.bars_before(Timestamp::MAX, WINDOW_LENGTH).await?;
        let Some(last) = kept.last() else { return Ok(()) };
        let source = last.origin.to_string();
        progress.summary.last = Some(last.bar.time);
        progress.summary.source = Some(source.clone());
        progress.quality_report.last_source.clone_from(&source);
        let key = keys::bar_window(&symbol, interval);
        let stored: Option<BarWindow> = task.read_derived(&key).await?;
        let bars = kept.iter().map(|one| one.bar).collect();
        let doubtful = kept.iter().filter_map(ResolvedBar::doubtful).collect();
        // A bar has closed by the clock that was not to be seen.
        let replayed = interval.floor(task.as_of) < interval.floor(task.invocation.started_at);
        // The clock of a replay goes on without a new bar, and never back: predict takes it for now.
        let updated_at = match &stored {
            Some(stored) if replayed && stored.replayed => stored.updated_at.max(task.as_of),
            _ => task.as_of,
        };
        let window = BarWindow { symbol, interval, source, updated_at, replayed, bars, doubtful };
        let is_kept = |stored: BarWindow| {
            let updated_at = if replayed { stored.updated_at } else { window.updated_at };
            BarWindow { updated_at, ..stored } == window
        };
        if !stored.is_some_and(is_kept) {
            task.objects.put_json(&key, &window).await.map_err(IngestError::aws("write the window"))?;
        }
        Ok(())
    }

    /// Compares the latest days with the latest hours of the same symbol, where there are some.
    async fn compare_with_hours(
        &self,
        task: &IngestTask<'_>,
        shelf: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if task.request.interval != Interval::Day {
            return Ok(());
        }
        let key = keys::bar_window(&task.request.symbol, Interval::Hour);
        let hours: Option<BarWindow> = task.read_derived(&key).await?;
        let Some(hours) = hours else { return Ok(()) };
        let days = shelf.bars_before(Timestamp::MAX, DAYS_CHECKED).await?;
        let found = daily_mismatches(&days, &hours.bars, &self.tolerance);
        progress.summary.add_findings(&found);
        progress.quality_report.add_findings(found);
        Ok(())
    }

    /// Writes the ledger when it differs from the stored one.
    pub(crate) async fn write_quality_report(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let ledger = &mut progress.quality_report;
        if progress.stored_quality_report.as_ref() == Some(ledger) {
            return Ok(());
        }
        ledger.updated_at = task.as_of;
        let key = keys::quality(&ledger.symbol, ledger.interval);
        task.objects.put_json(&key, ledger).await.map_err(IngestError::aws("write the ledger"))?;
        progress.stored_quality_report = Some(ledger.clone());
        Ok(())
    }

    async fn publish_bars_ingested(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let (Some(new), Some(last)) = (progress.pending.unannounced.take(), progress.summary.last) {
            let event = BarsIngested {
                symbol: progress.summary.symbol.clone(),
                interval: progress.summary.interval,
                first: new.first,
                last,
                new_bars: new.new_bars,
                source: new.source,
                // Bars that a later ingest stored and could not announce are announced as of their own close.
                as_of: task.as_of.max(progress.summary.interval.step(new.last, 1)),
            };
            self.bus.publish(BarsIngested::DETAIL_TYPE, &event).await.map_err(IngestError::aws("announce the bars"))?;
        }
        self.write_pending_work(task, progress).await
    }

    /// Writes the note when it differs from the stored one.
    pub(crate) async fn write_pending_work(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if progress.pending == progress.stored_pending {
            return Ok(());
        }
        let key = keys::pending_work(&progress.summary.symbol, progress.summary.interval);
        task.objects.put_json(&key, &progress.pending).await.map_err(IngestError::aws("note what is owed"))?;
        progress.stored_pending = progress.pending.clone();
        Ok(())
    }
}

/// The alarm for a silent ingest watches `IngestSucceeded` over all symbols, so it is emitted without dimensions too.
fn emit_metrics(summary: &IngestResponse, clock: Timestamp) {
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
        metrics = metrics.value("DataAgeSeconds", age.as_secs_f64(), MetricUnit::Seconds);
    }
    metrics.emit();
}
