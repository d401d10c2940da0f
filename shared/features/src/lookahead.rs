//! Look-ahead check: it alters the bars after a cut-off and compares, bit for bit, the values that were known at it.
//!
//! It takes any function from bars to columns, so it serves new features as well as labels, baselines and splits. It
//! reports the column that looks ahead and the bar whose value changed.
//!
//! ```
//! use features::lookahead::{LookAheadCheck, find_leak};
//! # use market_data::Bar;
//! # let bars: Vec<Bar> = (0..30).map(|day| Bar {
//! #     time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
//! #     open: 9.0, high: 9.5, low: 8.5, close: 9.0, volume: 1.0,
//! # }).collect();
//! let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: 0 };
//! let close = |bars: &[Bar]| vec![("close", bars.iter().map(|bar| bar.close).collect())];
//! assert_eq!(find_leak(&check, close), None);
//!
//! // The next close, or zero where there is none.
//! let tomorrow = |bars: &[Bar]| {
//!     vec![("tomorrow", (1..=bars.len()).map(|next| bars.get(next).map_or(0.0, |bar| bar.close)).collect())]
//! };
//! let leak = find_leak(&check, tomorrow).unwrap();
//! assert_eq!((leak.column.as_str(), leak.bar), ("tomorrow", 0));
//! ```

use market_data::Bar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Parameters of a check.
#[derive(Debug, Clone, Copy)]
pub struct LookAheadCheck<'a> {
    /// Bars that the columns are computed from, ascending; they may have gaps.
    pub bars: &'a [Bar],
    /// Index of the first cut-off.
    pub first_cutoff: usize,
    /// Number of bars from one cut-off to the next, at least 1.
    pub cutoff_step: usize,
    /// Number of bars after its own at which a value is known: 0 for features, the horizon for labels.
    pub known_after: usize,
}

/// Value that depends on bars after the cut-off although it was known at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Column that looks ahead.
    pub column: String,
    /// Index of the bar whose value changed.
    pub bar: usize,
    /// Index of the last bar that was not altered.
    pub cutoff: usize,
    /// Change of the bars after the cut-off.
    pub perturbation: Perturbation,
}

/// Change of the bars after a cut-off. It takes both a rise and a fall, because a label shows only the direction of its
/// future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Perturbation {
    /// Prices are replaced by others, about four times as high, and volumes by others.
    Rise,
    /// Prices are replaced by others, about a quarter as high, and volumes by others.
    Fall,
    /// The bars are removed.
    Truncate,
}

impl Perturbation {
    /// All perturbations.
    pub const ALL: [Self; 3] = [Self::Rise, Self::Fall, Self::Truncate];
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, bar, cutoff, perturbation } = self;
        let change = match perturbation {
            Perturbation::Rise => "replaced by a rise",
            Perturbation::Fall => "replaced by a fall",
            Perturbation::Truncate => "removed",
        };
        write!(
            f,
            "column `{column}` looks ahead: its value at bar {bar} changes when the bars after {cutoff} are {change}"
        )
    }
}

/// Finds the first leak, in the order of cut-offs, then bars, then columns; `None` if nothing looks ahead.
///
/// `columns` returns names and values. Value `i` belongs to bar `i`; a value that does not exist is NaN. A column that is
/// shorter after a perturbation leaks at the first bar that it lacks.
///
/// # Panics
/// Panics if the names of the columns depend on the bars.
pub fn find_leak<'n>(check: &LookAheadCheck<'_>, columns: impl Fn(&[Bar]) -> Vec<(&'n str, Vec<f64>)>) -> Option<Leak> {
    let expected = columns(check.bars);
    (check.first_cutoff..check.bars.len()).step_by(check.cutoff_step.max(1)).find_map(|cutoff| {
        Perturbation::ALL.into_iter().find_map(|perturbation| {
            let actual = columns(&perturb_after(check.bars, cutoff, perturbation));
            let known_bars = (cutoff + 1).saturating_sub(check.known_after);
            (0..known_bars).find_map(|bar| {
                let bits = |values: &[f64]| values.get(bar).map(|value| value.to_bits());
                expected.iter().zip(&actual).find_map(|((name, expected), (other, actual))| {
                    assert_eq!(name, other, "the columns are the same for all bars");
                    let changed = bits(expected) != bits(actual);
                    changed.then(|| Leak { column: (*name).to_owned(), bar, cutoff, perturbation })
                })
            })
        })
    })
}

/// Bars with a perturbation of those after index `cutoff`. The open times stay.
#[must_use]
pub fn perturb_after(bars: &[Bar], cutoff: usize, perturbation: Perturbation) -> Vec<Bar> {
    let (past, after) = bars.split_at(bars.len().min(cutoff.saturating_add(1)));
    let mut level = match perturbation {
        Perturbation::Rise => 4.0,
        Perturbation::Fall => 0.25,
        Perturbation::Truncate => return past.to_vec(),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(cutoff as u64);
    let replaced = after.iter().map(|bar| {
        let open = bar.open * level;
        level *= (0.2 * (rng.random::<f64>() - 0.5)).exp();
        let close = bar.close * level;
        let high = open.max(close) * (0.1 * rng.random::<f64>()).exp();
        let low = open.min(close) * (-0.1 * rng.random::<f64>()).exp();
        Bar { time: bar.time, open, high, low, close, volume: (bar.volume + 1.0) * (2.0 + rng.random::<f64>()) }
    });
    past.iter().copied().chain(replaced).collect()
}

#[cfg(test)]
mod tests;
