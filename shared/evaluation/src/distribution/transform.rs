//! Histogram of the probability integral transforms (PIT) of the outcomes.

use super::input::SettledDistribution;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Number of bins of the histogram.
pub const PIT_BINS: usize = 10;

/// Histogram of the transforms, with a test of uniformity. Calibrated distributions have uniform transforms: the histogram is
/// flat. It is a hump if the distributions are too wide, and a trough if they are too narrow.
///
/// The test is Pearson's chi-square over the bins, with the statistic divided by the horizon: `n` outcomes that overlap over
/// `h` bars count as `n / h`. Transforms that share `h - k` of `h` bars have a correlation of at most `1 - k/h`, and their bins
/// a smaller one. So the variance of a bin is at most `h` times that of independent outcomes, and the test rejects calibrated
/// forecasts at most as often as its level, for large `n / h`. At a horizon of one bar it is the textbook test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PitHistogram {
    /// Number of transforms in each of ten bins of equal width, from the lowest outcomes. They add up to `n`.
    pub counts: [usize; PIT_BINS],
    /// Chi-square statistic after division by the horizon, at least 0.
    pub statistic: f64,
    /// Probability of a statistic at least as large with calibrated forecasts; absent below
    /// [`MIN_INDEPENDENT`](crate::MIN_INDEPENDENT) independent outcomes.
    pub p_value: Option<f64>,
}

impl PitHistogram {
    /// Histogram of at least one decision. Without `enough` independent outcomes there is no test.
    pub(super) fn new(settled: &[SettledDistribution], horizon: u32, enough: bool) -> Self {
        let transform = |row: &SettledDistribution| row.quantiles.probability_integral_transform(row.outcome);
        let counts = pit_counts(settled.iter().map(transform));
        let n = as_f64(settled.len());
        let expected = n / as_f64(PIT_BINS);
        let pearson = counts.iter().map(|&count| (as_f64(count) - expected).powi(2) / expected).sum::<f64>();
        let statistic = pearson / f64::from(horizon.max(1));
        let p_value = || Some(ChiSquared::new(as_f64(PIT_BINS - 1)).ok()?.sf(statistic));
        Self { counts, statistic, p_value: enough.then(p_value).flatten() }
    }
}

/// Number of transforms in each of ten bins of equal width.
#[must_use]
pub fn pit_counts(transforms: impl Iterator<Item = f64>) -> [usize; PIT_BINS] {
    let mut counts = [0; PIT_BINS];
    transforms.for_each(|transform| counts[bin(transform)] += 1);
    counts
}

/// Bin of a transform between 0 and 1.
fn bin(transform: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
    let bin = (transform * as_f64(PIT_BINS)).max(0.0) as usize;
    bin.min(PIT_BINS - 1)
}
