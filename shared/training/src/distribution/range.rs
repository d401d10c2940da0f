//! Fit of the range regression: Newton's method on the penalised loss, which is convex.

use super::{rows::MoveRows, student};
use crate::{TrainError, fit::solve};
use market_data::numbers::as_f64;
use model::distribution::{MAX_CALENDARS, RANGE_WINDOWS, Scale};
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

/// Number of inputs that differ from row to row: the ranges, rise and fall. They come first.
const VARYING: usize = RANGE_WINDOWS + 2;

/// Inputs and moves of a range of rows. All rows with the same calendar share its inputs, so that sums over rows are made for
/// each calendar first.
struct Problem {
    /// Varying inputs of each row.
    varying: Vec<[f64; VARYING]>,
    /// Calendar of each row.
    calendars: Vec<usize>,
    squares: Vec<f64>,
    /// Inputs of each calendar, and a one for the intercept at their end; empty where no row has it.
    calendar_inputs: Vec<Vec<f64>>,
    /// Penalty of each squared coefficient.
    penalties: Vec<f64>,
}

/// Sums over the rows of one calendar.
#[derive(Clone, Copy, Default)]
struct CalendarSums {
    first: f64,
    second: f64,
    /// Second derivatives times varying inputs.
    products: [f64; VARYING],
}

/// Fits the regression on a range of rows.
pub(super) fn fit(rows: &MoveRows<'_>, range: Range<usize>) -> Result<Scale, TrainError> {
    let means = means(rows, range.clone());
    let problem = Problem::new(rows, range, &means);
    let width = rows.inputs.width();
    let mut beta = vec![0.0; width + 1];
    beta[width] = start(&problem.squares);
    let mut ratios = vec![0.0; problem.squares.len()];
    let mut next_ratios = ratios.clone();
    let mut loss = problem.loss(&beta, &mut ratios);
    for _ in 0..MAX_STEPS {
        let mut step = problem.newton_step(&beta, &ratios)?;
        let largest = step.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if largest > 1.0 {
            step.iter_mut().for_each(|value| *value /= largest);
        }
        let mut share = 1.0;
        let (next, next_loss) = loop {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta - share * step).collect();
            let next_loss = problem.loss(&next, &mut next_ratios);
            if next_loss <= loss + 1e-9 * loss.abs() || share < 1e-3 {
                break (next, next_loss);
            }
            share /= 2.0;
        };
        (beta, loss) = (next, next_loss);
        std::mem::swap(&mut ratios, &mut next_ratios);
        if largest.min(1.0) * share < TOLERANCE {
            break;
        }
    }
    let intercept = beta[width];
    beta.truncate(width);
    Ok(Scale::Range { intercept, means, slopes: beta })
}

impl Problem {
    fn new(rows: &MoveRows<'_>, range: Range<usize>, means: &[f64]) -> Self {
        let mut calendar_inputs = vec![Vec::new(); MAX_CALENDARS];
        let (mut varying, mut calendars) = (Vec::with_capacity(range.len()), Vec::with_capacity(range.len()));
        for row in range.clone() {
            let inputs = rows.row(row);
            let calendar = rows.inputs.calendar(rows.bars[row]).unwrap_or_default();
            varying.push(std::array::from_fn(|index| inputs[index] - means[index]));
            calendars.push(calendar);
            if calendar_inputs[calendar].is_empty() {
                calendar_inputs[calendar].extend_from_slice(&inputs[VARYING..]);
                calendar_inputs[calendar].push(1.0);
            }
        }
        let overlap = as_f64(rows.horizon());
        let width = rows.inputs.width();
        let penalty = |index: usize| match index {
            _ if index < RANGE_WINDOWS => RANGE_PENALTY * overlap,
            _ if index < width => OTHER_PENALTY * overlap,
            _ => 0.0,
        };
        let squares = rows.moves[range].iter().map(|value| student::square(*value)).collect();
        Self { varying, calendars, squares, calendar_inputs, penalties: (0..=width).map(penalty).collect() }
    }

    /// Penalised loss of coefficients. Sets the ratio of each row.
    fn loss(&self, beta: &[f64], ratios: &mut [f64]) -> f64 {
        let (varying_beta, calendar_beta) = beta.split_at(VARYING);
        let offsets: Vec<f64> = self.calendar_inputs.iter().map(|inputs| dot(inputs, calendar_beta)).collect();
        let mut log_scales = 0.0;
        for (((varying, calendar), square), ratio) in
            self.varying.iter().zip(&self.calendars).zip(&self.squares).zip(&mut *ratios)
        {
            let log_scale = offsets[*calendar] + dot(varying, varying_beta);
            log_scales += log_scale;
            *ratio = student::ratio(log_scale, *square);
        }
        let penalties = beta.iter().zip(&self.penalties).map(|(value, penalty)| penalty * value * value).sum::<f64>();
        log_scales + student::tail_losses(ratios) + 0.5 * penalties
    }

    fn newton_step(&self, beta: &[f64], ratios: &[f64]) -> Result<Vec<f64>, TrainError> {
        let stride = beta.len();
        let mut gradient: Vec<f64> = beta.iter().zip(&self.penalties).map(|(beta, penalty)| penalty * beta).collect();
        let mut hessian = vec![0.0; stride * stride];
        let mut sums = [CalendarSums::default(); MAX_CALENDARS];
        let mut slopes = [0.0; VARYING];
        let mut curvatures = [[0.0; VARYING]; VARYING];
        for ((varying, calendar), ratio) in self.varying.iter().zip(&self.calendars).zip(ratios) {
            let (first, second) = student::derivatives(*ratio);
            let sums = &mut sums[*calendar];
            sums.first += first;
            sums.second += second;
            for i in 0..VARYING {
                slopes[i] += first * varying[i];
                let product = second * varying[i];
                sums.products[i] += product;
                for j in 0..=i {
                    curvatures[i][j] += product * varying[j];
                }
            }
        }
        // The lower triangle first.
        for (i, curvatures) in curvatures.iter().enumerate() {
            gradient[i] += slopes[i];
            hessian[i * stride..=i * stride + i].copy_from_slice(&curvatures[..=i]);
        }
        for (sums, inputs) in sums.iter().zip(&self.calendar_inputs) {
            for (index, input) in inputs.iter().enumerate() {
                let i = VARYING + index;
                gradient[i] += sums.first * input;
                let row = &mut hessian[i * stride..(i + 1) * stride];
                row.iter_mut().zip(&sums.products).for_each(|(entry, product)| *entry += input * product);
                let scaled = sums.second * input;
                row[VARYING..=i].iter_mut().zip(inputs).for_each(|(entry, other)| *entry += scaled * other);
            }
        }
        for i in 0..stride {
            hessian[i * stride + i] += self.penalties[i] + 1e-6;
            for j in 0..i {
                hessian[j * stride + i] = hessian[i * stride + j];
            }
        }
        solve(hessian, gradient, stride)
    }
}

/// Means of the ranges. Those of the other inputs are zero: they are centred already, or have a natural zero.
fn means(rows: &MoveRows<'_>, range: Range<usize>) -> Vec<f64> {
    let mut means = vec![0.0; rows.inputs.width()];
    let count = as_f64(range.len());
    for row in range {
        let (means, inputs) = (means.iter_mut().take(RANGE_WINDOWS), rows.row(row));
        means.zip(inputs).for_each(|(mean, value)| *mean += value / count);
    }
    means
}

/// First intercept: log root mean square of the moves. Squares are limited to 100 times their median, so that crashes do not
/// decide it.
fn start(squares: &[f64]) -> f64 {
    let limit = 100.0 * student::median(squares);
    0.5 * (squares.iter().map(|square| square.min(limit)).sum::<f64>() / as_f64(squares.len())).ln()
}

fn dot(x: &[f64], beta: &[f64]) -> f64 {
    x.iter().zip(beta).map(|(x, beta)| x * beta).sum()
}
