//! Splits in time order: walk-forward folds and the hold-out, with purge and embargo.
//!
//! The label of row `i` is known `horizon` rows later. Without a purge, the labels of the last `horizon` rows before a test
//! range would depend on bars within it. Every split satisfies `train.end + horizon + embargo <= test.start`. After López de
//! Prado, Advances in Financial Machine Learning (2018), chapter 7. The folds are walk-forward: no training row lies after a
//! test row.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Walk-forward split with an expanding window: each fold trains on all rows before its test range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkForward {
    /// Number of test ranges. They are adjacent and of about equal length.
    pub folds: usize,
    /// Number of training rows of the first fold; later folds have more.
    pub min_train: usize,
    /// Number of rows until a label is known.
    pub horizon: usize,
    /// Number of further rows left out between training and test.
    pub embargo: usize,
}

/// Row ranges of one fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Training rows.
    pub train: Range<usize>,
    /// Test rows, all later than the training rows.
    pub test: Range<usize>,
}

/// Error of a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// There are too few rows.
    #[error("split needs at least {needed} rows, found {rows}")]
    TooFewRows {
        /// Number of rows.
        rows: usize,
        /// Minimum number of rows.
        needed: usize,
    },
    /// A setting that must be above zero is zero.
    #[error("split setting {name} is 0, expected a number above zero")]
    Zero {
        /// Name of the setting.
        name: &'static str,
    },
}

impl WalkForward {
    /// Splits `n` rows into folds, oldest first. The test ranges are adjacent and end at `n`.
    ///
    /// # Errors
    /// Returns [`SplitError::Zero`] if folds, training rows or horizon are zero, and [`SplitError::TooFewRows`] if a test range
    /// would be empty.
    pub fn split(&self, n: usize) -> Result<Vec<Fold>, SplitError> {
        for (name, value) in [("folds", self.folds), ("min_train", self.min_train), ("horizon", self.horizon)] {
            if value == 0 {
                return Err(SplitError::Zero { name });
            }
        }
        let gap = self.horizon.saturating_add(self.embargo);
        let first_test = self.min_train.saturating_add(gap);
        let needed = first_test.saturating_add(self.folds);
        if n < needed {
            return Err(SplitError::TooFewRows { rows: n, needed });
        }
        let test_rows = n - first_test;
        let start = |fold: usize| first_test + test_rows * fold / self.folds;
        Ok((0..self.folds)
            .map(|fold| Fold { train: 0..start(fold) - gap, test: start(fold)..start(fold + 1) })
            .collect())
    }
}

/// Splits `n` rows into a test range of the last `holdout` rows and a training range of all earlier rows, except those that
/// purge and embargo remove.
///
/// # Errors
/// Returns [`SplitError::Zero`] if hold-out or horizon are zero, and [`SplitError::TooFewRows`] if no training row is left.
pub fn holdout_split(n: usize, holdout: usize, horizon: usize, embargo: usize) -> Result<Fold, SplitError> {
    for (name, value) in [("holdout", holdout), ("horizon", horizon)] {
        if value == 0 {
            return Err(SplitError::Zero { name });
        }
    }
    let excluded = holdout.saturating_add(horizon).saturating_add(embargo);
    if n <= excluded {
        return Err(SplitError::TooFewRows { rows: n, needed: excluded.saturating_add(1) });
    }
    Ok(Fold { train: 0..n - excluded, test: n - holdout..n })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_cover_all_rows_after_the_first_training_range() {
        let split = WalkForward { folds: 3, min_train: 10, horizon: 2, embargo: 1 };
        let folds = split.split(23).unwrap();
        assert_eq!(folds[0], Fold { train: 0..10, test: 13..16 });
        assert_eq!(folds[1], Fold { train: 0..13, test: 16..19 });
        assert_eq!(folds[2], Fold { train: 0..16, test: 19..23 });
        assert_eq!(split.split(16).map(|folds| folds.len()), Ok(3), "a test range of one row is permitted");
        assert_eq!(split.split(15), Err(SplitError::TooFewRows { rows: 15, needed: 16 }));
    }

    #[test]
    fn the_holdout_split_has_purge_and_embargo() {
        assert_eq!(holdout_split(100, 20, 7, 3).unwrap(), Fold { train: 0..70, test: 80..100 });
        assert_eq!(holdout_split(30, 20, 7, 3), Err(SplitError::TooFewRows { rows: 30, needed: 31 }));
        assert_eq!(holdout_split(30, 0, 7, 3), Err(SplitError::Zero { name: "holdout" }));
    }

    proptest! {
        #[test]
        fn every_training_label_is_known_before_the_test_range(
            folds in 1usize..8, min_train in 1usize..50, horizon in 1usize..30, embargo in 0usize..10, n in 0usize..400,
        ) {
            let split = WalkForward { folds, min_train, horizon, embargo };
            if let Ok(split) = split.split(n) {
                prop_assert_eq!(split.len(), folds);
                prop_assert_eq!(split[folds - 1].test.end, n);
                for fold in &split {
                    prop_assert!(fold.train.len() >= min_train && !fold.test.is_empty());
                    // The label of the last training row is known before the first test row.
                    prop_assert!(fold.train.end - 1 + horizon + embargo < fold.test.start);
                }
                prop_assert!(split.windows(2).all(|pair| pair[0].test.end == pair[1].test.start));
            }
        }
    }
}
