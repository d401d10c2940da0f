//! The walk: one bar after the other.

use crate::{
    Regime,
    draws::{move_size, normal, overshoot, uniform},
    signal::Recent,
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Standard deviation of log-volatility around its level.
const WANDER: f64 = 0.55;
/// Its autocorrelation from one day to the next.
const PERSISTENCE: f64 = 0.97;
/// Standard deviation and bar-to-bar autocorrelation of the part of log-volume that volatility does not explain.
const VOLUME_NOISE: f64 = 0.35;
const VOLUME_PERSISTENCE: f64 = 0.7;
/// Lean towards the anchor per unit of log price, so that decades of bars keep to plausible prices.
const PULL: f64 = 0.02;
/// No bar moves the log price further.
const WIDEST_RETURN: f64 = 0.5;

/// A simulated bar and what was knowable at its close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedBar {
    /// The bar.
    pub bar: Bar,
    /// The true probability, given everything up to this bar, that the next bar closes higher.
    pub probability_up: f64,
}

/// Where a walk starts and how it goes.
#[derive(Debug, Clone)]
pub(crate) struct InitialState {
    pub(crate) seed: u64,
    pub(crate) interval: Interval,
    pub(crate) time: Timestamp,
    /// Open of the first bar, and the price the market is drawn towards.
    pub(crate) price: f64,
    pub(crate) recent: Recent,
    /// Root mean square of a bar's log return at the usual level.
    pub(crate) volatility: f64,
    /// Mean volume of a bar at the usual level.
    pub(crate) volume: f64,
    pub(crate) signal: f64,
    pub(crate) regime: Regime,
}

/// An endless sequence of bars; ends only where time does.
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
        let traits = self.regime.traits();
        let rng = &mut self.rng;

        let persistence = PERSISTENCE.powf(1.0 / bars_per_day);
        self.log_volatility = autoregress(self.log_volatility, persistence, WANDER, rng);
        // Less the variance, the mean square of the factor is 1.
        let sigma = self.start.volatility * traits.volatility * (self.log_volatility - WANDER.powi(2)).exp();

        let size = move_size(rng);
        let lean = (traits.drift_bias - PULL * (self.close / self.start.price).ln()) / bars_per_day.sqrt();
        let lean = lean.clamp(-0.8, 0.8);
        let up = uniform(rng) <= self.probability_up;
        let side = if up { 1.0 } else { -1.0 };
        let log_return = side * (sigma * size * (1.0 + side * lean)).min(WIDEST_RETURN);

        let open = self.close;
        let ticks = scale(open);
        let mut close = round(open * log_return.exp(), ticks);
        let stands = if up { close > open } else { close < open };
        if !stands {
            // Less than a tick: the sign stands, so one tick it is.
            close = round(open + side / ticks, ticks);
        }
        let above = overshoot(log_return, sigma, rng);
        let below = overshoot(-log_return, sigma, rng);
        let high = round(open.max(close) * above.exp(), ticks).max(open).max(close);
        let low = round(open.min(close) * (-below).exp(), ticks).min(open).min(close);

        self.log_volume = autoregress(self.log_volume, VOLUME_PERSISTENCE, VOLUME_NOISE, rng);
        let log_volume = self.log_volume + 0.8 * self.log_volatility + 0.3 * (size - 0.75) - 0.17;
        let volume = self.start.volume * traits.volume * log_volume.exp();
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

/// One step of a first-order autoregression with mean 0 and standard deviation `spread`.
fn autoregress(value: f64, persistence: f64, spread: f64, rng: &mut ChaCha8Rng) -> f64 {
    persistence * value + spread * (1.0 - persistence.powi(2)).sqrt() * normal(rng)
}

pub(crate) fn bars_per_day(interval: Interval) -> f64 {
    match interval {
        Interval::Hour => 24.0,
        Interval::Day => 1.0,
    }
}

/// Ticks per unit of price: six significant digits.
fn scale(value: f64) -> f64 {
    if value > 0.0 { 10.0_f64.powf((5.0 - value.log10().floor()).clamp(-300.0, 300.0)) } else { 1.0 }
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}
