//! Uncertainty band around forecasts: its width, and its coverage of settled forecasts.

use super::{
    CONFIDENCE, EvaluatedForecast,
    reliability::{BINS, equal_count_groups},
};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Coverage of the uncertainty band. A single outcome is 0 or 1 and cannot be compared with a band of probabilities.
/// Therefore the settled forecasts are divided into ten groups of similar forecasts with equal counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandCoverage {
    /// Share of groups that the band should cover: 0.95.
    pub nominal: f64,
    /// Mean half width of the band.
    pub half_width: f64,
    /// Number of groups: ten, or the number of forecasts if that is smaller.
    pub groups: usize,
    /// Share of the groups whose up ratio lies within the mean band of their forecasts. With ten groups its steps are 0.1.
    /// With a correct band, 40 % of the records have a group outside: `1 - 0.95^10` is 0.40.
    pub covered: f64,
}

/// Half width of the band around forecasts, fitted to settled forecasts `p`. It is 1.96 times the root mean square of the
/// difference between mean forecast and up ratio in ten groups of similar forecasts with equal counts. It includes the
/// remaining miscalibration and the sampling error of a tenth of the rows, also that of overlapping labels. It is not an
/// interval for a single outcome, which is 0 or 1. At most 1; 1 without forecasts.
#[must_use]
pub fn band_half_width(p: &[f64], outcomes: &[bool]) -> f64 {
    let difference = |rows: &Vec<usize>| {
        rows.iter().map(|&row| p[row] - f64::from(u8::from(outcomes[row]))).sum::<f64>() / as_f64(rows.len())
    };
    let differences: Vec<f64> = equal_count_groups(p, BINS).iter().map(difference).collect();
    if differences.is_empty() {
        return 1.0;
    }
    let mean_square =
        differences.iter().map(|difference| difference * difference).sum::<f64>() / as_f64(differences.len());
    (1.96 * mean_square.sqrt()).min(1.0)
}

impl BandCoverage {
    /// Coverage of at least one settled forecast.
    pub(super) fn new(settled: &[(&EvaluatedForecast, bool)]) -> Self {
        let p: Vec<f64> = settled.iter().map(|(forecast, _)| forecast.probability_up).collect();
        let mean = |rows: &[usize], value: &dyn Fn(&(&EvaluatedForecast, bool)) -> f64| {
            rows.iter().map(|&row| value(&settled[row])).sum::<f64>() / as_f64(rows.len())
        };
        let covered: Vec<bool> = equal_count_groups(&p, BINS)
            .iter()
            .map(|rows| {
                let [lo, hi] = [0, 1].map(|side: usize| mean(rows, &|(forecast, _)| forecast.band[side]));
                (lo..=hi).contains(&mean(rows, &|(_, up)| f64::from(u8::from(*up))))
            })
            .collect();
        let half_width = settled.iter().map(|(forecast, _)| (forecast.band[1] - forecast.band[0]) / 2.0).sum::<f64>();
        Self {
            nominal: CONFIDENCE,
            half_width: half_width / as_f64(settled.len()),
            groups: covered.len(),
            covered: as_f64(covered.iter().filter(|covered| **covered).count()) / as_f64(covered.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::forecast::Direction;
    use jiff::Timestamp;

    /// Coverage of ten forecasts each of 5 %, 15 % and so on, with `up_counts` up outcomes among each ten.
    fn coverage(half_width: f64, up_counts: [usize; 10]) -> BandCoverage {
        let settled = |group: usize, row: usize| {
            let probability_up = as_f64(group) / 10.0 + 0.05;
            let forecast = EvaluatedForecast {
                bar: row,
                decision_time: Timestamp::UNIX_EPOCH,
                probability_up,
                baseline_probability: 0.5,
                persistence_probability: 0.5,
                band: [probability_up - half_width, probability_up + half_width],
                direction: Direction::Abstain,
                up: Some(row < up_counts[group]),
            };
            (forecast, row < up_counts[group])
        };
        // Not sorted by forecast, as real forecasts are not.
        let rows: Vec<(EvaluatedForecast, bool)> = (0..10)
            .flat_map(|row| (0..10).map(move |group| (group * 3 % 10, row)))
            .map(|(group, row)| settled(group, row))
            .collect();
        BandCoverage::new(&rows.iter().map(|(forecast, up)| (forecast, *up)).collect::<Vec<_>>())
    }

    #[test]
    fn the_band_is_narrow_for_calibrated_forecasts_only() {
        let outcomes: Vec<bool> = (0..1000).map(|i| i % 10 < 3).collect();
        assert!(band_half_width(&vec![0.3; 1000], &outcomes) < 0.01);
        assert!((band_half_width(&vec![0.4; 1000], &outcomes) - 0.196).abs() < 0.01);
        assert!((band_half_width(&[], &[]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_group_is_covered_if_its_up_ratio_is_in_the_band() {
        let calibrated = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (half_width, up_counts, covered) in [
            (0.06, calibrated, 1.0),
            (0.04, calibrated, 0.0),
            // The first group has three up outcomes instead of none, the last has none instead of nine.
            (0.06, [3, 1, 2, 3, 4, 5, 6, 7, 8, 0], 0.8),
            (0.5, [3, 1, 2, 3, 4, 5, 6, 7, 8, 0], 0.9),
        ] {
            let band = coverage(half_width, up_counts);
            assert!((band.covered - covered).abs() < 1e-12, "{half_width} {up_counts:?}: {band:?}");
            assert!((band.half_width - half_width).abs() < 1e-12 && band.groups == 10, "{band:?}");
        }
    }
}
