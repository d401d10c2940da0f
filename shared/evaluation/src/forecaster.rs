//! The scores of one forecaster, with intervals.

use super::{BootstrapSample, ReliabilityBin, Scores, reliability};
use crate::{bootstrap::BootstrapError, metrics};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Its scores. The expected calibration error is over the bins of `reliability`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecasterScores {
    /// Without intervals.
    #[serde(flatten)]
    pub scores: Scores,
    /// `1 - Brier / Brier of climatology`.
    pub brier_skill: f64,
    /// The interval of each; absent below [`MIN_INDEPENDENT`](super::MIN_INDEPENDENT) independent outcomes.
    pub intervals: Option<ScoreIntervals>,
    /// Ten equally wide bins of probability; empty ones are left out.
    pub reliability: Vec<ReliabilityBin>,
}

/// The interval of each score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreIntervals {
    /// Of the log loss.
    pub log_loss: [f64; 2],
    /// Of the Brier score.
    pub brier: [f64; 2],
    /// Of the Brier skill.
    pub brier_skill: [f64; 2],
    /// Of the accuracy.
    pub accuracy: [f64; 2],
    /// Of the area under the ROC curve.
    pub auc: Option<[f64; 2]>,
    /// Of the expected calibration error. Chance alone makes it larger than zero, and a resample larger still.
    pub calibration_error: [f64; 2],
}

impl ForecasterScores {
    /// Scores probabilities beside climatology's.
    pub(super) fn new(p: &[f64], climatology: &[f64], sample: &BootstrapSample<'_>) -> Result<Self, BootstrapError> {
        let up = sample.up;
        let scores = Scores::of(p, up);
        let (losses, errors) = (metrics::log_losses(p, up), metrics::squared_errors(p, up));
        let theirs = metrics::squared_errors(climatology, up);
        let hits: Vec<f64> = p.iter().zip(up).map(|(&p, &up)| f64::from(u8::from((p > 0.5) == up))).collect();
        let sum = |values: &[f64], rows: &[usize]| rows.iter().map(|&row| values[row]).sum::<f64>();
        let n = as_f64(up.len());
        let mean = |values: &[f64]| sample.interval(|rows| sum(values, rows) / n);
        let calibration_error = |rows: &[usize]| {
            let (p, up): (Vec<f64>, Vec<bool>) = rows.iter().map(|&row| (p[row], up[row])).unzip();
            metrics::expected_calibration_error(&p, &up, reliability::BINS)
        };
        let ranks = ProbabilityRanks::of(p);
        let intervals = || -> Result<ScoreIntervals, BootstrapError> {
            Ok(ScoreIntervals {
                log_loss: mean(&losses)?,
                brier: mean(&errors)?,
                brier_skill: sample.interval(|rows| 1.0 - sum(&errors, rows) / sum(&theirs, rows))?,
                accuracy: mean(&hits)?,
                auc: scores.auc.map(|_| sample.interval(|rows| ranks.auc(rows, up))).transpose()?,
                calibration_error: sample.interval(calibration_error)?,
            })
        };
        Ok(Self {
            intervals: sample.enough.then(intervals).transpose()?,
            brier_skill: metrics::brier_skill(p, climatology, up),
            reliability: reliability::equal_widths(p, sample)?,
            scores,
        })
    }
}

/// Each row's rank among the distinct probabilities: sorted once, so that thousands of resamples need not be.
struct ProbabilityRanks {
    rank: Vec<usize>,
    ranks: usize,
}

impl ProbabilityRanks {
    fn of(p: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        let mut ranks = Self { rank: vec![0; p.len()], ranks: 0 };
        for group in order.chunk_by(|&a, &b| p[a].total_cmp(&p[b]).is_eq()) {
            for &row in group {
                ranks.rank[row] = ranks.ranks;
            }
            ranks.ranks += 1;
        }
        ranks
    }

    /// Area under the ROC curve of some rows, ties counted half; NaN when only one outcome occurs.
    fn auc(&self, rows: &[usize], up: &[bool]) -> f64 {
        let mut counts = vec![(0.0, 0.0); self.ranks];
        for &row in rows {
            let (ups, downs) = &mut counts[self.rank[row]];
            *(if up[row] { ups } else { downs }) += 1.0;
        }
        let (mut wins, mut ups, mut below) = (0.0, 0.0, 0.0);
        for (ups_here, downs_here) in counts {
            wins += ups_here * (below + downs_here / 2.0);
            ups += ups_here;
            below += downs_here;
        }
        wins / (ups * below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_of_resampled_rows_is_that_of_the_metric() {
        let p = [0.1, 0.4, 0.4, 0.4, 0.55, 0.6, 0.7, 0.7, 0.9, 0.25];
        let up = [false, true, false, false, true, false, true, false, true, true];
        let ranks = ProbabilityRanks::of(&p);
        for rows in [vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9], vec![9, 9, 2, 2, 7, 1, 1, 8], vec![0, 4]] {
            let (chosen, outcomes): (Vec<f64>, Vec<bool>) = rows.iter().map(|&row| (p[row], up[row])).unzip();
            let expected = metrics::auc(&chosen, &outcomes).unwrap();
            assert!((ranks.auc(&rows, &up) - expected).abs() < 1e-12, "{rows:?}");
        }
        assert!(ranks.auc(&[0, 2], &up).is_nan());
    }
}
