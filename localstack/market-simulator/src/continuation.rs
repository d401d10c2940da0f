//! Continuation of bars, stored or simulated, in another regime.

use crate::{
    BarGenerator, MarketModel, Regime,
    generator::{InitialState, bars_per_day},
    signal::RecentCloses,
};
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// Number of last bars that determine the usual volatility and volume.
const LEVEL_BARS: usize = 200;

/// Continuation of a history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuation {
    /// Seed of every draw.
    pub seed: u64,
    /// Interval of the history's bars.
    pub interval: Interval,
    /// Strength of the signal, as in [`MarketModel::signal`].
    pub signal: f64,
    /// Regime from the first new bar on.
    pub regime: Regime,
}

/// Failure to continue a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContinuationError {
    /// There is no last bar to continue from.
    #[error("the history is empty: there is no bar to continue from")]
    Empty,
}

impl Continuation {
    /// Generates the bars after `history`, without end. The first opens at the last close, one interval later.
    ///
    /// The usual volatility and volume are those of the history's last 200 bars, and the regime multiplies them:
    /// [`Regime::Crisis`] has 4 times the volatility, 5 times the volume, and falling prices. A history without movement
    /// continues with the volatility of [`MarketModel::new`].
    ///
    /// # Errors
    /// [`ContinuationError::Empty`] when there is no bar.
    pub fn generate(&self, history: &[Bar]) -> Result<BarGenerator, ContinuationError> {
        let last = history.last().ok_or(ContinuationError::Empty)?;
        let recent = &history[history.len().saturating_sub(LEVEL_BARS)..];
        let squares = recent.windows(2).map(|pair| (pair[1].close / pair[0].close).ln().powi(2));
        let volatility = mean(squares).sqrt();
        let fallback = MarketModel::new(self.seed, self.interval, last.time);
        Ok(BarGenerator::new(InitialState {
            seed: self.seed,
            interval: self.interval,
            time: self.interval.step(last.time, 1),
            price: last.close,
            recent: RecentCloses::new(recent.iter().map(|bar| bar.close)),
            volatility: if volatility > 0.0 {
                volatility
            } else {
                fallback.daily_volatility / bars_per_day(self.interval).sqrt()
            },
            volume: mean(recent.iter().map(|bar| bar.volume)),
            signal: self.signal,
            regime: self.regime,
        }))
    }
}

/// Arithmetic mean; 0 without values.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
