//! Gradient boosting, by forust.

use super::{columns, label_values};
use crate::{Hyperparameters, TrainError, training_set::TrainingSet, weights::WeightedRows};
use forust_ml::{GradientBooster, Matrix, objective::ObjectiveType, sampler::SampleMethod, tree::Tree};
use model::{Boosted, Forest, Node, logit};
use std::collections::VecDeque;

/// Bins of a feature's values, at whose edges trees may split.
const BINS: u16 = 64;
/// The curvature of the log loss of a row at one half: so much weight has a row in a leaf.
const HESSIAN_PER_ROW: f64 = 0.25;

/// Boosted trees; on one thread, as fits are shared out among them.
pub(super) fn fit(
    frame: &TrainingSet,
    weighted: &WeightedRows,
    hyper: &Hyperparameters,
    seed: u64,
) -> Result<Boosted, TrainError> {
    let Hyperparameters::Boosting { rounds, rate, depth, leaf_rows, l2, sample } = *hyper else {
        return Err(TrainError::Forest { problem: "it is of another family" });
    };
    let WeightedRows { rows, weights } = weighted;
    let (x, y) = (columns(frame, rows), label_values(frame, rows));
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
        .set_base_score(base)
        .set_seed(seed)
        .set_parallel(false);
    if sample < 1.0 {
        booster = booster.set_sample_method(SampleMethod::Random).set_subsample(single(sample));
    }
    let failed = |error: forust_ml::errors::ForustError| TrainError::Boosting { problem: error.to_string() };
    booster.fit(&Matrix::new(&x, rows.len(), frame.width()), &y, weights, None).map_err(failed)?;
    let mut trees = Forest { roots: vec![], nodes: vec![] };
    for tree in &booster.trees {
        append(&mut trees, tree).map_err(|problem| TrainError::Forest { problem })?;
    }
    Ok(Boosted { base: booster.base_score, trees })
}

/// Adds a tree, level by level, so that children are adjacent and behind their parent.
fn append(trees: &mut Forest, tree: &Tree) -> Result<(), &'static str> {
    const MANY: &str = "it has too many nodes";
    let offset = trees.nodes.len();
    trees.roots.push(u32::try_from(offset).map_err(|_| MANY)?);
    let mut queue = VecDeque::from([0]);
    // What is queued gets its place as it comes out, and two are queued at a time.
    let mut places = offset + 1;
    while let Some(place) = queue.pop_front() {
        let node = tree.nodes.get(place).ok_or("a child is missing")?;
        let cover = node.hessian_sum.max(f32::MIN_POSITIVE);
        if node.is_leaf {
            trees.nodes.push(Node::Leaf { value: f64::from(node.weight_value), cover });
            continue;
        }
        let feature = u16::try_from(node.split_feature).map_err(|_| "it has too many features")?;
        let left = u32::try_from(places).map_err(|_| MANY)?;
        // Theirs go left below the split value, ours up to the threshold.
        trees.nodes.push(Node::Split { feature, left, threshold: node.split_value.next_down(), cover });
        queue.extend([node.left_child, node.right_child]);
        places += 2;
    }
    Ok(())
}
