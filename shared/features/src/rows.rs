//! Rows of the feature table, aligned with the bars.

use super::{
    WARM_UP_BARS, WINDOW_BARS,
    columns::{COUNT, columns},
    recursive::{RecursiveIndicators, RecursiveValues},
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// Number of rows that are computed together, so that their columns fit into a core's cache.
const BLOCK_ROWS: usize = 1024;

/// Number of rows that are assembled together, so that each cache line of a column is read once.
const TILE_ROWS: usize = 8;

/// Features at the close of one bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// Open time of the bar.
    pub time: Timestamp,
    /// Finite values, one per name of [`super::feature_names`].
    pub values: Vec<f64>,
}

/// Feature rows of valid, ascending bars, one per bar. A row depends on its own and earlier bars only.
///
/// A row is `None` within [`WARM_UP_BARS`] of the start or of a missing bar, and where a value would not be finite.
#[must_use]
pub fn feature_rows(bars: &[Bar], interval: Interval) -> Vec<Option<FeatureRow>> {
    let mut rows = Vec::with_capacity(bars.len());
    for run in contiguous_runs(bars, interval) {
        let mut indicators = RecursiveIndicators::new();
        let mut recursive = Vec::with_capacity(run.len().min(WARM_UP_BARS + BLOCK_ROWS));
        for start in (0..run.len()).step_by(BLOCK_ROWS) {
            let (from, end) = (start.saturating_sub(WARM_UP_BARS), run.len().min(start + BLOCK_ROWS));
            recursive.drain(..recursive.len() - (start - from));
            recursive.extend(run[start..end].iter().map(|bar| indicators.next(bar)));
            append_rows(&mut rows, &run[from..end], &recursive, start - from, interval);
        }
    }
    rows
}

/// Feature row of the last bar, computed from the last [`WINDOW_BARS`] bars, as predict uses it.
#[must_use]
pub fn latest_feature_row(bars: &[Bar], interval: Interval) -> Option<FeatureRow> {
    let window = &bars[bars.len().saturating_sub(WINDOW_BARS)..];
    let run = contiguous_runs(window, interval).next_back()?;
    let mut indicators = RecursiveIndicators::new();
    let recursive: Vec<RecursiveValues> = run.iter().map(|bar| indicators.next(bar)).collect();
    let from = run.len().saturating_sub(WARM_UP_BARS + 1);
    let mut rows = Vec::with_capacity(1);
    append_rows(&mut rows, &run[from..], &recursive[from..], run.len() - 1 - from, interval);
    rows.pop().flatten()
}

/// Runs of consecutive bars, separated by gaps.
fn contiguous_runs(bars: &[Bar], interval: Interval) -> impl DoubleEndedIterator<Item = &[Bar]> {
    bars.chunk_by(move |previous, next| next.time.as_second() - previous.time.as_second() == interval.seconds())
}

/// Appends the rows of `bars[skipped..]`. The skipped bars are the look-back of the columns, which ends at the warm-up or
/// the start of the run.
fn append_rows(
    rows: &mut Vec<Option<FeatureRow>>,
    bars: &[Bar],
    recursive: &[RecursiveValues],
    skipped: usize,
    interval: Interval,
) {
    let columns = columns(bars, recursive, interval);
    let columns = columns.each_ref().map(|(_, values)| &values[skipped..bars.len()]);
    let bars = &bars[skipped..];
    let mut values = [[0.0; COUNT]; TILE_ROWS];
    for (tile, bars) in bars.chunks(TILE_ROWS).enumerate() {
        // Stays zero as long as all values are finite.
        let mut finite = [0.0; TILE_ROWS];
        for (feature, column) in columns.iter().enumerate() {
            let lanes = lanes(&column[tile * TILE_ROWS..]);
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

/// First [`TILE_ROWS`] values of a column, padded with zeros.
fn lanes(column: &[f64]) -> [f64; TILE_ROWS] {
    column.first_chunk().copied().unwrap_or_else(|| {
        let mut lanes = [0.0; TILE_ROWS];
        lanes.iter_mut().zip(column).for_each(|(lane, value)| *lane = *value);
        lanes
    })
}
