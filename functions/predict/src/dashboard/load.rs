//! The parts of the page from the stores.

use super::{Record, SHOWN, SeriesPage, Unread};
use crate::{
    command::Detail,
    forecast::answer,
    load::Loader,
    overview::{Known, SeriesStatus},
};
use aws::{AlertLog, Registry, Runs, Storage, failure, keys};
use domain::Series;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::Instrument as _;

/// Where the parts are read that a forecast does not need.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Moves of the champion.
    pub registry: Registry,
    /// The newest reports.
    pub storage: Storage,
    /// Trainings.
    pub runs: Runs,
    /// Alerts.
    pub alerts: AlertLog,
}

/// What is known of each of `series` at `now`, all read at the same time. Never fails.
pub async fn load(
    loader: &Arc<Loader>,
    sources: &Sources,
    series: &[Series],
    training_schedule: Option<&str>,
    now: Timestamp,
) -> Vec<SeriesPage> {
    let mut tasks = JoinSet::new();
    for (place, series) in series.iter().cloned().enumerate() {
        let (loader, sources) = (Arc::clone(loader), sources.clone());
        let training_schedule = training_schedule.map(str::to_owned);
        // A task has no span unless it is given one, and its lines no request.
        let span = tracing::info_span!("series", %series);
        let page = async move { (place, one(&loader, &sources, series, training_schedule, now).await) };
        tasks.spawn(page.instrument(span));
    }
    let mut pages = tasks.join_all().await;
    pages.sort_by_key(|(place, _)| *place);
    pages.into_iter().map(|(_, page)| page).collect()
}

async fn one(
    loader: &Loader,
    sources: &Sources,
    series: Series,
    training_schedule: Option<String>,
    now: Timestamp,
) -> SeriesPage {
    let report_key = keys::latest_report(&series);
    let (mut situation, (ledger, about_ledger), record, history, runs, alerts) = tokio::join!(
        loader.situation(&series, now),
        loader.ledger(&series.symbol, series.interval, now),
        sources.storage.get_json::<Record>(&report_key),
        sources.registry.history(&series, SHOWN),
        sources.runs.latest(&series, SHOWN),
        sources.alerts.latest(&series, SHOWN),
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
