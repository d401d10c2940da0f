//! Reliability curve: forecast against observed frequency of up.

use super::BootstrapSample;
use crate::bootstrap::{BootstrapConfig, BootstrapError};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Number of bins of the reliability curve and of the expected calibration error.
pub(super) const BINS: usize = 10;

/// Group of similar forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lowest probability of the bin.
    pub from: f64,
    /// Highest probability of the bin.
    pub to: f64,
    /// Number of forecasts.
    pub n: usize,
    /// Mean probability of up.
    pub forecast: f64,
    /// Share of up outcomes.
    pub up: f64,
    /// Interval of that share, low and high.
    pub up_interval: [f64; 2],
}

/// Bins of equal width in probability, without empty ones.
pub(super) fn equal_width_bins(p: &[f64], sample: &BootstrapSample<'_>) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    let edge = |bin: usize| as_f64(bin) / as_f64(BINS);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
    let bin_of = |p: f64| ((p * as_f64(BINS)).max(0.0) as usize).min(BINS - 1);
    (0..BINS)
        .map(|bin| ((0..p.len()).filter(|&row| bin_of(p[row]) == bin).collect::<Vec<_>>(), [edge(bin), edge(bin + 1)]))
        .filter(|(rows, _)| !rows.is_empty())
        .map(|(rows, edges)| ReliabilityBin::new(&rows, edges, p, sample))
        .collect()
}

/// Bins of equal counts of forecasts.
pub(super) fn equal_count_bins(p: &[f64], sample: &BootstrapSample<'_>) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    bins_of_groups(equal_count_groups(p, BINS), p, sample)
}

fn bins_of_groups(
    groups: Vec<Vec<usize>>,
    p: &[f64],
    sample: &BootstrapSample<'_>,
) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    groups
        .iter()
        .filter_map(|rows| Some((rows, [p[*rows.first()?], p[*rows.last()?]])))
        .map(|(rows, edges)| ReliabilityBin::new(rows, edges, p, sample))
        .collect()
}

/// Reliability curve over `groups` groups of equal counts of forecasts `p`, ascending by forecast, without empty groups.
///
/// # Errors
/// Returns an error without rows or for invalid settings.
pub fn reliability_curve(
    p: &[f64],
    outcomes: &[bool],
    groups: usize,
    resampling: &BootstrapConfig,
) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    bins_of_groups(
        equal_count_groups(p, groups),
        p,
        &BootstrapSample { outcomes, resampling: *resampling, enough: true },
    )
}

/// Row indices sorted by probability and divided into groups of equal counts, without empty ones. Equal probabilities keep
/// their time order.
pub(super) fn equal_count_groups(p: &[f64], groups: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    (0..groups)
        .map(|group| order[p.len() * group / groups..p.len() * (group + 1) / groups].to_vec())
        .filter(|rows| !rows.is_empty())
        .collect()
}

impl ReliabilityBin {
    fn new(
        rows: &[usize],
        [from, to]: [f64; 2],
        p: &[f64],
        sample: &BootstrapSample<'_>,
    ) -> Result<Self, BootstrapError> {
        let up = |row: usize| f64::from(u8::from(sample.outcomes[row]));
        let mut inside = vec![false; p.len()];
        rows.iter().for_each(|&row| inside[row] = true);
        // The number of the bin's rows in a resample is random, so each resample has its own denominator.
        let up_ratio = |resample: &[usize]| {
            let (ups, n) =
                resample.iter().filter(|&&row| inside[row]).fold((0.0, 0.0), |(ups, n), &row| (ups + up(row), n + 1.0));
            ups / n
        };
        let n = as_f64(rows.len());
        Ok(Self {
            from,
            to,
            n: rows.len(),
            forecast: rows.iter().map(|&row| p[row]).sum::<f64>() / n,
            up: rows.iter().map(|&row| up(row)).sum::<f64>() / n,
            up_interval: sample.interval(up_ratio)?,
        })
    }
}
