//! Accuracy of the forecasts that pointed up or down.

use super::{BootstrapSample, EvaluatedForecast};
use crate::bootstrap::BootstrapError;
use contracts::forecast::Direction;
use serde::{Deserialize, Serialize};

/// Accuracy of the settled forecasts that pointed up or down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DirectionalAccuracy {
    /// Number of these forecasts.
    pub n: usize,
    /// Share of correct directions; absent without such forecasts.
    #[serde(rename = "right")]
    pub hit_rate: Option<f64>,
    /// Interval of the hit rate, low and high; absent below [`MIN_INDEPENDENT`](super::MIN_INDEPENDENT) independent outcomes.
    pub right_interval: Option<[f64; 2]>,
}

impl DirectionalAccuracy {
    pub(super) fn new(
        settled: &[(&EvaluatedForecast, bool)],
        sample: &BootstrapSample<'_>,
    ) -> Result<Self, BootstrapError> {
        let hits: Vec<Option<bool>> = settled
            .iter()
            .map(|(forecast, up)| match forecast.direction {
                Direction::Up => Some(*up),
                Direction::Down => Some(!*up),
                Direction::Abstain => None,
            })
            .collect();
        let n = hits.iter().flatten().count();
        if n == 0 {
            return Ok(Self { n, hit_rate: None, right_interval: None });
        }
        let hit_rate = |rows: &[usize]| {
            let (hit_count, n) = rows
                .iter()
                .filter_map(|&row| hits[row])
                .fold((0.0, 0.0), |(hit_count, n), hit| (hit_count + f64::from(u8::from(hit)), n + 1.0));
            hit_count / n
        };
        let all: Vec<usize> = (0..hits.len()).collect();
        Ok(Self {
            n,
            hit_rate: Some(hit_rate(&all)),
            right_interval: sample.enough.then(|| sample.interval(hit_rate)).transpose()?,
        })
    }
}
