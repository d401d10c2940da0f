//! Quantile grid of a reference distribution, and the Wasserstein distance of a sample from it.

use evaluation::bootstrap::quantile;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Number of points of a grid, at equally spaced levels from the minimum (0) to the maximum (1).
const GRID_POINTS: usize = 101;

/// Distance of a sample that differs from a constant reference. It is finite, because JSON has no infinity.
const CONSTANT_REFERENCE_DISTANCE: f64 = 1e6;

/// Distribution as quantiles at equally spaced levels, with its standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileGrid {
    /// Quantiles at the levels 0, 0.01 ... 1, linearly interpolated (Hyndman and Fan's type 7).
    pub quantiles: Vec<f64>,
    /// Standard deviation; the unit of [`QuantileGrid::distance`].
    pub scale: f64,
}

impl QuantileGrid {
    /// Grid of a sample; `None` if the sample is empty or has a value that is not finite.
    #[must_use]
    pub fn from_sample(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values)?;
        let n = as_f64(sorted.len());
        let mean = sorted.iter().sum::<f64>() / n;
        let variance = sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        Some(Self {
            quantiles: (0..GRID_POINTS).map(|point| quantile(&sorted, level(point))).collect(),
            scale: variance.sqrt(),
        })
    }

    /// Wasserstein-1 distance between the sample and this distribution, in standard deviations of this distribution. It is
    /// the mean distance of their quantiles, by the trapezoid rule on the grid. At least 0; 0 for an empty sample.
    ///
    /// A constant reference has no spread. Its distance is 0 for a sample of the same value, and 1e6 for any other.
    #[must_use]
    pub fn distance(&self, sample: &[f64]) -> f64 {
        let Some(sorted) = sorted(sample) else { return 0.0 };
        let last = self.quantiles.len().saturating_sub(1);
        let sum: f64 = self
            .quantiles
            .iter()
            .enumerate()
            .map(|(point, reference)| {
                let weight = if point == 0 || point == last { 0.5 } else { 1.0 };
                weight * (quantile(&sorted, as_f64(point) / as_f64(last.max(1))) - reference).abs()
            })
            .sum();
        let distance = sum / as_f64(last.max(1));
        let magnitude = self.quantiles.last().map_or(1.0, |maximum| maximum.abs()).max(1.0);
        if self.scale > 1e-12 * magnitude {
            distance / self.scale
        } else if distance <= 1e-9 * magnitude {
            0.0
        } else {
            CONSTANT_REFERENCE_DISTANCE
        }
    }
}

/// Sorted copy; `None` if `values` is empty or has a value that is not finite.
pub(super) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn level(point: usize) -> f64 {
    as_f64(point) / as_f64(GRID_POINTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(n: usize, from: f64, to: f64) -> Vec<f64> {
        (0..n).map(|i| from + (to - from) * as_f64(i) / as_f64(n - 1)).collect()
    }

    #[test]
    fn the_distance_of_a_shift_is_its_size_in_standard_deviations() {
        let reference = spread(1001, 0.0, 1.0);
        let grid = QuantileGrid::from_sample(&reference).unwrap();
        assert!(grid.distance(&reference) < 1e-12);
        let shifted: Vec<f64> = reference.iter().map(|v| v + 0.5).collect();
        assert!((grid.distance(&shifted) - 0.5 / grid.scale).abs() < 1e-9);
    }

    /// Reference value of `scipy.stats.wasserstein_distance(numpy.linspace(0, 1, 1001), numpy.linspace(0.25, 2.0, 30))`, SciPy 1.17.1.
    #[test]
    fn the_distance_agrees_with_scipy() {
        let grid = QuantileGrid::from_sample(&spread(1001, 0.0, 1.0)).unwrap();
        let distance = grid.distance(&spread(30, 0.25, 2.0)) * grid.scale;
        assert!((distance - 0.625).abs() < 0.01, "{distance}");
    }

    #[test]
    fn only_another_value_is_far_from_a_constant_reference() {
        let grid = QuantileGrid::from_sample(&[0.52; 200]).unwrap();
        assert!(grid.distance(&[0.52; 30]).abs() < f64::EPSILON);
        assert!(grid.distance(&[0.53; 30]) > 1e3);
    }

    #[test]
    fn an_empty_or_non_finite_sample_has_no_grid() {
        assert!(QuantileGrid::from_sample(&[]).is_none());
        assert!(QuantileGrid::from_sample(&[1.0, f64::NAN]).is_none());
    }
}
