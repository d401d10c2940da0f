//! How often it went up when so much was forecast.

use super::BootstrapSample;
use crate::bootstrap::{BootstrapConfig, BootstrapError};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Bins of the reliability and of the expected calibration error.
pub(super) const BINS: usize = 10;

/// Similar forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lowest probability it may hold.
    pub from: f64,
    /// Highest.
    pub to: f64,
    /// How many.
    pub n: usize,
    /// Mean probability.
    pub forecast: f64,
    /// Share that went up.
    pub up: f64,
    /// Its interval.
    pub up_interval: [f64; 2],
}

/// Equally wide bins of probability, without the empty ones.
pub(super) fn equal_widths(p: &[f64], sample: &BootstrapSample<'_>) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    let edge = |bin: usize| as_f64(bin) / as_f64(BINS);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
    let place = |p: f64| ((p * as_f64(BINS)).max(0.0) as usize).min(BINS - 1);
    (0..BINS)
        .map(|bin| ((0..p.len()).filter(|&row| place(p[row]) == bin).collect::<Vec<_>>(), [edge(bin), edge(bin + 1)]))
        .filter(|(rows, _)| !rows.is_empty())
        .map(|(rows, edges)| ReliabilityBin::new(&rows, edges, p, sample))
        .collect()
}

/// Bins of equally many forecasts.
pub(super) fn equal_count_bins(p: &[f64], sample: &BootstrapSample<'_>) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    of_groups(equal_count_groups(p, BINS), p, sample)
}

fn of_groups(
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

/// How often it went up in `groups` groups of equally many forecasts `p`, ascending by forecast, without the empty ones.
///
/// # Errors
/// Without rows or with senseless settings.
pub fn reliability_curve(
    p: &[f64],
    up: &[bool],
    groups: usize,
    resampling: &BootstrapConfig,
) -> Result<Vec<ReliabilityBin>, BootstrapError> {
    of_groups(equal_count_groups(p, groups), p, &BootstrapSample { up, resampling: *resampling, enough: true })
}

/// Rows by the size of their probability, in so many groups of equally many, without the empty ones; equal probabilities
/// stay in the order of time.
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
        let up = |row: usize| f64::from(u8::from(sample.up[row]));
        let mut inside = vec![false; p.len()];
        rows.iter().for_each(|&row| inside[row] = true);
        // Which rows a resample holds is chance, and so is how many of these.
        let share = |resample: &[usize]| {
            let (ups, all) = resample
                .iter()
                .filter(|&&row| inside[row])
                .fold((0.0, 0.0), |(ups, all), &row| (ups + up(row), all + 1.0));
            ups / all
        };
        let n = as_f64(rows.len());
        Ok(Self {
            from,
            to,
            n: rows.len(),
            forecast: rows.iter().map(|&row| p[row]).sum::<f64>() / n,
            up: rows.iter().map(|&row| up(row)).sum::<f64>() / n,
            up_interval: sample.interval(share)?,
        })
    }
}
