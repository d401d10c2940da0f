//! Circular moving-block bootstrap: intervals for statistics of values that depend on their neighbours in time.
//!
//! Each resample joins blocks of consecutive rows to the original length. Blocks start at random rows and wrap around at the
//! end. The bounds of an interval are percentiles of the statistic over the resamples. Blocks preserve the dependence
//! between overlapping labels. After Politis and Romano (1992), A circular block-resampling procedure for stationary data.

use market_data::numbers::as_f64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Meaning of the confidence of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// The confidence of each bound alone: `lo` exceeds the true value with probability `1 - confidence`.
    #[serde(rename = "one")]
    OneSided,
    /// The confidence of both bounds together: the true value lies in `lo..hi` with probability `confidence`.
    #[serde(rename = "two")]
    TwoSided,
}

/// Settings of the bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapConfig {
    /// Number of rows in a block; see [`default_block_length`].
    pub block: usize,
    /// Number of resamples.
    pub resamples: usize,
    /// Seed of a ChaCha8 stream. The same seed gives the same interval on every machine.
    pub seed: u64,
    /// Confidence of the interval, between 0 and 1, exclusive.
    pub confidence: f64,
    /// Meaning of `confidence`.
    pub sides: Sides,
}

impl BootstrapConfig {
    /// Settings of a two-sided 95 % interval of `n` rows whose outcomes overlap over `horizon` bars, with the default blocks.
    #[must_use]
    pub fn two_sided(n: usize, horizon: u32, resamples: usize, seed: u64) -> Self {
        let block = default_block_length(n, horizon as usize);
        Self { block, resamples, seed, confidence: 0.95, sides: Sides::TwoSided }
    }
}

/// Statistic with its bootstrap bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// Statistic of the original rows.
    #[serde(rename = "mean")]
    pub estimate: f64,
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

/// Error of the bootstrap.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BootstrapError {
    /// There are no rows.
    #[error("bootstrap needs at least one row, found none")]
    Empty,
    /// A setting is out of its range.
    #[error("bootstrap setting {name} is {value}, expected {expected}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Permitted values.
        expected: &'static str,
    },
}

/// Default block length: three times the overlap of labels, and at least `n^(1/3)`, the usual rate for other dependence. A
/// block as long as the overlap would lose a third of the variance at its ends, and a 95 % interval would cover 87 %.
#[must_use]
pub fn default_block_length(n: usize, horizon: usize) -> usize {
    let mut root: usize = 1;
    while root.pow(3) < n {
        root += 1;
    }
    if horizon > 1 { root.max(3 * horizon) } else { root }
}

/// Interval of the mean of `values`.
///
/// # Errors
/// Returns an error without rows or for invalid settings.
pub fn block_bootstrap_mean(values: &[f64], resampling: &BootstrapConfig) -> Result<BootstrapInterval, BootstrapError> {
    block_bootstrap(values.len(), resampling, |rows| {
        rows.iter().map(|&row| values[row]).sum::<f64>() / as_f64(rows.len())
    })
}

/// Interval of any statistic of `n` rows. `statistic` receives the row indices of a resample. NaN values are ignored.
///
/// # Errors
/// Returns an error without rows or for invalid settings.
pub fn block_bootstrap(
    n: usize,
    resampling: &BootstrapConfig,
    statistic: impl Fn(&[usize]) -> f64,
) -> Result<BootstrapInterval, BootstrapError> {
    let mut rows = Vec::with_capacity(n);
    bootstrap_runs(n, resampling, |runs| {
        rows.clear();
        rows.extend(runs.iter().cloned().flatten());
        statistic(&rows)
    })
}

/// Interval of [`skill`], over the same resamples as [`block_bootstrap`]. Each block costs two differences of running sums,
/// whatever its length.
///
/// # Errors
/// Returns an error without rows or for invalid settings.
///
/// # Panics
/// Panics if the lengths differ.
pub fn block_bootstrap_skill(
    losses: &[f64],
    reference: &[f64],
    resampling: &BootstrapConfig,
) -> Result<BootstrapInterval, BootstrapError> {
    assert_eq!(losses.len(), reference.len(), "the losses are of the same rows");
    let running = |values: &[f64]| {
        let sums = values.iter().scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        });
        std::iter::once(0.0).chain(sums).collect::<Vec<f64>>()
    };
    let (own, other) = (running(losses), running(reference));
    let total = |sums: &[f64], runs: &[Range<usize>]| runs.iter().map(|run| sums[run.end] - sums[run.start]).sum();
    bootstrap_runs(losses.len(), resampling, |runs| skill(total(&own, runs), total(&other, runs)))
}

/// Skill of a loss against that of a reference: `1 - loss / reference`, at most 1; above zero is better. Zero if the reference
/// has no loss, as in a market that never moves.
#[must_use]
pub fn skill(loss: f64, reference: f64) -> f64 {
    if reference > 0.0 { 1.0 - loss / reference } else { 0.0 }
}

/// Interval of a statistic that receives a resample as runs of consecutive rows.
fn bootstrap_runs(
    n: usize,
    resampling: &BootstrapConfig,
    mut statistic: impl FnMut(&[Range<usize>]) -> f64,
) -> Result<BootstrapInterval, BootstrapError> {
    let BootstrapConfig { block, resamples, seed, confidence, sides } = *resampling;
    if n == 0 {
        return Err(BootstrapError::Empty);
    }
    for (name, value) in [("block", block), ("resamples", resamples)] {
        if value == 0 {
            return Err(BootstrapError::Setting { name, value: 0.0, expected: "a number above zero" });
        }
    }
    if !(confidence > 0.0 && confidence < 1.0) {
        let expected = "a number between 0 and 1";
        return Err(BootstrapError::Setting { name: "confidence", value: confidence, expected });
    }
    let block = block.min(n);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut runs = Vec::with_capacity(2 * n.div_ceil(block));
    let mut statistics = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        runs.clear();
        let mut left = n;
        while left > 0 {
            let start = rng.random_range(0..n);
            let length = block.min(left);
            // A block that passes the end continues at the first row.
            let wrapped = (start + length).saturating_sub(n);
            runs.push(start..start + length - wrapped);
            runs.push(0..wrapped);
            left -= length;
        }
        statistics.push(statistic(&runs));
    }
    statistics.retain(|value| !value.is_nan());
    statistics.sort_by(f64::total_cmp);
    let tail = match sides {
        Sides::OneSided => 1.0 - confidence,
        Sides::TwoSided => (1.0 - confidence) / 2.0,
    };
    #[expect(clippy::single_range_in_vec_init, reason = "the original is one run")]
    let estimate = statistic(&[0..n]);
    Ok(BootstrapInterval { estimate, lo: quantile(&statistics, tail), hi: quantile(&statistics, 1.0 - tail) })
}

/// Quantile of ascending values by linear interpolation, as in NumPy's default method; NaN without values.
#[must_use]
pub fn quantile(ascending: &[f64], share: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let position = share.clamp(0.0, 1.0) * as_f64(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and last")]
    let below = position as usize;
    let above = (below + 1).min(last);
    ascending[below] + (ascending[above] - ascending[below]) * (position - as_f64(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BootstrapConfig =
        BootstrapConfig { block: 1, resamples: 4000, seed: 7, confidence: 0.95, sides: Sides::TwoSided };

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| rng.random::<f64>() - 0.5).collect()
    }

    /// With blocks of one row, the interval of a mean is the normal one: mean +- 1.96 s / sqrt(n).
    #[test]
    fn independent_rows_give_the_textbook_interval() {
        let values = noise(2000, 1);
        let interval = block_bootstrap_mean(&values, &CONFIG).unwrap();
        let half = 1.96 * (1.0_f64 / 12.0 / 2000.0).sqrt();
        assert!(((interval.hi - interval.lo) / 2.0 / half - 1.0).abs() < 0.06, "{interval:?}");
        let one_sided = block_bootstrap_mean(&values, &BootstrapConfig { sides: Sides::OneSided, ..CONFIG }).unwrap();
        assert!(((one_sided.estimate - one_sided.lo) / half * 1.96 / 1.645 - 1.0).abs() < 0.06, "{one_sided:?}");
    }

    /// Values that repeat 20 times have a 20th of the information, so the interval is wider by about sqrt(20).
    #[test]
    fn blocks_widen_the_interval_of_dependent_values() {
        let values: Vec<f64> = noise(200, 2).into_iter().flat_map(|value| [value; 20]).collect();
        let width = |block| {
            let interval = block_bootstrap_mean(&values, &BootstrapConfig { block, ..CONFIG }).unwrap();
            interval.hi - interval.lo
        };
        let ratio = width(100) / width(1);
        assert!((3.6..5.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn the_interval_of_a_skill_equals_that_over_rows() {
        let (losses, reference) = (noise(301, 4), noise(301, 5));
        let [losses, reference] = [losses, reference].map(|values| values.iter().map(|x| x + 0.6).collect::<Vec<_>>());
        for block in [1, 7, 301, 400] {
            let config = BootstrapConfig { block, resamples: 300, ..CONFIG };
            let fast = block_bootstrap_skill(&losses, &reference, &config).unwrap();
            let sum = |values: &[f64], rows: &[usize]| rows.iter().map(|&row| values[row]).sum::<f64>();
            let slow = block_bootstrap(301, &config, |rows| 1.0 - sum(&losses, rows) / sum(&reference, rows)).unwrap();
            for (fast, slow) in [(fast.estimate, slow.estimate), (fast.lo, slow.lo), (fast.hi, slow.hi)] {
                assert!((fast - slow).abs() < 1e-12, "{block}: {fast} is not {slow}");
            }
        }
        let flat = block_bootstrap_skill(&[0.0; 9], &[0.0; 9], &CONFIG).unwrap();
        assert_eq!(flat, BootstrapInterval { estimate: 0.0, lo: 0.0, hi: 0.0 });
    }

    #[test]
    fn intervals_are_reproducible_and_invalid_settings_are_errors() {
        let values = noise(50, 3);
        assert_eq!(block_bootstrap_mean(&values, &CONFIG), block_bootstrap_mean(&values, &CONFIG));
        assert_eq!(block_bootstrap_mean(&[], &CONFIG), Err(BootstrapError::Empty));
        assert!(block_bootstrap_mean(&values, &BootstrapConfig { block: 0, ..CONFIG }).is_err());
        assert!(block_bootstrap_mean(&values, &BootstrapConfig { confidence: 1.0, ..CONFIG }).is_err());
    }

    #[test]
    fn the_default_block_length_covers_the_horizon() {
        assert_eq!(
            (default_block_length(1000, 1), default_block_length(1001, 1), default_block_length(365, 24)),
            (10, 11, 72)
        );
    }

    /// Sums over 24 independent values: the 95 % interval of their mean must cover the true mean about that often.
    #[test]
    fn the_default_block_covers_means_of_overlapping_values() {
        let covered = |block: usize| {
            (0..150)
                .filter(|&seed| {
                    let noise = noise(3_023, 100 + seed);
                    let values: Vec<f64> = noise.windows(24).map(|window| window.iter().sum::<f64>()).collect();
                    let config = BootstrapConfig { block, resamples: 300, ..CONFIG };
                    let interval = block_bootstrap_mean(&values, &config).unwrap();
                    interval.lo < 0.0 && interval.hi > 0.0
                })
                .count()
        };
        let (default, overlap) = (covered(default_block_length(3_000, 24)), covered(24));
        assert!(default >= 132 && default > overlap, "{default} of 150, {overlap} with blocks as long as the overlap");
    }

    /// Reference values: NumPy 2, `numpy.quantile([1, 2, 4, 8], [0, .4, .5, 1])`.
    #[test]
    fn quantiles_interpolate_linearly() {
        let got = [0.0, 0.4, 0.5, 1.0].map(|share| quantile(&[1.0, 2.0, 4.0, 8.0], share));
        for (got, expected) in got.into_iter().zip([1.0, 2.4, 3.0, 8.0]) {
            assert!((got - expected).abs() < 1e-12, "{got}");
        }
    }
}
