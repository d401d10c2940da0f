//! What scoring leaves in the stores. Each write is conditional or comes out the same when repeated.

use crate::{error::ScoreError, report::Report, settle};
use aws::{ForecastRecord, ForecastStore, ObjectStore, OptimisticStorage, Settlement, keys};
use jiff::Timestamp;
use market_data::Series;
use serde::Deserialize;

const HTML: &str = "text/html; charset=utf-8";

/// Number of times that the latest report is stored when others store theirs at the same time.
const ATTEMPTS: usize = 5;

/// Stores each forecast once; how many were new.
pub(crate) async fn forecasts(forecasts: &ForecastStore, made: &[ForecastRecord]) -> Result<usize, ScoreError> {
    let mut new = 0;
    for record in made {
        new += usize::from(forecasts.create(record).await.map_err(ScoreError::store_error("storing a forecast"))?);
    }
    Ok(new)
}

/// Joins outcomes, each once; how many were new.
pub(crate) async fn settlements(
    forecasts: &ForecastStore,
    series: &Series,
    records: &mut [ForecastRecord],
    known: &[(usize, Settlement)],
) -> Result<usize, ScoreError> {
    let mut new = 0;
    for (index, settlement) in known {
        let record = &mut records[*index];
        let at = ScoreError::store_error("settling a forecast");
        new += usize::from(forecasts.settle(series, record.forecast.decision_time, settlement).await.map_err(at)?);
        *record = settle::apply_settlement(record.clone(), settlement);
    }
    Ok(new)
}

#[derive(Deserialize)]
struct ReportTime {
    as_of: Timestamp,
}

/// Stores a report under its own time, and as the latest unless a later one is there; the key of its HTML.
pub(crate) async fn report(storage: &ObjectStore, report: &Report) -> Result<String, ScoreError> {
    let html = report.html()?;
    let key = keys::report(&report.series, report.as_of, "html");
    let at = "storing the report";
    storage.put(&key, html.clone().into_bytes(), HTML).await.map_err(ScoreError::store_error(at))?;
    let json_key = keys::report(&report.series, report.as_of, "json");
    storage.put_json(&json_key, report).await.map_err(ScoreError::store_error(at))?;
    for _ in 1..ATTEMPTS {
        match latest(storage, report, &html).await {
            Err(aws::Error::Changed { target }) => tracing::info!(target, "another report came in between: once more"),
            stored => return stored.map(|()| key).map_err(ScoreError::store_error(at)),
        }
    }
    latest(storage, report, &html).await.map(|()| key).map_err(ScoreError::store_error(at))
}

/// Makes a report the latest, unless a later one is. Both objects are looked at before the decision, and overwritten only as
/// they were then: of two reports that are stored at once the later stays.
async fn latest(storage: &ObjectStore, report: &Report, html: &str) -> aws::Result<()> {
    let objects = OptimisticStorage::new(storage);
    let json_key = keys::latest_report(&report.series);
    let html_key = json_key.replace(".json", ".html");
    objects.get(&html_key).await?;
    let latest: Option<ReportTime> = objects.get_json(&json_key).await?;
    if latest.is_some_and(|latest| latest.as_of > report.as_of) {
        return Ok(());
    }
    // The data decide which report is the later one, so they come first: of two at once, the page of the later stays too.
    objects.put_json(&json_key, report).await?;
    objects.put(&html_key, html.as_bytes().to_vec(), HTML).await
}
