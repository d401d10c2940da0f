use super::*;
use crate::{FeatureSubset, ForestParams, testing::training_set};
use model::Node;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};

const FOREST: ForestParams = ForestParams { trees: 40, levels: 7, leaf_rows: 5, features: 6 };
const BOOSTING: Hyperparameters =
    Hyperparameters::Boosting { rounds: 60, rate: 0.1, depth: 3, leaf_rows: 20.0, l2: 1.0, sample: 0.8, columns: 1.0 };

fn fitted(hyper: Hyperparameters, training_set: &TrainingSet, range: Range<usize>) -> Model {
    let candidate = Candidate::unweighted(hyper);
    let rows = WeightedRows::new(&candidate, training_set, range, 100_000);
    let mut model = fit(&candidate, training_set, &rows, 3).unwrap();
    add_tree_covers(&mut model, training_set, &rows);
    model
}

#[test]
fn a_converted_forest_forecasts_as_smartcore() {
    let training_set = training_set(800, 1);
    let rows: Vec<usize> = (0..600).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(40)
        .with_max_depth(7)
        .with_min_samples_leaf(5)
        .with_m(6)
        .with_seed(3);
    let x = matrix(&training_set, &rows).unwrap();
    let theirs = RandomForestRegressor::fit(&x, &label_values(&training_set, &rows), parameters).unwrap();
    let unseen: Vec<usize> = (600..800).collect();
    let expected: Vec<f64> = theirs.predict(&matrix(&training_set, &unseen).unwrap()).unwrap();
    let ours = fitted(Hyperparameters::RandomForest(FOREST), &training_set, 0..600);
    for (row, expected) in unseen.into_iter().zip(expected) {
        let forecast = ours.predict(&training_set.rows[row].values);
        assert!((forecast - expected).abs() < 1e-12, "row {row}: {forecast} is not {expected}");
    }
}

#[test]
fn converted_boosting_forecasts_as_forust() {
    let training_set = training_set(800, 1);
    let rows: Vec<usize> = (0..600).collect();
    let Model::Boosted(ours) = fitted(BOOSTING, &training_set, 0..600) else { panic!("of another family") };
    let y = label_values(&training_set, &rows);
    let base = model::logit(y.iter().sum::<f64>() / 600.0);
    let mut theirs = forust_ml::GradientBooster::default()
        .set_iterations(60)
        .set_learning_rate(0.1)
        .set_max_depth(3)
        .set_min_leaf_weight(5.0)
        .set_l2(1.0)
        .set_nbins(64)
        .set_base_score(base)
        .set_seed(3)
        .set_parallel(false)
        .set_sample_method(forust_ml::sampler::SampleMethod::Random)
        .set_subsample(0.8);
    let (x, width) = (columns(&training_set, &rows), training_set.width());
    theirs.fit(&forust_ml::Matrix::new(&x, 600, width), &y, &[1.0; 600], None).unwrap();
    let unseen = columns(&training_set, &(600..800).collect::<Vec<_>>());
    let expected = theirs.predict(&forust_ml::Matrix::new(&unseen, 200, width), false);
    assert_eq!(ours.trees.roots.len(), 60);
    for (row, expected) in (600..800).zip(expected) {
        let forecast = model::logit(ours.predict(&training_set.rows[row].values));
        assert!((forecast - expected).abs() < 1e-9, "row {row}: {forecast} is not {expected}");
    }
}

/// At the optimum, the gradient of the penalised log loss is zero.
#[test]
fn logistic_weights_are_the_optimum() {
    let training_set = training_set(1500, 2);
    let ridge = 0.01;
    let candidate = Candidate {
        half_life: Some(2.0),
        ..Candidate::unweighted(Hyperparameters::Logistic { ridge, inputs: FeatureSubset::All })
    };
    let weighted = WeightedRows::new(&candidate, &training_set, 0..1500, 100_000);
    let Model::Logistic(model) = fit(&candidate, &training_set, &weighted, 1).unwrap() else {
        panic!("of another family")
    };
    let WeightedRows { rows, weights } = weighted;
    for feature in 0..model.weights.len() {
        let sum: f64 = rows
            .iter()
            .zip(&weights)
            .map(|(&row, weight)| {
                let values = &training_set.rows[row].values;
                let residual = model.predict(values) - f64::from(u8::from(training_set.labels[row]));
                weight * residual * (values[feature] - model.means[feature]) / model.scales[feature]
            })
            .sum();
        let gradient = sum / 1500.0 + ridge * model.weights[feature];
        assert!(gradient.abs() < 1e-7, "feature {feature}: {gradient}");
    }
    // Weights per standard deviation, sqrt(4/3): about 1.15 and -0.58, a little less for the penalty.
    assert!((0.8..1.4).contains(&model.weights[0]), "{}", model.weights[0]);
    assert!((-0.8..-0.3).contains(&model.weights[1]), "{}", model.weights[1]);
}

#[test]
fn a_logistic_regression_on_directions_has_no_other_weights() {
    let training_set = training_set(500, 5);
    let fitted =
        fitted(Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::Direction }, &training_set, 0..500);
    let Model::Logistic(model) = fitted else { panic!("of another family") };
    let names = features::feature_names();
    let used: Vec<&str> = (0..names.len()).filter(|&i| model.weights[i] != 0.0).map(|i| names[i]).collect();
    assert_eq!(used, ["direction_1", "direction_7", "direction_24"]);
}

#[test]
fn every_family_finds_the_signal_and_has_consistent_covers() {
    let training_set = training_set(1200, 4);
    for hyper in [
        Hyperparameters::RandomForest(FOREST),
        Hyperparameters::ExtraTrees(FOREST),
        BOOSTING,
        Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::All },
    ] {
        let model = fitted(hyper, &training_set, 0..900);
        let auc =
            evaluation::metrics::auc(&raw_probabilities(&model, &training_set, 900..1200), &training_set.labels[900..])
                .unwrap();
        assert!(auc > 0.68, "{hyper:?}: {auc}");
        let trees = match &model {
            Model::Forest(forest) => forest,
            Model::Boosted(boosted) => &boosted.trees,
            Model::Logistic(_) => continue,
        };
        let cover = |node: u32| match trees.nodes[node as usize] {
            Node::Leaf { cover, .. } | Node::Split { cover, .. } => f64::from(cover),
        };
        for node in &trees.nodes {
            if let Node::Split { left, cover: all, .. } = *node {
                let below = cover(left) + cover(left + 1);
                assert!((below - f64::from(all)).abs() < 0.01 * below, "{hyper:?}: {below} of {all}");
            }
        }
    }
}

#[test]
fn rows_with_equal_labels_are_rejected() {
    let mut training_set = training_set(100, 1);
    training_set.labels.fill(true);
    let candidate = Candidate::unweighted(BOOSTING);
    let weighted = WeightedRows::new(&candidate, &training_set, 0..100, 1_000);
    assert!(matches!(fit(&candidate, &training_set, &weighted, 1), Err(TrainError::SingleClass { rows: 100 })));
}
