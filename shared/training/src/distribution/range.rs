//! Fit of the range regression: Newton's method on the penalised loss, which is convex.

use super::{rows::MoveRows, student};
use crate::{TrainError, fit::solve};
use model::distribution::{Scale, range_windows};
use std::ops::Range;

/// Ridge penalty of the slope of a mean range, for each bar of the horizon, because overlapping moves count once. It weighs about as
/// much as 30 independent moves.
const RANGE_PENALTY: f64 = 30.0;
/// The same for `rise`, `fall` and the calendar.
const OTHER_PENALTY: f64 = 50.0;
/// Maximum number of Newton steps. Ten reach double precision.
const MAX_STEPS: usize = 50;
/// Largest change of a coefficient at which the iteration stops.
const TOLERANCE: f64 = 1e-7;

/// Fits the regression on a range of rows.
pub(super) fn fit(rows: &MoveRows<'_>, range: Range<usize>) -> Result<Scale, TrainError> {
    let width = rows.inputs.width();
    let ranges = range_windows(rows.series.interval).len();
    let means = means(rows, range.clone(), ranges);
    // Row after row, each with a one for the intercept at its end.
    let stride = width + 1;
    let mut x = Vec::with_capacity(range.len() * stride);
    for row in range.clone() {
        x.extend(rows.row(row).iter().zip(&means).map(|(value, mean)| value - mean));
        x.push(1.0);
    }
    let squares: Vec<f64> = rows.moves[range].iter().map(|value| student::square(*value)).collect();
    #[expect(clippy::cast_precision_loss, reason = "horizons have hundreds of bars")]
    let overlap = rows.horizon() as f64;
    let penalty = |index: usize| match index {
        _ if index < ranges => RANGE_PENALTY * overlap,
        _ if index < width => OTHER_PENALTY * overlap,
        _ => 0.0,
    };
    let mut beta = vec![0.0; stride];
    beta[width] = start(&squares);
    let mut loss = objective(&x, &squares, &beta, penalty);
    for _ in 0..MAX_STEPS {
        let mut step = newton_step(&x, &squares, &beta, penalty)?;
        let largest = step.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if largest > 1.0 {
            step.iter_mut().for_each(|value| *value /= largest);
        }
        let mut share = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta - share * step).collect();
            let next_loss = objective(&x, &squares, &next, penalty);
            if next_loss <= loss + 1e-9 * loss.abs() || share < 1e-3 {
                break (next, next_loss);
            }
            share /= 2.0;
        };
        (beta, loss) = (next, next_loss);
        if largest.min(1.0) * share < TOLERANCE {
            break;
        }
    }
    let intercept = beta[width];
    beta.truncate(width);
    Ok(Scale::Range { intercept, means, slopes: beta })
}

/// Means of the ranges. Those of the other inputs are zero: they are centred already, or have a natural zero.
fn means(rows: &MoveRows<'_>, range: Range<usize>, ranges: usize) -> Vec<f64> {
    let mut means = vec![0.0; rows.inputs.width()];
    #[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^52")]
    let count = range.len() as f64;
    for row in range {
        means.iter_mut().zip(rows.row(row)).take(ranges).for_each(|(mean, value)| *mean += value / count);
    }
    means
}

/// First intercept: log root mean square of the moves. Squares are limited to 100 times their median, so that crashes do not
/// decide it.
fn start(squares: &[f64]) -> f64 {
    let mut sorted = squares.to_vec();
    sorted.sort_by(f64::total_cmp);
    let limit = 100.0 * sorted[sorted.len() / 2];
    #[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^52")]
    let mean = squares.iter().map(|square| square.min(limit)).sum::<f64>() / squares.len() as f64;
    0.5 * mean.ln()
}

fn objective(x: &[f64], squares: &[f64], beta: &[f64], penalty: impl Fn(usize) -> f64) -> f64 {
    let rows = x.chunks_exact(beta.len()).zip(squares);
    let loss: f64 = rows.map(|(x, square)| student::loss(dot(x, beta), *square)).sum();
    loss + 0.5 * beta.iter().enumerate().map(|(index, value)| penalty(index) * value * value).sum::<f64>()
}

fn newton_step(
    x: &[f64],
    squares: &[f64],
    beta: &[f64],
    penalty: impl Fn(usize) -> f64,
) -> Result<Vec<f64>, TrainError> {
    let stride = beta.len();
    let mut gradient: Vec<f64> = beta.iter().enumerate().map(|(index, value)| penalty(index) * value).collect();
    let mut hessian = vec![0.0; stride * stride];
    for (x, square) in x.chunks_exact(stride).zip(squares) {
        let (first, second) = student::derivatives(dot(x, beta), *square);
        for (i, value) in x.iter().enumerate() {
            gradient[i] += first * value;
            let scaled = second * value;
            // The lower triangle is enough.
            for (entry, other) in hessian[i * stride..=i * stride + i].iter_mut().zip(x) {
                *entry += scaled * other;
            }
        }
    }
    for i in 0..stride {
        hessian[i * stride + i] += penalty(i) + 1e-6;
        for j in 0..i {
            hessian[j * stride + i] = hessian[i * stride + j];
        }
    }
    solve(hessian, gradient, stride)
}

fn dot(x: &[f64], beta: &[f64]) -> f64 {
    x.iter().zip(beta).map(|(x, beta)| x * beta).sum()
}
