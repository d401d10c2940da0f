//! Rows for tests.

use crate::training_set::TrainingSet;
use features::{FeatureRow, feature_names};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Days whose first two features decide, with all others noise.
pub(crate) fn frame(n: usize, seed: u64) -> TrainingSet {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut frame = TrainingSet { horizon: 1, ..TrainingSet::default() };
    for i in 0..n {
        let values: Vec<f64> = feature_names().iter().map(|_| rng.random::<f64>() * 4.0 - 1.0).collect();
        let up = rng.random::<f64>() < model::sigmoid(values[0] - 0.5 * values[1]);
        let time = jiff::Timestamp::from_second(i64::try_from(i).unwrap() * 86_400).unwrap();
        frame.bar_indices.push(i);
        frame.decision_times.push(time);
        frame.rows.push(FeatureRow { time, values });
        frame.labels.push(up);
        frame.neutral.push(false);
        frame.climatology.push(0.5);
        frame.persistence.push(0.5);
        frame.next_return.push(if up { 0.01 } else { -0.01 });
    }
    frame
}
