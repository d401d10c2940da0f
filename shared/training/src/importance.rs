//! Which features a model listens to.

use crate::{TrainError, training_set::TrainingSet};
use evaluation::FeatureImportance;
use model::Artifact;
use std::ops::Range;

/// Rows that are explained, spread evenly over those it was fitted on.
const ROWS: usize = 64;

/// All features' shares, largest first; none of a model whose forecasts nothing moves.
pub(crate) fn importances(
    artifact: &Artifact,
    frame: &TrainingSet,
    range: Range<usize>,
) -> Result<Vec<FeatureImportance>, TrainError> {
    // What is shrunk to the base rate has contributions of zero; the model below has not.
    let unshrunk = Artifact { shrinkage: 1.0, ..artifact.clone() };
    let mut sums = vec![0.0; frame.width()];
    let n = range.len().min(ROWS);
    for k in 1..=n {
        let row = range.start + range.len() * k / n - 1;
        for contribution in unshrunk.explain(&frame.rows[row].values)?.contributions {
            if let Some(place) = artifact.feature_names.iter().position(|name| *name == contribution.feature) {
                sums[place] += contribution.contribution.abs();
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
