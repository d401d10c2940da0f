//! Rows of a distribution fit: bars with inputs and a settled move.

use contracts::distribution::Quantiles;
use features::baselines::moves;
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::distribution::InputTable;
use std::ops::Range;

/// Bars with inputs and a settled move, ascending.
#[derive(Debug)]
pub(super) struct MoveRows<'a> {
    pub(super) series: &'a Series,
    pub(super) inputs: InputTable,
    /// Index of each row's bar.
    pub(super) bars: Vec<usize>,
    /// Decision time of each row.
    pub(super) decision_times: Vec<Timestamp>,
    /// Move of each row.
    pub(super) moves: Vec<f64>,
    /// Move of every bar, with or without inputs; `None` where it is not settled.
    pub(super) all_moves: Vec<Option<f64>>,
}

impl<'a> MoveRows<'a> {
    /// Rows with a decision time before `until`, whose move is settled by the last of `bars`.
    pub(super) fn new(series: &'a Series, bars: &[Bar], until: Timestamp) -> Self {
        let end = bars.partition_point(|bar| series.decision_time(bar.time) < until);
        let mut all_moves = moves(bars, series.interval, series.horizon);
        all_moves.truncate(end);
        let inputs = InputTable::new(series, &bars[..end], 0);
        let (indices, values): (Vec<usize>, Vec<f64>) = (all_moves.iter().enumerate())
            .filter_map(|(bar, value)| Some((bar, (*value).filter(|value| value.is_finite())?)))
            .filter(|(bar, _)| inputs.row(*bar).is_some())
            .unzip();
        let decision_times = indices.iter().map(|bar| series.decision_time(bars[*bar].time)).collect();
        Self { series, inputs, bars: indices, decision_times, moves: values, all_moves }
    }

    pub(super) fn len(&self) -> usize {
        self.moves.len()
    }

    /// Number of bars from decision to target.
    pub(super) fn horizon(&self) -> usize {
        self.series.horizon as usize
    }

    /// Climatology of all moves, and the decision time of the last one with inputs.
    pub(super) fn climatology(&self) -> Option<(Quantiles, Timestamp)> {
        let mut sorted: Vec<f64> = self.all_moves.iter().copied().flatten().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Some((Quantiles::from_ascending(&sorted)?, *self.decision_times.last()?))
    }

    /// Inputs of a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        self.inputs.row(self.bars[row]).unwrap_or_default()
    }

    /// Rows of a range that were decided in the year before its last row.
    pub(super) fn recent(&self, rows: &Range<usize>) -> Range<usize> {
        let Some(last) = rows.clone().next_back() else { return rows.clone() };
        let bars = i64::try_from(features::baselines::recent_bars(self.series.interval)).unwrap_or(i64::MAX);
        let from = self.series.interval.step(self.decision_times[last], -bars);
        let first = self.decision_times[rows.clone()].partition_point(|time| *time < from);
        rows.start + first..rows.end
    }
}
