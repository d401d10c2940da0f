//! Fitting one candidate on one range of rows.

use crate::{Candidate, TrainError, forest, frame::Frame};
use model::{Logistic, Model};
use smartcore::{
    ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
    error::Failed,
    linalg::basic::{arrays::Array, matrix::DenseMatrix},
    linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters},
};
use std::ops::Range;

/// Fits `candidate` on at most `fit_rows` rows of `range`.
pub(crate) fn fit(
    candidate: &Candidate,
    frame: &Frame,
    range: Range<usize>,
    fit_rows: usize,
    seed: u64,
) -> Result<Model, TrainError> {
    let rows = thin(range, fit_rows);
    let ups = rows.iter().filter(|&&row| frame.up[row]).count();
    if ups == 0 || ups == rows.len() {
        return Err(TrainError::OneOutcome { rows: rows.len() });
    }
    match *candidate {
        Candidate::Logistic { ridge } => fit_logistic(frame, &rows, ridge).map(Model::Logistic),
        Candidate::RandomForest { trees, levels, leaf_rows, features } => {
            let width = frame.rows[rows[0]].values.len();
            let parameters = RandomForestRegressorParameters::default()
                .with_n_trees(usize::from(trees))
                .with_max_depth(levels)
                .with_min_samples_leaf(leaf_rows)
                .with_m(features.min(width))
                .with_seed(seed);
            fit_forest(frame, &rows, parameters).map(Model::RandomForest)
        }
    }
}

/// The raw probabilities of a fitted model for some rows.
pub(crate) fn raw(model: &Model, frame: &Frame, range: Range<usize>, base_rate: f64) -> Vec<f64> {
    frame.rows[range]
        .iter()
        .map(|row| match model {
            Model::Climatology => base_rate,
            Model::Logistic(model) => model.predict(&row.values),
            Model::RandomForest(model) => model.predict(&row.values),
        })
        .collect()
}

/// At most `most` rows of a range, spread evenly, always with the last.
fn thin(range: Range<usize>, most: usize) -> Vec<usize> {
    let n = range.len();
    let kept = n.min(most);
    (1..=kept).map(|k| range.start + n * k / kept - 1).collect()
}

fn fit_logistic(frame: &Frame, rows: &[usize], ridge: f64) -> Result<Logistic, TrainError> {
    let width = frame.rows[rows[0]].values.len();
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let n = rows.len() as f64;
    let column = |feature: usize| rows.iter().map(move |&row| frame.rows[row].values[feature]);
    let means: Vec<f64> = (0..width).map(|feature| column(feature).sum::<f64>() / n).collect();
    let scales: Vec<f64> = (0..width)
        .map(|feature| {
            let deviation = (column(feature).map(|v| (v - means[feature]).powi(2)).sum::<f64>() / n).sqrt();
            // A constant feature, as the phase of day of daily bars, says nothing and must not divide by zero.
            if deviation > 1e-12 { deviation } else { 1.0 }
        })
        .collect();
    // The solver walks along rows, so rows lie together.
    let standardise = |(j, value): (usize, &f64)| (value - means[j]) / scales[j];
    let values = rows.iter().flat_map(|&row| frame.rows[row].values.iter().enumerate().map(standardise)).collect();
    let failed = |source: Failed| TrainError::Fit { family: model::Family::Logistic, source };
    let x = DenseMatrix::new(rows.len(), width, values, false).map_err(failed)?;
    let y: Vec<u32> = rows.iter().map(|&row| u32::from(frame.up[row])).collect();
    let parameters = LogisticRegressionParameters::default().with_alpha(ridge * n);
    let fitted = LogisticRegression::fit(&x, &y, parameters).map_err(failed)?;
    let weights = (0..width).map(|feature| *fitted.coefficients().get((0, feature))).collect();
    Ok(Logistic { means, scales, weights, intercept: *fitted.intercept().get((0, 0)) })
}

fn fit_forest(
    frame: &Frame,
    rows: &[usize],
    parameters: RandomForestRegressorParameters,
) -> Result<model::Forest, TrainError> {
    let failed = |source: Failed| TrainError::Fit { family: model::Family::RandomForest, source };
    let x = matrix(frame, rows).map_err(failed)?;
    let y: Vec<f64> = rows.iter().map(|&row| f64::from(u8::from(frame.up[row]))).collect();
    forest::convert(&RandomForestRegressor::fit(&x, &y, parameters).map_err(failed)?)
}

fn matrix(frame: &Frame, rows: &[usize]) -> Result<DenseMatrix<f64>, Failed> {
    let width = frame.rows[rows[0]].values.len();
    let values = (0..width).flat_map(|feature| rows.iter().map(move |&row| frame.rows[row].values[feature])).collect();
    DenseMatrix::new(rows.len(), width, values, true)
}

#[cfg(test)]
mod tests;
