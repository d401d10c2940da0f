//! Generator of simulated bars, one after the other.

use crate::{
    Regime,
    draws::{move_size, normal, overshoot, uniform},
    signal::RecentCloses,
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Standard deviation of log volatility around its level.
const LOG_VOLATILITY_DEVIATION: f64 = 0.55;
/// Autocorrelation of log volatility from one day to the next.
const VOLATILITY_PERSISTENCE: f64 = 0.97;
/// Standard deviation of the part of log volume that volatility does not explain.
const VOLUME_NOISE: f64 = 0.35;
/// Autocorrelation of that part from one bar to the next.
const VOLUME_PERSISTENCE: f64 = 0.7;
/// Strength of the mean reversion per unit of log price. It keeps prices plausible over decades of bars.
const MEAN_REVERSION: f64 = 0.02;
/// Maximum absolute log return of a bar.
const MAX_LOG_RETURN: f64 = 0.5;

/// Simulated bar with the best possible forecast at its close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedBar {
    /// The bar itself.
    pub bar: Bar,
    /// True probability, given all bars up to this one, that the next bar closes higher.
    pub probability_up: f64,
}

/// Initial state and parameters of a generator.
#[derive(Debug, Clone)]
pub(crate) struct InitialState {
    pub(crate) seed: u64,
    pub(crate) interval: Interval,
    pub(crate) time: Timestamp,
    /// Open of the first bar, and the price that prices revert to.
    pub(crate) price: f64,
    pub(crate) recent: RecentCloses,
    /// Root mean square of a bar's log return at the usual level.
    pub(crate) volatility: f64,
    /// Mean volume of a bar at the usual level.
    pub(crate) volume: f64,
    pub(crate) signal: f64,
    pub(crate) regime: Regime,
}

/// Endless iterator of bars; it ends only at the latest representable time.
#[derive(Debug, Clone)]
pub struct BarGenerator {
    start: InitialState,
    rng: ChaCha8Rng,
    time: Timestamp,
    close: f64,
    regime: Regime,
    log_volatility: f64,
    log_volume: f64,
    probability_up: f64,
}

impl BarGenerator {
    pub(crate) fn new(mut start: InitialState) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(start.seed),
            time: start.interval.floor(start.time),
            close: start.price,
            regime: start.regime.first(),
            log_volatility: 0.0,
            log_volume: 0.0,
            probability_up: start.recent.probability_up(start.signal),
            start,
        }
    }
}

impl Iterator for BarGenerator {
    type Item = SimulatedBar;

    fn next(&mut self) -> Option<SimulatedBar> {
        let bars_per_day = bars_per_day(self.start.interval);
        let regime = self.regime.params();
        let rng = &mut self.rng;

        let persistence = VOLATILITY_PERSISTENCE.powf(1.0 / bars_per_day);
        self.log_volatility = autoregress(self.log_volatility, persistence, LOG_VOLATILITY_DEVIATION, rng);
        // Subtracting the variance makes the mean square of the factor 1.
        let sigma =
            self.start.volatility * regime.volatility * (self.log_volatility - LOG_VOLATILITY_DEVIATION.powi(2)).exp();

        let size = move_size(rng);
        let drift = (regime.drift_bias - MEAN_REVERSION * (self.close / self.start.price).ln()) / bars_per_day.sqrt();
        let drift = drift.clamp(-0.8, 0.8);
        let up = uniform(rng) <= self.probability_up;
        let side = if up { 1.0 } else { -1.0 };
        let log_return = side * (sigma * size * (1.0 + side * drift)).min(MAX_LOG_RETURN);

        let open = self.close;
        let ticks_per_unit = scale(open);
        let mut close = round(open * log_return.exp(), ticks_per_unit);
        let has_sign = if up { close > open } else { close < open };
        if !has_sign {
            // Rounding removed a move of less than a tick; one tick keeps its sign.
            close = round(open + side / ticks_per_unit, ticks_per_unit);
        }
        let above = overshoot(log_return, sigma, rng);
        let below = overshoot(-log_return, sigma, rng);
        let high = round(open.max(close) * above.exp(), ticks_per_unit).max(open).max(close);
        let low = round(open.min(close) * (-below).exp(), ticks_per_unit).min(open).min(close);

        self.log_volume = autoregress(self.log_volume, VOLUME_PERSISTENCE, VOLUME_NOISE, rng);
        let log_volume = self.log_volume + 0.8 * self.log_volatility + 0.3 * (size - 0.75) - 0.17;
        let volume = self.start.volume * regime.volume * log_volume.exp();
        let volume = round(volume, scale(volume));

        let bar = Bar { time: self.time, open, high, low, close, volume };
        let next = self.start.interval.step(self.time, 1);
        if next == self.time {
            return None;
        }
        self.time = next;
        self.close = close;
        self.start.recent.push(close);
        self.probability_up = self.start.recent.probability_up(self.start.signal);
        self.regime = self.start.regime.next(self.regime, bars_per_day, &mut self.rng);
        Some(SimulatedBar { bar, probability_up: self.probability_up })
    }
}

/// Step of a first-order autoregression with mean 0 and standard deviation `deviation`.
fn autoregress(value: f64, persistence: f64, deviation: f64, rng: &mut ChaCha8Rng) -> f64 {
    persistence * value + deviation * (1.0 - persistence.powi(2)).sqrt() * normal(rng)
}

pub(crate) fn bars_per_day(interval: Interval) -> f64 {
    match interval {
        Interval::Hour => 24.0,
        Interval::Day => 1.0,
    }
}

/// Ticks per unit of price, for six significant digits.
fn scale(value: f64) -> f64 {
    if value > 0.0 { 10.0_f64.powf((5.0 - value.log10().floor()).clamp(-300.0, 300.0)) } else { 1.0 }
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}
