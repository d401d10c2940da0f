//! The parts of the page from the stores.

use super::{Record, SHOWN, SeriesPage, Unread};
use crate::{
    command::Detail,
    each::each,
    forecast::answer,
    load::Loader,
    overview::{Known, SeriesStatus},
    stores::Stores,
};
use aws::{failure, keys};
use domain::Series;
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// What is known of each of `series` at `now`, all read at the same time. Never fails.
pub async fn load(
    loader: &Arc<Loader>,
    stores: &Stores,
    series: &[Series],
    training_schedules: &BTreeMap<String, String>,
    now: Timestamp,
) -> Vec<SeriesPage> {
    each(series, |series| {
        let (loader, stores) = (Arc::clone(loader), stores.clone());
        let training_schedule = training_schedules.get(&series.slug()).cloned();
        async move { one(&loader, &stores, series, training_schedule, now).await }
    })
    .await
}

async fn one(
    loader: &Loader,
    stores: &Stores,
    series: Series,
    training_schedule: Option<String>,
    now: Timestamp,
) -> SeriesPage {
    let report_key = keys::latest_report(&series);
    let (mut situation, (ledger, about_ledger), record, history, runs, alerts) = tokio::join!(
        loader.situation(&series, now),
        loader.ledger(&series.symbol, series.interval, now),
        stores.storage.get_json::<Record>(&report_key),
        stores.registry.history(&series, SHOWN),
        stores.runs.latest(&series, SHOWN),
        stores.alerts.latest(&series, SHOWN),
    );
    let forecast = answer(&series, &situation, None, Detail::Plain, now)
        .map(|answer| answer.forecast)
        .map_err(|problem| problem.detail);
    situation.warnings.extend(about_ledger);
    let known = Known { situation, ledger, realised: None, training_schedule };
    SeriesPage {
        record: or_unread(&series, "the newest report", record),
        history: or_unread(&series, "moves of the champion", history),
        runs: or_unread(&series, "trainings", runs),
        alerts: or_unread(&series, "alerts", alerts),
        forecast,
        status: SeriesStatus::of(series, known, now),
    }
}

fn or_unread<T>(series: &Series, part: &str, read: aws::Result<T>) -> Result<T, Unread> {
    read.map_err(|error| {
        tracing::error!(%series, part, error = failure::chain(&error), "reading a part of the dashboard");
        Unread
    })
}

#[cfg(test)]
mod tests;
