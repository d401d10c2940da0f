//! The parts of the page from the stores.

use super::{ReportSummary, SHOWN, SeriesPage, StoreUnavailable};
use crate::{
    cache::TtlCache,
    command::Detail,
    concurrent::for_each_series,
    forecast::{ServingContext, forecast},
    load::{CACHE_TTL, Loader, now_after, with_timeout},
    overview::{SeriesInputs, SeriesStatus},
    stores::Stores,
};
use aws::{AlertRecord, AliasChange, RunRecord, keys};
use contracts::Warning;
use jiff::Timestamp;
use market_data::{Series, gaps::QualityReport};
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::Instant;

/// Reads the pages of series and remembers their records for [`FRESH_FOR`], so that a page that is asked for again and again
/// costs one read of each store in that time.
#[derive(Debug)]
pub struct Pages {
    stores: Stores,
    records: TtlCache<Series, Arc<Records>>,
}

/// The parts of a page that are read for it alone.
#[derive(Debug)]
struct Records {
    report: Result<Option<ReportSummary>, StoreUnavailable>,
    history: Result<Vec<AliasChange>, StoreUnavailable>,
    runs: Result<Vec<RunRecord>, StoreUnavailable>,
    alerts: Result<Vec<AlertRecord>, StoreUnavailable>,
}

impl Pages {
    /// Pages from these stores, without memory.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self { stores, records: TtlCache::default() }
    }

    /// What is known of each of `series` at `now`, all read at the same time. Never fails.
    pub async fn load(
        self: &Arc<Self>,
        loader: &Arc<Loader>,
        series: &[Series],
        training_schedules: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Vec<SeriesPage> {
        for_each_series(series, |series| {
            let (pages, loader) = (Arc::clone(self), Arc::clone(loader));
            let training_schedule = training_schedules.get(&series.slug()).cloned();
            async move { pages.page(&loader, series, training_schedule, now).await }
        })
        .await
    }

    async fn page(
        &self,
        loader: &Loader,
        series: Series,
        training_schedule: Option<String>,
        now: Timestamp,
    ) -> SeriesPage {
        // Boxed: calls of the AWS clients are large, and unoptimised three of them overflow a thread's stack.
        let (situation, ledger, records) = tokio::join!(
            Box::pin(loader.serving_context(&series, now)),
            Box::pin(loader.quality_report(&series.symbol, series.interval, now)),
            Box::pin(self.records(&series, now)),
        );
        one(series, situation, ledger, &records, training_schedule, now)
    }

    async fn records(&self, series: &Series, now: Timestamp) -> Arc<Records> {
        if let Some(fresh) = self.records.get(series).filter(|one| one.is_younger_than(CACHE_TTL, now)) {
            return fresh.value;
        }
        let Stores { registry, storage, runs, alerts, .. } = &self.stores;
        let (report_key, started) = (keys::latest_report(series), Instant::now());
        let (report, history, runs, alerts) = tokio::join!(
            with_timeout(storage.get_json::<ReportSummary>(&report_key)),
            with_timeout(registry.history(series, SHOWN)),
            with_timeout(runs.latest(series, SHOWN)),
            with_timeout(alerts.latest(series, SHOWN)),
        );
        let records = Arc::new(Records {
            report: or_unread(series, "the newest report", report),
            history: or_unread(series, "moves of the champion", history),
            runs: or_unread(series, "trainings", runs),
            alerts: or_unread(series, "alerts", alerts),
        });
        // What did not answer counts from now on: it must not be waited for again at once.
        self.records.insert(series.clone(), Arc::clone(&records), now_after(now, started));
        records
    }
}

/// The page of a series from its parts.
fn one(
    series: Series,
    mut situation: ServingContext,
    (ledger, about_ledger): (Option<Arc<QualityReport>>, Option<Warning>),
    records: &Records,
    training_schedule: Option<String>,
    now: Timestamp,
) -> SeriesPage {
    let now_of_bars = situation.now(now);
    let forecast = forecast(&series, &situation, None, Detail::Plain, now)
        .map(|answer| answer.forecast)
        .map_err(|problem| problem.detail);
    situation.warnings.extend(about_ledger);
    let known = SeriesInputs { situation, ledger, realised: None, training_schedule };
    SeriesPage {
        now: now_of_bars,
        record: records.report.clone(),
        history: records.history.clone(),
        runs: records.runs.clone(),
        alerts: records.alerts.clone(),
        forecast,
        status: SeriesStatus::of(series, known, now),
    }
}

fn or_unread<T>(series: &Series, part: &str, read: Result<T, String>) -> Result<T, StoreUnavailable> {
    read.map_err(|error| {
        tracing::error!(%series, part, error, "reading a part of the dashboard");
        StoreUnavailable
    })
}

#[cfg(test)]
mod tests;
