//! The bars, and what follows from them, bar by bar.

use domain::{
    Bar, Series,
    climatology::climatology,
    features::{self, FeatureRow},
    labels::labels,
};
use jiff::Timestamp;

/// Everything is as long as the bars. Features and climatology of a bar depend on it and earlier bars alone; its label
/// depends on a later one, and counts once that is closed.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) series: Series,
    /// Valid, ascending.
    pub(crate) bars: Vec<Bar>,
    pub(crate) features: Vec<Option<FeatureRow>>,
    pub(crate) labels: Vec<Option<bool>>,
    /// The base rate known at each decision time.
    pub(crate) climatology: Vec<f64>,
}

impl History {
    pub(crate) fn new(series: Series, bars: Vec<Bar>) -> Self {
        let labels = labels(&bars, series.interval, series.horizon);
        let climatology = climatology(&labels, series.horizon);
        let features = features::compute(&bars, series.interval);
        Self { series, bars, features, labels, climatology }
    }

    /// When a forecast from this bar may be made: at its close.
    pub(crate) fn decision_time(&self, bar: usize) -> Timestamp {
        self.series.decision_time(self.bars[bar].time)
    }

    /// The first bar that decides at `from` or later; the number of bars when none does.
    pub(crate) fn first_from(&self, from: Timestamp) -> usize {
        self.bars.partition_point(|bar| self.series.decision_time(bar.time) < from)
    }
}
