//! Rows of a distribution fit: bars with inputs and a settled move.

use contracts::distribution::{LEVELS, Quantiles};
use features::baselines::moves;
use jiff::Timestamp;
use market_data::{Bar, Series, numbers::as_f64};
use model::distribution::InputTable;
use std::ops::Range;

/// Bars with inputs and a settled move, ascending.
#[derive(Debug)]
pub(super) struct MoveRows<'a> {
    pub(super) series: &'a Series,
    pub(super) inputs: InputTable,
    /// Index of each row's bar.
    pub(super) bars: Vec<usize>,
    history: &'a [Bar],
    /// Move of each row.
    pub(super) moves: Vec<f64>,
    /// Move of every bar, with or without inputs; `None` where it is not settled.
    pub(super) all_moves: Vec<Option<f64>>,
}

impl<'a> MoveRows<'a> {
    /// Rows with a decision time before `until`, whose move is settled by the last of `bars`.
    pub(super) fn new(series: &'a Series, bars: &'a [Bar], until: Timestamp) -> Self {
        let end = bars.partition_point(|bar| series.decision_time(bar.time) < until);
        let mut all_moves = moves(bars, series.interval, series.horizon);
        all_moves.truncate(end);
        let inputs = InputTable::new(series, &bars[..end], 0);
        let (indices, values): (Vec<usize>, Vec<f64>) = (all_moves.iter().enumerate())
            .filter_map(|(bar, value)| Some((bar, (*value)?)))
            .filter(|(bar, _)| inputs.varying(*bar).is_some())
            .unzip();
        Self { series, inputs, bars: indices, history: bars, moves: values, all_moves }
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
        let last = self.decision_time(*self.bars.last()?);
        Some((empirical(self.all_moves.iter().copied().flatten().collect())?, last))
    }

    /// Decision time of a bar.
    fn decision_time(&self, bar: usize) -> Timestamp {
        self.series.decision_time(self.history[bar].time)
    }

    /// Rows of a range that were decided in the year before its last row.
    pub(super) fn recent(&self, rows: &Range<usize>) -> Range<usize> {
        let Some(last) = rows.clone().next_back() else { return rows.clone() };
        let bars = i64::try_from(features::baselines::recent_bars(self.series.interval)).unwrap_or(i64::MAX);
        let from = self.series.interval.step(self.decision_time(self.bars[last]), -bars);
        let first = self.bars[rows.clone()].partition_point(|bar| self.decision_time(*bar) < from);
        rows.start + first..rows.end
    }
}

/// Empirical quantiles of values in any order. They are sorted only as far as the quantiles need it.
pub(super) fn empirical(mut values: Vec<f64>) -> Option<Quantiles> {
    let last = as_f64(values.len().checked_sub(1)?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let mut used: Vec<usize> = LEVELS.iter().map(|level| (level * last) as usize).flat_map(|at| [at, at + 1]).collect();
    used.sort_unstable();
    place(&mut values, 0, &used);
    Quantiles::from_ascending(&values)
}

/// Moves to each of ascending places the value that it has in ascending order. `first` is the place of the first value.
fn place(values: &mut [f64], first: usize, places: &[usize]) {
    let within = &places[places.partition_point(|place| *place < first)..];
    let within = &within[..within.partition_point(|place| *place < first + values.len())];
    let Some(middle) = within.get(within.len() / 2) else { return };
    let (below, _, above) = values.select_nth_unstable_by(middle - first, f64::total_cmp);
    place(below, first, within);
    place(above, middle + 1, within);
}
