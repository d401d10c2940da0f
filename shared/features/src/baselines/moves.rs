//! Moves and the sets of settled moves behind climatology's distribution.
//!
//! Climatology's distribution at bar t is the empirical distribution of all moves that are settled by then. A second baseline
//! counts only those of the last year ([`RECENT_DAYS`]).

use crate::labels::target_bars;
use market_data::{Bar, Interval, Series};

/// Days of the recent baseline.
pub const RECENT_DAYS: u32 = 365;

/// Move of each of ascending bars: `ln(close(t + h) / close(t))`, zero for a tie. `None` without the bar exactly `horizon`
/// intervals later, and where the ratio of the closes overflows.
///
/// ```
/// # use features::baselines::moves;
/// # use market_data::{Bar, Interval};
/// # let bar = |day: i64, close: f64| Bar {
/// #     time: jiff::Timestamp::from_second(day * 86_400).unwrap(), open: close, high: close, low: close, close, volume: 1.0 };
/// let bars = [bar(0, 10.0), bar(1, 11.0), bar(2, 11.0), bar(4, 9.0)];
/// assert_eq!(moves(&bars, Interval::Day, 1), [Some(1.1_f64.ln()), Some(0.0), None, None]);
/// ```
#[must_use]
pub fn moves(bars: &[Bar], interval: Interval, horizon: u32) -> Vec<Option<f64>> {
    let log_return = |(bar, target): (&Bar, Option<&Bar>)| {
        Some((target.filter(|_| horizon > 0)?.close / bar.close).ln()).filter(|value| value.is_finite())
    };
    bars.iter().zip(target_bars(bars, interval, horizon)).map(log_return).collect()
}

/// Number of bars in the recent baseline.
#[must_use]
pub fn recent_bars(interval: Interval) -> usize {
    let per_day = match interval {
        Interval::Day => 1,
        Interval::Hour => 24,
    };
    RECENT_DAYS as usize * per_day
}

/// Moves in ascending order, to which single moves can be added and from which they can be removed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SortedMoves(Vec<f64>);

impl SortedMoves {
    /// Adds a move.
    pub fn insert(&mut self, value: f64) {
        let at = self.0.partition_point(|known| known.total_cmp(&value).is_lt());
        self.0.insert(at, value);
    }

    /// Adds several moves. Each of those here already is moved once, which is faster than many insertions.
    pub fn extend(&mut self, moves: &[Option<f64>]) {
        let mut added: Vec<f64> = moves.iter().copied().flatten().collect();
        added.sort_unstable_by(f64::total_cmp);
        let mut end = self.0.len();
        self.0.extend_from_slice(&added);
        for (smaller, value) in added.iter().enumerate().rev() {
            let at = self.0[..end].partition_point(|known| known.total_cmp(value).is_lt());
            self.0.copy_within(at..end, at + smaller + 1);
            self.0[at + smaller] = *value;
            end = at;
        }
    }

    /// Removes a move that was added before.
    pub fn remove(&mut self, value: f64) {
        if let Ok(at) = self.0.binary_search_by(|known| known.total_cmp(&value)) {
            self.0.remove(at);
        }
    }

    /// The moves, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// Settled moves at the close of successive bars, for both baselines.
#[derive(Debug, Clone)]
pub struct SettledMoves<'a> {
    moves: &'a [Option<f64>],
    horizon: usize,
    recent_bars: usize,
    /// Number of bars whose moves were added.
    next: usize,
    all: SortedMoves,
    recent: SortedMoves,
}

impl<'a> SettledMoves<'a> {
    /// No moves yet. `moves` is aligned with the bars, as [`moves`] returns it.
    #[must_use]
    pub fn new(series: &Series, moves: &'a [Option<f64>]) -> Self {
        let horizon = usize::try_from(series.horizon).unwrap_or(usize::MAX);
        let recent_bars = recent_bars(series.interval);
        Self { moves, horizon, recent_bars, next: 0, all: SortedMoves::default(), recent: SortedMoves::default() }
    }

    /// Adds all moves that are settled at the close of bar `bar`. Bars must not descend from call to call.
    ///
    /// Move `i` counts as settled at bar `t` once `i + horizon <= t`, as in [`super::settled_counts`].
    pub fn advance_to(&mut self, bar: usize) {
        let end = (bar + 1).saturating_sub(self.horizon).min(self.moves.len());
        if self.next == 0 && end > self.recent_bars {
            // The start is sorted at once.
            let sorted = |moves: &[Option<f64>]| {
                let mut sorted: Vec<f64> = moves.iter().copied().flatten().collect();
                sorted.sort_unstable_by(f64::total_cmp);
                SortedMoves(sorted)
            };
            (self.all, self.recent) = (sorted(&self.moves[..end]), sorted(&self.moves[end - self.recent_bars..end]));
            self.next = end;
        }
        self.all.extend(&self.moves[self.next.min(end)..end]);
        for index in self.next..end {
            if let Some(value) = self.moves[index] {
                self.recent.insert(value);
            }
            if let Some(value) = index.checked_sub(self.recent_bars).and_then(|old| self.moves[old]) {
                self.recent.remove(value);
            }
        }
        self.next = self.next.max(end);
    }

    /// All settled moves, ascending.
    #[must_use]
    pub fn all(&self) -> &[f64] {
        self.all.as_slice()
    }

    /// Settled moves of the last year of bars, ascending.
    #[must_use]
    pub fn recent(&self) -> &[f64] {
        self.recent.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the running sets with sets that are sorted anew at each bar.
    #[test]
    fn settled_moves_are_those_with_a_closed_target() {
        let series: Series = "eth-usd-1d-h7".parse().unwrap();
        let moves: Vec<Option<f64>> =
            (0..900_u32).map(|i| (i % 13 != 0).then(|| f64::from(i * 7919 % 1009) / 1e4 - 0.05)).collect();
        let expected = |moves: &[Option<f64>]| {
            let mut sorted: Vec<f64> = moves.iter().copied().flatten().collect();
            sorted.sort_by(f64::total_cmp);
            sorted
        };
        for first in [0, 10, 700] {
            let mut settled = SettledMoves::new(&series, &moves);
            for bar in (first..900).step_by(3) {
                settled.advance_to(bar);
                let end = (bar + 1).saturating_sub(7);
                assert_eq!(settled.all(), expected(&moves[..end]), "{first} {bar}");
                assert_eq!(settled.recent(), expected(&moves[end.saturating_sub(365)..end]), "{first} {bar}");
            }
        }
    }
}
