//! Fit of one candidate on one range of rows.

mod boosting;
mod forest;
mod logistic;

pub(crate) use logistic::solve;

use crate::{Candidate, Hyperparameters, TrainError, training_set::TrainingSet, weights::WeightedRows};
use model::Model;
use smartcore::{error::Failed, linalg::basic::matrix::DenseMatrix};
use std::ops::Range;

/// Fits `candidate` on weighted rows.
pub(crate) fn fit(
    candidate: &Candidate,
    training_set: &TrainingSet,
    weighted: &WeightedRows,
    seed: u64,
) -> Result<Model, TrainError> {
    let rows = &weighted.rows;
    let ups = rows.iter().filter(|&&row| training_set.labels[row]).count();
    if ups == 0 || ups == rows.len() {
        return Err(TrainError::SingleClass { rows: rows.len() });
    }
    match candidate.hyper {
        Hyperparameters::Logistic { ridge, inputs } => {
            logistic::fit(training_set, weighted, ridge, inputs).map(Model::Logistic)
        }
        Hyperparameters::RandomForest(hyper) => {
            forest::fit_random_forest(training_set, weighted, &hyper, seed).map(Model::Forest)
        }
        Hyperparameters::ExtraTrees(hyper) => {
            forest::fit_extra_trees(training_set, weighted, &hyper, seed).map(Model::Forest)
        }
        Hyperparameters::Boosting { .. } => {
            boosting::fit(training_set, weighted, &candidate.hyper, seed).map(Model::Boosted)
        }
    }
}

/// Adds the covers of tree nodes, which only explanations need. The models of a search are never explained and omit them.
pub(crate) fn add_tree_covers(model: &mut Model, training_set: &TrainingSet, weighted: &WeightedRows) {
    if let Model::Forest(trees) = model {
        forest::set_covers(trees, training_set, weighted);
    }
}

/// Raw probabilities of a fitted model for a range of rows.
pub(crate) fn raw_probabilities(model: &Model, training_set: &TrainingSet, range: Range<usize>) -> Vec<f64> {
    training_set.rows[range].iter().map(|row| model.predict(&row.values)).collect()
}

/// Labels as numbers: 1 for up, 0 for down.
fn label_values(training_set: &TrainingSet, rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| f64::from(u8::from(training_set.labels[row]))).collect()
}

/// Values of the rows in column-major order.
fn columns(training_set: &TrainingSet, rows: &[usize]) -> Vec<f64> {
    let width = training_set.width();
    (0..width).flat_map(|feature| rows.iter().map(move |&row| training_set.rows[row].values[feature])).collect()
}

fn matrix(training_set: &TrainingSet, rows: &[usize]) -> Result<DenseMatrix<f64>, Failed> {
    DenseMatrix::new(rows.len(), training_set.width(), columns(training_set, rows), true)
}

#[cfg(test)]
mod tests;
