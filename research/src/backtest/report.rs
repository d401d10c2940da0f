//! Report as JSON and as one self-contained page. Neither contains the present time: the same bars, settings and code give
//! the same bytes.

mod distribution_plots;
mod members;
mod page;
mod plots;

use super::{forecast::BacktestForecast, refit_record::RefitRecord, settings::Settings};
use crate::{deployed::TrainingRecord, error::ResearchError};
use askama::Template as _;
use evaluation::Evaluation;
use features::{FEATURE_SET, dataset::Dataset, labels::ties};
use jiff::Timestamp;
use market_data::{
    Bar, Series,
    fingerprint::dataset_hash,
    gaps::{Gap, find_gaps},
};
use serde::Serialize;
use std::path::Path;
use web::format_date;

/// Report of a backtest.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) series: Series,
    pub(crate) data: DataSummary,
    pub(crate) config: &'a Settings,
    pub(crate) code_version: &'static str,
    /// Version of the feature set.
    pub(crate) feature_set: &'static str,
    pub(crate) refits: Vec<RefitRecord>,
    /// Trainings with their decisions; only as deployed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) trainings: Vec<TrainingRecord>,
    /// `None` when no forecast is settled.
    pub(crate) evaluation: Option<Evaluation>,
    /// Number of forecasts without outcome because the close did not move.
    pub(crate) ties: usize,
    /// Forecasts of all bars with features from [`Settings::from`] on.
    #[serde(rename = "decisions")]
    pub(crate) forecasts: Vec<BacktestForecast>,
}

/// Description of the bars.
#[derive(Debug, Serialize)]
pub(crate) struct DataSummary {
    /// Name of the file, without its directory.
    pub(crate) file: String,
    /// Number of bars.
    pub(crate) bars: usize,
    /// Open time of the first bar.
    pub(crate) first: Timestamp,
    /// Open time of the last bar.
    pub(crate) last: Timestamp,
    pub(crate) dataset_hash: String,
    /// Missing bars.
    pub(crate) gaps: Vec<Gap>,
}

impl DataSummary {
    pub(crate) fn new(path: &Path, dataset: &Dataset) -> Self {
        let bars = &dataset.bars;
        let open_time = |bar: Option<&Bar>| bar.map_or(Timestamp::UNIX_EPOCH, |bar| bar.time);
        Self {
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bars: bars.len(),
            first: open_time(bars.first()),
            last: open_time(bars.last()),
            dataset_hash: dataset_hash(bars),
            gaps: find_gaps(bars.iter().map(|bar| bar.time), dataset.series.interval),
        }
    }

    /// Number of missing bars.
    pub(crate) fn missing(&self) -> i64 {
        self.gaps.iter().map(|gap| gap.bars).sum()
    }

    /// Summary in one line.
    pub(crate) fn summary(&self) -> String {
        let (Self { file, bars, gaps, .. }, missing) = (self, self.missing());
        let (first, last, gaps) = (format_date(self.first), format_date(self.last), gaps.len());
        format!("{file}, {bars} bars, {first} to {last}, {missing} missing in {gaps} gaps")
    }
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        dataset: &Dataset,
        data: DataSummary,
        config: &'a Settings,
        refits: Vec<RefitRecord>,
        evaluation: Option<Evaluation>,
        forecasts: Vec<BacktestForecast>,
    ) -> Self {
        let (series, code_version) = (dataset.series.clone(), env!("CARGO_PKG_VERSION"));
        let tied = ties(&dataset.bars, series.interval, series.horizon);
        let ties = forecasts.iter().filter(|forecast| tied[forecast.bar]).count();
        Self {
            series,
            data,
            config,
            code_version,
            feature_set: FEATURE_SET,
            refits,
            trainings: vec![],
            evaluation,
            ties,
            forecasts,
        }
    }

    /// The report with the trainings of a backtest as deployed.
    pub(crate) fn with_trainings(self, trainings: Vec<TrainingRecord>) -> Self {
        Self { trainings, ..self }
    }

    /// Verdict in one sentence.
    pub(crate) fn verdict(&self) -> String {
        match (&self.evaluation, self.ties) {
            (Some(evaluation), _) => evaluation.verdict.clone(),
            (None, 0) => "No forecast is settled yet.".to_owned(),
            (None, ties) => format!(
                "Every bar is a tie: {ties} forecasts are settled, but no close differs from the one it is compared with, \
                 so none has an outcome."
            ),
        }
    }

    /// Renders the page.
    pub(crate) fn html(&self, dataset: &Dataset) -> Result<String, ResearchError> {
        page::Page::new(self, dataset).render().map_err(|source| ResearchError::Page { source })
    }
}

#[cfg(test)]
mod tests;
