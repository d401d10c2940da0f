//! The bars of one symbol and interval, and what follows from them.

use contracts::{Warning, warning::bar_warnings};
use features::{self, FeatureRow, WARM_UP_BARS};
use jiff::Timestamp;
use market_data::{Bar, Interval, origin::Origin, quality::DoubtfulBar};

/// All closed bars at `as_of`, with the features of the last ones.
#[derive(Debug)]
pub(crate) struct ScoredBars {
    /// Where the last bar came from.
    pub(crate) source: String,
    pub(crate) as_of: Timestamp,
    /// Ascending, closed at `as_of`.
    bars: Vec<Bar>,
    /// Features of the last bars; those before them are not needed.
    rows: Vec<Option<FeatureRow>>,
    interval: Interval,
    /// Bars that a forecast has to warn of, among the latest ones.
    doubtful: Vec<DoubtfulBar>,
}

impl ScoredBars {
    /// Keeps the bars that are closed at `as_of` and computes the features of the last `recent` of them.
    pub(crate) fn new(interval: Interval, source: String, as_of: Timestamp, mut bars: Vec<Bar>, recent: usize) -> Self {
        let last_closed = interval.last_closed(as_of);
        bars.retain(|bar| bar.time <= last_closed);
        // Rows after so many bars equal those computed from all history.
        let start = bars.len().saturating_sub(recent + features::WINDOW_BARS);
        let mut rows = features::feature_rows(&bars[start..], interval);
        rows.drain(..rows.len().saturating_sub(recent));
        Self { source, as_of, bars, rows, interval, doubtful: Vec::new() }
    }

    /// The same market, with bars that a forecast has to warn of.
    pub(crate) fn warning_of(self, doubtful: Vec<DoubtfulBar>) -> Self {
        Self { doubtful, ..self }
    }

    /// Warnings about the bars that the features of the bar that opens at `last` see.
    pub(crate) fn warnings(&self, last: Timestamp) -> Vec<Warning> {
        bar_warnings(&self.doubtful, last, self.interval, WARM_UP_BARS + 1)
    }

    /// The bars, ascending.
    pub(crate) fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// The features at the bar with this index, where there are any.
    pub(crate) fn features_at(&self, index: usize) -> Option<&FeatureRow> {
        let first = self.bars.len() - self.rows.len();
        self.rows.get(index.checked_sub(first)?)?.as_ref()
    }

    /// The index of the bar that opens at `time`.
    pub(crate) fn index_of(&self, time: Timestamp) -> Option<usize> {
        self.bars.binary_search_by_key(&time, |bar| bar.time).ok()
    }

    /// The bar that opens at `time`.
    pub(crate) fn bar_at(&self, time: Timestamp) -> Option<&Bar> {
        self.index_of(time).map(|index| &self.bars[index])
    }

    /// Whether the bars come from a simulator, as their source says.
    pub(crate) fn is_simulated(&self) -> bool {
        Origin::from(self.source.as_str()).is_simulated()
    }
}
