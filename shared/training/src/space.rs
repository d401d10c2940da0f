//! Search space: the map from a point of the unit cube to a candidate.
//!
//! Ranges are wide around usual values for a target that is nearly noise: strong penalties, shallow trees, large leaves.
//! Penalties, leaves, rounds and rates have a logarithmic scale.

use crate::{Candidate, FeatureSubset, ForestParams, Hyperparameters};
use market_data::Interval;
use model::Family;

/// Number of coordinates of a point, each at least 0 and below 1. A family uses the first of them.
pub(crate) const DIMENSIONS: usize = 9;

/// Point of a family's space.
pub(crate) type Point = [f64; DIMENSIONS];

/// Search space of a series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Space {
    /// Rows of a small leaf; the ranges of leaf sizes are multiples of it.
    leaf_rows: f64,
    /// Number of features.
    width: usize,
    /// True if labels overlap.
    overlap: bool,
    boosting: BoostingRanges,
}

/// Ranges of boosting that depend on the number of rows: more rows carry larger trees and more of them.
#[derive(Debug, Clone, Copy)]
struct BoostingRanges {
    rounds: [f64; 2],
    depths: [u8; 3],
}

/// Number of trees of a forest. It is not searched, because it only trades time for the forest's own noise.
const TREES: u16 = 100;

impl Space {
    pub(crate) fn new(interval: Interval, horizon: u32, width: usize) -> Self {
        let (leaf_rows, rounds, depths) = match interval {
            Interval::Day => (10.0, [15.0, 150.0], [1, 2, 3]),
            Interval::Hour => (60.0, [30.0, 250.0], [2, 4, 5]),
        };
        Self { leaf_rows, width, overlap: horizon > 1, boosting: BoostingRanges { rounds, depths } }
    }

    /// Number of coordinates that a family uses.
    pub(crate) fn dimensions(family: Family) -> usize {
        match family {
            Family::Logistic => 4,
            Family::RandomForest | Family::ExtraTrees => 5,
            Family::Boosting => DIMENSIONS,
            // These are not searched; the configuration rejects them.
            Family::Climatology | Family::Ensemble => 0,
        }
    }

    /// Candidate at a point.
    pub(crate) fn candidate(&self, family: Family, point: &Point) -> Candidate {
        let [half_life, uniqueness, a, b, c, d, e, f, g] = *point;
        let hyper = match family {
            Family::Boosting => Hyperparameters::Boosting {
                rounds: to_integer(log_scale(a, self.boosting.rounds[0], self.boosting.rounds[1])),
                rate: rounded(log_scale(b, 0.01, 0.06)),
                depth: self.boosting.depths[usize::from(to_integer(c * 3.0)).min(2)],
                leaf_rows: rounded(self.leaf_rows * log_scale(d, 4.0, 24.0)),
                l2: rounded(log_scale(e, 3.0, 100.0)),
                sample: rounded(0.4 + 0.5 * f),
                columns: rounded(log_scale(g, 0.1, 1.0)),
            },
            Family::RandomForest => Hyperparameters::RandomForest(self.forest(a, b, c)),
            Family::ExtraTrees => Hyperparameters::ExtraTrees(self.forest(a, b, c)),
            Family::Logistic | Family::Climatology | Family::Ensemble => Hyperparameters::Logistic {
                ridge: rounded(log_scale(a, 0.003, 3.0)),
                inputs: if b <= 0.5 { FeatureSubset::All } else { FeatureSubset::Direction },
            },
        };
        // A quarter of the range each: equal weights, and half-lives of four, two and one years.
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

/// Value between `low` (coordinate 0) and `high` (coordinate 1) on a logarithmic scale.
fn log_scale(coordinate: f64, low: f64, high: f64) -> f64 {
    low * (high / low).powf(coordinate)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^16, and saturating")]
fn to_integer(value: f64) -> u16 {
    value as u16
}

/// Value rounded to three significant digits, for a readable record.
fn rounded(value: f64) -> f64 {
    let unit = 10.0_f64.powf(2.0 - value.log10().floor());
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TrainingConfig, ensemble::BOOSTING_MEMBERS};

    fn series() -> market_data::Series {
        "eth-usd-1d-h1".parse().unwrap()
    }

    /// Sums over the largest members of each family.
    #[test]
    fn the_largest_ensemble_is_within_the_artifact_limits() {
        for interval in [Interval::Day, Interval::Hour] {
            let space = Space::new(interval, 7, 50);
            let series = market_data::Series { interval, ..series() };
            let (mut trees, mut nodes, mut depth) = (0, 0, 0);
            for family in TrainingConfig::for_series(&series).search.families {
                let (members, member_trees, splits) = match space.candidate(family, &[0.999_999; DIMENSIONS]).hyper {
                    Hyperparameters::RandomForest(forest) | Hyperparameters::ExtraTrees(forest) => {
                        (1, forest.trees, u32::from(forest.levels))
                    }
                    // Rounds and depth are largest at the upper ends of their ranges.
                    Hyperparameters::Boosting { rounds, depth, .. } => (BOOSTING_MEMBERS, rounds, u32::from(depth)),
                    Hyperparameters::Logistic { .. } => continue,
                };
                trees += members * usize::from(member_trees);
                nodes += members * usize::from(member_trees) * ((2 << splits) - 1);
                depth = depth.max(splits);
            }
            assert!(trees <= 500 && 2 * trees <= model::MAX_TREES, "{trees}");
            assert!(nodes <= 31_500 && 2 * nodes <= model::MAX_NODES, "{nodes}");
            assert!(depth <= u32::from(model::MAX_DEPTH), "{depth}");
        }
    }

    #[test]
    fn every_point_is_a_valid_candidate() {
        let space = Space::new(Interval::Day, 7, 50);
        let (low, high) = ([0.0; DIMENSIONS], [0.999_999; DIMENSIONS]);
        for family in [Family::Logistic, Family::RandomForest, Family::ExtraTrees, Family::Boosting] {
            for point in [low, [0.5; DIMENSIONS], high] {
                let candidate = space.candidate(family, &point);
                assert_eq!(candidate.family(), family);
                assert!(candidate.validate().is_ok(), "{candidate:?}");
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
