//! Where the search looks next: a tree-structured Parzen estimator (Bergstra et al. 2011), of the crate `tpe`.
//!
//! Each family has an estimator per coordinate; which family is tried next is one more, categorical. Trials are
//! asked for and told in batches of a fixed size, so that what is tried does not depend on how many threads there are
//! or on which trial ends first.

use crate::{
    Candidate, TrainError,
    space::{DIMENSIONS, Point, Space},
};
use model::Family;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tpe::{TpeOptimizer, TpeOptimizerBuilder, density_estimation::DefaultEstimatorBuilder};

/// Share of the trials that count as good, as hyperopt's default.
const GAMMA: f64 = 0.25;

/// A candidate with the place it comes from.
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
    asked: usize,
}

impl Sampler {
    /// The first `startup` trials go through the families in turn, the first of each from the middle of its space and
    /// all others from anywhere.
    pub(crate) fn new(space: Space, families: &[Family], startup: usize, seed: u64) -> Result<Self, TrainError> {
        let unit = tpe::range(0.0, 1.0).map_err(failed)?;
        let kinds = tpe::categorical_range(families.len()).map_err(failed)?;
        let build = |estimator, range| {
            let built = TpeOptimizerBuilder::new().gamma(GAMMA).build(estimator, range);
            built.map_err(failed)
        };
        let places = |family: &Family| {
            (0..Space::dimensions(*family)).map(|_| build(tpe::parzen_estimator(), unit)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            space,
            family_estimator: build(tpe::histogram_estimator(), kinds)?,
            coordinate_estimators: families.iter().map(places).collect::<Result<_, _>>()?,
            families: families.to_vec(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            startup,
            asked: 0,
        })
    }

    /// What to try next.
    pub(crate) fn ask(&mut self) -> Result<Suggestion, TrainError> {
        let (number, kinds) = (self.asked, self.families.len());
        self.asked += 1;
        let mut point: Point = [0.5; DIMENSIONS];
        let mut family = number % kinds;
        if number < kinds {
            // The middle, with every row counted alike.
            (point[0], point[1]) = (0.0, 0.0);
        } else if number < self.startup {
            point = std::array::from_fn(|_| self.rng.random::<f64>());
        } else {
            let place = self.family_estimator.ask(&mut self.rng).map_err(failed)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 0, below the families"
            )]
            let index = place as usize;
            family = index.min(kinds - 1);
            for (coordinate, estimator) in point.iter_mut().zip(&mut self.coordinate_estimators[family]) {
                *coordinate = estimator.ask(&mut self.rng).map_err(failed)?;
            }
        }
        Ok(Suggestion { family, point, candidate: self.space.candidate(self.families[family], &point) })
    }

    /// How it did: lower is better, comparable between trials.
    pub(crate) fn tell(&mut self, asked: &Suggestion, value: f64) -> Result<(), TrainError> {
        // What cannot be fitted is as bad as it gets.
        let value = if value.is_nan() { f64::INFINITY } else { value };
        #[expect(clippy::cast_precision_loss, reason = "a handful of families")]
        let place = asked.family as f64 + 0.5;
        self.family_estimator.tell(place, value).map_err(failed)?;
        for (coordinate, estimator) in asked.point.iter().zip(&mut self.coordinate_estimators[asked.family]) {
            estimator.tell(*coordinate, value).map_err(failed)?;
        }
        Ok(())
    }
}

/// For `map_err`: what the sampler says.
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

    /// Logistic regression is best, the closer its penalty is to 0.1 the better.
    fn loss(candidate: &Candidate) -> f64 {
        match candidate.hyper {
            Hyperparameters::Logistic { ridge, .. } => (ridge / 0.1).ln().abs(),
            _ => 10.0,
        }
    }

    fn tried(seed: u64, trials: usize) -> Vec<Candidate> {
        let mut sampler = sampler(seed);
        (0..trials)
            .map(|_| {
                let asked = sampler.ask().unwrap();
                sampler.tell(&asked, loss(&asked.candidate)).unwrap();
                asked.candidate
            })
            .collect()
    }

    #[test]
    fn it_looks_where_it_was_good() {
        let tried = tried(1, 60);
        let good = |some: &[Candidate]| some.iter().filter(|one| loss(one) < 1.0).count();
        assert!(good(&tried[40..]) >= 10, "{} of the last 20 within a factor e", good(&tried[40..]));
        assert!(good(&tried[40..]) > good(&tried[..20]) + 3);
    }

    #[test]
    fn the_same_seed_and_answers_give_the_same_questions() {
        assert_eq!(tried(1, 30), tried(1, 30));
        assert_ne!(tried(1, 30), tried(2, 30));
    }

    #[test]
    fn every_family_is_tried_first() {
        let families: Vec<Family> = tried(1, 6).iter().map(Candidate::family).collect();
        let turn = [Family::Logistic, Family::RandomForest, Family::Boosting];
        assert_eq!(families, [turn, turn].concat());
    }
}
