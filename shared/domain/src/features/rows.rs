//! Rows of the feature table, aligned with the bars.

use super::{WINDOW_BARS, columns::columns};
use crate::{Bar, Interval};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The features at the close of one bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// Open time of the bar.
    pub time: Timestamp,
    /// One finite value per name of [`super::feature_names`].
    pub values: Vec<f64>,
}

/// One row per bar; `None` within [`super::WARM_UP_BARS`] of the start or of a missing bar, and where a value would
/// not be finite. A row depends on its own and earlier bars only. Expects valid, ascending bars.
#[must_use]
pub fn compute(bars: &[Bar], interval: Interval) -> Vec<Option<FeatureRow>> {
    bars.chunk_by(|previous, next| interval.step(previous.time, 1) == next.time)
        .flat_map(|run| {
            let columns = columns(run, interval);
            let row = move |(i, bar): (usize, &Bar)| {
                let values: Vec<f64> = columns.iter().map(|column| column[i]).collect();
                values.iter().all(|value| value.is_finite()).then_some(FeatureRow { time: bar.time, values })
            };
            run.iter().enumerate().map(row)
        })
        .collect()
}

/// The row of the last bar, from the last [`WINDOW_BARS`] bars: what predict serves.
#[must_use]
pub fn last_row(bars: &[Bar], interval: Interval) -> Option<FeatureRow> {
    let window = &bars[bars.len().saturating_sub(WINDOW_BARS)..];
    compute(window, interval).pop().flatten()
}
