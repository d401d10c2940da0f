//! Simulated bars for unit tests.

use jiff::Timestamp;
use market_data::{Bar, Interval, bar::validate_bars};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Open time of the first simulated bar.
pub(crate) const FIRST_OPEN: &str = "2021-03-04T00:00:00Z";

/// Valid consecutive bars with random prices and volumes.
pub(crate) fn simulated_bars(seed: u64, n: usize, interval: Interval) -> Vec<Bar> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut close: f64 = 1_800.0;
    let mut time: Timestamp = FIRST_OPEN.parse().unwrap();
    let bars: Vec<Bar> = (0..n)
        .map(|_| {
            let open = close;
            close *= (0.06 * (rng.random::<f64>() - 0.5)).exp();
            let high = open.max(close) * (0.01 * rng.random::<f64>()).exp();
            let low = open.min(close) * (-0.01 * rng.random::<f64>()).exp();
            let bar = Bar { time, open, high, low, close, volume: 1_000.0 * rng.random::<f64>() };
            time = interval.step(time, 1);
            bar
        })
        .collect();
    validate_bars(&bars, interval).unwrap();
    bars
}
