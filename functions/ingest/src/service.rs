//! The use case: lock, plan, then part by part fetch, archive and store; at the end publish the window, the quality report and
//! the event.

use crate::{
    IngestError, IngestResponse, StartupError,
    daily_check::daily_mismatches,
    metrics,
    pending_work::PendingWork,
    plan::{FetchPlan, RECHECKED_BARS, plan},
    progress::IngestProgress,
    task::IngestTask,
};
use aws::{AwsClients, Config, ConfigError, EventBus, LockTable, ObjectStore, OptimisticStorage, keys};
use bar_store::BarPartitions;
use contracts::events::{BarsIngested, IngestRequest};
use exchanges::{FetchPolicy, Fetcher, Source, SourceName};
use features::WINDOW_BARS;
use jiff::Timestamp;
use lambda_shell::Invocation;
use market_data::{
    Interval, Symbol,
    observation::{ResolutionPolicy, ResolvedBar, Tolerance},
    window::BarWindow,
};

/// Number of bars in the bar window: those that a forecast needs, and some more, so that recent times can be looked at. A
/// distribution depends on 534 bars, the `DISTRIBUTION_WINDOW_BARS` of the model, and those of the horizon: up to a week of hours.
const WINDOW_LENGTH: usize = WINDOW_BARS + 275;
const _: () = assert!(WINDOW_LENGTH >= 534 + 168 + 40);

/// Number of latest days that are compared with their hours: about as many as the window of hours has.
const DAYS_CHECKED: usize = 30;

/// Share of the invocation's time for which it waits for another ingest of the same bars.
const MAX_LOCK_WAIT_SHARE: f64 = 0.4;

/// Clients and configuration of ingest, made once per process.
#[derive(Debug)]
pub struct IngestService {
    /// Client of the sources.
    pub fetcher: Fetcher,
    /// Sources by priority.
    pub order: Vec<SourceName>,
    /// Largest difference between two sources that counts as agreement.
    pub tolerance: Tolerance,
    /// True if a bar in a stablecoin counts where no source in dollars has one.
    pub proxy_bars: bool,
    /// The bucket.
    pub storage: ObjectStore,
    /// Locks: one ingest at a time for each symbol and interval.
    pub locks: LockTable,
    /// Bus on which new bars are published.
    pub bus: EventBus,
}

impl IngestService {
    /// Makes the service from the environment's configuration.
    ///
    /// # Errors
    /// The configuration is incomplete or names an unknown source, or the HTTP client cannot be made.
    pub fn new(config: &Config, clients: &AwsClients) -> Result<Self, StartupError> {
        let order = config.sources.iter().map(|name| name.parse()).collect::<Result<Vec<SourceName>, _>>()?;
        if order.is_empty() {
            return Err(ConfigError::Missing { variable: "WEATHERVANE_SOURCES" }.into());
        }
        let mut policy = FetchPolicy::default();
        policy.cross_checks = config.cross_checks.unwrap_or(policy.cross_checks);
        let tolerance = &mut policy.tolerance;
        tolerance.close = config.tolerance.unwrap_or(tolerance.close);
        tolerance.extreme = config.extreme_tolerance.unwrap_or(tolerance.extreme);
        policy.proxy_bars = config.proxy_bars.unwrap_or(policy.proxy_bars);
        let source = |name: SourceName| Source::new(name, config.market_base_url(name.as_str()).map(str::to_owned));
        Ok(Self {
            fetcher: Fetcher::new(order.iter().copied().map(source).collect(), policy)?,
            order,
            tolerance: policy.tolerance,
            proxy_bars: policy.proxy_bars,
            storage: clients.storage()?,
            locks: clients.locks()?,
            bus: clients.bus()?,
        })
    }

    /// Fetches, stores and publishes the requested bars. When time runs out, the rest becomes pending work and another
    /// invocation is requested for it. An ingest of the same bars that is already running is waited for.
    ///
    /// # Errors
    /// No source delivered, AWS failed, or another ingest of the same bars held the lock for too long, or took it over. Stored
    /// years are then whole and valid; the same request later completes and publishes them.
    pub async fn run(&self, request: &IngestRequest, invocation: &Invocation) -> Result<IngestResponse, IngestError> {
        let lock = format!("ingest#{}#{}", request.symbol, request.interval);
        let now = invocation.started_at;
        let as_of = request.as_of.map_or(now, |as_of| as_of.min(now));
        let objects = OptimisticStorage::new(&self.storage);
        let task = IngestTask { request, as_of, invocation, objects: &objects };
        let max_wait = invocation.time_left().mul_f64(MAX_LOCK_WAIT_SHARE);
        // Boxed, or the types of the futures around it nest deeper than the compiler follows.
        let work = Box::pin(self.ingest_locked(&task));
        let (mut response, backfill_advanced) = self.locks.hold(&lock, now, max_wait, work).await?;
        if backfill_advanced {
            // Only after the lock is free. A back-fill that did not advance requests no further invocation.
            let rest = IngestRequest { from: None, to: None, ..request.clone() };
            let published = self.bus.publish(IngestRequest::DETAIL_TYPE, &rest).await;
            published.map_err(IngestError::aws("request the rest of the back-fill"))?;
        }
        response.duration_ms = u64::try_from(invocation.elapsed().as_millis()).unwrap_or(u64::MAX);
        metrics::emit(&response, now);
        Ok(response)
    }

    /// Ingests under the lock. Returns the response, and whether a back-fill advanced that has to go on.
    async fn ingest_locked(&self, task: &IngestTask<'_>) -> Result<(IngestResponse, bool), IngestError> {
        let (symbol, interval) = (&task.request.symbol, task.request.interval);
        let pending = task.objects.get_json(&keys::pending_work(symbol, interval)).await;
        let pending: PendingWork = pending.map_err(IngestError::aws("read the pending work"))?.unwrap_or_default();
        let quality_report = task.read_derived(&keys::quality(symbol, interval)).await?;
        let policy = self.resolution_policy(symbol);
        let mut partitions = BarPartitions::open(task.objects, &policy, symbol, interval).await?;
        let stored = partitions.bars_before(Timestamp::MAX, RECHECKED_BARS).await?;
        let plan = plan(task.request, task.as_of, &stored).map_err(|source| IngestError::Request { source })?;

        let inherited = pending.backfill;
        let mut progress = IngestProgress::new(task, pending, quality_report);
        match plan {
            FetchPlan::UpToDate => {}
            FetchPlan::Incremental(range) => {
                self.ingest_incremental(task, range, &mut partitions, &mut progress).await?;
            }
            FetchPlan::Backfill(range) => {
                // A pending back-fill that resumes by itself begins where it stopped.
                let range = match inherited {
                    Some(rest) if task.request.from.is_none() && range.from <= rest.from => rest,
                    Some(rest) => rest.union(range),
                    None => range,
                };
                self.backfill(task, range, &mut partitions, &mut progress).await?;
            }
        }
        self.publish_updates(task, &mut partitions, &mut progress).await?;
        if !matches!(plan, FetchPlan::Backfill(_)) {
            let fetched = progress.response.fetched;
            self.resume_and_repair(task, &mut partitions, &mut progress).await?;
            if progress.response.fetched != fetched || progress.pending != progress.stored_pending {
                self.publish_updates(task, &mut partitions, &mut progress).await?;
            }
        }
        let rest = progress.pending.backfill;
        let advanced = rest.is_some_and(|rest| inherited.is_none_or(|before| before.from < rest.from));
        Ok((progress.into_response(), advanced))
    }

    /// Policy that chooses the bar that counts for this symbol.
    fn resolution_policy(&self, symbol: &Symbol) -> ResolutionPolicy {
        let label = |name: &SourceName| name.as_str().to_owned();
        ResolutionPolicy {
            priority: self.order.iter().map(label).collect(),
            proxy_bars: self.proxy_bars,
            proxies: self.order.iter().filter(|name| name.is_proxy_for(symbol)).map(label).collect(),
            tolerance: self.tolerance,
        }
    }

    /// Updates the window and the quality report, and publishes new bars.
    async fn publish_updates(
        &self,
        task: &IngestTask<'_>,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        self.write_window(task, partitions, progress).await?;
        self.check_days_against_hours(task, partitions, progress).await?;
        self.write_quality_report(task, progress).await?;
        self.publish_bars_ingested(task, progress).await
    }

    /// Rewrites the window when the last bars of the lake differ from it.
    async fn write_window(
        &self,
        task: &IngestTask<'_>,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let (symbol, interval) = (task.request.symbol.clone(), task.request.interval);
        let latest = partitions.bars_before(Timestamp::MAX, WINDOW_LENGTH).await?;
        let Some(last) = latest.last() else { return Ok(()) };
        let source = last.origin.to_string();
        progress.response.last = Some(last.bar.time);
        progress.response.source = Some(source.clone());
        progress.quality_report.last_source.clone_from(&source);
        let key = keys::bar_window(&symbol, interval);
        let stored: Option<BarWindow> = task.read_derived(&key).await?;
        let bars = latest.iter().map(|resolved| resolved.bar).collect();
        let doubtful = latest.iter().filter_map(ResolvedBar::doubtful).collect();
        // True if a bar has closed by the clock that this ingest was not to see.
        let replayed = interval.floor(task.as_of) < interval.floor(task.invocation.started_at);
        // The clock of a replay goes on without a new bar, and never back: predict takes it for now.
        let updated_at = match &stored {
            Some(stored) if replayed && stored.replayed => stored.updated_at.max(task.as_of),
            _ => task.as_of,
        };
        let window = BarWindow { symbol, interval, source, updated_at, replayed, bars, doubtful };
        let is_current = |stored: BarWindow| {
            let updated_at = if replayed { stored.updated_at } else { window.updated_at };
            BarWindow { updated_at, ..stored } == window
        };
        if !stored.is_some_and(is_current) {
            task.objects.put_json(&key, &window).await.map_err(IngestError::aws("write the bar window"))?;
        }
        Ok(())
    }

    /// Compares the latest days with the latest hours of the same symbol, if both are stored.
    async fn check_days_against_hours(
        &self,
        task: &IngestTask<'_>,
        partitions: &mut BarPartitions<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if task.request.interval != Interval::Day {
            return Ok(());
        }
        let key = keys::bar_window(&task.request.symbol, Interval::Hour);
        let hours: Option<BarWindow> = task.read_derived(&key).await?;
        let Some(hours) = hours else { return Ok(()) };
        let days = partitions.bars_before(Timestamp::MAX, DAYS_CHECKED).await?;
        let mismatches = daily_mismatches(&days, &hours.bars, &self.tolerance);
        progress.response.add_findings(&mismatches);
        progress.quality_report.add_findings(mismatches);
        Ok(())
    }

    /// Writes the quality report when it differs from the stored one.
    pub(crate) async fn write_quality_report(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        let report = &mut progress.quality_report;
        if progress.stored_quality_report.as_ref() == Some(report) {
            return Ok(());
        }
        report.updated_at = task.as_of;
        let key = keys::quality(&report.symbol, report.interval);
        task.objects.put_json(&key, report).await.map_err(IngestError::aws("write the quality report"))?;
        progress.stored_quality_report = Some(report.clone());
        Ok(())
    }

    /// Publishes new bars, then clears them from the pending work.
    async fn publish_bars_ingested(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if let (Some(new), Some(last)) = (progress.pending.unannounced.take(), progress.response.last) {
            let event = BarsIngested {
                symbol: progress.response.symbol.clone(),
                interval: progress.response.interval,
                first: new.first,
                last,
                new_bars: new.new_bars,
                source: new.source,
                // Bars that a later ingest stored and could not publish are published as of their own close.
                as_of: task.as_of.max(progress.response.interval.step(new.last, 1)),
            };
            self.bus.publish(BarsIngested::DETAIL_TYPE, &event).await.map_err(IngestError::aws("publish the bars"))?;
        }
        self.write_pending_work(task, progress).await
    }

    /// Writes the pending work when it differs from the stored one.
    pub(crate) async fn write_pending_work(
        &self,
        task: &IngestTask<'_>,
        progress: &mut IngestProgress,
    ) -> Result<(), IngestError> {
        if progress.pending == progress.stored_pending {
            return Ok(());
        }
        let key = keys::pending_work(&progress.response.symbol, progress.response.interval);
        task.objects.put_json(&key, &progress.pending).await.map_err(IngestError::aws("write the pending work"))?;
        progress.stored_pending = progress.pending.clone();
        Ok(())
    }
}
