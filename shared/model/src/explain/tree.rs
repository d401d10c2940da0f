//! TreeSHAP: Lundberg, Erion and Lee (2018), Consistent individualized feature attribution for tree ensembles,
//! Algorithm 2. Exact Shapley values of the game in which a walk follows the row at splits on known features, and both
//! sides by their cover at splits on unknown ones. Per tree, leaves times depth squared.

use crate::{Forest, MAX_DEPTH, Node};

/// The feature of the step before any split.
const NO_FEATURE: u16 = u16::MAX;

/// A feature that was split on, on the way from the root to a node.
#[derive(Clone, Copy)]
struct PathElement {
    feature: u16,
    /// Share of the rows that go on this way when the feature is unknown.
    zero_fraction: f64,
    /// Whether the row goes on this way.
    one_fraction: bool,
    /// Weight of the subsets of as many known features as steps stand before this one.
    weight: f64,
}

/// Adds to `contributions` how far each feature moves the sum of the leaves from the expected sum, which is returned.
pub(super) fn attribute(forest: &Forest, values: &[f64], contributions: &mut [f64]) -> f64 {
    let mut walk = TreeWalker { nodes: &forest.nodes, values, contributions, steps: Vec::new(), expected: 0.0 };
    for &root in &forest.roots {
        walk.visit(root, 0, PathElement { feature: NO_FEATURE, zero_fraction: 1.0, one_fraction: true, weight: 0.0 });
    }
    walk.expected
}

struct TreeWalker<'a> {
    nodes: &'a [Node],
    values: &'a [f64],
    contributions: &'a mut [f64],
    /// The steps to the node visited; below them, those to each node above it.
    steps: Vec<PathElement>,
    expected: f64,
}

impl TreeWalker<'_> {
    /// Visits a node, and all below it. The steps to its parent start at `parent`; `step` led here from it. No deeper
    /// than [`MAX_DEPTH`], which [`Forest::check`] has seen to.
    fn visit(&mut self, node: u32, parent: usize, step: PathElement) {
        let start = self.steps.len();
        self.steps.extend_from_within(parent..);
        self.steps.push(step);
        extend(&mut self.steps[start..]);
        match self.nodes.get(node as usize) {
            Some(&Node::Leaf { value, .. }) => self.add_leaf(start, value),
            Some(&Node::Split { feature, left, threshold, .. }) => self.split(start, feature, left, threshold),
            None => {}
        }
        self.steps.truncate(start);
    }

    fn add_leaf(&mut self, start: usize, value: f64) {
        let steps = &self.steps[start..];
        self.expected += value * steps.iter().map(|step| step.zero_fraction).product::<f64>();
        for (place, step) in steps.iter().enumerate().skip(1) {
            let weight: f64 = unwound(steps, place).sum();
            if let Some(contribution) = self.contributions.get_mut(usize::from(step.feature)) {
                *contribution += weight * (f64::from(u8::from(step.one_fraction)) - step.zero_fraction) * value;
            }
        }
    }

    fn split(&mut self, start: usize, feature: u16, left: u32, threshold: f64) {
        let cover = |node: u32| self.nodes.get(node as usize).map_or(0.0, Node::cover);
        let (left_cover, right_cover) = (cover(left), cover(left + 1));
        let both = left_cover + right_cover;
        let goes_left = self.values.get(usize::from(feature)).is_some_and(|&value| value <= threshold);
        let mut step = PathElement { feature, zero_fraction: 1.0, one_fraction: true, weight: 0.0 };
        // A feature that was split on before has one step, for both splits.
        if let Some(place) = self.steps[start..].iter().position(|step| step.feature == feature) {
            step = self.steps[start + place];
            unwind(&mut self.steps[start..], place);
            self.steps.pop();
        }
        for (node, cover, here) in [(left, left_cover, goes_left), (left + 1, right_cover, !goes_left)] {
            let (unknown, known) = (step.zero_fraction * (cover / both), step.one_fraction && here);
            self.visit(node, start, PathElement { zero_fraction: unknown, one_fraction: known, ..step });
        }
    }
}

/// Lets the last step take part in the weights, which are those of the steps before it.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 steps")]
fn extend(steps: &mut [PathElement]) {
    let before = steps.len() - 1;
    let PathElement { zero_fraction: unknown, one_fraction: known, .. } = steps[before];
    steps[before].weight = if before == 0 { 1.0 } else { 0.0 };
    for place in (0..before).rev() {
        let weight = steps[place].weight / (before + 1) as f64;
        if known {
            steps[place + 1].weight += weight * (place + 1) as f64;
        }
        steps[place].weight = unknown * weight * (before - place) as f64;
    }
}

/// The weights as they were without the step at `place`, from the last but one to the first.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 steps")]
fn unwound(steps: &[PathElement], place: usize) -> impl Iterator<Item = f64> {
    let PathElement { zero_fraction: unknown, one_fraction: known, .. } = steps[place];
    let last = steps.len() - 1;
    let all = steps.len() as f64;
    let mut next = steps[last].weight;
    (0..last).rev().map(move |place| {
        let (weight, after) = (steps[place].weight, (last - place) as f64);
        if !known {
            return weight * all / (unknown * after);
        }
        let without = next * all / (place + 1) as f64;
        next = weight - without * unknown * after / all;
        without
    })
}

/// Takes the step at `place` out of the weights and moves those behind it one forward; the last is left over.
fn unwind(steps: &mut [PathElement], place: usize) {
    let mut weights = [0.0; MAX_DEPTH as usize + 2];
    let last = steps.len() - 1;
    weights[..last].iter_mut().rev().zip(unwound(steps, place)).for_each(|(kept, weight)| *kept = weight);
    steps.copy_within(place + 1.., place);
    steps.iter_mut().zip(&weights[..last]).for_each(|(step, &weight)| step.weight = weight);
}
