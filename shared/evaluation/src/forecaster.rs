//! Scores of one forecaster, with intervals.

use super::{BootstrapSample, ReliabilityBin, Scores, reliability};
use crate::{bootstrap::BootstrapError, metrics};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Scores of one forecaster. The expected calibration error uses the bins of `reliability`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecasterScores {
    /// Scores without intervals.
    #[serde(flatten)]
    pub scores: Scores,
    /// Brier skill over climatology: `1 - Brier / Brier of climatology`.
    pub brier_skill: f64,
    /// Interval of each score; absent below [`MIN_INDEPENDENT`](super::MIN_INDEPENDENT) independent outcomes.
    pub intervals: Option<ScoreIntervals>,
    /// Reliability curve over ten bins of equal width, without empty bins.
    pub reliability: Vec<ReliabilityBin>,
}

/// Interval of each score, low and high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreIntervals {
    /// Interval of the log loss.
    pub log_loss: [f64; 2],
    /// Interval of the Brier score.
    pub brier: [f64; 2],
    /// Interval of the Brier skill.
    pub brier_skill: [f64; 2],
    /// Interval of the accuracy.
    pub accuracy: [f64; 2],
    /// Interval of the area under the ROC curve; absent if only one outcome occurred.
    pub auc: Option<[f64; 2]>,
    /// Interval of the expected calibration error. Chance alone makes the error positive, and that of a resample larger.
    pub calibration_error: [f64; 2],
}

impl ForecasterScores {
    /// Scores probabilities of up in comparison with climatology.
    pub(super) fn new(p: &[f64], climatology: &[f64], sample: &BootstrapSample<'_>) -> Result<Self, BootstrapError> {
        let outcomes = sample.outcomes;
        let scores = Scores::measure(p, outcomes);
        let (losses, errors) = (metrics::log_losses(p, outcomes), metrics::squared_errors(p, outcomes));
        let climatology_errors = metrics::squared_errors(climatology, outcomes);
        let hits: Vec<f64> = p.iter().zip(outcomes).map(|(&p, &up)| f64::from(u8::from((p > 0.5) == up))).collect();
        let sum = |values: &[f64], rows: &[usize]| rows.iter().map(|&row| values[row]).sum::<f64>();
        let n = as_f64(outcomes.len());
        let mean = |values: &[f64]| sample.interval(|rows| sum(values, rows) / n);
        let calibration_error = |rows: &[usize]| {
            let (p, outcomes): (Vec<f64>, Vec<bool>) = rows.iter().map(|&row| (p[row], outcomes[row])).unzip();
            metrics::expected_calibration_error(&p, &outcomes, reliability::BINS)
        };
        let ranks = ProbabilityRanks::new(p);
        let intervals = || -> Result<ScoreIntervals, BootstrapError> {
            Ok(ScoreIntervals {
                log_loss: mean(&losses)?,
                brier: mean(&errors)?,
                brier_skill: sample.interval(|rows| 1.0 - sum(&errors, rows) / sum(&climatology_errors, rows))?,
                accuracy: mean(&hits)?,
                auc: scores.auc.map(|_| sample.interval(|rows| ranks.auc(rows, outcomes))).transpose()?,
                calibration_error: sample.interval(calibration_error)?,
            })
        };
        Ok(Self {
            intervals: sample.enough.then(intervals).transpose()?,
            brier_skill: metrics::brier_skill(p, climatology, outcomes),
            reliability: reliability::equal_width_bins(p, sample)?,
            scores,
        })
    }
}

/// Rank of each row among the distinct probabilities. Sorting once saves sorting thousands of resamples.
struct ProbabilityRanks {
    rank: Vec<usize>,
    /// Number of distinct probabilities.
    ranks: usize,
}

impl ProbabilityRanks {
    fn new(p: &[f64]) -> Self {
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

    /// Area under the ROC curve of some rows, with ties counted half; NaN if only one outcome occurs.
    fn auc(&self, rows: &[usize], outcomes: &[bool]) -> f64 {
        let mut counts = vec![(0.0, 0.0); self.ranks];
        for &row in rows {
            let (ups, downs) = &mut counts[self.rank[row]];
            *(if outcomes[row] { ups } else { downs }) += 1.0;
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
    fn the_area_by_ranks_equals_the_metric() {
        let p = [0.1, 0.4, 0.4, 0.4, 0.55, 0.6, 0.7, 0.7, 0.9, 0.25];
        let outcomes = [false, true, false, false, true, false, true, false, true, true];
        let ranks = ProbabilityRanks::new(&p);
        for rows in [vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9], vec![9, 9, 2, 2, 7, 1, 1, 8], vec![0, 4]] {
            let (resampled, up): (Vec<f64>, Vec<bool>) = rows.iter().map(|&row| (p[row], outcomes[row])).unzip();
            let expected = metrics::auc(&resampled, &up).unwrap();
            assert!((ranks.auc(&rows, &outcomes) - expected).abs() < 1e-12, "{rows:?}");
        }
        assert!(ranks.auc(&[0, 2], &outcomes).is_nan());
    }
}
