//! Fit of the GARCH recursion to one-bar returns, by a pattern search over its three shares.
//!
//! The long-run variance is that of the returns (variance targeting, Francq, Horváth and Zakoïan 2011), limited so that a few
//! crashes do not decide it. The search is deterministic: it moves one share at a time, and halves its steps.

use super::student_t;
use market_data::numbers::as_f64;
use model::distribution::Garch;

/// First steps of the search for alpha, gamma and beta.
const FIRST_STEPS: [f64; 3] = [0.04, 0.04, 0.08];
/// Number of times that the steps are halved.
const HALVINGS: usize = 5;
/// Highest persistence: a shock has a half-life of at most 138 bars.
const MAX_PERSISTENCE: f64 = 0.995;

/// Fits the recursion to returns in ascending order.
pub(super) fn fit(returns: &[f64]) -> Garch {
    let squares: Vec<f64> = returns.iter().map(|value| student_t::square(*value)).collect();
    let limit = 100.0 * student_t::median(&squares);
    let long_run = squares.iter().map(|square| square.min(limit)).sum::<f64>() / as_f64(squares.len().max(1));
    let garch = |[alpha, gamma, beta]: [f64; 3]| Garch { long_run, alpha, gamma, beta };
    let mut best = [0.08, 0.02, 0.88];
    let mut loss = mean_loss(&garch(best), returns, &squares);
    let mut steps = FIRST_STEPS;
    for _ in 0..=HALVINGS {
        let mut has_moved = true;
        while has_moved {
            has_moved = false;
            for index in 0..3 {
                for sign in [1.0, -1.0] {
                    let mut next = best;
                    next[index] += sign * steps[index];
                    let candidate = garch(next);
                    if !candidate.is_valid() || candidate.persistence() > MAX_PERSISTENCE {
                        continue;
                    }
                    let next_loss = mean_loss(&candidate, returns, &squares);
                    if next_loss < loss - 1e-9 {
                        (best, loss, has_moved) = (next, next_loss, true);
                    }
                }
            }
        }
        steps.iter_mut().for_each(|step| *step /= 2.0);
    }
    garch(best)
}

/// Mean loss of the variances. Student's distribution has the scale at which its variance is that of the recursion. `squares` are
/// those of the returns.
fn mean_loss(garch: &Garch, returns: &[f64], squares: &[f64]) -> f64 {
    let mut variance = garch.long_run;
    // One logarithm of several variances, and of what the tails add.
    let (mut logs, mut tails) = (0.0, 0.0);
    for (returns, squares) in returns.chunks(student_t::FACTORS).zip(squares.chunks(student_t::FACTORS)) {
        let (mut variances, mut tail) = (1.0, 1.0);
        for (value, square) in returns.iter().zip(squares) {
            let floored = variance.max(1e-12);
            variances *= floored;
            tail *= 1.0 + square / (floored * SQUARED_SCALE * student_t::DEGREES_OF_FREEDOM);
            variance = garch.step(variance, *value);
        }
        logs += variances.ln();
        tails += tail.ln();
    }
    let count = as_f64(returns.len().max(1));
    (0.5 * (logs + count * SQUARED_SCALE.ln()) + 0.5 * (student_t::DEGREES_OF_FREEDOM + 1.0) * tails) / count
}

/// Squared scale of Student's distribution with unit variance.
const SQUARED_SCALE: f64 = (student_t::DEGREES_OF_FREEDOM - 2.0) / student_t::DEGREES_OF_FREEDOM;
