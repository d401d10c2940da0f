use super::*;
use crate::{Boosted, Calibration, Family, Forest, Logistic, Member, Node};
use features::feature_names;
use proptest::prelude::*;

/// Number of features of the small trees.
const FEATURES: usize = 5;

/// Deterministic random numbers: splitmix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u8::try_from((z ^ (z >> 31)) % n).unwrap()
    }

    fn values(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| f64::from(self.below(100)) / 10.0 - 5.0).collect()
    }

    /// Forest of up to three trees with up to eleven splits. A path often has several splits on one feature.
    fn forest(&mut self, leaf: fn(f64) -> f64) -> Forest {
        let mut forest = Forest { roots: vec![], nodes: vec![] };
        for _ in 0..=self.below(3) {
            let start = forest.nodes.len();
            forest.roots.push(u32::try_from(start).unwrap());
            forest.nodes.push(Node::Leaf { value: 0.0, cover: 0.0 });
            for _ in 0..self.below(12) {
                let leaves =
                    (start..forest.nodes.len()).filter(|&node| matches!(forest.nodes[node], Node::Leaf { .. }));
                let leaves: Vec<usize> = leaves.collect();
                let node = leaves[usize::from(self.below(leaves.len() as u64))];
                let left = u32::try_from(forest.nodes.len()).unwrap();
                let feature = u16::from(self.below(FEATURES as u64));
                let threshold = self.values(1)[0];
                forest.nodes[node] = Node::Split { feature, left, threshold, cover: 0.0 };
                forest.nodes.extend([Node::Leaf { value: 0.0, cover: 0.0 }; 2]);
            }
            for node in (start..forest.nodes.len()).rev() {
                let drawn = f64::from(self.below(100)) / 99.0;
                forest.nodes[node] = match forest.nodes[node] {
                    Node::Leaf { .. } => Node::Leaf { value: leaf(drawn), cover: f32::from(1 + self.below(20)) },
                    Node::Split { feature, left, threshold, .. } => {
                        let children = &forest.nodes[left as usize..][..2];
                        let cover = children.iter().map(Node::cover).sum::<f64>().to_string().parse().unwrap();
                        Node::Split { feature, left, threshold, cover }
                    }
                };
            }
        }
        forest
    }

    fn artifact(&mut self) -> Artifact {
        let width = feature_names().len();
        let logistic = Logistic {
            means: self.values(width),
            scales: vec![2.0; width],
            weights: self.values(width).iter().map(|weight| weight / 20.0).collect(),
            intercept: 0.1,
        };
        let boosted = Boosted { base: 0.2, trees: self.forest(|drawn| 2.0 * drawn - 1.0) };
        let members = vec![
            Member { family: Family::Logistic, weight: 0.5, model: Model::Logistic(logistic) },
            Member { family: Family::RandomForest, weight: 0.25, model: Model::Forest(self.forest(|drawn| drawn)) },
            Member { family: Family::Boosting, weight: 0.25, model: Model::Boosted(boosted) },
        ];
        artifact_of(members)
    }
}

fn artifact_of(members: Vec<Member>) -> Artifact {
    let at = "2023-11-01T00:00:00Z".parse().unwrap();
    let climatology = Artifact::climatology("eth-usd-1d-h1".parse().unwrap(), 0.52, at, at, "run-1");
    Artifact { members, shrinkage: 1.0, ..climatology }
}

fn sum(explanation: &Explanation) -> f64 {
    explanation.expected + explanation.contributions.iter().map(|contribution| contribution.contribution).sum::<f64>()
}

/// Expected sum of the leaves if only the features in `known` (one bit each) are known.
fn expected_sum(forest: &Forest, values: &[f64], known: usize) -> f64 {
    fn below(forest: &Forest, node: u32, values: &[f64], known: usize) -> f64 {
        match forest.nodes[node as usize] {
            Node::Leaf { value, .. } => value,
            Node::Split { feature, left, threshold, .. } => {
                let feature = usize::from(feature);
                let [left_sum, right_sum] = [left, left + 1].map(|node| below(forest, node, values, known));
                if known & (1 << feature) != 0 {
                    return if values[feature] <= threshold { left_sum } else { right_sum };
                }
                let [left_cover, right_cover] = [left, left + 1].map(|node| forest.nodes[node as usize].cover());
                (left_cover * left_sum + right_cover * right_sum) / (left_cover + right_cover)
            }
        }
    }
    forest.roots.iter().map(|&root| below(forest, root, values, known)).sum()
}

/// Shapley value (1953): mean over all orders of the increase when a feature becomes known.
fn shapley(forest: &Forest, values: &[f64], feature: usize) -> f64 {
    let factorial = |n: usize| (1..=n).map(|i| f64::from(u8::try_from(i).unwrap())).product::<f64>();
    let others = (0..1 << FEATURES).filter(|known| known & (1 << feature) == 0);
    let increases = others.map(|known: usize| {
        let before = known.count_ones() as usize;
        let weight = factorial(before) * factorial(FEATURES - before - 1) / factorial(FEATURES);
        weight * (expected_sum(forest, values, known | (1 << feature)) - expected_sum(forest, values, known))
    });
    increases.sum()
}

proptest! {
    #[test]
    fn tree_contributions_are_shapley_values(seed in any::<u64>()) {
        let mut draws = Draws(seed);
        let (forest, values) = (draws.forest(|drawn| drawn), draws.values(FEATURES));
        prop_assert!(forest.validate(FEATURES, 0.0..=1.0).is_ok());
        let mut contributions = [0.0; FEATURES];
        let expected = tree::attribute(&forest, &values, &mut contributions);
        prop_assert!((expected - expected_sum(&forest, &values, 0)).abs() < 1e-9);
        for (feature, &contribution) in contributions.iter().enumerate() {
            let exact = shapley(&forest, &values, feature);
            prop_assert!((contribution - exact).abs() < 1e-9, "feature {feature}: {contribution}, not {exact}");
        }
    }

    #[test]
    fn contributions_add_up_to_the_forecast(seed in any::<u64>(), shrinkage in 0.0..=1.0, isotonic in any::<bool>()) {
        let mut draws = Draws(seed);
        let mut artifact = Artifact { shrinkage, ..draws.artifact() };
        artifact.calibration = if isotonic {
            Calibration::Isotonic { at: vec![0.4, 0.45, 0.450_000_001, 0.6], value: vec![0.4, 0.4, 0.55, 0.6] }
        } else {
            Calibration::Platt { slope: 0.8, intercept: 0.05 }
        };
        prop_assert!(artifact.validate().is_ok());
        let values = draws.values(feature_names().len());
        let explanation = artifact.explain(&values).unwrap();
        let forecast = artifact.predict(&values).unwrap();
        prop_assert!((sum(&explanation) - forecast).abs() < 1e-9);
        let sizes: Vec<f64> = explanation.contributions.iter().map(|contribution| contribution.contribution.abs()).collect();
        prop_assert!(sizes.is_sorted_by(|a, b| a >= b));
        prop_assert!(sizes.iter().sum::<f64>() <= MAX_TOTAL_CONTRIBUTION + 1.0);
        // The expected forecast does not depend on the row.
        let other = artifact.explain(&draws.values(feature_names().len())).unwrap();
        if !explanation.contributions.is_empty() && !other.contributions.is_empty() {
            prop_assert!((explanation.expected - other.expected).abs() < 1e-9);
        }
    }
}

/// The probability difference between log odds of 0.1 and those of the row is divided in proportion to the terms.
#[test]
fn a_logistic_regression_has_contributions_in_proportion_to_its_terms() {
    let width = feature_names().len();
    let (mut weights, mut values) = (vec![0.0; width], vec![1.0; width]);
    (weights[3], weights[7]) = (0.4, -0.2);
    (values[3], values[7]) = (4.0, 2.0);
    let logistic = Logistic { means: vec![1.0; width], scales: vec![2.0; width], weights, intercept: 0.1 };
    let member = Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(logistic) };
    let explanation = artifact_of(vec![member]).explain(&values).unwrap();

    // Terms 0.4 * 3 / 2 = 0.6 and -0.2 * 1 / 2 = -0.1: log odds 0.6.
    let distance = sigmoid(0.6) - sigmoid(0.1);
    let names = feature_names();
    let expected = [(names[3], 4.0, distance * 0.6 / 0.5), (names[7], 2.0, distance * -0.1 / 0.5)];
    assert_eq!(explanation.contributions.len(), expected.len());
    for (found, (feature, value, contribution)) in explanation.contributions.iter().zip(expected) {
        assert_eq!(found.feature, feature);
        assert!((found.value - value).abs() < 1e-15);
        assert!((found.contribution - contribution).abs() < 1e-12, "{found:?}");
    }
    assert!((explanation.expected - sigmoid(0.1)).abs() < 1e-12);
}

#[test]
fn climatology_and_full_shrinkage_have_no_contributions() {
    let values = vec![0.25; feature_names().len()];
    for artifact in [artifact_of(vec![]), Artifact { shrinkage: 0.0, ..Draws(1).artifact() }] {
        let explanation = artifact.explain(&values).unwrap();
        assert_eq!(explanation.contributions, []);
        assert!((explanation.expected - 0.52).abs() < 1e-15);
    }
}

#[test]
fn an_invalid_row_has_no_explanation() {
    let artifact = Draws(1).artifact();
    let mut values = vec![0.25; feature_names().len()];
    assert!(artifact.explain(&values[1..]).is_err());
    values[3] = f64::NAN;
    assert!(artifact.explain(&values).is_err());
}

/// Terms that cancel out have no effect together, but a calibration may have a step at that point.
#[test]
fn contributions_stay_limited_if_terms_cancel_out() {
    let width = feature_names().len();
    for size in [1.0, 1e6, 1e300, f64::MAX] {
        let mut weights = vec![0.0; width];
        (weights[0], weights[1], weights[2]) = (size, -size, 1e-12);
        let logistic = Logistic { means: vec![0.0; width], scales: vec![1.0; width], weights, intercept: 0.0 };
        let member = Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(logistic) };
        let step = Calibration::Isotonic { at: vec![0.5, 0.5 + 1e-15], value: vec![0.2, 0.8] };
        for calibration in [Calibration::IDENTITY, step] {
            let artifact = Artifact { calibration, ..artifact_of(vec![member.clone()]) };
            artifact.validate().unwrap();
            for value in [1.0, 3.0, 1e10] {
                let values = vec![value; width];
                let explanation = artifact.explain(&values).unwrap();
                assert!((sum(&explanation) - artifact.predict(&values).unwrap()).abs() < 1e-9, "{size} {value}");
                let total: f64 =
                    explanation.contributions.iter().map(|contribution| contribution.contribution.abs()).sum();
                assert!(total <= MAX_TOTAL_CONTRIBUTION + 1.0, "{size} {value}: {total}");
            }
        }
    }
}

/// Tree of the maximum depth, with a different feature at every split and the most uneven covers.
#[test]
fn the_deepest_tree_is_explained() {
    let width = feature_names().len();
    let mut nodes = vec![];
    let splits = u32::from(crate::MAX_DEPTH);
    for split in 0..splits {
        let feature = u16::try_from(split as usize % width).unwrap();
        nodes.push(Node::Split { feature, left: 2 * split + 1, threshold: 0.0, cover: 1.0 });
        nodes.push(Node::Leaf { value: f64::from(split % 2), cover: if split % 3 == 0 { 1e-30 } else { 0.005 } });
    }
    nodes.push(Node::Leaf { value: 1.0, cover: 1.0 });
    let model = Model::Forest(Forest { roots: vec![0], nodes });
    let artifact = artifact_of(vec![Member { family: Family::ExtraTrees, weight: 1.0, model }]);
    artifact.validate().unwrap();
    for value in [-1.0, 0.0, 1.0] {
        let values = vec![value; width];
        let explanation = artifact.explain(&values).unwrap();
        assert!((sum(&explanation) - artifact.predict(&values).unwrap()).abs() < 1e-9);
    }
}
