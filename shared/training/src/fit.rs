//! Fitting one candidate on one range of rows.

mod boosting;
mod forest;
mod logistic;

use crate::{Candidate, Hyperparameters, TrainError, training_set::TrainingSet, weights::WeightedRows};
use model::Model;
use smartcore::{error::Failed, linalg::basic::matrix::DenseMatrix};
use std::ops::Range;

/// Fits `candidate` on weighted rows.
pub(crate) fn fit(
    candidate: &Candidate,
    frame: &TrainingSet,
    weighted: &WeightedRows,
    seed: u64,
) -> Result<Model, TrainError> {
    let rows = &weighted.rows;
    let ups = rows.iter().filter(|&&row| frame.labels[row]).count();
    if ups == 0 || ups == rows.len() {
        return Err(TrainError::SingleClass { rows: rows.len() });
    }
    match candidate.hyper {
        Hyperparameters::Logistic { ridge, inputs } => {
            logistic::fit(frame, weighted, ridge, inputs).map(Model::Logistic)
        }
        Hyperparameters::RandomForest(hyper) => {
            forest::fit_random_forest(frame, weighted, &hyper, seed).map(Model::Forest)
        }
        Hyperparameters::ExtraTrees(hyper) => forest::fit_extra_trees(frame, weighted, &hyper, seed).map(Model::Forest),
        Hyperparameters::Boosting { .. } => boosting::fit(frame, weighted, &candidate.hyper, seed).map(Model::Boosted),
    }
}

/// Adds what explanations need and forecasts do not: a search, whose models forecast and go, does without.
pub(crate) fn add_tree_covers(model: &mut Model, frame: &TrainingSet, weighted: &WeightedRows) {
    if let Model::Forest(trees) = model {
        forest::set_covers(trees, frame, weighted);
    }
}

/// The raw probabilities of a fitted model for some rows.
pub(crate) fn raw_probabilities(model: &Model, frame: &TrainingSet, range: Range<usize>) -> Vec<f64> {
    frame.rows[range].iter().map(|row| model.predict(&row.values)).collect()
}

/// 1 where it went up, else 0.
fn label_values(frame: &TrainingSet, rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| f64::from(u8::from(frame.labels[row]))).collect()
}

/// Feature after feature.
fn columns(frame: &TrainingSet, rows: &[usize]) -> Vec<f64> {
    let width = frame.width();
    (0..width).flat_map(|feature| rows.iter().map(move |&row| frame.rows[row].values[feature])).collect()
}

fn matrix(frame: &TrainingSet, rows: &[usize]) -> Result<DenseMatrix<f64>, Failed> {
    DenseMatrix::new(rows.len(), frame.width(), columns(frame, rows), true)
}

#[cfg(test)]
mod tests;
