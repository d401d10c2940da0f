//! Gradient boosting of forust.

use super::{columns, label_values};
use crate::{Hyperparameters, TrainError, training_set::TrainingSet, weights::WeightedRows};
use forust_ml::{GradientBooster, Matrix, objective::ObjectiveType, sampler::SampleMethod, tree::Tree};
use model::{Boosted, Forest, Node, logit};
use std::collections::VecDeque;

/// Number of bins of a feature, at whose edges trees may split.
const BINS: u16 = 64;
/// Number of rows from which on histograms are filled row by row from a tiled copy of the bins, which is faster there.
const MIN_TILED_ROWS: usize = 8_192;
/// Second derivative of a row's log loss at probability one half, which is the row's weight in a leaf.
const HESSIAN_PER_ROW: f64 = 0.25;

/// Fits boosted trees on one thread, because the fits of a search run in parallel.
pub(super) fn fit(
    training_set: &TrainingSet,
    weighted: &WeightedRows,
    hyper: &Hyperparameters,
    seed: u64,
) -> Result<Boosted, TrainError> {
    let Hyperparameters::Boosting { rounds, rate, depth, leaf_rows, l2, sample, columns: share } = *hyper else {
        return Err(TrainError::Forest { problem: "it is of another family" });
    };
    let WeightedRows { rows, weights } = weighted;
    let (x, y) = (columns(training_set, rows), label_values(training_set, rows));
    let ups: f64 = y.iter().zip(weights).map(|(y, weight)| y * weight).sum();
    let base = logit(ups / weights.iter().sum::<f64>());
    #[expect(clippy::cast_possible_truncation, reason = "settings of three digits")]
    let single = |value: f64| value as f32;
    let mut booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_iterations(usize::from(rounds))
        .set_learning_rate(single(rate))
        .set_max_depth(usize::from(depth))
        .set_min_leaf_weight(single(leaf_rows * HESSIAN_PER_ROW))
        .set_l2(single(l2))
        .set_nbins(BINS)
        .set_colsample_bytree(share)
        .set_tiled_histograms(rows.len() >= MIN_TILED_ROWS)
        .set_base_score(base)
        .set_seed(seed)
        .set_parallel(false);
    if sample < 1.0 {
        booster = booster.set_sample_method(SampleMethod::Random).set_subsample(single(sample));
    }
    let failed = |error: forust_ml::errors::ForustError| TrainError::Boosting { problem: error.to_string() };
    booster.fit(&Matrix::new(&x, rows.len(), training_set.width()), &y, weights, None).map_err(failed)?;
    let mut trees = Forest { roots: vec![], nodes: vec![] };
    for tree in &booster.trees {
        append(&mut trees, tree).map_err(|problem| TrainError::Forest { problem })?;
    }
    Ok(Boosted { base: booster.base_score, trees })
}

/// Appends a tree level by level, so that children are adjacent and after their parent.
fn append(trees: &mut Forest, tree: &Tree) -> Result<(), &'static str> {
    const TOO_MANY_NODES: &str = "it has too many nodes";
    let offset = trees.nodes.len();
    trees.roots.push(u32::try_from(offset).map_err(|_| TOO_MANY_NODES)?);
    let mut queue = VecDeque::from([0]);
    // Nodes get their index when they leave the queue, and two enter at a time.
    let mut next_index = offset + 1;
    while let Some(index) = queue.pop_front() {
        let node = tree.nodes.get(index).ok_or("a child is missing")?;
        let cover = node.hessian_sum.max(f32::MIN_POSITIVE);
        if node.is_leaf {
            trees.nodes.push(Node::Leaf { value: f64::from(node.weight_value), cover });
            continue;
        }
        let feature = u16::try_from(node.split_feature).map_err(|_| "it has too many features")?;
        let left = u32::try_from(next_index).map_err(|_| TOO_MANY_NODES)?;
        // A row of forust goes left below the split value, ours up to and including the threshold.
        trees.nodes.push(Node::Split { feature, left, threshold: node.split_value.next_down(), cover });
        queue.extend([node.left_child, node.right_child]);
        next_index += 2;
    }
    Ok(())
}
