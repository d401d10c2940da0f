//! Random draws. Each takes a fixed number of values from the random number generator.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

const DEGREES_OF_FREEDOM: u32 = 5;
/// Maximum size of a move, in standard deviations.
const MAX_MOVE_DEVIATIONS: f64 = 6.0;

/// Uniform in (0, 1].
pub(crate) fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    1.0 - rng.random::<f64>()
}

/// Standard normal, by the Box-Muller transform.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * uniform(rng).ln()).sqrt();
    radius * (TAU * uniform(rng)).cos()
}

/// Size of a fat-tailed move: |Student's t| scaled to unit variance, above zero.
pub(crate) fn move_size(rng: &mut ChaCha8Rng) -> f64 {
    let freedom = f64::from(DEGREES_OF_FREEDOM);
    let numerator = normal(rng);
    let chi_square: f64 = (0..DEGREES_OF_FREEDOM).map(|_| normal(rng).powi(2)).sum();
    let t = numerator / (chi_square / freedom).sqrt();
    (t.abs() * ((freedom - 2.0) / freedom).sqrt()).clamp(1e-6, MAX_MOVE_DEVIATIONS)
}

/// Distance by which a Brownian path from 0 to `end`, with standard deviation `sigma`, exceeds both ends. The distribution is
/// exact.
pub(crate) fn overshoot(end: f64, sigma: f64, rng: &mut ChaCha8Rng) -> f64 {
    let highest = 0.5 * (end + (end * end - 2.0 * sigma * sigma * uniform(rng).ln()).sqrt());
    highest - end.max(0.0)
}
