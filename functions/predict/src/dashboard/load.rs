//! Loading of the page's parts from the stores.

use super::{MAX_ROWS, SeriesPage, StoreUnavailable};
use crate::{
    cache::TtlCache,
    concurrent::for_each_series,
    explanation::Detail,
    forecast::forecast,
    load::{CACHE_TTL, Loader, now_after, with_timeout},
    overview::{SeriesInputs, SeriesStatus},
    serving_context::ServingContext,
    stores::Stores,
};
use aws::{AlertRecord, AliasChange, RunRecord, VersionRecord, keys};
use contracts::{Warning, report::ReportSummary};
use jiff::Timestamp;
use market_data::{Series, gaps::QualityReport};
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::Instant;

/// Reader of the pages of series. It caches their records for [`CACHE_TTL`], so that many requests cost one read of each
/// store in that time.
#[derive(Debug)]
pub struct Pages {
    stores: Stores,
    records: TtlCache<Series, Arc<Records>>,
}

/// Records that only the page needs.
#[derive(Debug)]
struct Records {
    report: Result<Option<ReportSummary>, StoreUnavailable>,
    challengers: Result<Vec<VersionRecord>, StoreUnavailable>,
    history: Result<Vec<AliasChange>, StoreUnavailable>,
    runs: Result<Vec<RunRecord>, StoreUnavailable>,
    alerts: Result<Vec<AlertRecord>, StoreUnavailable>,
}

impl Pages {
    /// Reader of these stores with an empty cache.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self { stores, records: TtlCache::default() }
    }

    /// Loads the pages of all `series` at `now`, at the same time. A part that cannot be read is an error of that part.
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
        // Boxed: futures of the AWS clients are large, and without optimisation three of them overflow the stack.
        let (context, quality_report, records) = tokio::join!(
            Box::pin(loader.serving_context(&series, now)),
            Box::pin(loader.quality_report(&series.symbol, series.interval, now)),
            Box::pin(self.records(&series, now)),
        );
        series_page(series, context, quality_report, &records, training_schedule, now)
    }

    async fn records(&self, series: &Series, now: Timestamp) -> Arc<Records> {
        if let Some(fresh) = self.records.get(series).filter(|entry| entry.is_younger_than(CACHE_TTL, now)) {
            return fresh.value;
        }
        let Stores { registry, storage, runs, alerts, .. } = &self.stores;
        let (report_key, started) = (keys::latest_report(series), Instant::now());
        let (report, challengers, history, runs, alerts) = tokio::join!(
            with_timeout(storage.get_json::<ReportSummary>(&report_key)),
            with_timeout(registry.shadow_versions(series)),
            with_timeout(registry.history(series, MAX_ROWS)),
            with_timeout(runs.latest(series, MAX_ROWS)),
            with_timeout(alerts.latest(series, MAX_ROWS)),
        );
        let records = Arc::new(Records {
            report: logged(series, "newest report", report),
            challengers: logged(series, "challengers", challengers),
            history: logged(series, "champion changes", history),
            runs: logged(series, "training runs", runs),
            alerts: logged(series, "alerts", alerts),
        });
        // Counts from the arrival, so that the next request does not wait for a failed store again.
        self.records.insert(series.clone(), Arc::clone(&records), now_after(now, started));
        records
    }
}

/// Builds the page of a series from its parts.
fn series_page(
    series: Series,
    mut context: ServingContext,
    (quality_report, quality_warning): (Option<Arc<QualityReport>>, Option<Warning>),
    records: &Records,
    training_schedule: Option<String>,
    now: Timestamp,
) -> SeriesPage {
    let (bars_now, experts) = (context.now(now), context.experts.clone());
    let forecast = forecast(&series, &context, None, Detail::Plain, now)
        .map(|response| response.forecast)
        .map_err(|problem| problem.detail);
    context.warnings.extend(quality_warning);
    let inputs = SeriesInputs { context, quality_report, track_record: None, training_schedule };
    SeriesPage {
        now: bars_now,
        report: records.report.clone(),
        experts,
        challengers: records.challengers.clone(),
        history: records.history.clone(),
        runs: records.runs.clone(),
        alerts: records.alerts.clone(),
        forecast,
        status: SeriesStatus::new(series, inputs, now),
    }
}

/// Logs the error of a part.
fn logged<T>(series: &Series, part: &str, result: Result<T, String>) -> Result<T, StoreUnavailable> {
    result.map_err(|error| {
        tracing::error!(%series, part, error, "failed to read a part of the dashboard");
        StoreUnavailable
    })
}

#[cfg(test)]
mod tests;
