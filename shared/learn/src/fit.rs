//! Fitting one candidate on one range of rows.

mod boosting;
mod forest;
mod logistic;

use crate::{Candidate, Hyper, TrainError, frame::Frame, weights::Weighted};
use model::Model;
use smartcore::{error::Failed, linalg::basic::matrix::DenseMatrix};
use std::ops::Range;

/// Fits `candidate` on weighted rows.
pub(crate) fn fit(candidate: &Candidate, frame: &Frame, weighted: &Weighted, seed: u64) -> Result<Model, TrainError> {
    let rows = &weighted.rows;
    let ups = rows.iter().filter(|&&row| frame.up[row]).count();
    if ups == 0 || ups == rows.len() {
        return Err(TrainError::OneOutcome { rows: rows.len() });
    }
    match candidate.hyper {
        Hyper::Logistic { ridge, inputs } => logistic::fit(frame, weighted, ridge, inputs).map(Model::Logistic),
        Hyper::RandomForest(hyper) => forest::random(frame, weighted, &hyper, seed).map(Model::Forest),
        Hyper::ExtraTrees(hyper) => forest::extra(frame, weighted, &hyper, seed).map(Model::Forest),
        Hyper::Boosting { .. } => boosting::fit(frame, weighted, &candidate.hyper, seed).map(Model::Boosted),
    }
}

/// Adds what explanations need and forecasts do not: a search, whose models forecast and go, does without.
pub(crate) fn complete(model: &mut Model, frame: &Frame, weighted: &Weighted) {
    if let Model::Forest(trees) = model {
        forest::cover(trees, frame, weighted);
    }
}

/// The raw probabilities of a fitted model for some rows.
pub(crate) fn raw(model: &Model, frame: &Frame, range: Range<usize>) -> Vec<f64> {
    frame.rows[range].iter().map(|row| model.predict(&row.values)).collect()
}

/// 1 where it went up, else 0.
fn outcomes(frame: &Frame, rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| f64::from(u8::from(frame.up[row]))).collect()
}

/// Feature after feature.
fn columns(frame: &Frame, rows: &[usize]) -> Vec<f64> {
    let width = frame.width();
    (0..width).flat_map(|feature| rows.iter().map(move |&row| frame.rows[row].values[feature])).collect()
}

fn matrix(frame: &Frame, rows: &[usize]) -> Result<DenseMatrix<f64>, Failed> {
    DenseMatrix::new(rows.len(), frame.width(), columns(frame, rows), true)
}

#[cfg(test)]
mod tests;
