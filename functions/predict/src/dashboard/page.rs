//! Input of the page's template.

use super::{SeriesPage, panel::Panel};
use askama::Template;
use jiff::Timestamp;
use web::{PageHead, format_minute};

/// Content of the page.
#[derive(Debug, Template)]
#[template(path = "dashboard.html")]
pub(super) struct Page<'a> {
    head: PageHead,
    now: String,
    version: &'a str,
    panels: Vec<Panel<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(series: &'a [SeriesPage], now: Timestamp, version: &'a str) -> Self {
        Self {
            head: PageHead::new(
                "Weathervane",
                "Forecasts of the size and direction of price moves, with the evidence for them.",
            ),
            now: format_minute(now),
            version,
            panels: series.iter().map(Panel::new).collect(),
        }
    }
}
