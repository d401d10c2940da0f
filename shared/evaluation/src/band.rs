//! The band around forecasts: how wide it has to be, and whether it is as wide as it says.

use super::{
    CONFIDENCE, EvaluatedForecast,
    reliability::{BINS, equal_count_groups},
};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// The band, and how often it held what was observed. A single outcome is 0 or 1 and tells nothing about a band of
/// probabilities, so the settled forecasts are put into ten groups of equally many similar ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandCoverage {
    /// Share of groups that it should hold: 0.95.
    pub nominal: f64,
    /// Half the width of the band, mean over the forecasts.
    pub half_width: f64,
    /// Groups; fewer than ten only when there are fewer forecasts.
    pub groups: usize,
    /// Share of the groups whose share of `up` lies within the mean band of their forecasts. With ten groups it moves in
    /// steps of a tenth, and of ten records with a right band four have a group outside: `1 - 0.95^10` is 0.40.
    pub covered: f64,
}

/// Half the width that a band around forecasts has to have, learnt from forecasts `p` that are settled: 1.96 times the
/// root mean square gap between mean forecast and share of `up` in ten equal groups of similar forecasts. It holds what is
/// left of miscalibration and the sampling error of a tenth of the rows, overlap of labels included: how far the
/// frequency of `up` was, in groups of such forecasts, from what they said. It is no interval for a single outcome,
/// which is 0 or 1. At most 1, which it is without any forecast.
#[must_use]
pub fn band_half_width(p: &[f64], up: &[bool]) -> f64 {
    let gap = |rows: &Vec<usize>| {
        rows.iter().map(|&row| p[row] - f64::from(u8::from(up[row]))).sum::<f64>() / as_f64(rows.len())
    };
    let gaps: Vec<f64> = equal_count_groups(p, BINS).iter().map(gap).collect();
    if gaps.is_empty() {
        return 1.0;
    }
    let mean_square = gaps.iter().map(|gap| gap * gap).sum::<f64>() / as_f64(gaps.len());
    (1.96 * mean_square.sqrt()).min(1.0)
}

impl BandCoverage {
    /// Of at least one settled forecast.
    pub(super) fn new(settled: &[(&EvaluatedForecast, bool)]) -> Self {
        let p: Vec<f64> = settled.iter().map(|(one, _)| one.probability_up).collect();
        let mean = |rows: &[usize], value: &dyn Fn(&(&EvaluatedForecast, bool)) -> f64| {
            rows.iter().map(|&row| value(&settled[row])).sum::<f64>() / as_f64(rows.len())
        };
        let held: Vec<bool> = equal_count_groups(&p, BINS)
            .iter()
            .map(|rows| {
                let [lo, hi] = [0, 1].map(|side: usize| mean(rows, &|(one, _)| one.band[side]));
                (lo..=hi).contains(&mean(rows, &|(_, up)| f64::from(u8::from(*up))))
            })
            .collect();
        let half_width = settled.iter().map(|(one, _)| (one.band[1] - one.band[0]) / 2.0).sum::<f64>();
        Self {
            nominal: CONFIDENCE,
            half_width: half_width / as_f64(settled.len()),
            groups: held.len(),
            covered: as_f64(held.iter().filter(|held| **held).count()) / as_f64(held.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::forecast::Direction;
    use jiff::Timestamp;

    /// Ten forecasts each of 5 %, 15 % and so on, with so many ups among each ten.
    fn coverage(half_width: f64, ups: [usize; 10]) -> BandCoverage {
        let judged = |group: usize, row: usize| {
            let probability_up = as_f64(group) / 10.0 + 0.05;
            let one = EvaluatedForecast {
                bar: row,
                decision_time: Timestamp::UNIX_EPOCH,
                probability_up,
                baseline_probability: 0.5,
                persistence_probability: 0.5,
                band: [probability_up - half_width, probability_up + half_width],
                direction: Direction::Abstain,
                up: Some(row < ups[group]),
            };
            (one, row < ups[group])
        };
        // Not in the order of the forecasts, as time is not.
        let rows: Vec<(EvaluatedForecast, bool)> = (0..10)
            .flat_map(|row| (0..10).map(move |group| (group * 3 % 10, row)))
            .map(|(g, r)| judged(g, r))
            .collect();
        BandCoverage::new(&rows.iter().map(|(one, up)| (one, *up)).collect::<Vec<_>>())
    }

    #[test]
    fn the_band_is_narrow_for_calibrated_forecasts_and_wide_for_wrong_ones() {
        let up: Vec<bool> = (0..1000).map(|i| i % 10 < 3).collect();
        assert!(band_half_width(&vec![0.3; 1000], &up) < 0.01);
        assert!((band_half_width(&vec![0.4; 1000], &up) - 0.196).abs() < 0.01);
        assert!((band_half_width(&[], &[]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_group_is_covered_when_its_share_of_up_is_within_its_mean_band() {
        let right = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (half_width, ups, covered) in [
            (0.06, right, 1.0),
            (0.04, right, 0.0),
            // The first group went up three times more often than it may, the last one never did.
            (0.06, [3, 1, 2, 3, 4, 5, 6, 7, 8, 0], 0.8),
            (0.5, [3, 1, 2, 3, 4, 5, 6, 7, 8, 0], 0.9),
        ] {
            let band = coverage(half_width, ups);
            assert!((band.covered - covered).abs() < 1e-12, "{half_width} {ups:?}: {band:?}");
            assert!((band.half_width - half_width).abs() < 1e-12 && band.groups == 10, "{band:?}");
        }
    }
}
