//! A random forest as one flat array of nodes.

use crate::ArtifactError;

/// A forest of binary trees; its probability is the mean of the leaves a row falls into.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Where each tree's nodes start in `nodes`; the first is 0, and the first node of a tree is its root.
    pub roots: Vec<u32>,
    /// All trees' nodes, tree after tree.
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
    },
    /// The share of `up` among the training rows here.
    Leaf {
        /// Between 0 and 1.
        value: f64,
    },
}

impl Forest {
    /// The raw probability of `up`. One half for a row or forest that [`Forest::check`] would have refused.
    #[must_use]
    pub fn predict(&self, values: &[f64]) -> f64 {
        let sum = self.roots.iter().try_fold(0.0, |sum, &root| Some(sum + self.leaf(root, values)?));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 trees")]
        sum.filter(|_| !self.roots.is_empty()).map_or(0.5, |sum: f64| sum / self.roots.len() as f64)
    }

    fn leaf(&self, root: u32, values: &[f64]) -> Option<f64> {
        let mut place = root;
        loop {
            match *self.nodes.get(place as usize)? {
                Node::Leaf { value } => return Some(value),
                Node::Split { feature, left, threshold } => {
                    let goes_left = *values.get(usize::from(feature))? <= threshold;
                    place = left.checked_add(u32::from(!goes_left))?;
                }
            }
        }
    }

    /// Checks that it can serve rows of `features` values: every walk goes forward inside its own tree and ends.
    pub(crate) fn check(&self, features: usize) -> Result<(), ArtifactError> {
        if self.roots.first() != Some(&0) {
            return Err(ArtifactError::Tree { node: 0, problem: "no tree starts here" });
        }
        let ends = self.roots.iter().skip(1).map(|&root| root as usize).chain([self.nodes.len()]);
        for (start, end) in self.roots.iter().map(|&root| root as usize).zip(ends) {
            if start >= end || end > self.nodes.len() {
                return Err(ArtifactError::Tree { node: start, problem: "a tree starts here that holds no node" });
            }
            for (node, content) in (start..end).zip(&self.nodes[start..end]) {
                check_node(node, content, end, features).map_err(|problem| ArtifactError::Tree { node, problem })?;
            }
        }
        Ok(())
    }
}

fn check_node(node: usize, content: &Node, end: usize, features: usize) -> Result<(), &'static str> {
    match *content {
        Node::Leaf { value } if !(0.0..=1.0).contains(&value) => Err("its value is not a probability"),
        Node::Leaf { .. } => Ok(()),
        Node::Split { threshold, .. } if !threshold.is_finite() => Err("its threshold is not finite"),
        Node::Split { feature, .. } if usize::from(feature) >= features => Err("its feature does not exist"),
        Node::Split { left, .. } if left as usize <= node || left as usize + 1 >= end => {
            Err("its children do not lie ahead in the same tree")
        }
        Node::Split { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(feature: u16, threshold: f64, left: u32) -> Node {
        Node::Split { feature, left, threshold }
    }

    fn leaf(value: f64) -> Node {
        Node::Leaf { value }
    }

    fn two_trees() -> Forest {
        Forest { roots: vec![0, 3], nodes: vec![split(1, 0.5, 1), leaf(0.2), leaf(0.8), leaf(0.4)] }
    }

    #[test]
    fn rows_at_the_threshold_go_left_and_trees_are_averaged() {
        let forest = two_trees();
        assert!(forest.check(2).is_ok());
        assert!((forest.predict(&[9.0, 0.5]) - 0.3).abs() < 1e-15);
        assert!((forest.predict(&[9.0, 0.6]) - 0.6).abs() < 1e-15);
    }

    #[test]
    fn walks_that_would_loop_or_leave_their_tree_are_refused() {
        let with = |node| Forest { nodes: vec![node, leaf(0.2), leaf(0.8), leaf(0.4)], ..two_trees() };
        for bad in
            [split(1, 0.5, 0), split(1, 0.5, 2), split(1, 0.5, u32::MAX), split(2, 0.5, 1), split(1, f64::NAN, 1)]
        {
            assert!(with(bad).check(2).is_err(), "{bad:?}");
        }
        assert!(with(leaf(1.5)).check(2).is_err());
        for roots in [vec![], vec![1], vec![0, 0], vec![0, 9], vec![0, 4]] {
            assert!(Forest { roots: roots.clone(), ..two_trees() }.check(2).is_err(), "{roots:?}");
        }
    }
}
