//! Rows of the feature table, aligned with the bars.

use super::{
    WARM_UP_BARS, WINDOW_BARS,
    columns::{COUNT, columns},
    recursive::{RecursiveIndicators, RecursiveValues},
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// How many rows are made at once: their columns fit into a core's cache.
const BLOCK: usize = 1024;

/// How many rows are put together at once, so that each cache line of a column is read once.
const TILE: usize = 8;

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
pub fn feature_rows(bars: &[Bar], interval: Interval) -> Vec<Option<FeatureRow>> {
    let mut rows = Vec::with_capacity(bars.len());
    for run in contiguous_runs(bars, interval) {
        let mut smoothings = RecursiveIndicators::new();
        let mut smoothed = Vec::with_capacity(run.len().min(WARM_UP_BARS + BLOCK));
        for start in (0..run.len()).step_by(BLOCK) {
            let (from, end) = (start.saturating_sub(WARM_UP_BARS), run.len().min(start + BLOCK));
            smoothed.drain(..smoothed.len() - (start - from));
            smoothed.extend(run[start..end].iter().map(|bar| smoothings.next(bar)));
            append_rows(&mut rows, &run[from..end], &smoothed, start - from, interval);
        }
    }
    rows
}

/// The row of the last bar, from the last [`WINDOW_BARS`] bars: what predict serves.
#[must_use]
pub fn latest_feature_row(bars: &[Bar], interval: Interval) -> Option<FeatureRow> {
    let window = &bars[bars.len().saturating_sub(WINDOW_BARS)..];
    let run = contiguous_runs(window, interval).next_back()?;
    let mut smoothings = RecursiveIndicators::new();
    let smoothed: Vec<RecursiveValues> = run.iter().map(|bar| smoothings.next(bar)).collect();
    let from = run.len().saturating_sub(WARM_UP_BARS + 1);
    let mut rows = Vec::with_capacity(1);
    append_rows(&mut rows, &run[from..], &smoothed[from..], run.len() - 1 - from, interval);
    rows.pop().flatten()
}

/// The bars between gaps.
fn contiguous_runs(bars: &[Bar], interval: Interval) -> impl DoubleEndedIterator<Item = &[Bar]> {
    bars.chunk_by(move |previous, next| next.time.as_second() - previous.time.as_second() == interval.seconds())
}

/// Appends the rows of `bars[skipped..]`. The skipped ones are what columns look back on: no further than the warm-up,
/// or to the start of the run.
fn append_rows(
    rows: &mut Vec<Option<FeatureRow>>,
    bars: &[Bar],
    smoothed: &[RecursiveValues],
    skipped: usize,
    interval: Interval,
) {
    let columns = columns(bars, smoothed, interval);
    let columns = columns.each_ref().map(|(_, values)| &values[skipped..bars.len()]);
    let bars = &bars[skipped..];
    let mut values = [[0.0; COUNT]; TILE];
    for (tile, bars) in bars.chunks(TILE).enumerate() {
        // Stays zero as long as all values are finite.
        let mut finite = [0.0; TILE];
        for (feature, column) in columns.iter().enumerate() {
            let lanes = lanes(&column[tile * TILE..]);
            for ((row, finite), value) in values.iter_mut().zip(&mut finite).zip(lanes) {
                row[feature] = value;
                *finite += 0.0 * value;
            }
        }
        let row = |((bar, values), finite): ((&Bar, &[f64; COUNT]), f64)| {
            (finite == 0.0).then(|| FeatureRow { time: bar.time, values: values.to_vec() })
        };
        rows.extend(bars.iter().zip(&values).zip(finite).map(row));
    }
}

/// The first values of a column, as many as a tile has; zeros where it ends before.
fn lanes(column: &[f64]) -> [f64; TILE] {
    column.first_chunk().copied().unwrap_or_else(|| {
        let mut lanes = [0.0; TILE];
        lanes.iter_mut().zip(column).for_each(|(lane, value)| *lane = *value);
        lanes
    })
}
