//! How often it went up when so much was forecast.

use super::Sample;
use domain::bootstrap::BootstrapError;
use serde::Serialize;

/// Bins of the reliability and of the expected calibration error.
pub(crate) const BINS: usize = 10;

/// Similar forecasts.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Bin {
    /// Lowest probability it may hold.
    pub(crate) from: f64,
    /// Highest.
    pub(crate) to: f64,
    pub(crate) n: usize,
    /// Mean probability.
    pub(crate) forecast: f64,
    /// Share that went up.
    pub(crate) up: f64,
    /// Its interval.
    pub(crate) up_interval: [f64; 2],
}

/// Equally wide bins of probability, without the empty ones.
pub(crate) fn equal_widths(p: &[f64], sample: &Sample<'_>) -> Result<Vec<Bin>, BootstrapError> {
    let edge = |bin: usize| count(bin) / count(BINS);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
    let place = |p: f64| ((p * count(BINS)).max(0.0) as usize).min(BINS - 1);
    (0..BINS)
        .map(|bin| ((0..p.len()).filter(|&row| place(p[row]) == bin).collect::<Vec<_>>(), [edge(bin), edge(bin + 1)]))
        .filter(|(rows, _)| !rows.is_empty())
        .map(|(rows, edges)| Bin::new(&rows, edges, p, sample))
        .collect()
}

/// Bins of equally many forecasts, by the size of their probability; equal ones stay in the order of time.
pub(crate) fn equal_counts(p: &[f64], sample: &Sample<'_>) -> Result<Vec<Bin>, BootstrapError> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    (0..BINS)
        .map(|bin| &order[p.len() * bin / BINS..p.len() * (bin + 1) / BINS])
        .filter_map(|rows| Some((rows, [p[*rows.first()?], p[*rows.last()?]])))
        .map(|(rows, edges)| Bin::new(rows, edges, p, sample))
        .collect()
}

impl Bin {
    fn new(rows: &[usize], [from, to]: [f64; 2], p: &[f64], sample: &Sample<'_>) -> Result<Self, BootstrapError> {
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
        let n = count(rows.len());
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

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
fn count(n: usize) -> f64 {
    n as f64
}
