//! Loss of a log scale: the negative log likelihood of Student's t distribution with four degrees of freedom.
//!
//! Returns have heavy tails. Under a normal likelihood a few crashes would decide every fit; under this one a move of many scales
//! counts little more than one of a few.

/// Degrees of freedom.
pub(super) const DEGREES_OF_FREEDOM: f64 = 4.0;

/// Move whose square is added to that of each move, so that a tie has a finite logarithm.
const MIN_MOVE: f64 = 1e-6;

/// Square of a move, above zero.
pub(super) fn square(value: f64) -> f64 {
    value * value + MIN_MOVE * MIN_MOVE
}

/// Upper median; 1 without values.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    if values.is_empty() { 1.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

/// Squared move in units of a scale, divided by the degrees of freedom.
pub(super) fn ratio(log_scale: f64, square: f64) -> f64 {
    square * (-2.0 * log_scale).exp() / DEGREES_OF_FREEDOM
}

/// Number of factors whose product stays in the range of numbers: no ratio comes near 1e38.
pub(super) const FACTORS: usize = 8;

/// Sum of the losses of moves with these [`ratio`]s, without their log scales and without a constant. Several share a logarithm.
pub(super) fn tail_losses(ratios: &[f64]) -> f64 {
    let product = |ratios: &[f64]| ratios.iter().map(|ratio| 1.0 + ratio).product::<f64>();
    0.5 * (DEGREES_OF_FREEDOM + 1.0) * ratios.chunks(FACTORS).map(|ratios| product(ratios).ln()).sum::<f64>()
}

/// First and second derivative of the loss by the log scale, from its [`ratio`]. The second one is positive.
pub(super) fn derivatives(ratio: f64) -> (f64, f64) {
    let share = ratio / (1.0 + ratio);
    (1.0 - (DEGREES_OF_FREEDOM + 1.0) * share, 2.0 * (DEGREES_OF_FREEDOM + 1.0) * share * (1.0 - share))
}

/// Log factor on the scales with the lowest loss, by Newton's method from the [`ratio`]s without it.
pub(super) fn log_factor(ratios: &[f64]) -> f64 {
    const MAX_NEWTON_STEPS: usize = 50;
    let mut factor = 0.0_f64;
    for _ in 0..MAX_NEWTON_STEPS {
        let (mut gradient, mut curvature) = (0.0, 0.0);
        let multiplier = (-2.0 * factor).exp();
        for ratio in ratios {
            let (first, second) = derivatives(ratio * multiplier);
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
