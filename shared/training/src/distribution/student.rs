//! Loss of a log scale: the negative log likelihood of Student's t distribution with four degrees of freedom.
//!
//! Returns have heavy tails. Under a normal likelihood a few crashes would decide every fit; under this one a move of many scales
//! counts little more than one of a few.

/// Degrees of freedom.
pub(super) const FREEDOM: f64 = 4.0;

/// Move whose square is added to that of each move, so that a tie has a finite logarithm.
const SMALLEST_MOVE: f64 = 1e-6;

/// Square of a move, above zero.
pub(super) fn square(value: f64) -> f64 {
    value * value + SMALLEST_MOVE * SMALLEST_MOVE
}

/// Loss of a log scale for a squared move, without a constant.
pub(super) fn loss(log_scale: f64, square: f64) -> f64 {
    log_scale + 0.5 * (FREEDOM + 1.0) * (square * (-2.0 * log_scale).exp() / FREEDOM).ln_1p()
}

/// First and second derivative of the loss by the log scale. The second one is positive.
pub(super) fn derivatives(log_scale: f64, square: f64) -> (f64, f64) {
    let ratio = square * (-2.0 * log_scale).exp() / FREEDOM;
    let share = ratio / (1.0 + ratio);
    (1.0 - (FREEDOM + 1.0) * share, 2.0 * (FREEDOM + 1.0) * share * (1.0 - share))
}

/// Log factor on the scales with the lowest loss for the squared moves, by Newton's method.
pub(super) fn log_factor(log_scales: &[f64], squares: &[f64]) -> f64 {
    const MAX_NEWTON_STEPS: usize = 50;
    let mut factor = 0.0;
    for _ in 0..MAX_NEWTON_STEPS {
        let (mut gradient, mut curvature) = (0.0, 0.0);
        for (log_scale, square) in log_scales.iter().zip(squares) {
            let (first, second) = derivatives(log_scale + factor, *square);
            gradient += first;
            curvature += second;
        }
        let step = (gradient / curvature.max(f64::MIN_POSITIVE)).clamp(-1.0, 1.0);
        factor -= step;
        if step.abs() < 1e-9 {
            break;
        }
    }
    factor
}
