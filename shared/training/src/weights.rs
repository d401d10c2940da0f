//! Which rows a fit uses, and how much each counts.

use crate::{Candidate, training_set::TrainingSet};
use std::ops::Range;

/// A year in seconds.
const YEAR: f64 = 365.25 * 86_400.0;

/// Rows to fit on with their weights, whose mean is 1. Nothing here looks beyond the range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeightedRows {
    pub(crate) rows: Vec<usize>,
    /// As long as `rows`, above zero.
    pub(crate) weights: Vec<f64>,
}

impl WeightedRows {
    /// The rows of a range outside the neutral band, at most `most` of them, weighted as the candidate asks.
    pub(crate) fn new(candidate: &Candidate, frame: &TrainingSet, range: Range<usize>, most: usize) -> Self {
        let decided: Vec<usize> = range.clone().filter(|&row| !frame.neutral[row]).collect();
        let rows = subsample_evenly(&decided, most);
        let unique = candidate.uniqueness.then(|| uniqueness(frame, range));
        let last = rows.last().map(|&row| frame.decision_times[row]);
        let mut weights: Vec<f64> = rows
            .iter()
            .map(|&row| {
                let recent = candidate.half_life.zip(last).map_or(1.0, |(half_life, last)| {
                    let age = last.duration_since(frame.decision_times[row]).as_secs_f64() / YEAR;
                    0.5_f64.powf(age / half_life)
                });
                recent * unique.as_ref().map_or(1.0, |(start, unique)| unique[row - start])
            })
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        weights.iter_mut().for_each(|weight| *weight /= mean);
        Self { rows, weights }
    }
}

/// At most `most` of some rows, spread evenly, always with the last.
fn subsample_evenly(rows: &[usize], most: usize) -> Vec<usize> {
    let n = rows.len();
    let kept = n.min(most);
    (1..=kept).map(|k| rows[n * k / kept - 1]).collect()
}

/// For each row of a range the mean, over the bars its label covers, of one over the labels that cover the bar; and
/// the row the list starts with.
fn uniqueness(frame: &TrainingSet, range: Range<usize>) -> (usize, Vec<f64>) {
    let bars = &frame.bar_indices[range.clone()];
    let (Some(&first), Some(&last)) = (bars.first(), bars.last()) else { return (range.start, vec![]) };
    // The label of a row covers the bars after its own, as many as the horizon.
    let mut covers = vec![0.0; last - first + frame.horizon];
    for bar in bars {
        covers[bar - first..][..frame.horizon].iter_mut().for_each(|labels| *labels += 1.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "horizons are far below 2^52")]
    let horizon = frame.horizon as f64;
    let unique = |bar: &usize| covers[bar - first..][..frame.horizon].iter().map(|n| 1.0 / n).sum::<f64>() / horizon;
    (range.start, bars.iter().map(unique).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FeatureSubset, Hyperparameters, testing::frame};

    fn candidate(half_life: Option<f64>, uniqueness: bool) -> Candidate {
        Candidate {
            half_life,
            uniqueness,
            ..Candidate::unweighted(Hyperparameters::Logistic { ridge: 1.0, inputs: FeatureSubset::All })
        }
    }

    #[test]
    fn thinning_keeps_the_last_row_and_spreads_the_others() {
        assert_eq!(subsample_evenly(&(10..20).collect::<Vec<_>>(), 5), [11, 13, 15, 17, 19]);
        assert_eq!(subsample_evenly(&[3, 4, 5], 100), [3, 4, 5]);
        assert!(subsample_evenly(&[], 5).is_empty());
    }

    #[test]
    fn a_row_of_one_half_life_ago_counts_half() {
        let frame = frame(732, 1);
        let WeightedRows { rows, weights } = WeightedRows::new(&candidate(Some(1.0), false), &frame, 0..732, 10_000);
        assert_eq!(rows.len(), 732);
        assert!((weights.iter().sum::<f64>() / 732.0 - 1.0).abs() < 1e-12);
        let ratio = weights[0] / weights[731];
        assert!((ratio - 0.25).abs() < 1e-3, "two years: {ratio}");
        assert!(
            WeightedRows::new(&candidate(None, false), &frame, 5..700, 100)
                .weights
                .iter()
                .all(|w| (w - 1.0).abs() < 1e-12)
        );
    }

    #[test]
    fn labels_that_overlap_count_less_than_one_that_stands_alone() {
        let mut frame = frame(10, 1);
        frame.horizon = 3;
        // Rows of ten bars in a row, but the last stands apart.
        frame.bar_indices[9] = 20;
        let (start, unique) = uniqueness(&frame, 2..10);
        assert_eq!((start, unique.len()), (2, 8));
        assert!((unique[7] - 1.0).abs() < 1e-12, "alone: {}", unique[7]);
        assert!((unique[3] - 1.0 / 3.0).abs() < 1e-12, "in the middle: {}", unique[3]);
        // The first label of the range shares its first bar with nobody.
        assert!((unique[0] - (1.0 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-12, "{}", unique[0]);
    }

    #[test]
    fn rows_in_the_neutral_band_are_left_out() {
        let mut frame = frame(100, 1);
        (0..50).for_each(|row| frame.neutral[row * 2] = true);
        let WeightedRows { rows, weights } = WeightedRows::new(&candidate(None, false), &frame, 0..100, 1_000);
        assert!(rows.iter().all(|row| row % 2 == 1) && rows.len() == 50 && weights.len() == 50);
    }
}
