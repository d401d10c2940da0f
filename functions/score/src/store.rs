//! What scoring leaves in the stores. Each write is conditional or comes out the same when repeated.

use crate::{error::ScoreError, report::Report, settle};
use aws::{ForecastRecord, Forecasts, Settlement, Storage, keys};
use domain::Series;
use jiff::Timestamp;
use serde::Deserialize;

/// Stores each forecast once; how many were new.
pub(crate) async fn forecasts(forecasts: &Forecasts, made: &[ForecastRecord]) -> Result<usize, ScoreError> {
    let mut new = 0;
    for record in made {
        new += usize::from(forecasts.create(record).await.map_err(ScoreError::at("storing a forecast"))?);
    }
    Ok(new)
}

/// Joins outcomes, each once; how many were new.
pub(crate) async fn settlements(
    forecasts: &Forecasts,
    series: &Series,
    records: &mut [ForecastRecord],
    known: &[(usize, Settlement)],
) -> Result<usize, ScoreError> {
    let mut new = 0;
    for (index, settlement) in known {
        let record = &mut records[*index];
        let at = ScoreError::at("settling a forecast");
        new += usize::from(forecasts.settle(series, record.forecast.decision_time, settlement).await.map_err(at)?);
        *record = settle::join(record.clone(), settlement);
    }
    Ok(new)
}

#[derive(Deserialize)]
struct Stamp {
    as_of: Timestamp,
}

/// Stores a report under its own time, and as the latest unless a later one is there; the key of its HTML.
pub(crate) async fn report(storage: &Storage, report: &Report) -> Result<String, ScoreError> {
    let (series, as_of) = (&report.series, report.as_of);
    let html = report.html()?;
    let key = keys::report(series, as_of, "html");
    let latest_json = keys::latest_report(series);
    let latest: Option<Stamp> =
        storage.get_json(&latest_json).await.map_err(ScoreError::at("reading the latest report"))?;
    let mut html_keys = vec![key.clone()];
    let mut json_keys = vec![keys::report(series, as_of, "json")];
    if latest.is_none_or(|latest| latest.as_of <= as_of) {
        html_keys.push(latest_json.replace(".json", ".html"));
        json_keys.push(latest_json);
    }
    for key in html_keys {
        let bytes = html.clone().into_bytes();
        storage.put(&key, bytes, "text/html; charset=utf-8").await.map_err(ScoreError::at("storing the report"))?;
    }
    for key in json_keys {
        storage.put_json(&key, report).await.map_err(ScoreError::at("storing the report"))?;
    }
    Ok(key)
}
