//! How much of a forecast's deviation from the base rate is kept.
//!
//! With `d = forecast - base`, the share `s` of `base + s * d` that fits the outcomes best is, to first order, the
//! regression of the outcomes on `d`: `s = sum(z) / sum(i)` with `z = (up - base) * d / (base * (1 - base))` and
//! `i = d^2 / (base * (1 - base))`. Its own sampling error is known from `z`, with overlapping labels counted as
//! dependent (Newey and West 1987). An estimate that noisy is better shrunk towards nothing, by the positive part of
//! `1 - penalty / t^2` (James and Stein 1961; with penalty 1 the least expected error, with more the more caution):
//! without evidence the base rate remains, to the bit.

/// One out-of-fold forecast.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutOfFoldRow {
    /// The base rate of what the fold trained on, inside 0 to 1.
    pub(super) base: f64,
    /// Calibrated.
    pub(super) forecast: f64,
    pub(super) up: bool,
}

/// The share, 0 to 1, of rows in the order of time.
pub(super) fn shrinkage_factor(rows: &[OutOfFoldRow], horizon: usize, penalty: f64) -> f64 {
    let (mut information, mut scores) = (0.0, Vec::with_capacity(rows.len()));
    for &OutOfFoldRow { base, forecast, up } in rows {
        let deviation = forecast - base;
        let variance = base * (1.0 - base);
        information += deviation * deviation / variance;
        scores.push((f64::from(u8::from(up)) - base) * deviation / variance);
    }
    let sum: f64 = scores.iter().sum();
    let t_squared = sum * sum / long_run_variance(&scores, horizon);
    // No deviation at all gives no number, and keeps nothing.
    if !(sum > 0.0 && t_squared > penalty) {
        return 0.0;
    }
    (sum / information).min(1.0) * (1.0 - penalty / t_squared)
}

/// Variance of the sum of values that depend on those up to two horizons away.
fn long_run_variance(values: &[f64], horizon: usize) -> f64 {
    let lags = 2 * (horizon - 1).min(values.len() / 4);
    let product = |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| a * b).sum::<f64>();
    #[expect(clippy::cast_precision_loss, reason = "horizons are far below 2^52")]
    let weight = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
    let dependent: f64 = (1..=lags).map(|lag| 2.0 * weight(lag) * product(lag)).sum();
    // Bartlett's weights keep it from being negative, but for rounding.
    (product(0) + dependent).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Rows whose outcomes follow `truth` times the deviations of the forecasts.
    fn rows(n: usize, truth: f64, seed: u64) -> Vec<OutOfFoldRow> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|_| {
                let deviation = 0.2 * (rng.random::<f64>() - 0.5);
                let up = rng.random::<f64>() < 0.5 + truth * deviation;
                OutOfFoldRow { base: 0.5, forecast: 0.5 + deviation, up }
            })
            .collect()
    }

    #[test]
    fn it_is_the_truth_where_there_is_enough_evidence() {
        for truth in [0.3, 0.6, 1.0] {
            let got = shrinkage_factor(&rows(200_000, truth, 1), 1, 1.0);
            assert!((got - truth).abs() < 0.05, "{got} is not {truth}");
        }
        assert!(shrinkage_factor(&rows(200_000, 3.0, 1), 1, 1.0) > 0.99, "never more than all");
    }

    #[test]
    fn without_evidence_nothing_is_kept_and_never_the_other_way_round() {
        assert!(shrinkage_factor(&rows(200_000, -0.5, 1), 1, 1.0).abs() < f64::EPSILON);
        let kept = (0..200).filter(|&seed| shrinkage_factor(&rows(1_000, 0.0, seed), 1, 4.0) > 0.0).count();
        assert!(kept <= 10, "{kept} of 200, where two standard errors to the good are 2.3 %");
        let same = [OutOfFoldRow { base: 0.5, forecast: 0.5, up: true }; 50];
        assert!(
            shrinkage_factor(&same, 1, 1.0).abs() < f64::EPSILON && shrinkage_factor(&[], 1, 1.0).abs() < f64::EPSILON
        );
    }

    #[test]
    fn a_weak_hint_is_kept_in_part() {
        let hints: Vec<f64> = (0..100).map(|seed| shrinkage_factor(&rows(2_000, 1.0, seed), 1, 1.0)).collect();
        let mean = hints.iter().sum::<f64>() / 100.0;
        assert!((0.5..0.95).contains(&mean), "{mean}");
        let cautious: Vec<f64> = (0..100).map(|seed| shrinkage_factor(&rows(2_000, 1.0, seed), 1, 4.0)).collect();
        assert!(cautious.iter().zip(&hints).all(|(cautious, hint)| cautious <= hint));
    }

    /// Every outcome comes seven times: it is no more evidence than once.
    #[test]
    fn labels_that_overlap_count_once() {
        let once = rows(300, 0.0, 5);
        let repeated: Vec<OutOfFoldRow> = once.iter().flat_map(|row| [*row; 7]).collect();
        let t = |rows: &[OutOfFoldRow], horizon| {
            let scores: Vec<f64> =
                rows.iter().map(|row| (f64::from(u8::from(row.up)) - 0.5) * (row.forecast - 0.5)).collect();
            scores.iter().sum::<f64>().powi(2) / long_run_variance(&scores, horizon)
        };
        let ratio = t(&repeated, 7) / t(&once, 1);
        assert!((0.6..1.6).contains(&ratio), "{ratio}");
        assert!(t(&repeated, 1) / t(&once, 1) > 6.5);
    }
}
