//! Page at `/`: forecast, evidence, track record, data, alerts and trainings of all series.
//!
//! [`Pages`] reads the parts of the page at the same time and caches them. A part that cannot be read is named on the page and
//! does not affect the others. [`html`] is pure.

mod load;
mod page;
mod panel;
mod rows;
#[cfg(test)]
mod tests;
mod versions;

pub use load::Pages;

use crate::{baseline::StoredExperts, overview::SeriesStatus};
use askama::Template as _;
use aws::{AlertRecord, AliasChange, RunRecord, VersionRecord};
use contracts::{forecast::Forecast, report::ReportSummary};
use jiff::Timestamp;
use std::sync::Arc;

/// Maximum number of alerts, runs and champion changes of a series on the page.
pub const MAX_ROWS: usize = 5;

/// Error of a store that did not answer or has an unreadable object. The log has the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("could not be read")]
pub struct StoreUnavailable;

/// Loaded parts of the page of one series.
#[derive(Debug, Clone)]
pub struct SeriesPage {
    /// Time that counts as now for the bars.
    pub now: Timestamp,
    /// Status of the series: champion, data and warnings.
    pub status: SeriesStatus,
    /// Current forecast, or the reason why there is none.
    pub forecast: Result<Forecast, String>,
    /// Newest score report; `None` before the first.
    pub report: Result<Option<ReportSummary>, StoreUnavailable>,
    /// Experts of the newest stored forecast; `None` before the first.
    pub experts: Option<Arc<StoredExperts>>,
    /// Challengers in the shadow, oldest first.
    pub challengers: Result<Vec<VersionRecord>, StoreUnavailable>,
    /// Champion changes, newest first.
    pub history: Result<Vec<AliasChange>, StoreUnavailable>,
    /// Training runs, newest first.
    pub runs: Result<Vec<RunRecord>, StoreUnavailable>,
    /// Alerts, newest first.
    pub alerts: Result<Vec<AlertRecord>, StoreUnavailable>,
}

/// Renders the page of these series at `now`; `version` is that of the code.
///
/// # Errors
/// The template cannot be rendered.
pub fn html(series: &[SeriesPage], now: Timestamp, version: &str) -> Result<String, askama::Error> {
    page::Page::new(series, now, version).render()
}
