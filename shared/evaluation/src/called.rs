//! The forecasts that pointed somewhere.

use super::{BootstrapSample, EvaluatedForecast};
use crate::bootstrap::BootstrapError;
use contracts::forecast::Direction;
use serde::{Deserialize, Serialize};

/// The settled forecasts that pointed up or down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DirectionalAccuracy {
    /// How many.
    pub n: usize,
    /// Share of those that were right; absent when there are none.
    #[serde(rename = "right")]
    pub hit_rate: Option<f64>,
    /// Its interval; absent below [`MIN_INDEPENDENT`](super::MIN_INDEPENDENT) independent outcomes.
    pub right_interval: Option<[f64; 2]>,
}

impl DirectionalAccuracy {
    pub(super) fn new(
        settled: &[(&EvaluatedForecast, bool)],
        sample: &BootstrapSample<'_>,
    ) -> Result<Self, BootstrapError> {
        let right: Vec<Option<bool>> = settled
            .iter()
            .map(|(one, up)| match one.direction {
                Direction::Up => Some(*up),
                Direction::Down => Some(!*up),
                Direction::Abstain => None,
            })
            .collect();
        let n = right.iter().flatten().count();
        if n == 0 {
            return Ok(Self { n, hit_rate: None, right_interval: None });
        }
        let share = |rows: &[usize]| {
            let (hits, all) = rows
                .iter()
                .filter_map(|&row| right[row])
                .fold((0.0, 0.0), |(hits, all), hit| (hits + f64::from(u8::from(hit)), all + 1.0));
            hits / all
        };
        let all: Vec<usize> = (0..right.len()).collect();
        Ok(Self {
            n,
            hit_rate: Some(share(&all)),
            right_interval: sample.enough.then(|| sample.interval(share)).transpose()?,
        })
    }
}
