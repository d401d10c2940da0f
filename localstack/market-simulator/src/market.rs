//! A market from its first bar.

use crate::{
    BarGenerator, Regime, SimulatedBar,
    signal::Recent,
    walk::{InitialState, bars_per_day},
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// What decides a simulated history; equal markets have equal bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketModel {
    /// Seed of every draw.
    pub seed: u64,
    /// Length of a bar.
    pub interval: Interval,
    /// Open time of the first bar; moved back to the interval's grid.
    pub start: Timestamp,
    /// Open of the first bar, above zero. The market is drawn weakly towards it, over years.
    pub start_price: f64,
    /// Root mean square of a day's log return at the usual level: 0.035 is 67 % a year.
    pub daily_volatility: f64,
    /// Mean volume of a day at the usual level, in base currency.
    pub daily_volume: f64,
    /// How predictable the sign of the next return is: 0 a fair coin, 0.5 clear, 1 strong. See
    /// [`crate::probability_up`].
    pub signal: f64,
    /// The regime.
    pub regime: Regime,
}

/// A simulated history with the best possible forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The bars.
    pub bars: Vec<Bar>,
    /// Per bar, the true probability that the next bar closes higher: aligned with labels of horizon 1.
    pub probability_up: Vec<f64>,
}

impl MarketModel {
    /// A market much like Ethereum's: 1,800 a coin, 3.5 % a day, 400,000 coins a day, mixed regimes, no signal.
    #[must_use]
    pub fn new(seed: u64, interval: Interval, start: Timestamp) -> Self {
        Self {
            seed,
            interval,
            start,
            start_price: 1_800.0,
            daily_volatility: 0.035,
            daily_volume: 400_000.0,
            signal: 0.0,
            regime: Regime::Mixed,
        }
    }

    /// The bars one by one, without end.
    #[must_use]
    pub fn generate(&self) -> BarGenerator {
        let bars_per_day = bars_per_day(self.interval);
        BarGenerator::new(InitialState {
            seed: self.seed,
            interval: self.interval,
            time: self.start,
            price: self.start_price,
            recent: Recent::new([self.start_price]),
            volatility: self.daily_volatility / bars_per_day.sqrt(),
            volume: self.daily_volume / bars_per_day,
            signal: self.signal,
            regime: self.regime,
        })
    }

    /// The first `n` bars. The first `k` of them are the same for every `n >= k`.
    #[must_use]
    pub fn bars(&self, n: usize) -> Vec<Bar> {
        self.generate().take(n).map(|step| step.bar).collect()
    }

    /// The first `n` bars with the true probabilities.
    #[must_use]
    pub fn simulate(&self, n: usize) -> Simulated {
        self.generate().take(n).collect()
    }
}

impl FromIterator<SimulatedBar> for Simulated {
    fn from_iter<I: IntoIterator<Item = SimulatedBar>>(steps: I) -> Self {
        let (bars, probability_up) = steps.into_iter().map(|step| (step.bar, step.probability_up)).unzip();
        Self { bars, probability_up }
    }
}
