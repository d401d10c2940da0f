//! Population stability index and Jensen-Shannon distance over ten bins of equal reference counts, for comparison with
//! other tools.
//!
//! With `r` and `w` as the shares of reference and window in a bin:
//! * population stability index `sum (w - r) ln(w / r)`, at least 0. Its usual thresholds 0.1 and 0.2 are for samples of
//!   hundreds of rows; a window of 30 independent rows has about 9 / 30 = 0.3 by chance.
//! * Jensen-Shannon distance: square root of the mean divergence from the average of both, to base 2; between 0 and 1
//!   (Endres and Schindelin 2003).
//!
//! Neither depends on how far a row lies beyond the outer bins. Their thresholds, too, come from the reference's own
//! windows.

use super::grid::QuantileGrid;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Number of bins. A value with many repetitions fills several; these are merged.
const BINS: usize = 10;
/// Rows added to each bin, so that one empty bin does not make the index infinite.
const PSEUDO_ROWS: f64 = 0.5;

/// Distance with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DistanceReading {
    /// The distance.
    pub distance: f64,
    /// Distance that few of the reference's own windows exceed; absent in references of older releases.
    pub threshold: Option<f64>,
    /// `distance / threshold`; above 1 is drift. Absent without a threshold.
    pub ratio: Option<f64>,
}

/// Share of the features beyond their thresholds by one distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareAboveThreshold {
    /// Share of the features, 0 to 1.
    pub share: f64,
    /// Share above which the window has drifted.
    pub threshold: f64,
}

/// Thresholds of the binned distances for one feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BinnedThresholds {
    /// Threshold of the population stability index.
    pub psi: f64,
    /// Threshold of the Jensen-Shannon distance.
    pub jensen_shannon: f64,
}

/// Both binned distances of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinnedDistances {
    /// Population stability index.
    pub psi: f64,
    /// Jensen-Shannon distance.
    pub jensen_shannon: f64,
}

impl DistanceReading {
    pub(super) fn new(distance: f64, threshold: Option<f64>) -> Self {
        Self { distance, threshold, ratio: threshold.map(|threshold| (distance / threshold.max(1e-9)).min(1e6)) }
    }
}

impl QuantileGrid {
    /// Both binned distances between the sample and this distribution; 0 for an empty sample.
    #[must_use]
    pub fn binned(&self, sample: &[f64]) -> BinnedDistances {
        let (edges, reference) = self.bins();
        if sample.is_empty() || reference.is_empty() {
            return BinnedDistances { psi: 0.0, jensen_shannon: 0.0 };
        }
        let mut counts = vec![0.0; reference.len()];
        for value in sample {
            counts[edges.partition_point(|edge| edge < value)] += 1.0;
        }
        let n = as_f64(sample.len());
        let smoothed = |count: f64| (count + PSEUDO_ROWS) / (n + PSEUDO_ROWS * as_f64(reference.len()));
        let bins = || counts.iter().zip(&reference);
        let psi = bins().map(|(count, share)| {
            let (window, reference) = (smoothed(*count), share.max(PSEUDO_ROWS / 100.0));
            (window - reference) * (window / reference).ln()
        });
        let term = |share: f64, middle: f64| if share > 0.0 { share * (share / middle).log2() } else { 0.0 };
        let divergence = bins().map(|(count, share)| {
            let middle = (count / n + share) / 2.0;
            (term(count / n, middle) + term(*share, middle)) / 2.0
        });
        BinnedDistances { psi: psi.sum::<f64>().max(0.0), jensen_shannon: divergence.sum::<f64>().max(0.0).sqrt() }
    }

    /// Upper edges of all bins except the last, and the share of each bin.
    fn bins(&self) -> (Vec<f64>, Vec<f64>) {
        let last = self.quantiles.len().saturating_sub(1);
        let mut edges: Vec<f64> = (1..BINS).filter_map(|bin| self.quantiles.get(bin * last / BINS)).copied().collect();
        edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let at_most = |edge: f64| {
            let points = self.quantiles.partition_point(|quantile| *quantile <= edge);
            as_f64(points.saturating_sub(1)) / as_f64(last.max(1))
        };
        let cumulative: Vec<f64> = edges.iter().map(|edge| at_most(*edge)).chain([1.0]).collect();
        let shares = cumulative.iter().scan(0.0, |below, cumulative| {
            let share = cumulative - *below;
            *below = *cumulative;
            Some(share)
        });
        (edges, shares.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(n: usize, from: f64, to: f64) -> Vec<f64> {
        (0..n).map(|i| from + (to - from) * (as_f64(i) + 0.5) / as_f64(n)).collect()
    }

    /// Computed by hand. Shares of ten times 0.1 against five times 0 and five times 0.2 give the divergence
    /// `0.25 (1 - log2 1.5) + 0.5 log2(4/3)` = 0.3112781. The index has half a row in each empty bin.
    #[test]
    fn the_upper_half_has_the_hand_computed_distances() {
        let grid = QuantileGrid::from_sample(&uniform(2001, 0.0, 1.0)).unwrap();
        let upper = grid.binned(&uniform(1000, 0.5, 1.0));
        assert!((upper.jensen_shannon - 0.311_278_1_f64.sqrt()).abs() < 0.01, "{upper:?}");
        let (none, fifth) = (0.5 / 1005.0, 200.5 / 1005.0);
        let psi = 5.0 * ((none - 0.1) * (none / 0.1_f64).ln() + (fifth - 0.1) * (fifth / 0.1_f64).ln());
        assert!((upper.psi - psi).abs() < 0.02, "{upper:?} {psi}");
    }

    #[test]
    fn the_reference_has_distance_zero_and_another_range_the_largest() {
        let values = uniform(2001, 0.0, 1.0);
        let grid = QuantileGrid::from_sample(&values).unwrap();
        let unchanged = grid.binned(&values);
        assert!(unchanged.psi < 0.001 && unchanged.jensen_shannon < 0.02, "{unchanged:?}");
        let beyond = grid.binned(&[5.0; 30]);
        assert!(beyond.jensen_shannon > 0.8 && beyond.psi > 2.0, "{beyond:?}");
        let empty = grid.binned(&[]);
        assert!(empty.psi.abs() < f64::EPSILON && empty.jensen_shannon.abs() < f64::EPSILON);
    }

    #[test]
    fn a_repeated_value_fills_one_bin() {
        let flags: Vec<f64> = (0..700).map(|i| f64::from(u8::from(i % 7 == 0))).collect();
        let grid = QuantileGrid::from_sample(&flags).unwrap();
        assert!(grid.binned(&flags).jensen_shannon < 0.1);
        assert!(grid.binned(&[1.0; 30]).jensen_shannon > 0.6);
        assert!(QuantileGrid::from_sample(&[0.5; 99]).unwrap().binned(&[0.5; 30]).psi < 0.05);
    }
}
