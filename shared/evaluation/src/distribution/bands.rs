//! Coverage and width of the bands.

use super::input::SettledDistribution;
use contracts::distribution::BAND_LEVELS;
use jiff::Timestamp;
use market_data::{Interval, interval::utc_year, numbers::as_f64};
use serde::{Deserialize, Serialize};

/// Minimum share of the bars of a year in a full year.
const FULL_YEAR_SHARE: f64 = 0.9;

/// Coverage and width of one band, over all decisions and by calendar year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandScore {
    /// Share of the outcomes that the band is to hold.
    pub level: f64,
    /// Share of the outcomes inside the band; its ends count as inside.
    pub coverage: f64,
    /// Mean width of the band, in log returns.
    pub mean_width: f64,
    /// The same by UTC calendar year of the decision time, ascending.
    pub years: Vec<BandYear>,
}

/// Coverage and width of one band in a calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandYear {
    /// Calendar year.
    pub year: i16,
    /// True if the evaluation covers the whole year: it begins and ends outside of it, or with its first and last decision
    /// time, and has at least 90 % of its decisions.
    pub full: bool,
    /// Number of decisions.
    pub n: usize,
    /// Share of the outcomes inside the band.
    pub coverage: f64,
    /// Mean width of the band, in log returns.
    pub mean_width: f64,
}

/// Scores of the bands of 50, 80 and 95 %, for at least one decision.
pub(super) fn band_scores(settled: &[SettledDistribution], interval: Interval) -> Vec<BandScore> {
    BAND_LEVELS
        .map(|level| {
            let bands: Vec<(bool, f64)> = settled
                .iter()
                .map(|SettledDistribution { quantiles, outcome, .. }| {
                    let [low, high] = quantiles.band(level);
                    ((low..=high).contains(outcome), high - low)
                })
                .collect();
            let (coverage, mean_width) = score(&bands);
            let mut first = 0;
            let years = settled
                .chunk_by(|a, b| utc_year(a.decision_time) == utc_year(b.decision_time))
                .map(|of_year| {
                    let (year, n) = (utc_year(of_year[0].decision_time), of_year.len());
                    let (coverage, mean_width) = score(&bands[first..first + n]);
                    let full = is_full(settled, first..first + n, interval);
                    first += n;
                    BandYear { year, full, n, coverage, mean_width }
                })
                .collect();
            BandScore { level, coverage, mean_width, years }
        })
        .to_vec()
}

/// Share of bands that hold their outcome, and their mean width.
fn score(bands: &[(bool, f64)]) -> (f64, f64) {
    let inside = bands.iter().filter(|(inside, _)| *inside).count();
    let width: f64 = bands.iter().map(|(_, width)| width).sum();
    (as_f64(inside) / as_f64(bands.len()), width / as_f64(bands.len()))
}

/// True if the decisions `of_year`, all those of one calendar year, cover it.
fn is_full(settled: &[SettledDistribution], of_year: std::ops::Range<usize>, interval: Interval) -> bool {
    let (start, n) = (of_year.start, of_year.len());
    let year = |time: Timestamp| utc_year(time);
    let (first, last) = (settled[start].decision_time, settled[of_year.end - 1].decision_time);
    let begins_before = start > 0 || year(interval.step(first, -1)) < year(first);
    let ends_after = of_year.end < settled.len() || year(interval.step(last, 1)) > year(last);
    begins_before && ends_after && as_f64(n) >= FULL_YEAR_SHARE * f64::from(interval.bars_per_year())
}
