//! From smartcore's forest to the artifact's.
//!
//! smartcore keeps its trees private but serialises them, so the nodes are read from that. Its children are adjacent
//! and lie behind their parent, which is the artifact's layout; both are checked, not assumed.

use crate::TrainError;
use model::{Forest, Node};
use serde::{Deserialize, Serialize};

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

/// The artifact's forest with the same forecasts as a fitted `RandomForestRegressor`.
pub(crate) fn convert(fitted: &impl Serialize) -> Result<Forest, TrainError> {
    let text = serde_json::to_vec(fitted).map_err(|source| TrainError::ForestJson { source })?;
    let ensemble: Ensemble = serde_json::from_slice(&text).map_err(|source| TrainError::ForestJson { source })?;
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
        (None, None, _) => Ok(Node::Leaf { value: node.output }),
        (Some(left), Some(right), Some(threshold)) if left.checked_add(1) == Some(right) => {
            let left = left.checked_add(offset).ok_or("it has too many nodes")?;
            Ok(Node::Split { feature: node.split_feature, left, threshold })
        }
        _ => Err("the children of a node are not adjacent"),
    }
}
