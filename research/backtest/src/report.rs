//! The report, as JSON and as one self-contained page. Neither has a time of this machine in it: the same bars,
//! settings and code give the same bytes.

mod members;
mod page;
mod plots;

use crate::{
    error::BacktestError,
    settings::Settings,
    walk::{BacktestForecast, RefitRecord},
};
use askama::Template as _;
use evaluation::Evaluation;
use features::{FEATURE_SET, dataset::Dataset, labels::ties};
use jiff::Timestamp;
use market_data::{
    Series,
    fingerprint::dataset_hash,
    gaps::{Gap, find_gaps},
};
use serde::Serialize;
use std::path::Path;

/// What is reported.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) series: Series,
    pub(crate) data: Data,
    pub(crate) config: &'a Settings,
    pub(crate) code_version: &'static str,
    /// Version of the feature set.
    pub(crate) feature_set: &'static str,
    pub(crate) refits: Vec<RefitRecord>,
    /// `None` when no forecast is settled.
    pub(crate) evaluation: Option<Evaluation>,
    /// Forecasts whose outcome is a tie: the close did not move.
    pub(crate) ties: usize,
    /// Every bar from the first on that has features.
    pub(crate) decisions: Vec<BacktestForecast>,
}

/// Which bars.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
    /// Name of the file.
    pub(crate) file: String,
    pub(crate) bars: usize,
    /// Open time of the first bar.
    pub(crate) first: Timestamp,
    /// Open time of the last bar.
    pub(crate) last: Timestamp,
    pub(crate) dataset_hash: String,
    /// Missing bars.
    pub(crate) gaps: Vec<Gap>,
}

impl Data {
    pub(crate) fn new(path: &Path, history: &Dataset) -> Self {
        let bars = &history.bars;
        let end = |bar: Option<&market_data::Bar>| bar.map_or(Timestamp::UNIX_EPOCH, |bar| bar.time);
        Self {
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bars: bars.len(),
            first: end(bars.first()),
            last: end(bars.last()),
            dataset_hash: dataset_hash(bars),
            gaps: find_gaps(bars.iter().map(|bar| bar.time), history.series.interval),
        }
    }

    /// In one line.
    pub(crate) fn summary(&self) -> String {
        let missing: i64 = self.gaps.iter().map(|gap| gap.bars).sum();
        let Self { file, bars, first, last, gaps, .. } = self;
        let gaps = gaps.len();
        format!(
            "{file}, {bars} bars, {} to {}, {missing} missing in {gaps} gaps",
            web::format_date(*first),
            web::format_date(*last)
        )
    }
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        history: &Dataset,
        data: Data,
        config: &'a Settings,
        refits: Vec<RefitRecord>,
        evaluation: Option<Evaluation>,
        decisions: Vec<BacktestForecast>,
    ) -> Self {
        let (series, code_version) = (history.series.clone(), env!("CARGO_PKG_VERSION"));
        let tied = ties(&history.bars, series.interval, series.horizon);
        let ties = decisions.iter().filter(|decision| tied[decision.bar]).count();
        Self { series, data, config, code_version, feature_set: FEATURE_SET, refits, evaluation, ties, decisions }
    }

    /// What it amounts to.
    pub(crate) fn verdict(&self) -> String {
        match (&self.evaluation, self.ties) {
            (Some(evaluation), _) => evaluation.verdict.clone(),
            (None, 0) => "No forecast is settled yet.".to_owned(),
            (None, ties) => format!(
                "Every bar is a tie: {ties} forecasts are settled, and no close differs from the one it is compared with, \
                 so none was right or wrong."
            ),
        }
    }

    /// The page.
    pub(crate) fn html(&self, history: &Dataset) -> Result<String, BacktestError> {
        page::Page::new(self, history).render().map_err(|source| BacktestError::Page { source })
    }
}

#[cfg(test)]
mod tests;
