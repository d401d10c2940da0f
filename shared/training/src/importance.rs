//! Importance of each feature for a model.

use crate::{TrainError, training_set::TrainingSet};
use evaluation::FeatureImportance;
use model::Artifact;
use std::ops::Range;

/// Number of training rows that are explained, spread evenly.
const EXPLAINED_ROWS: usize = 64;

/// Computes each feature's share of the absolute contributions, largest first. Empty if all contributions are zero.
pub(crate) fn importances(
    artifact: &Artifact,
    training_set: &TrainingSet,
    range: Range<usize>,
) -> Result<Vec<FeatureImportance>, TrainError> {
    // A model shrunk to the base rate has contributions of zero; without shrinkage it has not.
    let unshrunk = Artifact { shrinkage: 1.0, ..artifact.clone() };
    let mut sums = vec![0.0; training_set.width()];
    let n = range.len().min(EXPLAINED_ROWS);
    for k in 1..=n {
        let row = range.start + range.len() * k / n - 1;
        for contribution in unshrunk.explain(&training_set.rows[row].values)?.contributions {
            if let Some(feature) = artifact.feature_names.iter().position(|name| *name == contribution.feature) {
                sums[feature] += contribution.contribution.abs();
            }
        }
    }
    let all: f64 = sums.iter().sum();
    if all <= 0.0 {
        return Ok(vec![]);
    }
    let mut shares: Vec<FeatureImportance> = artifact
        .feature_names
        .iter()
        .zip(sums)
        .map(|(feature, sum)| FeatureImportance { feature: feature.clone(), share: sum / all })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    Ok(shares)
}
