//! Logistic regression by Newton's method on the penalised log loss.
//!
//! The logistic regression of smartcore has no row weights. This one has, and reaches the optimum in a few steps instead of
//! some hundred.

use crate::{FeatureSubset, TrainError, training_set::TrainingSet, weights::WeightedRows};
use features::feature_names;
use model::{Family, Logistic, sigmoid};
use smartcore::linalg::{
    basic::{arrays::Array, matrix::DenseMatrix},
    traits::cholesky::CholeskyDecomposable,
};

/// Maximum number of Newton steps. The loss is convex, and six or seven steps reach double precision.
const MAX_NEWTON_STEPS: usize = 30;
/// Largest change of a weight in the last step.
const CONVERGENCE_TOLERANCE: f64 = 1e-9;

/// Fits on standardised features. Features outside `inputs` have a weight of zero. The intercept is not penalised.
pub(super) fn fit(
    training_set: &TrainingSet,
    weighted: &WeightedRows,
    ridge: f64,
    inputs: FeatureSubset,
) -> Result<Logistic, TrainError> {
    let WeightedRows { rows, weights } = weighted;
    let names = feature_names();
    let used: Vec<usize> = (0..training_set.width()).filter(|&feature| inputs.contains(names[feature])).collect();
    let width = used.len();
    let total: f64 = weights.iter().sum();
    let (means, scales) = moments(training_set, weighted, total);
    // Row after row, each with a one for the intercept at its end.
    let stride = width + 1;
    let mut x = Vec::with_capacity(rows.len() * stride);
    for &row in rows {
        let values = &training_set.rows[row].values;
        x.extend(used.iter().map(|&feature| (values[feature] - means[feature]) / scales[feature]));
        x.push(1.0);
    }
    let penalty = ridge * total;
    let mut beta = vec![0.0; stride];
    for _ in 0..MAX_NEWTON_STEPS {
        let mut gradient: Vec<f64> = beta.iter().map(|b| penalty * b).collect();
        gradient[width] = 0.0;
        let mut hessian = vec![0.0; stride * stride];
        for ((x, &row), weight) in x.chunks_exact(stride).zip(rows).zip(weights) {
            let p = sigmoid(x.iter().zip(&beta).map(|(x, b)| x * b).sum());
            let residual = weight * (p - f64::from(u8::from(training_set.labels[row])));
            let curvature = weight * p * (1.0 - p);
            for (i, &value) in x.iter().enumerate() {
                gradient[i] += residual * value;
                let scaled = curvature * value;
                // The lower triangle is enough.
                for (entry, other) in hessian[i * stride..=i * stride + i].iter_mut().zip(x) {
                    *entry += scaled * other;
                }
            }
        }
        for i in 0..stride {
            // Without any penalty constant features have no curvature, and keep their weight of zero.
            hessian[i * stride + i] += if i < width { penalty } else { 0.0 } + 1e-9 * total;
            for j in 0..i {
                hessian[j * stride + i] = hessian[i * stride + j];
            }
        }
        let step = solve(hessian, gradient, stride)?;
        beta.iter_mut().zip(&step).for_each(|(b, step)| *b -= step);
        if step.iter().all(|step| step.abs() < CONVERGENCE_TOLERANCE) {
            break;
        }
    }
    let mut all = vec![0.0; training_set.width()];
    used.iter().zip(&beta).for_each(|(&feature, weight)| all[feature] = *weight);
    Ok(Logistic { means, scales, weights: all, intercept: beta[width] })
}

/// Weighted mean and standard deviation of each feature.
fn moments(training_set: &TrainingSet, weighted: &WeightedRows, total: f64) -> (Vec<f64>, Vec<f64>) {
    let WeightedRows { rows, weights } = weighted;
    let sums = |value: &dyn Fn(f64, usize) -> f64| {
        let mut sums = vec![0.0; training_set.width()];
        for (&row, weight) in rows.iter().zip(weights) {
            for (feature, (sum, v)) in sums.iter_mut().zip(&training_set.rows[row].values).enumerate() {
                *sum += weight * value(*v, feature);
            }
        }
        sums
    };
    let means: Vec<f64> = sums(&|v, _| v).into_iter().map(|sum| sum / total).collect();
    let scales = sums(&|v, feature| (v - means[feature]).powi(2)).into_iter().map(|sum| {
        let deviation = (sum / total).sqrt();
        // A constant feature, such as the phase of day of daily bars, must not divide by zero.
        if deviation > 1e-12 { deviation } else { 1.0 }
    });
    let scales = scales.collect();
    (means, scales)
}

/// Solves a linear system with a symmetric, positive definite matrix of `n` rows.
pub(crate) fn solve(matrix: Vec<f64>, right: Vec<f64>, n: usize) -> Result<Vec<f64>, TrainError> {
    let failed = |source| TrainError::Fit { family: Family::Logistic, source };
    let matrix = DenseMatrix::new(n, n, matrix, false).map_err(failed)?;
    let right = DenseMatrix::new(n, 1, right, false).map_err(failed)?;
    let solved = matrix.cholesky_solve_mut(right).map_err(failed)?;
    Ok((0..n).map(|i| *solved.get((i, 0))).collect())
}
