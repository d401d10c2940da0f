//! The page at `/`: every series, what is forecast, whether anybody should believe it, and how the system is.
//!
//! [`Pages`] reads the parts at the same time and remembers them for seconds; one that cannot be read is said to be so on the page, and the others stand.
//! [`html`] is pure.

mod load;
mod page;
mod panel;
mod record;
mod rows;
#[cfg(test)]
mod tests;
mod words;

pub use load::Pages;
pub use record::{Past, Realised, Record, SettledCounts, Stretch};

use crate::overview::SeriesStatus;
use askama::Template as _;
use aws::{AlertRecord, HistoryRecord, RunRecord};
use domain::forecast::Forecast;
use jiff::Timestamp;

/// How many alerts, runs and moves of the champion are shown.
pub const SHOWN: usize = 5;

/// A store did not answer, or what it holds cannot be understood. The log says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("could not be read")]
pub struct Unread;

/// What is known of a series.
#[derive(Debug, Clone)]
pub struct SeriesPage {
    /// Time that counts as now for its bars.
    pub now: Timestamp,
    /// Champion, data and warnings.
    pub status: SeriesStatus,
    /// The current forecast, or why there is none.
    pub forecast: Result<Forecast, String>,
    /// The newest report of score; `None` before the first.
    pub record: Result<Option<Record>, Unread>,
    /// Moves of the champion, the newest first.
    pub history: Result<Vec<HistoryRecord>, Unread>,
    /// Trainings, the newest first.
    pub runs: Result<Vec<RunRecord>, Unread>,
    /// Alerts, the newest first.
    pub alerts: Result<Vec<AlertRecord>, Unread>,
}

/// The page of these series as seen at `now`, served by this version of the code.
///
/// # Errors
/// When the template cannot be rendered.
pub fn html(series: &[SeriesPage], now: Timestamp, version: &str) -> Result<String, askama::Error> {
    page::Page::new(series, now, version).render()
}
