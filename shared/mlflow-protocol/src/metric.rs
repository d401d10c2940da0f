//! Metrics: the latest value of a key, and the points of its history.

use crate::number;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// One value of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// Value; NaN and infinities are possible.
    #[serde(rename = "v", serialize_with = "number::write_double", deserialize_with = "number::double")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[serde(rename = "t")]
    pub timestamp: i64,
    /// Step of the training.
    #[serde(rename = "s")]
    pub step: i64,
}

impl MetricPoint {
    /// Order by step, then timestamp, then value; the greatest is the latest, as in MLflow. NaN is less than every number.
    #[must_use]
    pub fn cmp_latest(&self, other: &Self) -> Ordering {
        self.step.cmp(&other.step).then(self.timestamp.cmp(&other.timestamp)).then_with(|| self.cmp_value(other))
    }

    /// Order of a history: by timestamp, then step, then value.
    #[must_use]
    pub fn cmp_history(&self, other: &Self) -> Ordering {
        self.timestamp.cmp(&other.timestamp).then(self.step.cmp(&other.step)).then_with(|| self.cmp_value(other))
    }

    fn cmp_value(&self, other: &Self) -> Ordering {
        let rank = |value: f64| if value.is_nan() { f64::NEG_INFINITY } else { value };
        rank(self.value).total_cmp(&rank(other.value)).then(other.value.is_nan().cmp(&self.value.is_nan()))
    }
}

/// A metric on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Key.
    pub key: String,
    /// Value; NaN and infinities are texts.
    #[serde(serialize_with = "number::write_double", deserialize_with = "number::double")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[serde(deserialize_with = "number::int64")]
    pub timestamp: i64,
    /// Step of the training, 0 if absent.
    #[serde(default, deserialize_with = "step")]
    pub step: i64,
}

fn step<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(number::optional_int64(deserializer)?.unwrap_or_default())
}

impl Metric {
    /// Metric with a key and a point.
    #[must_use]
    pub fn new(key: impl Into<String>, point: MetricPoint) -> Self {
        let MetricPoint { value, timestamp, step } = point;
        Self { key: key.into(), value, timestamp, step }
    }

    /// Its point.
    #[must_use]
    pub const fn point(&self) -> MetricPoint {
        MetricPoint { value: self.value, timestamp: self.timestamp, step: self.step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_value_is_that_of_the_greatest_step_timestamp_and_value() {
        let point = |step, timestamp, value| MetricPoint { value, timestamp, step };
        let ascending = [
            point(0, 9, f64::NAN),
            point(0, 9, f64::NEG_INFINITY),
            point(0, 9, 1.0),
            point(0, 9, 2.0),
            point(0, 10, -1.0),
            point(1, 1, 0.0),
        ];
        for pair in ascending.windows(2) {
            assert_eq!(pair[0].cmp_latest(&pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(pair[1].cmp_latest(&pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(ascending[0].cmp_latest(&ascending[0]), Ordering::Equal);
    }
}
