//! Decision trees as one flat array of nodes.

use crate::ArtifactError;
use std::ops::RangeInclusive;

/// The most splits between a root and a leaf. A training grows at most 6.
pub const MAX_DEPTH: u8 = 16;
/// How far the covers of two children may be from adding up to their parent's, as a share of it.
const COVER_TOLERANCE: f64 = 0.01;

/// A forest of binary trees. As a model of its own, its probability is the mean of the leaves a row falls into.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Where each tree's nodes start in `nodes`; the first is 0, and the first node of a tree is its root.
    pub roots: Vec<u32>,
    /// All trees' nodes, tree after tree. Every node but a root is the child of one split.
    pub nodes: Vec<Node>,
}

/// A split, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Rows whose feature is at most the threshold go to node `left`, all others to node `left + 1`.
    Split {
        /// Which feature.
        feature: u16,
        /// Its place in [`Forest::nodes`]; beyond this node and within the same tree.
        left: u32,
        /// Where the rows part.
        threshold: f64,
        /// Weight of the training rows that came here, above 0; about the sum of its children's.
        cover: f32,
    },
    /// Where a walk ends.
    Leaf {
        /// Share of `up` among the training rows here, or log odds in [`crate::Boosted`].
        value: f64,
        /// Weight of the training rows here, above 0.
        cover: f32,
    },
}

impl Node {
    /// Weight of the training rows that came here.
    pub(crate) fn cover(&self) -> f64 {
        match *self {
            Self::Split { cover, .. } | Self::Leaf { cover, .. } => f64::from(cover),
        }
    }
}

impl Forest {
    /// The raw probability of `up`. One half for a row or forest that the check would have refused.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 trees")]
        let trees = self.roots.len() as f64;
        self.sum(values).filter(|_| trees > 0.0).map_or(0.5, |sum| sum / trees)
    }

    /// The sum of the leaves a row falls into; none for a row or forest that the check would have refused.
    pub(crate) fn sum(&self, values: &[f64]) -> Option<f64> {
        self.roots.iter().try_fold(0.0, |sum, &root| Some(sum + self.leaf(root, values)?))
    }

    fn leaf(&self, root: u32, values: &[f64]) -> Option<f64> {
        let mut place = root;
        loop {
            match *self.nodes.get(place as usize)? {
                Node::Leaf { value, .. } => return Some(value),
                Node::Split { feature, left, threshold, .. } => {
                    let goes_left = *values.get(usize::from(feature))? <= threshold;
                    place = left.checked_add(u32::from(!goes_left))?;
                }
            }
        }
    }

    /// Checks that it can serve rows of `features` values, with leaves within a range: every walk goes forward inside
    /// its own tree and ends, and no node is reached on two ways, so that all ways together are as many as leaves.
    pub(crate) fn check(&self, features: usize, leaves: RangeInclusive<f64>) -> Result<(), ArtifactError> {
        if self.roots.first() != Some(&0) {
            return Err(ArtifactError::Tree { node: 0, problem: "no tree starts here" });
        }
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        for (start, end) in self.roots.iter().map(|&root| root as usize).zip(ends) {
            if start >= end || end > self.nodes.len() {
                return Err(ArtifactError::Tree { node: start, problem: "a tree starts here that holds no node" });
            }
            let tree = Tree { nodes: &self.nodes[start..end], start, features, leaves: &leaves };
            tree.check()?;
        }
        Ok(())
    }
}

/// One tree of a forest, and what its nodes must keep to.
struct Tree<'a> {
    nodes: &'a [Node],
    /// Place of its first node in the forest.
    start: usize,
    features: usize,
    leaves: &'a RangeInclusive<f64>,
}

impl Tree<'_> {
    fn check(&self) -> Result<(), ArtifactError> {
        // Levels from the root, which has 1; 0 for a node that no split before it leads to.
        let mut levels = vec![0; self.nodes.len()];
        levels[0] = 1;
        (0..self.nodes.len()).try_for_each(|place| {
            let node = self.start + place;
            self.check_node(place, &mut levels).map_err(|problem| ArtifactError::Tree { node, problem })
        })
    }

    fn check_node(&self, place: usize, levels: &mut [u8]) -> Result<(), &'static str> {
        let (node, level) = (&self.nodes[place], levels[place]);
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
        let left = left.checked_sub(self.start).filter(|&left| left > place && left + 1 < self.nodes.len());
        let left = left.ok_or("its children do not lie ahead in the same tree")?;
        if levels[left] != 0 || levels[left + 1] != 0 {
            return Err("its children have another parent");
        }
        levels[left..=left + 1].fill(level + 1);
        let children = self.nodes[left].cover() + self.nodes[left + 1].cover();
        // A NaN is found at the child itself.
        if (children - cover).abs() > COVER_TOLERANCE * cover {
            return Err("its children's covers do not add up to its own");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
