//! Dataset: the bars of a series with the features, labels and climatology of each.

use crate::{FeatureRow, baselines::climatology, feature_rows, labels::labels};
use jiff::Timestamp;
use market_data::{Bar, Series};

/// Bars of a series with features, labels and climatology, each as long as the bars.
///
/// Features and climatology of a bar depend on it and on earlier bars only. Its label depends on a later bar, so a reader
/// must check first that it is settled.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Series that is forecast.
    pub series: Series,
    /// Valid bars, ascending.
    pub bars: Vec<Bar>,
    /// Features; `None` during the warm-up at the start and after a gap.
    pub features: Vec<Option<FeatureRow>>,
    /// Labels; `None` for a tie and for a missing target bar.
    pub labels: Vec<Option<bool>>,
    /// Base rate known at each decision time.
    pub climatology: Vec<f64>,
}

impl Dataset {
    /// Dataset of valid, ascending bars.
    #[must_use]
    pub fn new(series: Series, bars: Vec<Bar>) -> Self {
        let labels = labels(&bars, series.interval, series.horizon);
        let climatology = climatology(&labels, series.horizon);
        let features = feature_rows(&bars, series.interval);
        Self { series, bars, features, labels, climatology }
    }

    /// Decision time of a bar, which is its close.
    #[must_use]
    pub fn decision_time(&self, bar: usize) -> Timestamp {
        self.series.decision_time(self.bars[bar].time)
    }

    /// Index of the first bar with a decision time at or after `from`; the number of bars if there is none.
    #[must_use]
    pub fn index_from(&self, from: Timestamp) -> usize {
        self.bars.partition_point(|bar| self.series.decision_time(bar.time) < from)
    }
}
