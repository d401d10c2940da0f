use super::*;
use domain::features::{FeatureRow, feature_names};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows whose first two features decide, all others noise.
fn frame(n: usize, seed: u64) -> Frame {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut frame = Frame { rows: vec![], decided: vec![], up: vec![], climatology: vec![], previous: vec![] };
    for i in 0..n {
        let values: Vec<f64> = feature_names().iter().map(|_| rng.random::<f64>() * 4.0 - 1.0).collect();
        let p = model::sigmoid(values[0] - 0.5 * values[1]);
        let time = jiff::Timestamp::from_second(i64::try_from(i).unwrap() * 86_400).unwrap();
        frame.up.push(rng.random::<f64>() < p);
        frame.decided.push(time);
        frame.rows.push(FeatureRow { time, values });
        frame.climatology.push(0.5);
        frame.previous.push(None);
    }
    frame
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
    let y: Vec<f64> = rows.iter().map(|&row| f64::from(u8::from(frame.up[row]))).collect();
    let theirs = RandomForestRegressor::fit(&matrix(&frame, &rows).unwrap(), &y, parameters.clone()).unwrap();
    let unseen: Vec<usize> = (600..800).collect();
    let expected: Vec<f64> = theirs.predict(&matrix(&frame, &unseen).unwrap()).unwrap();
    let ours = fit_forest(&frame, &rows, parameters).unwrap();
    assert!(ours.nodes.len() > 1000);
    for (row, expected) in unseen.into_iter().zip(expected) {
        let got = ours.predict(&frame.rows[row].values);
        assert!((got - expected).abs() < 1e-12, "row {row}: {got} is not {expected}");
    }
}

/// The gradient of the penalised log loss is zero at the fitted weights: an optimum by definition, whoever fits.
#[test]
fn logistic_weights_are_the_optimum_and_find_the_signal() {
    let frame = frame(1500, 2);
    let rows: Vec<usize> = (0..1500).collect();
    let ridge = 0.01;
    let model = fit_logistic(&frame, &rows, ridge).unwrap();
    let residual: Vec<f64> = frame
        .rows
        .iter()
        .zip(&frame.up)
        .map(|(row, &up)| model.predict(&row.values) - f64::from(u8::from(up)))
        .collect();
    for feature in 0..model.weights.len() {
        let pull: f64 = frame
            .rows
            .iter()
            .zip(&residual)
            .map(|(row, residual)| residual * (row.values[feature] - model.means[feature]) / model.scales[feature])
            .sum();
        let gradient = pull / 1500.0 + ridge * model.weights[feature];
        assert!(gradient.abs() < 1e-4, "feature {feature}: {gradient}");
    }
    // Weights per standard deviation, sqrt(4/3): about 1.15 and -0.58, a little less for the penalty.
    assert!((0.8..1.4).contains(&model.weights[0]), "{}", model.weights[0]);
    assert!((-0.8..-0.3).contains(&model.weights[1]), "{}", model.weights[1]);
}

#[test]
fn thinning_keeps_the_last_row_and_spreads_the_others() {
    assert_eq!(thin(10..20, 5), [11, 13, 15, 17, 19]);
    assert_eq!(thin(3..6, 100), [3, 4, 5]);
}
