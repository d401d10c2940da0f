//! Path-dependent TreeSHAP: Lundberg, Erion and Lee (2018), Consistent individualized feature attribution for tree
//! ensembles, Algorithm 2.
//!
//! The result is the exact Shapley value of a game: a path follows the row at splits on known features, and both sides,
//! weighted by their cover, at splits on unknown ones. The time for a tree is proportional to leaves times depth squared.

use crate::{Forest, MAX_DEPTH, Node};
use market_data::numbers::as_f64;

/// Feature of the path element before any split.
const NO_FEATURE: u16 = u16::MAX;

/// Feature that was split on along the path from the root to a node.
#[derive(Clone, Copy)]
struct PathElement {
    feature: u16,
    /// Share of the rows that follow the path if the feature is unknown.
    zero_fraction: f64,
    /// True if the row follows the path.
    one_fraction: bool,
    /// Weight of the subsets with as many known features as there are elements before this one.
    weight: f64,
}

/// Adds the contribution of each feature to the sum of the leaves. Returns the expected sum, to which they are relative.
pub(super) fn attribute(forest: &Forest, values: &[f64], contributions: &mut [f64]) -> f64 {
    let mut walker = TreeWalker { nodes: &forest.nodes, values, contributions, path: Vec::new(), expected: 0.0 };
    for &root in &forest.roots {
        walker.visit(root, 0, PathElement { feature: NO_FEATURE, zero_fraction: 1.0, one_fraction: true, weight: 0.0 });
    }
    walker.expected
}

struct TreeWalker<'a> {
    nodes: &'a [Node],
    values: &'a [f64],
    contributions: &'a mut [f64],
    /// Stack of paths: that to the visited node on top, those to its ancestors below.
    path: Vec<PathElement>,
    expected: f64,
}

impl TreeWalker<'_> {
    /// Visits a node and its descendants. The path to its parent starts at `parent`; `element` leads from there to the node.
    /// [`Forest::validate`] ensures a depth of at most [`MAX_DEPTH`].
    fn visit(&mut self, node: u32, parent: usize, element: PathElement) {
        let start = self.path.len();
        self.path.extend_from_within(parent..);
        self.path.push(element);
        extend(&mut self.path[start..]);
        match self.nodes.get(node as usize) {
            Some(&Node::Leaf { value, .. }) => self.add_leaf(start, value),
            Some(&Node::Split { feature, left, threshold, .. }) => self.split(start, feature, left, threshold),
            None => {}
        }
        self.path.truncate(start);
    }

    fn add_leaf(&mut self, start: usize, value: f64) {
        let path = &self.path[start..];
        self.expected += value * path.iter().map(|element| element.zero_fraction).product::<f64>();
        for (index, element) in path.iter().enumerate().skip(1) {
            let weight: f64 = unwound_weights(path, index).sum();
            if let Some(contribution) = self.contributions.get_mut(usize::from(element.feature)) {
                *contribution += weight * (f64::from(u8::from(element.one_fraction)) - element.zero_fraction) * value;
            }
        }
    }

    fn split(&mut self, start: usize, feature: u16, left: u32, threshold: f64) {
        let cover = |node: u32| self.nodes.get(node as usize).map_or(0.0, Node::cover);
        let (left_cover, right_cover) = (cover(left), cover(left + 1));
        let total_cover = left_cover + right_cover;
        let goes_left = self.values.get(usize::from(feature)).is_some_and(|&value| value <= threshold);
        let mut element = PathElement { feature, zero_fraction: 1.0, one_fraction: true, weight: 0.0 };
        // A feature that was split on before has one path element for both splits.
        if let Some(index) = self.path[start..].iter().position(|element| element.feature == feature) {
            element = self.path[start + index];
            unwind(&mut self.path[start..], index);
            self.path.pop();
        }
        for (node, cover, follows) in [(left, left_cover, goes_left), (left + 1, right_cover, !goes_left)] {
            let zero_fraction = element.zero_fraction * (cover / total_cover);
            let one_fraction = element.one_fraction && follows;
            self.visit(node, start, PathElement { zero_fraction, one_fraction, ..element });
        }
    }
}

/// Includes the last element in the weights, which are those of the path before it.
fn extend(path: &mut [PathElement]) {
    let before = path.len() - 1;
    let PathElement { zero_fraction, one_fraction, .. } = path[before];
    path[before].weight = if before == 0 { 1.0 } else { 0.0 };
    for index in (0..before).rev() {
        let weight = path[index].weight / as_f64(before + 1);
        if one_fraction {
            path[index + 1].weight += weight * as_f64(index + 1);
        }
        path[index].weight = zero_fraction * weight * as_f64(before - index);
    }
}

/// Weights of the path without the element at `removed`, from the last but one to the first.
fn unwound_weights(path: &[PathElement], removed: usize) -> impl Iterator<Item = f64> {
    let PathElement { zero_fraction, one_fraction, .. } = path[removed];
    let last = path.len() - 1;
    let length = as_f64(path.len());
    let mut next = path[last].weight;
    (0..last).rev().map(move |index| {
        let (weight, after) = (path[index].weight, as_f64(last - index));
        if !one_fraction {
            return weight * length / (zero_fraction * after);
        }
        let without = next * length / as_f64(index + 1);
        next = weight - without * zero_fraction * after / length;
        without
    })
}

/// Removes the element at `removed` from the weights and moves the later elements one forward. The last one is left over.
fn unwind(path: &mut [PathElement], removed: usize) {
    let mut weights = [0.0; MAX_DEPTH as usize + 2];
    let last = path.len() - 1;
    let unwound = unwound_weights(path, removed);
    weights[..last].iter_mut().rev().zip(unwound).for_each(|(stored, weight)| *stored = weight);
    path.copy_within(removed + 1.., removed);
    path.iter_mut().zip(&weights[..last]).for_each(|(element, &weight)| element.weight = weight);
}
