//! A check that nothing looks ahead: other bars after `t` must change nothing that is known at `t`, by no bit.
//!
//! It takes any function from bars to columns, so it serves new features as well as labels, baselines and splits; a
//! column that peeks is named, with the bar at which it does.
//!
//! ```
//! use features::lookahead::{LookAhead, first_leak};
//! # use market_data::Bar;
//! # let bars: Vec<Bar> = (0..30).map(|day| Bar {
//! #     time: jiff::Timestamp::from_second(day * 86_400).unwrap(),
//! #     open: 9.0, high: 9.5, low: 8.5, close: 9.0, volume: 1.0,
//! # }).collect();
//! let check = LookAhead { bars: &bars, from: 0, step: 1, delay: 0 };
//! let close = |bars: &[Bar]| vec![("close", bars.iter().map(|bar| bar.close).collect())];
//! assert_eq!(first_leak(&check, close), None);
//!
//! // The next close, or zero where there is none.
//! let tomorrow = |bars: &[Bar]| {
//!     vec![("tomorrow", (1..=bars.len()).map(|next| bars.get(next).map_or(0.0, |bar| bar.close)).collect())]
//! };
//! let leak = first_leak(&check, tomorrow).unwrap();
//! assert_eq!((leak.column.as_str(), leak.bar), ("tomorrow", 0));
//! ```

use market_data::Bar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// What is checked.
#[derive(Debug, Clone, Copy)]
pub struct LookAheadCheck<'a> {
    /// The bars that the columns are computed from, ascending; gaps are welcome.
    pub bars: &'a [Bar],
    /// The first bar that is taken as the present.
    pub first_cutoff: usize,
    /// Every how many bars the present is moved on, at least 1.
    pub cutoff_step: usize,
    /// How many bars after its own a value is known: 0 for features, the horizon for labels.
    pub known_after: usize,
}

/// A value that changed although it had to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The column that looks ahead.
    pub column: String,
    /// Index of the bar whose value changed.
    pub bar: usize,
    /// Index of the last bar that was left as it was.
    pub cutoff: usize,
    /// What was done to the bars after it.
    pub future: Perturbation,
}

/// Another future. A rise and a fall, as a label tells of its future no more than the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Perturbation {
    /// All bars have other prices, about four times as high, and other volumes.
    Rise,
    /// All bars have other prices, about a quarter as high, and other volumes.
    Fall,
    /// There are no more bars.
    Truncate,
}

impl Perturbation {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Rise, Self::Fall, Self::Truncate];
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, bar, cutoff: present, future } = self;
        let done = match future {
            Perturbation::Rise => "replaced by a rise",
            Perturbation::Fall => "replaced by a fall",
            Perturbation::Truncate => "removed",
        };
        write!(
            f,
            "column `{column}` looks ahead: its value at bar {bar} changes when the bars after {present} are {done}"
        )
    }
}

/// The first leak, in the order of presents, then bars, then columns; `None` when nothing looks ahead.
///
/// `columns` gives names and values; value `i` belongs to bar `i` and a value that does not exist is NaN. A column
/// that lacks the value of a bar which others have, is a leak there too.
///
/// # Panics
/// When the names of the columns depend on the bars.
pub fn find_leak<'n>(check: &LookAheadCheck<'_>, columns: impl Fn(&[Bar]) -> Vec<(&'n str, Vec<f64>)>) -> Option<Leak> {
    let expected = columns(check.bars);
    (check.first_cutoff..check.bars.len()).step_by(check.cutoff_step.max(1)).find_map(|present| {
        Perturbation::ALL.into_iter().find_map(|future| {
            let actual = columns(&perturb_after(check.bars, present, future));
            let known = (present + 1).saturating_sub(check.known_after);
            (0..known).find_map(|bar| {
                let at = |values: &[f64]| values.get(bar).map(|value| value.to_bits());
                expected.iter().zip(&actual).find_map(|((name, expected), (other, actual))| {
                    assert_eq!(name, other, "the columns are the same for all bars");
                    let changed = at(expected) != at(actual);
                    changed.then(|| Leak { column: (*name).to_owned(), bar, cutoff: present, future })
                })
            })
        })
    })
}

/// The bars up to `present`, with another future. The open times stay.
#[must_use]
pub fn perturb_after(bars: &[Bar], present: usize, future: Perturbation) -> Vec<Bar> {
    let (past, after) = bars.split_at(bars.len().min(present.saturating_add(1)));
    let mut level = match future {
        Perturbation::Rise => 4.0,
        Perturbation::Fall => 0.25,
        Perturbation::Truncate => return past.to_vec(),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(present as u64);
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
