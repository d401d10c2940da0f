//! Walk-forward folds and the hold-out: the past fits, the future tests, and a purge keeps labels from leaking across.
//!
//! A label of row `i` is known `horizon` rows later, so the last `horizon` rows before a test range would carry its
//! outcomes into training. Every split here satisfies `train.end + horizon + embargo <= test.start`.
//! After López de Prado, Advances in Financial Machine Learning (2018), chapter 7; walk-forward, so no training row
//! ever lies after a test row.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Expanding-window walk-forward: fold `k` trains on everything before its test range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkForward {
    /// How many test ranges, adjacent and as equal as can be.
    pub folds: usize,
    /// Rows the first fold trains on, at least.
    pub min_train: usize,
    /// Rows until a label is known.
    pub horizon: usize,
    /// Further rows left out between training and test.
    pub embargo: usize,
}

/// Row ranges of one fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Rows to fit on.
    pub train: Range<usize>,
    /// Rows to test on, all later.
    pub test: Range<usize>,
}

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There are not enough rows.
    #[error("{rows} rows are too few: this split needs at least {needed}")]
    TooFewRows {
        /// How many there are.
        rows: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A count that must be above zero is zero.
    #[error("{name} must be above zero")]
    Zero {
        /// Which.
        name: &'static str,
    },
}

impl WalkForward {
    /// The folds over `n` rows, oldest first. Their test ranges are adjacent and end at `n`.
    ///
    /// # Errors
    /// [`SplitError::Zero`] without folds or training rows, [`SplitError::TooFewRows`] when a fold would test nothing.
    pub fn split(&self, n: usize) -> Result<Vec<Fold>, SplitError> {
        for (name, value) in [("folds", self.folds), ("min_train", self.min_train), ("horizon", self.horizon)] {
            if value == 0 {
                return Err(SplitError::Zero { name });
            }
        }
        let gap = self.horizon.saturating_add(self.embargo);
        let first = self.min_train.saturating_add(gap);
        let needed = first.saturating_add(self.folds);
        if n < needed {
            return Err(SplitError::TooFewRows { rows: n, needed });
        }
        let tested = n - first;
        let edge = |k: usize| first + tested * k / self.folds;
        Ok((0..self.folds).map(|k| Fold { train: 0..edge(k) - gap, test: edge(k)..edge(k + 1) }).collect())
    }
}

/// The last `holdout` of `n` rows as test range, everything purged and embargoed before it as training range.
///
/// # Errors
/// [`SplitError::Zero`] for an empty hold-out or horizon, [`SplitError::TooFewRows`] when nothing is left to train on.
pub fn holdout_split(n: usize, holdout: usize, horizon: usize, embargo: usize) -> Result<Fold, SplitError> {
    for (name, value) in [("holdout", holdout), ("horizon", horizon)] {
        if value == 0 {
            return Err(SplitError::Zero { name });
        }
    }
    let kept_out = holdout.saturating_add(horizon).saturating_add(embargo);
    if n <= kept_out {
        return Err(SplitError::TooFewRows { rows: n, needed: kept_out.saturating_add(1) });
    }
    Ok(Fold { train: 0..n - kept_out, test: n - holdout..n })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_tile_the_rows_after_the_first_training_range() {
        let split = WalkForward { folds: 3, min_train: 10, horizon: 2, embargo: 1 };
        let folds = split.split(23).unwrap();
        assert_eq!(folds[0], Fold { train: 0..10, test: 13..16 });
        assert_eq!(folds[1], Fold { train: 0..13, test: 16..19 });
        assert_eq!(folds[2], Fold { train: 0..16, test: 19..23 });
        assert_eq!(split.split(16).map(|folds| folds.len()), Ok(3), "one row to test a fold is enough");
        assert_eq!(split.split(15), Err(SplitError::TooFewRows { rows: 15, needed: 16 }));
    }

    #[test]
    fn the_holdout_is_purged_too() {
        assert_eq!(holdout_split(100, 20, 7, 3).unwrap(), Fold { train: 0..70, test: 80..100 });
        assert_eq!(holdout_split(30, 20, 7, 3), Err(SplitError::TooFewRows { rows: 30, needed: 31 }));
        assert_eq!(holdout_split(30, 0, 7, 3), Err(SplitError::Zero { name: "holdout" }));
    }

    proptest! {
        #[test]
        fn no_training_label_reaches_into_a_test_range(
            folds in 1usize..8, min_train in 1usize..50, horizon in 1usize..30, embargo in 0usize..10, n in 0usize..400,
        ) {
            let split = WalkForward { folds, min_train, horizon, embargo };
            if let Ok(made) = split.split(n) {
                prop_assert_eq!(made.len(), folds);
                prop_assert_eq!(made[folds - 1].test.end, n);
                for fold in &made {
                    prop_assert!(fold.train.len() >= min_train && !fold.test.is_empty());
                    // The last training row's label is known before the first test row is decided.
                    prop_assert!(fold.train.end - 1 + horizon + embargo < fold.test.start);
                }
                prop_assert!(made.windows(2).all(|pair| pair[0].test.end == pair[1].test.start));
            }
        }
    }
}
