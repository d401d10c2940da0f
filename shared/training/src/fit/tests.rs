use super::*;
use crate::{FeatureSubset, ForestParams, testing::frame};
use model::Node;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};

const FOREST: ForestParams = ForestParams { trees: 40, levels: 7, leaf_rows: 5, features: 6 };
const BOOSTING: Hyperparameters =
    Hyperparameters::Boosting { rounds: 60, rate: 0.1, depth: 3, leaf_rows: 20.0, l2: 1.0, sample: 0.8 };

fn fitted(hyper: Hyperparameters, frame: &TrainingSet, range: Range<usize>) -> Model {
    let candidate = Candidate::unweighted(hyper);
    let rows = WeightedRows::new(&candidate, frame, range, 100_000);
    let mut model = fit(&candidate, frame, &rows, 3).unwrap();
    add_tree_covers(&mut model, frame, &rows);
    model
}

#[test]
fn our_forest_forecasts_what_smartcore_forecasts() {
    let frame = frame(800, 1);
    let rows: Vec<usize> = (0..600).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(40)
        .with_max_depth(7)
        .with_min_samples_leaf(5)
        .with_m(6)
        .with_seed(3);
    let x = matrix(&frame, &rows).unwrap();
    let theirs = RandomForestRegressor::fit(&x, &label_values(&frame, &rows), parameters).unwrap();
    let unseen: Vec<usize> = (600..800).collect();
    let expected: Vec<f64> = theirs.predict(&matrix(&frame, &unseen).unwrap()).unwrap();
    let ours = fitted(Hyperparameters::RandomForest(FOREST), &frame, 0..600);
    for (row, expected) in unseen.into_iter().zip(expected) {
        let got = ours.predict(&frame.rows[row].values);
        assert!((got - expected).abs() < 1e-12, "row {row}: {got} is not {expected}");
    }
}

#[test]
fn our_boosting_forecasts_what_forust_forecasts() {
    let frame = frame(800, 1);
    let rows: Vec<usize> = (0..600).collect();
    let Model::Boosted(ours) = fitted(BOOSTING, &frame, 0..600) else { panic!("of another family") };
    let y = label_values(&frame, &rows);
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
    let (x, width) = (columns(&frame, &rows), frame.width());
    theirs.fit(&forust_ml::Matrix::new(&x, 600, width), &y, &[1.0; 600], None).unwrap();
    let unseen = columns(&frame, &(600..800).collect::<Vec<_>>());
    let expected = theirs.predict(&forust_ml::Matrix::new(&unseen, 200, width), false);
    assert_eq!(ours.trees.roots.len(), 60);
    for (row, expected) in (600..800).zip(expected) {
        let got = model::logit(ours.predict(&frame.rows[row].values));
        assert!((got - expected).abs() < 1e-9, "row {row}: {got} is not {expected}");
    }
}

/// The gradient of the penalised log loss is zero at the fitted weights: an optimum by definition, whoever fits.
#[test]
fn logistic_weights_are_the_optimum_and_find_the_signal() {
    let frame = frame(1500, 2);
    let ridge = 0.01;
    let candidate = Candidate {
        half_life: Some(2.0),
        ..Candidate::unweighted(Hyperparameters::Logistic { ridge, inputs: FeatureSubset::All })
    };
    let weighted = WeightedRows::new(&candidate, &frame, 0..1500, 100_000);
    let Model::Logistic(model) = fit(&candidate, &frame, &weighted, 1).unwrap() else { panic!("of another family") };
    let WeightedRows { rows, weights } = weighted;
    for feature in 0..model.weights.len() {
        let pull: f64 = rows
            .iter()
            .zip(&weights)
            .map(|(&row, weight)| {
                let values = &frame.rows[row].values;
                let residual = model.predict(values) - f64::from(u8::from(frame.labels[row]));
                weight * residual * (values[feature] - model.means[feature]) / model.scales[feature]
            })
            .sum();
        let gradient = pull / 1500.0 + ridge * model.weights[feature];
        assert!(gradient.abs() < 1e-7, "feature {feature}: {gradient}");
    }
    // Weights per standard deviation, sqrt(4/3): about 1.15 and -0.58, a little less for the penalty.
    assert!((0.8..1.4).contains(&model.weights[0]), "{}", model.weights[0]);
    assert!((-0.8..-0.3).contains(&model.weights[1]), "{}", model.weights[1]);
}

#[test]
fn a_narrow_logistic_regression_knows_only_which_way_it_went() {
    let frame = frame(500, 5);
    let fitted = fitted(Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::Direction }, &frame, 0..500);
    let Model::Logistic(model) = fitted else { panic!("of another family") };
    let names = features::feature_names();
    let heard: Vec<&str> = (0..names.len()).filter(|&i| model.weights[i] != 0.0).map(|i| names[i]).collect();
    assert_eq!(heard, ["direction_1", "direction_7", "direction_24"]);
}

#[test]
fn every_family_finds_the_signal_and_can_be_explained() {
    let frame = frame(1200, 4);
    for hyper in [
        Hyperparameters::RandomForest(FOREST),
        Hyperparameters::ExtraTrees(FOREST),
        BOOSTING,
        Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::All },
    ] {
        let model = fitted(hyper, &frame, 0..900);
        let auc =
            evaluation::metrics::auc(&raw_probabilities(&model, &frame, 900..1200), &frame.labels[900..]).unwrap();
        assert!(auc > 0.68, "{hyper:?}: {auc}");
        let trees = match &model {
            Model::Forest(forest) => forest,
            Model::Boosted(boosted) => &boosted.trees,
            Model::Logistic(_) => continue,
        };
        let cover = |place: u32| match trees.nodes[place as usize] {
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
fn rows_of_one_outcome_are_refused() {
    let mut frame = frame(100, 1);
    frame.labels.fill(true);
    let candidate = Candidate::unweighted(BOOSTING);
    let weighted = WeightedRows::new(&candidate, &frame, 0..100, 1_000);
    assert!(matches!(fit(&candidate, &frame, &weighted, 1), Err(TrainError::SingleClass { rows: 100 })));
}
