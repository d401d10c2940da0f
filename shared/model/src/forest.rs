//! Forest of decision trees as one flat array of nodes.

use crate::ArtifactError;
use market_data::numbers::as_f64;
use std::ops::RangeInclusive;

/// Maximum number of splits between a root and a leaf. A training grows at most 6.
pub const MAX_DEPTH: u8 = 16;
/// Maximum difference between the cover of a split and the sum of its children's covers, as a share of it.
const COVER_TOLERANCE: f64 = 0.01;

/// Forest of binary trees. As a model of its own, its probability is the mean of the leaves of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Index in `nodes` of the root of each tree, which is its first node; the first root is 0.
    pub roots: Vec<u32>,
    /// Nodes of all trees, tree after tree. Every node except a root is the child of exactly one split.
    pub nodes: Vec<Node>,
}

/// Node of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Split: rows whose feature is at most the threshold continue at node `left`, all others at node `left + 1`.
    Split {
        /// Index of the feature.
        feature: u16,
        /// Index of the left child in [`Forest::nodes`], after this node and within the same tree.
        left: u32,
        /// Largest value of the feature that continues at the left child.
        threshold: f64,
        /// Weight of the training rows that reached the split, above 0; about the sum of its children's covers.
        cover: f32,
    },
    /// Leaf.
    Leaf {
        /// Share of up among the training rows of the leaf, or log odds in [`crate::Boosted`].
        value: f64,
        /// Weight of the training rows of the leaf, above 0.
        cover: f32,
    },
}

impl Node {
    /// Weight of the training rows that reached the node.
    pub(crate) fn cover(&self) -> f64 {
        match *self {
            Self::Split { cover, .. } | Self::Leaf { cover, .. } => f64::from(cover),
        }
    }
}

impl Forest {
    /// Raw probability of up; one half for an invalid row or an invalid forest.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        let trees = as_f64(self.roots.len());
        self.sum(values).filter(|_| trees > 0.0).map_or(0.5, |sum| sum / trees)
    }

    /// Sum of the leaves of a row; `None` for an invalid row or an invalid forest.
    pub(crate) fn sum(&self, values: &[f64]) -> Option<f64> {
        self.roots.iter().try_fold(0.0, |sum, &root| Some(sum + self.leaf(root, values)?))
    }

    fn leaf(&self, root: u32, values: &[f64]) -> Option<f64> {
        let mut index = root;
        loop {
            match *self.nodes.get(index as usize)? {
                Node::Leaf { value, .. } => return Some(value),
                Node::Split { feature, left, threshold, .. } => {
                    let goes_left = *values.get(usize::from(feature))? <= threshold;
                    index = left.checked_add(u32::from(!goes_left))?;
                }
            }
        }
    }

    /// Checks that the forest can serve rows of `features` values, with leaves within a range. Children must follow their
    /// parent within the same tree, so that every path ends. A node must have one parent, so that there are as many paths as
    /// leaves.
    pub(crate) fn validate(&self, features: usize, leaves: RangeInclusive<f64>) -> Result<(), ArtifactError> {
        if self.roots.first() != Some(&0) {
            return Err(ArtifactError::Tree { node: 0, problem: "no tree starts here" });
        }
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        for (start, end) in self.roots.iter().map(|&root| root as usize).zip(ends) {
            if start >= end || end > self.nodes.len() {
                return Err(ArtifactError::Tree { node: start, problem: "the tree that starts here has no node" });
            }
            let tree = Tree { nodes: &self.nodes[start..end], start, features, leaves: &leaves };
            tree.validate()?;
        }
        Ok(())
    }
}

/// Tree of a forest, with the limits on its nodes.
struct Tree<'a> {
    nodes: &'a [Node],
    /// Index of its root in the forest.
    start: usize,
    features: usize,
    leaves: &'a RangeInclusive<f64>,
}

impl Tree<'_> {
    fn validate(&self) -> Result<(), ArtifactError> {
        // Level of each node: 1 for the root, 0 for a node that is no child of an earlier split.
        let mut levels = vec![0; self.nodes.len()];
        levels[0] = 1;
        (0..self.nodes.len()).try_for_each(|index| {
            let node = self.start + index;
            self.validate_node(index, &mut levels).map_err(|problem| ArtifactError::Tree { node, problem })
        })
    }

    fn validate_node(&self, index: usize, levels: &mut [u8]) -> Result<(), &'static str> {
        let (node, level) = (&self.nodes[index], levels[index]);
        let cover = node.cover();
        if level == 0 {
            return Err("no split leads to it");
        }
        if !(cover.is_finite() && cover > 0.0) {
            return Err("its cover is not a number above zero");
        }
        let (feature, left, threshold) = match *node {
            Node::Leaf { value, .. } if self.leaves.contains(&value) => return Ok(()),
            Node::Leaf { .. } => return Err("its value is out of range"),
            Node::Split { feature, left, threshold, .. } => (feature, left as usize, threshold),
        };
        if !threshold.is_finite() {
            return Err("its threshold is not finite");
        }
        if usize::from(feature) >= self.features {
            return Err("its feature does not exist");
        }
        if level > MAX_DEPTH {
            return Err("it lies too deep");
        }
        let left = left.checked_sub(self.start).filter(|&left| left > index && left + 1 < self.nodes.len());
        let left = left.ok_or("its children do not lie ahead in the same tree")?;
        if levels[left] != 0 || levels[left + 1] != 0 {
            return Err("its children have another parent");
        }
        levels[left..=left + 1].fill(level + 1);
        let children = self.nodes[left].cover() + self.nodes[left + 1].cover();
        // A NaN cover is rejected at the child itself.
        if (children - cover).abs() > COVER_TOLERANCE * cover {
            return Err("its children's covers do not add up to its own");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
