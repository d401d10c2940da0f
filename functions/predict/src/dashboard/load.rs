//! The parts of the page from the stores.

use super::{Record, SHOWN, SeriesPage, Unread};
use crate::{
    command::Detail,
    each::each,
    forecast::{Situation, answer},
    load::{FRESH_FOR, Loader, in_time, later},
    memory::Memory,
    overview::{Known, SeriesStatus},
    stores::Stores,
};
use aws::{AlertRecord, HistoryRecord, RunRecord, keys};
use domain::{Series, Warning, gaps::Ledger};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::Instant;

/// Reads the pages of series and remembers their records for [`FRESH_FOR`], so that a page that is asked for again and again
/// costs one read of each store in that time.
#[derive(Debug)]
pub struct Pages {
    stores: Stores,
    records: Memory<Series, Arc<Records>>,
}

/// The parts of a page that are read for it alone.
#[derive(Debug)]
struct Records {
    report: Result<Option<Record>, Unread>,
    history: Result<Vec<HistoryRecord>, Unread>,
    runs: Result<Vec<RunRecord>, Unread>,
    alerts: Result<Vec<AlertRecord>, Unread>,
}

impl Pages {
    /// Pages from these stores, without memory.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self { stores, records: Memory::default() }
    }

    /// What is known of each of `series` at `now`, all read at the same time. Never fails.
    pub async fn load(
        self: &Arc<Self>,
        loader: &Arc<Loader>,
        series: &[Series],
        training_schedules: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Vec<SeriesPage> {
        each(series, |series| {
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
            Box::pin(loader.situation(&series, now)),
            Box::pin(loader.ledger(&series.symbol, series.interval, now)),
            Box::pin(self.records(&series, now)),
        );
        one(series, situation, ledger, &records, training_schedule, now)
    }

    async fn records(&self, series: &Series, now: Timestamp) -> Arc<Records> {
        if let Some(fresh) = self.records.recall(series).filter(|one| one.is_younger_than(FRESH_FOR, now)) {
            return fresh.value;
        }
        let Stores { registry, storage, runs, alerts, .. } = &self.stores;
        let (report_key, started) = (keys::latest_report(series), Instant::now());
        let (report, history, runs, alerts) = tokio::join!(
            in_time(storage.get_json::<Record>(&report_key)),
            in_time(registry.history(series, SHOWN)),
            in_time(runs.latest(series, SHOWN)),
            in_time(alerts.latest(series, SHOWN)),
        );
        let records = Arc::new(Records {
            report: or_unread(series, "the newest report", report),
            history: or_unread(series, "moves of the champion", history),
            runs: or_unread(series, "trainings", runs),
            alerts: or_unread(series, "alerts", alerts),
        });
        // What did not answer counts from now on: it must not be waited for again at once.
        self.records.remember(series.clone(), Arc::clone(&records), later(now, started));
        records
    }
}

/// The page of a series from its parts.
fn one(
    series: Series,
    mut situation: Situation,
    (ledger, about_ledger): (Option<Arc<Ledger>>, Option<Warning>),
    records: &Records,
    training_schedule: Option<String>,
    now: Timestamp,
) -> SeriesPage {
    let now_of_bars = situation.now(now);
    let forecast = answer(&series, &situation, None, Detail::Plain, now)
        .map(|answer| answer.forecast)
        .map_err(|problem| problem.detail);
    situation.warnings.extend(about_ledger);
    let known = Known { situation, ledger, realised: None, training_schedule };
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

fn or_unread<T>(series: &Series, part: &str, read: Result<T, String>) -> Result<T, Unread> {
    read.map_err(|error| {
        tracing::error!(%series, part, error, "reading a part of the dashboard");
        Unread
    })
}

#[cfg(test)]
mod tests;
