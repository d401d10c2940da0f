//! Fit of the GARCH recursion to one-bar returns, by a pattern search over its three shares.
//!
//! The long-run variance is that of the returns (variance targeting, Francq, Horváth and Zakoïan 2011), limited so that a few
//! crashes do not decide it. The search is deterministic: it moves one share at a time, and halves its steps.

use super::student;
use model::distribution::Garch;

/// First steps of the search for alpha, gamma and beta.
const FIRST_STEPS: [f64; 3] = [0.04, 0.04, 0.08];
/// Number of times that the steps are halved.
const HALVINGS: usize = 5;
/// Highest persistence: a shock has a half-life of at most 138 bars.
const HIGHEST_PERSISTENCE: f64 = 0.995;

/// Fits the recursion to returns in ascending order.
pub(super) fn fit(returns: &[f64]) -> Garch {
    let squares: Vec<f64> = returns.iter().map(|value| student::square(*value)).collect();
    let mut sorted = squares.clone();
    sorted.sort_by(f64::total_cmp);
    let limit = 100.0 * sorted.get(sorted.len() / 2).copied().unwrap_or(1.0);
    #[expect(clippy::cast_precision_loss, reason = "numbers of returns are far below 2^52")]
    let long_run = squares.iter().map(|square| square.min(limit)).sum::<f64>() / squares.len().max(1) as f64;
    let garch = |[alpha, gamma, beta]: [f64; 3]| Garch { long_run, alpha, gamma, beta };
    let mut best = [0.08, 0.02, 0.88];
    let mut loss = mean_loss(&garch(best), returns);
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
                    if !candidate.is_valid() || candidate.persistence() > HIGHEST_PERSISTENCE {
                        continue;
                    }
                    let next_loss = mean_loss(&candidate, returns);
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

/// Mean loss of the variances. Student's distribution has the scale at which its variance is that of the recursion.
fn mean_loss(garch: &Garch, returns: &[f64]) -> f64 {
    // With four degrees of freedom the variance is twice the squared scale.
    let factor = (FREEDOM_RATIO).ln() * 0.5;
    let mut variance = garch.long_run;
    let mut sum = 0.0;
    for value in returns {
        sum += student::loss(0.5 * variance.max(1e-12).ln() + factor, student::square(*value));
        variance = garch.step(variance, *value);
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers of returns are far below 2^52")]
    let count = returns.len().max(1) as f64;
    sum / count
}

/// Squared scale of Student's distribution with unit variance.
const FREEDOM_RATIO: f64 = (student::FREEDOM - 2.0) / student::FREEDOM;
