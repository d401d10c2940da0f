//! Rows of the feature table, aligned with the bars.

use super::{
    WARM_UP_BARS, WINDOW_BARS,
    columns::{Column, columns},
    smoothed::{Smoothed, smoothed},
};
use crate::{Bar, Interval};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many rows are made at once: their columns fit into a core's cache.
const BLOCK: usize = 512;

/// The features at the close of one bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// Open time of the bar.
    pub time: Timestamp,
    /// One finite value per name of [`super::feature_names`].
    pub values: Vec<f64>,
}

/// One row per bar; `None` within [`WARM_UP_BARS`] of the start or of a missing bar, and where a value would
/// not be finite. A row depends on its own and earlier bars only. Expects valid, ascending bars.
#[must_use]
pub fn compute(bars: &[Bar], interval: Interval) -> Vec<Option<FeatureRow>> {
    let mut rows = Vec::with_capacity(bars.len());
    for run in runs(bars, interval) {
        let smoothed = smoothed(run);
        for start in (0..run.len()).step_by(BLOCK) {
            let end = run.len().min(start + BLOCK);
            extend(&mut rows, &run[..end], &smoothed[..end], start, interval);
        }
    }
    rows
}

/// The row of the last bar, from the last [`WINDOW_BARS`] bars: what predict serves.
#[must_use]
pub fn last_row(bars: &[Bar], interval: Interval) -> Option<FeatureRow> {
    let window = &bars[bars.len().saturating_sub(WINDOW_BARS)..];
    let run = runs(window, interval).next_back()?;
    let mut rows = Vec::with_capacity(1);
    extend(&mut rows, run, &smoothed(run), run.len() - 1, interval);
    rows.pop().flatten()
}

/// The bars between gaps.
fn runs(bars: &[Bar], interval: Interval) -> impl DoubleEndedIterator<Item = &[Bar]> {
    bars.chunk_by(move |previous, next| next.time.as_second() - previous.time.as_second() == interval.seconds())
}

/// Appends the rows of `run[start..]`. Columns look back no further than the warm-up, so only that much is computed
/// again for them; in the bars before it they would not be complete.
fn extend(rows: &mut Vec<Option<FeatureRow>>, run: &[Bar], smoothed: &[Smoothed], start: usize, interval: Interval) {
    let from = start.saturating_sub(WARM_UP_BARS);
    let bars = &run[from..];
    let columns: [Column; _] = columns(bars, &smoothed[from..], interval);
    let columns = columns.each_ref().map(|(_, values)| &values[..bars.len()]);
    rows.extend((start - from..bars.len()).map(|at| {
        let values: Vec<f64> = columns.iter().map(|column| column[at]).collect();
        let finite = values.iter().fold(true, |finite, value| finite & value.is_finite());
        finite.then_some(FeatureRow { time: bars[at].time, values })
    }));
}
