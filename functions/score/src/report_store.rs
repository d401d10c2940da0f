//! Writing of reports. A repeated write has the same result.

use crate::{error::ScoreError, report::Report};
use aws::{ObjectStore, OptimisticStorage, keys};
use jiff::Timestamp;
use serde::Deserialize;

const HTML: &str = "text/html; charset=utf-8";

/// Maximum number of attempts to replace the latest report while other invocations replace it.
const MAX_ATTEMPTS: usize = 5;

/// Time of a stored report.
#[derive(Deserialize)]
struct ReportTime {
    as_of: Timestamp,
}

/// Stores a report under its time, and as the latest unless a later one is stored. Returns the S3 key of its page.
pub(crate) async fn store(storage: &ObjectStore, report: &Report) -> Result<String, ScoreError> {
    let html = report.html()?;
    let key = keys::report(&report.series, report.as_of, "html");
    let action = "store the report";
    storage.put(&key, html.clone().into_bytes(), HTML).await.map_err(ScoreError::store_error(action))?;
    let json_key = keys::report(&report.series, report.as_of, "json");
    storage.put_json(&json_key, report).await.map_err(ScoreError::store_error(action))?;
    for _ in 1..MAX_ATTEMPTS {
        match replace_latest(storage, report, &html).await {
            Err(aws::Error::Changed { target }) => {
                tracing::info!(target, "retrying latest report: another invocation stored one");
            }
            result => return result.map(|()| key).map_err(ScoreError::store_error(action)),
        }
    }
    replace_latest(storage, report, &html).await.map(|()| key).map_err(ScoreError::store_error(action))
}

/// Replaces the latest report unless that is later. Both objects are read before the decision and overwritten only
/// unchanged, so that the later of two concurrent reports remains.
async fn replace_latest(storage: &ObjectStore, report: &Report, html: &str) -> aws::Result<()> {
    let objects = OptimisticStorage::new(storage);
    let json_key = keys::latest_report(&report.series);
    let html_key = json_key.replace(".json", ".html");
    objects.get(&html_key).await?;
    let latest: Option<ReportTime> = objects.get_json(&json_key).await?;
    if latest.is_some_and(|latest| latest.as_of > report.as_of) {
        return Ok(());
    }
    // The JSON decides which report is later. Written first, it also protects the page of the later report.
    objects.put_json(&json_key, report).await?;
    objects.put(&html_key, html.as_bytes().to_vec(), HTML).await
}
