//! The search space: what a point of the unit cube means as a candidate.
//!
//! Ranges are wide around what is usual for a target that is nearly noise: strong penalties, shallow trees, large
//! leaves. Penalties, leaves, rounds and rates are on a logarithmic scale.

use crate::{Candidate, FeatureSubset, ForestParams, Hyperparameters};
use market_data::Interval;
use model::Family;

/// Coordinates of a point, each at least 0 and below 1; a family uses as many as it needs.
pub(crate) const DIMENSIONS: usize = 8;

/// A point of one family's space.
pub(crate) type Point = [f64; DIMENSIONS];

/// What depends on the series, not on the point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Space {
    /// Rows of a leaf that hold a day's or a few days' worth of labels.
    leaf_rows: f64,
    /// Features there are.
    width: usize,
    /// Whether labels overlap.
    overlap: bool,
}

/// Trees of a forest; not searched, as their number trades time for the forest's own noise and nothing else.
const TREES: u16 = 100;

impl Space {
    pub(crate) fn new(interval: Interval, horizon: u32, width: usize) -> Self {
        let leaf_rows = match interval {
            Interval::Day => 10.0,
            Interval::Hour => 60.0,
        };
        Self { leaf_rows, width, overlap: horizon > 1 }
    }

    /// How many of the coordinates mean something.
    pub(crate) fn dimensions(family: Family) -> usize {
        match family {
            Family::Logistic => 4,
            Family::RandomForest | Family::ExtraTrees => 5,
            Family::Boosting => DIMENSIONS,
            // Nothing of these is searched, which the configuration checks.
            Family::Climatology | Family::Ensemble => 0,
        }
    }

    /// The candidate at a point.
    pub(crate) fn candidate(&self, family: Family, point: &Point) -> Candidate {
        let [half_life, uniqueness, a, b, c, d, e, f] = *point;
        let hyper = match family {
            Family::Boosting => Hyperparameters::Boosting {
                rounds: to_integer(log_scale(a, 15.0, 150.0)),
                rate: rounded(log_scale(b, 0.01, 0.06)),
                depth: [1, 2, 3][usize::from(to_integer(c * 3.0)).min(2)],
                leaf_rows: rounded(self.leaf_rows * log_scale(d, 4.0, 24.0)),
                l2: rounded(log_scale(e, 3.0, 100.0)),
                sample: rounded(0.5 + 0.5 * f),
            },
            Family::RandomForest => Hyperparameters::RandomForest(self.forest(a, b, c)),
            Family::ExtraTrees => Hyperparameters::ExtraTrees(self.forest(a, b, c)),
            Family::Logistic | Family::Climatology | Family::Ensemble => Hyperparameters::Logistic {
                ridge: rounded(log_scale(a, 0.003, 3.0)),
                inputs: if b < 0.5 { FeatureSubset::All } else { FeatureSubset::Direction },
            },
        };
        // A quarter each: all rows alike, or half as much after four, two and one years.
        let half_life = [None, Some(4.0), Some(2.0), Some(1.0)][usize::from(to_integer(half_life * 4.0)).min(3)];
        Candidate { hyper, half_life, uniqueness: self.overlap && uniqueness >= 0.5 }
    }

    fn forest(&self, levels: f64, leaf_rows: f64, features: f64) -> ForestParams {
        #[expect(clippy::cast_precision_loss, reason = "some dozen features")]
        let features = log_scale(features, 4.0, self.width.max(5) as f64);
        ForestParams {
            trees: TREES,
            levels: 3 + to_integer(levels * 4.0),
            leaf_rows: usize::from(to_integer(self.leaf_rows * log_scale(leaf_rows, 1.0, 12.0))),
            features: usize::from(to_integer(features)),
        }
    }
}

/// From `low` to `high` as the coordinate goes from 0 to 1, in equal ratios.
fn log_scale(coordinate: f64, low: f64, high: f64) -> f64 {
    low * (high / low).powf(coordinate)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^16, and saturating")]
fn to_integer(value: f64) -> u16 {
    value as u16
}

/// Three digits: what a reader of the record can compare.
fn rounded(value: f64) -> f64 {
    let unit = 10.0_f64.powf(2.0 - value.log10().floor());
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest member of each family together, as the largest pool has them.
    #[test]
    fn the_largest_pool_is_within_the_limits_of_an_artifact() {
        let space = Space::new(Interval::Day, 7, 50);
        let (mut trees, mut nodes, mut depth) = (0, 0, 0);
        for family in [Family::RandomForest, Family::ExtraTrees, Family::Boosting] {
            let (grown, splits) = match space.candidate(family, &[0.999_999; DIMENSIONS]).hyper {
                Hyperparameters::RandomForest(forest) | Hyperparameters::ExtraTrees(forest) => {
                    (forest.trees, u32::from(forest.levels))
                }
                // The most rounds are at one end of their range, the most levels at another.
                Hyperparameters::Boosting { rounds, .. } => (rounds, 3),
                Hyperparameters::Logistic { .. } => panic!("of another family"),
            };
            trees += usize::from(grown);
            nodes += usize::from(grown) * ((2 << splits) - 1);
            depth = depth.max(splits);
        }
        assert!(trees <= 350 && 2 * trees <= model::MAX_TREES, "{trees}");
        assert!(nodes <= 27_650 && 2 * nodes <= model::MAX_NODES, "{nodes}");
        assert!(depth <= u32::from(model::MAX_DEPTH), "{depth}");
    }

    #[test]
    fn every_point_is_a_candidate_that_can_be_fitted() {
        let space = Space::new(Interval::Day, 7, 50);
        let (low, high) = ([0.0; DIMENSIONS], [0.999_999; DIMENSIONS]);
        for family in [Family::Logistic, Family::RandomForest, Family::ExtraTrees, Family::Boosting] {
            for point in [low, [0.5; DIMENSIONS], high] {
                let candidate = space.candidate(family, &point);
                assert_eq!(candidate.family(), family);
                assert!(candidate.check().is_ok(), "{candidate:?}");
            }
        }
        assert_eq!(
            space.candidate(Family::Logistic, &low).hyper,
            Hyperparameters::Logistic { ridge: 0.003, inputs: FeatureSubset::All }
        );
        assert_eq!(space.candidate(Family::Logistic, &high).half_life, Some(1.0));
        assert!(space.candidate(Family::Logistic, &high).uniqueness);
        assert!(!Space::new(Interval::Day, 1, 50).candidate(Family::Logistic, &high).uniqueness, "nothing overlaps");
    }
}
