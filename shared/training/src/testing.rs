//! Training sets for tests.

use crate::training_set::TrainingSet;
use features::{FeatureRow, feature_names};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Training set of days whose first two features determine the label, with noise as the other features.
pub(crate) fn training_set(n: usize, seed: u64) -> TrainingSet {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut training_set = TrainingSet { horizon: 1, ..TrainingSet::default() };
    for i in 0..n {
        let values: Vec<f64> = feature_names().iter().map(|_| rng.random::<f64>() * 4.0 - 1.0).collect();
        let label = rng.random::<f64>() < model::sigmoid(values[0] - 0.5 * values[1]);
        let time = jiff::Timestamp::from_second(i64::try_from(i).unwrap() * 86_400).unwrap();
        training_set.bar_indices.push(i);
        training_set.decision_times.push(time);
        training_set.rows.push(FeatureRow { time, values });
        training_set.labels.push(label);
        training_set.neutral.push(false);
        training_set.climatology.push(0.5);
        training_set.persistence.push(0.5);
        training_set.next_return.push(if label { 0.01 } else { -0.01 });
    }
    training_set
}
