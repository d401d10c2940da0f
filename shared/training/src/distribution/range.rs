//! Fit of the range regression: Newton's method on the penalised loss, which is convex.

use super::{rows::MoveRows, student_t};
use crate::{TrainError, fit::solve};
use market_data::numbers::as_f64;
use model::distribution::{MAX_CALENDARS, RANGE_WINDOWS, Scale, VARYING_INPUTS};
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

/// A fit begins on every such row alone: most of the way costs little there.
const THINNED: usize = 8;
/// Minimum number of rows with such a beginning.
pub(super) const MIN_ROWS: usize = 4_000;

/// Inputs and moves of a range of rows. All rows with the same calendar share its inputs, so that sums over rows are made for
/// each calendar first.
struct Problem<'a> {
    /// Varying inputs of each row.
    varying: Vec<[f64; VARYING_INPUTS]>,
    /// Calendar of each row.
    calendars: Vec<u8>,
    squares: Vec<f64>,
    /// Inputs of each calendar. The intercept, the last coefficient, belongs to all of them.
    calendar_inputs: &'a [Vec<f64>],
    /// Penalty of each squared coefficient.
    penalties: Vec<f64>,
}

/// Sums over the rows of one calendar.
#[derive(Clone, Copy, Default)]
struct CalendarSums {
    first: f64,
    second: f64,
    /// Second derivatives times varying inputs.
    products: [f64; VARYING_INPUTS],
}

/// Fits the regression on a range of rows. `thinned` says that it begins on some of them, which does not change the result.
pub(super) fn fit(rows: &MoveRows<'_>, range: Range<usize>, thinned: bool) -> Result<Scale, TrainError> {
    let means = means(rows, range.clone());
    let width = rows.inputs.width();
    let mut beta = vec![0.0; width + 1];
    beta[width] = initial_intercept(&rows.moves[range.clone()]);
    if thinned {
        beta = Problem::new(rows, range.clone().step_by(THINNED), &means, THINNED).solve(beta)?;
    }
    let mut slopes = Problem::new(rows, range, &means, 1).solve(beta)?;
    let intercept = slopes.pop().unwrap_or_default();
    Ok(Scale::Range { intercept, means, slopes })
}

impl<'a> Problem<'a> {
    /// Problem of some rows, one of `thinned`; the penalties are less in that proportion.
    fn new(rows: &'a MoveRows<'_>, some: impl Iterator<Item = usize> + Clone, means: &[f64], thinned: usize) -> Self {
        let centred = |row: usize| {
            let varying = rows.inputs.varying(rows.bars[row]).copied().unwrap_or_default();
            std::array::from_fn(|index| varying[index] - means[index])
        };
        let overlap = as_f64(rows.horizon()) / as_f64(thinned);
        let width = rows.inputs.width();
        let penalty = |index: usize| match index {
            _ if index < RANGE_WINDOWS => RANGE_PENALTY * overlap,
            _ if index < width => OTHER_PENALTY * overlap,
            _ => 0.0,
        };
        Self {
            varying: some.clone().map(centred).collect(),
            calendars: some.clone().map(|row| rows.inputs.calendar(rows.bars[row]).unwrap_or_default()).collect(),
            squares: some.map(|row| student_t::square(rows.moves[row])).collect(),
            calendar_inputs: rows.inputs.calendar_inputs(),
            penalties: (0..=width).map(penalty).collect(),
        }
    }

    /// Coefficients of the lowest loss, from first ones.
    fn solve(&self, mut beta: Vec<f64>) -> Result<Vec<f64>, TrainError> {
        let mut ratios = vec![0.0; self.squares.len()];
        let mut next_ratios = ratios.clone();
        let mut loss = self.loss(&beta, &mut ratios);
        for _ in 0..MAX_STEPS {
            let mut step = self.newton_step(&beta, &ratios)?;
            let largest = step.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
            if largest > 1.0 {
                step.iter_mut().for_each(|value| *value /= largest);
            }
            let mut share = 1.0;
            let (next, next_loss) = loop {
                let next: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta - share * step).collect();
                if largest < TOLERANCE {
                    return Ok(next);
                }
                let next_loss = self.loss(&next, &mut next_ratios);
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
        Ok(beta)
    }

    /// Penalised loss of coefficients. Sets the ratio of each row.
    fn loss(&self, beta: &[f64], ratios: &mut [f64]) -> f64 {
        let (varying_beta, calendar_beta) = beta.split_at(VARYING_INPUTS);
        let intercept = beta[beta.len() - 1];
        let offset = |inputs: &Vec<f64>| intercept + dot(inputs, calendar_beta);
        let offsets: Vec<f64> = self.calendar_inputs.iter().map(offset).collect();
        let mut log_scales = 0.0;
        for (((varying, calendar), square), ratio) in
            self.varying.iter().zip(&self.calendars).zip(&self.squares).zip(&mut *ratios)
        {
            let log_scale = offsets[usize::from(*calendar)] + dot(varying, varying_beta);
            log_scales += log_scale;
            *ratio = student_t::ratio(log_scale, *square);
        }
        let penalties = beta.iter().zip(&self.penalties).map(|(value, penalty)| penalty * value * value).sum::<f64>();
        log_scales + student_t::tail_losses(ratios) + 0.5 * penalties
    }

    fn newton_step(&self, beta: &[f64], ratios: &[f64]) -> Result<Vec<f64>, TrainError> {
        let stride = beta.len();
        let mut gradient: Vec<f64> = beta.iter().zip(&self.penalties).map(|(beta, penalty)| penalty * beta).collect();
        let mut hessian = vec![0.0; stride * stride];
        let mut sums = [CalendarSums::default(); MAX_CALENDARS];
        let mut slopes = [0.0; VARYING_INPUTS];
        let mut curvatures = [[0.0; VARYING_INPUTS]; VARYING_INPUTS];
        for ((varying, calendar), ratio) in self.varying.iter().zip(&self.calendars).zip(ratios) {
            let (first, second) = student_t::derivatives(*ratio);
            let sums = &mut sums[usize::from(*calendar)];
            sums.first += first;
            sums.second += second;
            for i in 0..VARYING_INPUTS {
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
        for (sums, inputs) in sums.iter().zip(self.calendar_inputs) {
            for (index, input) in inputs.iter().chain(&[1.0]).enumerate() {
                let i = VARYING_INPUTS + index;
                gradient[i] += sums.first * input;
                let row = &mut hessian[i * stride..(i + 1) * stride];
                row.iter_mut().zip(&sums.products).for_each(|(entry, product)| *entry += input * product);
                let scaled = sums.second * input;
                row[VARYING_INPUTS..=i]
                    .iter_mut()
                    .zip(inputs.iter().chain(&[1.0]))
                    .for_each(|(entry, other)| *entry += scaled * other);
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
    for bar in &rows.bars[range] {
        let varying = rows.inputs.varying(*bar).copied().unwrap_or_default();
        means.iter_mut().zip(varying).take(RANGE_WINDOWS).for_each(|(mean, value)| *mean += value / count);
    }
    means
}

/// First intercept: log root mean square of the moves. Squares are limited to 100 times their median, so that crashes do not
/// decide it.
fn initial_intercept(moves: &[f64]) -> f64 {
    let squares: Vec<f64> = moves.iter().map(|value| student_t::square(*value)).collect();
    let limit = 100.0 * student_t::median(&squares);
    0.5 * (squares.iter().map(|square| square.min(limit)).sum::<f64>() / as_f64(squares.len())).ln()
}

fn dot(x: &[f64], beta: &[f64]) -> f64 {
    x.iter().zip(beta).map(|(x, beta)| x * beta).sum()
}
