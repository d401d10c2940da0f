//! Random walks and forecasts for tests.

use super::{Costs, EvaluatedForecast, EvaluationSettings};
use contracts::forecast::Direction;
use jiff::Timestamp;
use market_data::{Bar, Interval};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Daily bars whose close changes randomly by up to 5 %.
pub(super) fn bars(n: usize, seed: u64) -> Vec<Bar> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut close = 100.0;
    (0..n)
        .map(|day| {
            let open = close;
            close *= 1.0 + 0.1 * (rng.random::<f64>() - 0.5);
            Bar { time: day_time(day), open, high: open.max(close), low: open.min(close), close, volume: 1.0 }
        })
        .collect()
}

fn day_time(day: usize) -> Timestamp {
    Interval::Day.step("2018-01-01T00:00:00Z".parse().unwrap(), i64::try_from(day).unwrap())
}

/// Forecast at the close of a daily bar, with both baselines at one half.
pub(super) fn forecast_at(bar: usize, probability_up: f64, up: Option<bool>) -> EvaluatedForecast {
    EvaluatedForecast {
        bar,
        decision_time: day_time(bar + 1),
        probability_up,
        baseline_probability: 0.5,
        persistence_probability: 0.5,
        band: [probability_up - 0.1, probability_up + 0.1],
        direction: if probability_up > 0.5 { Direction::Up } else { Direction::Down },
        up,
    }
}

pub(super) fn settings() -> EvaluationSettings {
    EvaluationSettings { resamples: 300, seed: 1, min_effective: 100.0, costs: Costs::default() }
}
