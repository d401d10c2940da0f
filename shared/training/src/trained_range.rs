//! Range of the features in the training rows.

use evaluation::bootstrap::quantile;
use features::FeatureRow;
use model::TrainedRange;

/// Share of the training rows below the low end of a feature, and above its high end.
const TAIL: f64 = 0.001;
/// Share of the training rows whose own score is above the threshold.
const NOVEL_SHARE: f64 = 0.001;

/// Measures the range of each feature of the rows, and the threshold of the novelty; `None` without rows.
pub(crate) fn trained_range(rows: &[FeatureRow]) -> Option<TrainedRange> {
    let features = rows.first()?.values.len();
    let column = |feature: usize| ascending(rows.iter().map(|row| row.values[feature]));
    let (low, high) = (0..features)
        .map(|feature| {
            let values = column(feature);
            (readable(quantile(&values, TAIL)), readable(quantile(&values, 1.0 - TAIL)))
        })
        .unzip();
    let mut range = TrainedRange { low, high, threshold: 0.0 };
    let scores = ascending(rows.iter().map(|row| range.score(&row.values)));
    range.threshold = readable(quantile(&scores, 1.0 - NOVEL_SHARE));
    Some(range)
}

fn ascending(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Value with six significant digits, which keeps the artifact small.
fn readable(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn row(values: Vec<f64>) -> FeatureRow {
        FeatureRow { time: Timestamp::UNIX_EPOCH, values }
    }

    /// 10,001 rows from 0 to 1: the ends are at the quantiles, and 1 row in 1000 is novel.
    #[test]
    fn one_row_in_a_thousand_is_novel() {
        let rows: Vec<FeatureRow> = (0..=10_000).map(|i| row(vec![f64::from(i) / 10_000.0, 7.0])).collect();
        let range = trained_range(&rows).unwrap();
        assert_eq!((&range.low, &range.high), (&vec![0.001, 7.0], &vec![0.999, 7.0]));
        let novel = rows.iter().filter(|row| range.score(&row.values) > range.threshold).count();
        // Both tails have equal scores, and the threshold is rounded.
        assert!((8..=12).contains(&novel), "{novel}");
        assert!(range.score(&[0.5, 7.1]) > range.threshold, "a constant feature that changes");
        assert_eq!(trained_range(&[]), None);
    }
}
