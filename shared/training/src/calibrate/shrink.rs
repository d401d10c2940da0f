//! Shrinkage towards the base rate.
//!
//! The factor `s` of the deviations `d` for which `base + s * d` fits the labels best is, to first order, the regression
//! of the labels on `d`: `s = sum(z) / sum(i)` with `z = (label - base) * d / (base * (1 - base))` and
//! `i = d^2 / (base * (1 - base))`. Its sampling error follows from `z`, with overlapping labels counted as dependent
//! (Newey and West 1987). The noisy estimate is itself shrunk towards zero, by the positive part of `1 - penalty / t^2`
//! (James and Stein 1961). Penalty 1 has the least expected error; a larger one is more cautious. Without evidence the
//! forecast is the base rate, to the bit.

use contracts::forecast::{MAX_PROBABILITY, MIN_PROBABILITY};

/// Out-of-fold forecast with its label.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutOfFoldRow {
    /// Climatology at the decision time, above 0 and below 1.
    pub(super) base: f64,
    /// Calibrated probability less the base rate of the fold's training rows.
    pub(super) deviation: f64,
    pub(super) label: bool,
}

impl OutOfFoldRow {
    /// Probability with a factor of the deviation.
    pub(super) fn shrunk(&self, factor: f64) -> f64 {
        (self.base + factor * self.deviation).clamp(MIN_PROBABILITY, MAX_PROBABILITY)
    }
}

/// Computes the factor of the deviations, from 0 to 1, of rows that ascend by time.
pub(super) fn shrinkage_factor(rows: &[OutOfFoldRow], horizon: usize, penalty: f64) -> f64 {
    let (mut information, mut scores) = (0.0, Vec::with_capacity(rows.len()));
    for &OutOfFoldRow { base, deviation, label } in rows {
        let variance = base * (1.0 - base);
        information += deviation * deviation / variance;
        scores.push((f64::from(u8::from(label)) - base) * deviation / variance);
    }
    let sum: f64 = scores.iter().sum();
    let t_squared = sum * sum / long_run_variance(&scores, horizon);
    // Without any deviation `t_squared` is not a number, and the factor is 0.
    if !(sum > 0.0 && t_squared > penalty) {
        return 0.0;
    }
    (sum / information).min(1.0) * (1.0 - penalty / t_squared)
}

/// Variance of the sum of values that are dependent up to two horizons apart.
fn long_run_variance(values: &[f64], horizon: usize) -> f64 {
    let lags = 2 * (horizon - 1).min(values.len() / 4);
    let product = |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum::<f64>();
    #[expect(clippy::cast_precision_loss, reason = "horizons are far below 2^52")]
    let weight = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
    let dependent: f64 = (1..=lags).map(|lag| 2.0 * weight(lag) * product(lag)).sum();
    // Bartlett's weights keep the sum from being negative, except for rounding.
    (product(0) + dependent).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Rows whose labels follow `truth` times the deviations of the forecasts.
    fn rows(n: usize, truth: f64, seed: u64) -> Vec<OutOfFoldRow> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|_| {
                let deviation = 0.2 * (rng.random::<f64>() - 0.5);
                let label = rng.random::<f64>() < 0.5 + truth * deviation;
                OutOfFoldRow { base: 0.5, deviation, label }
            })
            .collect()
    }

    #[test]
    fn enough_evidence_gives_the_true_factor() {
        for truth in [0.3, 0.6, 1.0] {
            let factor = shrinkage_factor(&rows(200_000, truth, 1), 1, 1.0);
            assert!((factor - truth).abs() < 0.05, "{factor} is not {truth}");
        }
        assert!(shrinkage_factor(&rows(200_000, 3.0, 1), 1, 1.0) > 0.99, "at most 1");
    }

    #[test]
    fn without_evidence_the_factor_is_zero_and_never_negative() {
        assert!(shrinkage_factor(&rows(200_000, -0.5, 1), 1, 1.0).abs() < f64::EPSILON);
        let positive = (0..200).filter(|&seed| shrinkage_factor(&rows(1_000, 0.0, seed), 1, 4.0) > 0.0).count();
        assert!(positive <= 10, "{positive} of 200, where 2.3 % exceed two standard errors by chance");
        let same = [OutOfFoldRow { base: 0.5, deviation: 0.0, label: true }; 50];
        assert!(
            shrinkage_factor(&same, 1, 1.0).abs() < f64::EPSILON && shrinkage_factor(&[], 1, 1.0).abs() < f64::EPSILON
        );
    }

    #[test]
    fn weak_evidence_gives_a_factor_below_one() {
        let factors: Vec<f64> = (0..100).map(|seed| shrinkage_factor(&rows(2_000, 1.0, seed), 1, 1.0)).collect();
        let mean = factors.iter().sum::<f64>() / 100.0;
        assert!((0.5..0.95).contains(&mean), "{mean}");
        let cautious: Vec<f64> = (0..100).map(|seed| shrinkage_factor(&rows(2_000, 1.0, seed), 1, 4.0)).collect();
        assert!(cautious.iter().zip(&factors).all(|(cautious, factor)| cautious <= factor));
    }

    /// Every label is repeated seven times, which adds no evidence.
    #[test]
    fn overlapping_labels_count_once() {
        let once = rows(300, 0.0, 5);
        let repeated: Vec<OutOfFoldRow> = once.iter().flat_map(|row| [*row; 7]).collect();
        let t = |rows: &[OutOfFoldRow], horizon| {
            let scores: Vec<f64> =
                rows.iter().map(|row| (f64::from(u8::from(row.label)) - 0.5) * row.deviation).collect();
            scores.iter().sum::<f64>().powi(2) / long_run_variance(&scores, horizon)
        };
        let ratio = t(&repeated, 7) / t(&once, 1);
        assert!((0.6..1.6).contains(&ratio), "{ratio}");
        assert!(t(&repeated, 1) / t(&once, 1) > 6.5);
    }
}
