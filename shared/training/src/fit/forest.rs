//! Forests of smartcore.
//!
//! The trees of smartcore are private but serialisable, so the nodes are read from JSON. Children are adjacent and after their
//! parent, as the artifact requires. That children are adjacent is checked here; the artifact's validation checks the rest.

use super::{label_values, matrix};
use crate::{ForestParams, TrainError, training_set::TrainingSet, weights::WeightedRows};
use model::{Family, Forest, Node};
use serde::{Deserialize, Serialize};
use smartcore::ensemble::{
    extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters},
    random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
};

#[derive(Deserialize)]
struct Ensemble {
    forest_regressor: Trees,
}

#[derive(Deserialize)]
struct Trees {
    trees: Vec<Tree>,
}

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<TreeNode>,
}

#[derive(Deserialize)]
struct TreeNode {
    output: f64,
    split_feature: u16,
    split_value: Option<f64>,
    true_child: Option<u32>,
    false_child: Option<u32>,
}

/// Fits a random forest.
pub(super) fn fit_random_forest(
    training_set: &TrainingSet,
    weighted: &WeightedRows,
    params: &ForestParams,
    seed: u64,
) -> Result<Forest, TrainError> {
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(usize::from(params.trees))
        .with_max_depth(params.levels)
        .with_min_samples_leaf(params.leaf_rows)
        .with_m(params.features.min(training_set.width()))
        .with_seed(seed);
    let failed = |source| TrainError::Fit { family: Family::RandomForest, source };
    let WeightedRows { rows, weights } = weighted;
    let (x, y) = (matrix(training_set, rows).map_err(failed)?, label_values(training_set, rows));
    let fitted = RandomForestRegressor::fit_with_weights(&x, &y, weights, parameters).map_err(failed)?;
    convert(&fitted)
}

/// Fits extremely randomised trees.
pub(super) fn fit_extra_trees(
    training_set: &TrainingSet,
    weighted: &WeightedRows,
    params: &ForestParams,
    seed: u64,
) -> Result<Forest, TrainError> {
    let parameters = ExtraTreesRegressorParameters::default()
        .with_n_trees(usize::from(params.trees))
        .with_max_depth(params.levels)
        .with_min_samples_leaf(params.leaf_rows)
        .with_m(params.features.min(training_set.width()))
        .with_seed(seed);
    let failed = |source| TrainError::Fit { family: Family::ExtraTrees, source };
    let WeightedRows { rows, weights } = weighted;
    let (x, y) = (matrix(training_set, rows).map_err(failed)?, label_values(training_set, rows));
    let fitted = ExtraTreesRegressor::fit_with_weights(&x, &y, weights, parameters).map_err(failed)?;
    convert(&fitted)
}

/// Converts a forest of smartcore to one with the same forecasts. Every cover is 1.
fn convert(fitted: &impl Serialize) -> Result<Forest, TrainError> {
    let text = serde_json::to_vec(fitted).map_err(|source| TrainError::ForestConversion { source })?;
    let ensemble: Ensemble = serde_json::from_slice(&text).map_err(|source| TrainError::ForestConversion { source })?;
    let mut forest = Forest { roots: vec![], nodes: vec![] };
    for tree in &ensemble.forest_regressor.trees {
        let offset =
            u32::try_from(forest.nodes.len()).map_err(|_| TrainError::Forest { problem: "it has too many nodes" })?;
        forest.roots.push(offset);
        for node in &tree.nodes {
            forest.nodes.push(convert_node(node, offset).map_err(|problem| TrainError::Forest { problem })?);
        }
    }
    Ok(forest)
}

fn convert_node(node: &TreeNode, offset: u32) -> Result<Node, &'static str> {
    match (node.true_child, node.false_child, node.split_value) {
        (None, None, _) => Ok(Node::Leaf { value: node.output, cover: 1.0 }),
        (Some(left), Some(right), Some(threshold)) if left.checked_add(1) == Some(right) => {
            let left = left.checked_add(offset).ok_or("it has too many nodes")?;
            Ok(Node::Split { feature: node.split_feature, left, threshold, cover: 1.0 })
        }
        _ => Err("the children of a node are not adjacent"),
    }
}

/// Sets the cover of each node to the weight of the rows that pass it. All rows count, also those outside a tree's bootstrap
/// sample, and a node that no row passes gets a small cover.
pub(super) fn set_covers(forest: &mut Forest, training_set: &TrainingSet, weighted: &WeightedRows) {
    let mut covers = vec![0.0_f64; forest.nodes.len()];
    for (&row, weight) in weighted.rows.iter().zip(&weighted.weights) {
        let values = &training_set.rows[row].values;
        for &root in &forest.roots {
            let mut index = root as usize;
            loop {
                covers[index] += weight;
                match forest.nodes[index] {
                    Node::Leaf { .. } => break,
                    Node::Split { feature, left, threshold, .. } => {
                        let goes_left = values[usize::from(feature)] <= threshold;
                        index = left as usize + usize::from(!goes_left);
                    }
                }
            }
        }
    }
    for (node, passed) in forest.nodes.iter_mut().zip(covers) {
        #[expect(clippy::cast_possible_truncation, reason = "a share of rows, for explanations")]
        let passed = passed.max(1e-3) as f32;
        match node {
            Node::Leaf { cover, .. } | Node::Split { cover, .. } => *cover = passed,
        }
    }
}
