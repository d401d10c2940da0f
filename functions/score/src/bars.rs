//! Closed bars of one symbol and interval, with the features of the latest ones.

use contracts::{Warning, warning::bar_warnings};
use features::{FeatureRow, WARM_UP_BARS};
use jiff::Timestamp;
use market_data::{Bar, Interval, origin::Origin, quality::DoubtfulBar};

/// Bars that are closed at `as_of`.
#[derive(Debug)]
pub(crate) struct ScoredBars {
    /// Source of the last bars, with their provenance.
    pub(crate) source: String,
    /// Time that counts as now.
    pub(crate) as_of: Timestamp,
    /// Ascending by open time.
    bars: Vec<Bar>,
    /// Features of the last bars, the last row for the last bar. A bar in a warm-up has none.
    rows: Vec<Option<FeatureRow>>,
    interval: Interval,
    /// Bars among the latest that a forecast has to warn of.
    doubtful: Vec<DoubtfulBar>,
}

impl ScoredBars {
    /// Keeps the bars that are closed at `as_of` and computes the features of the last `feature_bars` of them.
    pub(crate) fn new(
        interval: Interval,
        source: String,
        as_of: Timestamp,
        mut bars: Vec<Bar>,
        feature_bars: usize,
    ) -> Self {
        let last_closed = interval.last_closed(as_of);
        bars.retain(|bar| bar.time <= last_closed);
        // After WINDOW_BARS bars a row equals the one computed from the full history.
        let start = bars.len().saturating_sub(feature_bars + features::WINDOW_BARS);
        let mut rows = features::feature_rows(&bars[start..], interval);
        rows.drain(..rows.len().saturating_sub(feature_bars));
        Self { source, as_of, bars, rows, interval, doubtful: Vec::new() }
    }

    /// Adds the bars that a forecast has to warn of.
    pub(crate) fn with_doubtful(self, doubtful: Vec<DoubtfulBar>) -> Self {
        Self { doubtful, ..self }
    }

    /// Warnings about the bars behind the features of the bar that opens at `last`.
    pub(crate) fn warnings(&self, last: Timestamp) -> Vec<Warning> {
        bar_warnings(&self.doubtful, last, self.interval, WARM_UP_BARS + 1)
    }

    /// All bars, ascending.
    pub(crate) fn as_slice(&self) -> &[Bar] {
        &self.bars
    }

    /// Features of the bar with this index; `None` in a warm-up and before the latest bars.
    pub(crate) fn features_at(&self, index: usize) -> Option<&FeatureRow> {
        let first = self.bars.len() - self.rows.len();
        self.rows.get(index.checked_sub(first)?)?.as_ref()
    }

    /// Index of the bar that opens at `time`.
    pub(crate) fn index_of(&self, time: Timestamp) -> Option<usize> {
        self.bars.binary_search_by_key(&time, |bar| bar.time).ok()
    }

    /// Bar that opens at `time`.
    pub(crate) fn bar_at(&self, time: Timestamp) -> Option<&Bar> {
        self.index_of(time).map(|index| &self.bars[index])
    }

    /// True if the source names simulated bars.
    pub(crate) fn is_simulated(&self) -> bool {
        Origin::from(self.source.as_str()).is_simulated()
    }
}
