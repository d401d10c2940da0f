//! Rows of a fit and their weights.

use crate::{Candidate, training_set::TrainingSet};
use std::ops::Range;

/// Seconds of a mean year.
const YEAR_SECONDS: f64 = 365.25 * 86_400.0;

/// Rows of a fit with their weights, whose mean is 1. Weights depend on no row outside the range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeightedRows {
    pub(crate) rows: Vec<usize>,
    /// Weight of each row, above zero.
    pub(crate) weights: Vec<f64>,
}

impl WeightedRows {
    /// Selects at most `max_rows` rows of a range outside the neutral band, and weights them as the candidate defines.
    pub(crate) fn new(candidate: &Candidate, training_set: &TrainingSet, range: Range<usize>, max_rows: usize) -> Self {
        let decisive: Vec<usize> = range.clone().filter(|&row| !training_set.neutral[row]).collect();
        let rows = subsample_evenly(&decisive, max_rows);
        let uniqueness = candidate.uniqueness.then(|| uniqueness(training_set, range));
        let last = rows.last().map(|&row| training_set.decision_times[row]);
        let mut weights: Vec<f64> = rows
            .iter()
            .map(|&row| {
                let recency = candidate.half_life.zip(last).map_or(1.0, |(half_life, last)| {
                    let age = last.duration_since(training_set.decision_times[row]).as_secs_f64() / YEAR_SECONDS;
                    0.5_f64.powf(age / half_life)
                });
                recency * uniqueness.as_ref().map_or(1.0, |(start, uniqueness)| uniqueness[row - start])
            })
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        weights.iter_mut().for_each(|weight| *weight /= mean);
        Self { rows, weights }
    }
}

/// Selects at most `max_rows` rows, spread evenly, always with the last.
fn subsample_evenly(rows: &[usize], max_rows: usize) -> Vec<usize> {
    let n = rows.len();
    let count = n.min(max_rows);
    (1..=count).map(|k| rows[n * k / count - 1]).collect()
}

/// First row of the range, and the average uniqueness of each row's label: the mean, over the bars that the label covers, of
/// one divided by the number of labels that cover the bar.
fn uniqueness(training_set: &TrainingSet, range: Range<usize>) -> (usize, Vec<f64>) {
    let bars = &training_set.bar_indices[range.clone()];
    let (Some(&first), Some(&last)) = (bars.first(), bars.last()) else { return (range.start, vec![]) };
    // The label of a row covers as many bars after its own as the horizon.
    let mut covers = vec![0.0; last - first + training_set.horizon];
    for bar in bars {
        covers[bar - first..][..training_set.horizon].iter_mut().for_each(|labels| *labels += 1.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "horizons are far below 2^52")]
    let horizon = training_set.horizon as f64;
    let unique =
        |bar: &usize| covers[bar - first..][..training_set.horizon].iter().map(|n| 1.0 / n).sum::<f64>() / horizon;
    (range.start, bars.iter().map(unique).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FeatureSubset, Hyperparameters, testing::training_set};

    fn candidate(half_life: Option<f64>, uniqueness: bool) -> Candidate {
        Candidate {
            half_life,
            uniqueness,
            ..Candidate::unweighted(Hyperparameters::Logistic { ridge: 1.0, inputs: FeatureSubset::All })
        }
    }

    #[test]
    fn a_subsample_is_even_and_has_the_last_row() {
        assert_eq!(subsample_evenly(&(10..20).collect::<Vec<_>>(), 5), [11, 13, 15, 17, 19]);
        assert_eq!(subsample_evenly(&[3, 4, 5], 100), [3, 4, 5]);
        assert!(subsample_evenly(&[], 5).is_empty());
    }

    #[test]
    fn a_row_two_half_lives_old_weighs_a_quarter() {
        let training_set = training_set(732, 1);
        let WeightedRows { rows, weights } =
            WeightedRows::new(&candidate(Some(1.0), false), &training_set, 0..732, 10_000);
        assert_eq!(rows.len(), 732);
        assert!((weights.iter().sum::<f64>() / 732.0 - 1.0).abs() < 1e-12);
        let ratio = weights[0] / weights[731];
        assert!((ratio - 0.25).abs() < 1e-3, "two years: {ratio}");
        assert!(
            WeightedRows::new(&candidate(None, false), &training_set, 5..700, 100)
                .weights
                .iter()
                .all(|w| (w - 1.0).abs() < 1e-12)
        );
    }

    #[test]
    fn overlapping_labels_weigh_less_than_a_separate_one() {
        let mut training_set = training_set(10, 1);
        training_set.horizon = 3;
        // Rows of consecutive bars, except for the last.
        training_set.bar_indices[9] = 20;
        let (start, unique) = uniqueness(&training_set, 2..10);
        assert_eq!((start, unique.len()), (2, 8));
        assert!((unique[7] - 1.0).abs() < 1e-12, "alone: {}", unique[7]);
        assert!((unique[3] - 1.0 / 3.0).abs() < 1e-12, "in the middle: {}", unique[3]);
        // The first bar of the first label is covered by no other label.
        assert!((unique[0] - (1.0 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-12, "{}", unique[0]);
    }

    #[test]
    fn rows_in_the_neutral_band_are_excluded() {
        let mut training_set = training_set(100, 1);
        (0..50).for_each(|row| training_set.neutral[row * 2] = true);
        let WeightedRows { rows, weights } = WeightedRows::new(&candidate(None, false), &training_set, 0..100, 1_000);
        assert!(rows.iter().all(|row| row % 2 == 1) && rows.len() == 50 && weights.len() == 50);
    }
}
