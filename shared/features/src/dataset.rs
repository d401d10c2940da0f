//! The bars, and what follows from them, bar by bar: what a walk through the past looks at.

use crate::{FeatureRow, baselines::climatology, feature_rows, labels::labels};
use jiff::Timestamp;
use market_data::{Bar, Series};

/// Everything is as long as the bars. Features and climatology of a bar depend on it and earlier bars alone; its label
/// depends on a later one, and whoever reads it asks first whether it is settled.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What is forecast.
    pub series: Series,
    /// Valid, ascending.
    pub bars: Vec<Bar>,
    /// None in the warm-up, and after a gap.
    pub features: Vec<Option<FeatureRow>>,
    /// None for a tie, a gap, or when the target bar is not there.
    pub labels: Vec<Option<bool>>,
    /// The base rate known at each decision time.
    pub climatology: Vec<f64>,
}

impl Dataset {
    /// That of valid, ascending bars.
    #[must_use]
    pub fn new(series: Series, bars: Vec<Bar>) -> Self {
        let labels = labels(&bars, series.interval, series.horizon);
        let climatology = climatology(&labels, series.horizon);
        let features = feature_rows(&bars, series.interval);
        Self { series, bars, features, labels, climatology }
    }

    /// When a forecast from this bar may be made: at its close.
    #[must_use]
    pub fn decision_time(&self, bar: usize) -> Timestamp {
        self.series.decision_time(self.bars[bar].time)
    }

    /// The first bar that decides at `from` or later; the number of bars when none does.
    #[must_use]
    pub fn index_from(&self, from: Timestamp) -> usize {
        self.bars.partition_point(|bar| self.series.decision_time(bar.time) < from)
    }
}
