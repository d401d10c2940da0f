//! Frequencies of up in simple situations, as known at each decision time: after a bar that rose, at three o'clock.
//!
//! Each situation has cells. In cell `c` with `n` settled labels of horizon `h`, of which `k` were up,
//!
//! ```text
//! probability = (k / h + 100 climatology) / (n / h + 100)
//! ```
//!
//! so a cell without labels forecasts climatology, whose weight is that of its own prior,
//! [`PRIOR_LABELS`](super::PRIOR_LABELS).

use super::{LabelCounts, PRIOR_LABELS};
use market_data::{Bar, Interval, Series};
use std::cmp::Ordering;

/// Number of situations.
pub const SITUATIONS: usize = 4;
/// First cell of each situation: last bar, last two bars, last move, calendar; and the number of all cells.
const FIRST_CELLS: [usize; SITUATIONS + 1] = [0, 2, 6, 8, 32];
const CELL_COUNT: usize = FIRST_CELLS[SITUATIONS];

/// Cell of each situation at one bar, in the order last bar, last two bars, last move over the horizon, calendar. `None` if the
/// situation is undefined there: a tie, or a bar that is missing. The last move is left out at a horizon of one bar, because it
/// is the last bar.
pub type Cells = [Option<usize>; SITUATIONS];

/// Cells at each of ascending bars. They depend on no later bar.
#[must_use]
pub fn cells(series: &Series, bars: &[Bar]) -> Vec<Cells> {
    let interval = series.interval;
    let close_before = |bar: usize, steps: u32| {
        let time = interval.step(bars[bar].time, -i64::from(steps));
        // Without a gap the bar is `steps` rows before.
        let guess = bar.checked_sub(usize::try_from(steps).ok()?)?;
        let index = if bars[guess].time == time {
            guess
        } else {
            bars[..bar].binary_search_by_key(&time, |bar| bar.time).ok()?
        };
        Some(bars[index].close)
    };
    let rose = |earlier: f64, later: f64| match later.partial_cmp(&earlier)? {
        Ordering::Greater => Some(1),
        Ordering::Less => Some(0),
        Ordering::Equal => None,
    };
    (0..bars.len())
        .map(|bar| {
            let close = bars[bar].close;
            let one = close_before(bar, 1);
            let last_bar = one.and_then(|one| rose(one, close));
            let before = one.zip(close_before(bar, 2)).and_then(|(one, two)| rose(two, one));
            let last_move = (series.horizon > 1)
                .then(|| close_before(bar, series.horizon).and_then(|earlier| rose(earlier, close)))
                .flatten();
            [
                last_bar.map(|cell| FIRST_CELLS[0] + cell),
                last_bar.zip(before).map(|(last, before)| FIRST_CELLS[1] + 2 * before + last),
                last_move.map(|cell| FIRST_CELLS[2] + cell),
                Some(FIRST_CELLS[3] + calendar_cell(series, &bars[bar])),
            ]
        })
        .collect()
}

/// Hour of the day of the decision time, or day of the week for days.
fn calendar_cell(series: &Series, bar: &Bar) -> usize {
    let seconds = series.decision_time(bar.time).as_second();
    let cell = match series.interval {
        Interval::Hour => seconds.div_euclid(3_600).rem_euclid(24),
        Interval::Day => seconds.div_euclid(86_400).rem_euclid(7),
    };
    usize::try_from(cell).unwrap_or(0)
}

/// Counts of the settled labels in every cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrequencyCounts([LabelCounts; CELL_COUNT]);

impl Default for FrequencyCounts {
    fn default() -> Self {
        Self([LabelCounts::default(); CELL_COUNT])
    }
}

impl FrequencyCounts {
    /// Counts a settled label in each cell of its bar.
    pub fn add(&mut self, cells: &Cells, up: bool) {
        cells.iter().flatten().for_each(|cell| self.0[*cell].add(up));
    }

    /// Adds the labels that the close of bar `row` settles. `labels` and `cells` are aligned with the bars, as for
    /// [`settled_counts`](super::settled_counts).
    pub fn settle(&mut self, row: usize, labels: &[Option<bool>], cells: &[Cells], horizon: u32) {
        let settled = usize::try_from(horizon).ok().and_then(|horizon| row.checked_sub(horizon));
        if let Some((bar, up)) = settled.and_then(|bar| Some((bar, labels[bar]?))) {
            self.add(&cells[bar], up);
        }
    }

    /// Probability of up in the cell of each situation; `None` where the situation is undefined.
    #[must_use]
    pub fn probabilities(&self, cells: &Cells, climatology: f64, horizon: u32) -> [Option<f64>; SITUATIONS] {
        let horizon = f64::from(horizon.max(1));
        cells.map(|cell| {
            let LabelCounts { ups, labels } = self.0[cell?];
            let (ups, labels) = (f64::from(ups) / horizon, f64::from(labels) / horizon);
            Some((ups + PRIOR_LABELS * climatology) / (labels + PRIOR_LABELS))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::labels;
    use jiff::Timestamp;

    fn bars(closes: &[f64]) -> Vec<Bar> {
        let bar = |(hour, &close): (i64, &f64)| Bar {
            time: Timestamp::from_second(hour * 3_600).unwrap(),
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
        };
        (0..).zip(closes).map(bar).collect()
    }

    #[test]
    fn cells_follow_the_signs_and_the_hour_and_stop_at_ties_and_gaps() {
        let series: Series = "eth-usd-1h-h1".parse().unwrap();
        let all = bars(&[10.0, 11.0, 10.5, 10.5, 12.0]);
        let cells_at = cells(&series, &all);
        assert_eq!(cells_at[0], [None, None, None, Some(9)], "decided at one o'clock");
        assert_eq!(cells_at[1], [Some(1), None, None, Some(10)]);
        assert_eq!(cells_at[2], [Some(0), Some(2 + 2), None, Some(11)], "up, then down");
        assert_eq!(cells_at[3], [None, None, None, Some(12)], "a tie");
        let gapped: Vec<Bar> = [0, 1, 4].map(|bar| all[bar]).to_vec();
        assert_eq!(cells(&series, &gapped)[2][..2], [None, None]);
    }

    #[test]
    fn a_reversing_market_has_a_low_frequency_after_a_rise() {
        let series: Series = "eth-usd-1h-h1".parse().unwrap();
        let closes: Vec<f64> = (0..2_001).map(|hour| if hour % 2 == 0 { 10.0 } else { 11.0 }).collect();
        let all = bars(&closes);
        let (labels, cells) = (labels(&all, series.interval, 1), cells(&series, &all));
        let mut counts = FrequencyCounts::default();
        (0..all.len()).for_each(|row| counts.settle(row, &labels, &cells, 1));
        let after_rise = counts.probabilities(&cells[1_999], 0.5, 1)[0].unwrap();
        assert!((after_rise - 50.0 / 1_100.0).abs() < 1e-9, "1,000 of 1,000 fell: {after_rise}");
        assert_eq!(FrequencyCounts::default().probabilities(&cells[1_999], 0.4, 1)[0], Some(0.4));
    }
}
