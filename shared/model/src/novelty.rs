//! Novelty: distance of a feature row from the training rows of a model.

use crate::ArtifactError;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Highest score; greater distances say no more.
pub const MAX_NOVELTY: f64 = 1_000.0;

/// Range of each feature in the training rows, and the score that few of them exceed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedRange {
    /// Low end of each feature, in their order: a quantile of the training rows near zero.
    pub low: Vec<f64>,
    /// High end of each feature, in their order, not below its low end: a quantile near one.
    pub high: Vec<f64>,
    /// Score above which a row is novel, 0 to [`MAX_NOVELTY`]: a quantile of the training rows' own scores near one.
    pub threshold: f64,
}

impl TrainedRange {
    /// Mean over the features of the distance outside their range, in widths of the range; 0 if all are inside. The distance
    /// from the range of a constant feature counts as it is. Both the number of features outside and how far one of them is
    /// outside raise it.
    #[must_use]
    pub fn score(&self, values: &[f64]) -> f64 {
        let ranges = self.low.iter().zip(&self.high);
        let distances = ranges.zip(values).map(|((&low, &high), &value)| {
            let width = high - low;
            let outside = (low - value).max(value - high).max(0.0);
            // Limited one by one, so that the sum stays finite.
            (if width > 0.0 { outside / width } else { outside }).min(MAX_NOVELTY * as_f64(values.len()))
        });
        (distances.sum::<f64>() / as_f64(values.len().max(1))).min(MAX_NOVELTY)
    }

    /// Checks that there is a range of finite numbers for each of `features`, and the threshold is a score.
    pub(crate) fn validate(&self, features: usize) -> Result<(), ArtifactError> {
        for (part, found) in [("low ends", self.low.len()), ("high ends", self.high.len())] {
            if found != features {
                return Err(ArtifactError::Length { part, found, expected: features });
            }
        }
        for (&low, &high) in self.low.iter().zip(&self.high) {
            if !(low.is_finite() && high.is_finite() && low <= high && (high - low).is_finite()) {
                let (name, expected) = ("end of a trained range", "finite numbers in ascending order");
                return Err(ArtifactError::Value { name, value: high, expected });
            }
        }
        if (0.0..=MAX_NOVELTY).contains(&self.threshold) {
            Ok(())
        } else {
            let (name, value) = ("novelty threshold", self.threshold);
            Err(ArtifactError::Value { name, value, expected: "a number from 0 to 1000" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range() -> TrainedRange {
        TrainedRange { low: vec![-1.0, 0.0, 5.0], high: vec![1.0, 4.0, 5.0], threshold: 0.5 }
    }

    /// Computed by hand: half a width below, one and a half widths above, and 0.25 from a constant, divided by three.
    #[test]
    fn the_score_is_the_mean_distance_outside_in_widths() {
        for (values, expected) in [
            ([0.5, 4.0, 5.0], 0.0),
            ([-2.0, 2.0, 5.0], 0.5 / 3.0),
            ([-2.0, 10.0, 4.75], 2.25 / 3.0),
            ([f64::MAX, f64::MIN, 5.0], MAX_NOVELTY),
        ] {
            let score = range().score(&values);
            assert!((score - expected).abs() < 1e-12, "{values:?}: {score}");
        }
    }

    #[test]
    fn a_range_that_no_training_can_have_is_rejected() {
        let reject = |range: TrainedRange| range.validate(3).unwrap_err().to_string();
        assert!(range().validate(3).is_ok());
        assert!(matches!(range().validate(4), Err(ArtifactError::Length { part: "low ends", found: 3, expected: 4 })));
        let mut swapped = range();
        std::mem::swap(&mut swapped.low, &mut swapped.high);
        assert!(reject(swapped).contains("end of a trained range"));
        let endless = TrainedRange { low: vec![f64::MIN, 0.0, 5.0], high: vec![f64::MAX, 4.0, 5.0], ..range() };
        assert!(reject(endless).contains("end of a trained range"));
        assert!(reject(TrainedRange { threshold: f64::NAN, ..range() }).contains("novelty threshold"));
    }
}
