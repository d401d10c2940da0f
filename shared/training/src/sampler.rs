//! Sampler of candidates: a tree-structured Parzen estimator (Bergstra et al. 2011) of the crate `tpe`.
//!
//! Each family has an estimator per coordinate, and one categorical estimator suggests the family. Suggestions and results
//! are exchanged in batches of a fixed size, so that suggestions depend neither on the number of threads nor on the trial
//! that ends first.

use crate::{
    Candidate, TrainError,
    space::{DIMENSIONS, Point, Space},
};
use model::Family;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use tpe::{TpeOptimizer, TpeOptimizerBuilder, density_estimation::DefaultEstimatorBuilder};

/// Share of the trials that count as good (TPE's gamma); the default of hyperopt.
const GAMMA: f64 = 0.25;

/// Suggested candidate with its point of the search space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suggestion {
    family: usize,
    point: Point,
    pub(crate) candidate: Candidate,
}

pub(crate) struct Sampler {
    space: Space,
    families: Vec<Family>,
    family_estimator: TpeOptimizer<DefaultEstimatorBuilder>,
    /// By family, then by coordinate.
    coordinate_estimators: Vec<Vec<TpeOptimizer<DefaultEstimatorBuilder>>>,
    rng: ChaCha8Rng,
    startup: usize,
    /// Points of the first suggestions of each family, after the middle of its space.
    first_points: Vec<Vec<Point>>,
    /// Number of suggestions so far.
    suggested: usize,
}

impl Sampler {
    /// Creates a sampler. Its first `startup` suggestions take the families in turn: the first of each family is the middle of
    /// its space with equal row weights, the others are spread evenly around it.
    pub(crate) fn new(space: Space, families: &[Family], startup: usize, seed: u64) -> Result<Self, TrainError> {
        let unit = tpe::range(0.0, 1.0).map_err(failed)?;
        let family_range = tpe::categorical_range(families.len()).map_err(failed)?;
        let build = |estimator, range| {
            let built = TpeOptimizerBuilder::new().gamma(GAMMA).build(estimator, range);
            built.map_err(failed)
        };
        let estimators = |family: &Family| {
            (0..Space::dimensions(*family)).map(|_| build(tpe::parzen_estimator(), unit)).collect::<Result<Vec<_>, _>>()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let points = startup.div_ceil(families.len().max(1)).saturating_sub(1);
        let first_points = families.iter().map(|_| latin_hypercube(points, &mut rng)).collect();
        Ok(Self {
            space,
            first_points,
            family_estimator: build(tpe::histogram_estimator(), family_range)?,
            coordinate_estimators: families.iter().map(estimators).collect::<Result<_, _>>()?,
            families: families.to_vec(),
            rng,
            startup,
            suggested: 0,
        })
    }

    /// Suggests the next candidate.
    pub(crate) fn ask(&mut self) -> Result<Suggestion, TrainError> {
        let (number, family_count) = (self.suggested, self.families.len());
        self.suggested += 1;
        let mut point: Point = [0.5; DIMENSIONS];
        let mut family = number % family_count;
        if number < family_count {
            (point[0], point[1]) = (0.0, 0.0);
        } else if number < self.startup {
            point = self.first_points[family][number / family_count - 1];
        } else {
            let value = self.family_estimator.ask(&mut self.rng).map_err(failed)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 0, below the families"
            )]
            let index = value as usize;
            family = index.min(family_count - 1);
            for (coordinate, estimator) in point.iter_mut().zip(&mut self.coordinate_estimators[family]) {
                *coordinate = estimator.ask(&mut self.rng).map_err(failed)?;
            }
        }
        Ok(Suggestion { family, point, candidate: self.space.candidate(self.families[family], &point) })
    }

    /// Reports the result of a suggestion: lower is better, and comparable between trials.
    pub(crate) fn tell(&mut self, suggestion: &Suggestion, value: f64) -> Result<(), TrainError> {
        // A candidate that cannot be evaluated is the worst.
        let value = if value.is_nan() { f64::INFINITY } else { value };
        #[expect(clippy::cast_precision_loss, reason = "a handful of families")]
        let category = suggestion.family as f64 + 0.5;
        self.family_estimator.tell(category, value).map_err(failed)?;
        for (coordinate, estimator) in suggestion.point.iter().zip(&mut self.coordinate_estimators[suggestion.family]) {
            estimator.tell(*coordinate, value).map_err(failed)?;
        }
        Ok(())
    }
}

/// Latin hypercube (McKay, Beckman and Conover 1979): in each coordinate, every one of `count` equal parts of the range has one
/// point. So few points cover each range, which as many random ones do not.
fn latin_hypercube(count: usize, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let mut points = vec![[0.5; DIMENSIONS]; count];
    for coordinate in 0..DIMENSIONS {
        let mut parts: Vec<usize> = (0..count).collect();
        parts.shuffle(rng);
        for (point, part) in points.iter_mut().zip(parts) {
            #[expect(clippy::cast_precision_loss, reason = "a few dozen trials")]
            let place = (part as f64 + 0.5) / count as f64;
            point[coordinate] = place;
        }
    }
    points
}

/// Converts an error of the crate `tpe`.
fn failed(error: impl std::fmt::Display) -> TrainError {
    TrainError::Sampler { problem: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hyperparameters;
    use market_data::Interval;

    fn sampler(seed: u64) -> Sampler {
        let space = Space::new(Interval::Day, 1, 50);
        Sampler::new(space, &[Family::Logistic, Family::RandomForest, Family::Boosting], 9, seed).unwrap()
    }

    /// Loss that is least for logistic regression with a penalty of 0.1.
    fn loss(candidate: &Candidate) -> f64 {
        match candidate.hyper {
            Hyperparameters::Logistic { ridge, .. } => (ridge / 0.1).ln().abs(),
            _ => 10.0,
        }
    }

    fn suggestions(seed: u64, trials: usize) -> Vec<Candidate> {
        let mut sampler = sampler(seed);
        (0..trials)
            .map(|_| {
                let suggestion = sampler.ask().unwrap();
                sampler.tell(&suggestion, loss(&suggestion.candidate)).unwrap();
                suggestion.candidate
            })
            .collect()
    }

    #[test]
    fn suggestions_concentrate_around_good_trials() {
        let candidates = suggestions(1, 60);
        let good = |candidates: &[Candidate]| candidates.iter().filter(|candidate| loss(candidate) < 1.0).count();
        assert!(good(&candidates[40..]) >= 10, "{} of the last 20 within a factor e", good(&candidates[40..]));
        assert!(good(&candidates[40..]) > good(&candidates[..20]) + 3);
    }

    #[test]
    fn the_first_points_of_a_family_cover_each_range() {
        let points = latin_hypercube(6, &mut ChaCha8Rng::seed_from_u64(1));
        for coordinate in 0..DIMENSIONS {
            let in_third = |third: f64| {
                points.iter().filter(|point| (third..third + 1.0).contains(&(point[coordinate] * 3.0))).count()
            };
            assert_eq!([0.0, 1.0, 2.0].map(in_third), [2, 2, 2], "coordinate {coordinate}");
        }
    }

    #[test]
    fn equal_seeds_and_results_give_equal_suggestions() {
        assert_eq!(suggestions(1, 30), suggestions(1, 30));
        assert_ne!(suggestions(1, 30), suggestions(2, 30));
    }

    #[test]
    fn the_first_suggestions_take_families_in_turn() {
        let families: Vec<Family> = suggestions(1, 6).iter().map(Candidate::family).collect();
        let turn = [Family::Logistic, Family::RandomForest, Family::Boosting];
        assert_eq!(families, [turn, turn].concat());
    }
}
