//! Simulated market from its first bar.

use crate::{
    BarGenerator, Regime, SimulatedBar,
    generator::{InitialState, bars_per_day},
    signal::RecentCloses,
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// Parameters of a simulated market; equal parameters give equal bars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketModel {
    /// Seed of every draw.
    pub seed: u64,
    /// Interval of the bars.
    pub interval: Interval,
    /// Open time of the first bar; rounded down to a multiple of the interval.
    pub start: Timestamp,
    /// Open of the first bar, above zero. Prices revert weakly to it, over years.
    pub start_price: f64,
    /// Root mean square of a day's log return at the usual level: 0.035 is 67 % a year.
    pub daily_volatility: f64,
    /// Mean volume of a day at the usual level, in base currency.
    pub daily_volume: f64,
    /// Strength of the signal: predictability of the next return's sign. 0 is a fair coin, 0.5 clear, 1 strong; see
    /// [`crate::probability_up`].
    pub signal: f64,
    /// Regime of the market.
    pub regime: Regime,
}

/// Simulated bars with the best possible forecasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Bars, ascending.
    pub bars: Vec<Bar>,
    /// True probability of each bar that the next bar closes higher; aligned with labels of horizon 1.
    pub probability_up: Vec<f64>,
}

impl MarketModel {
    /// Market similar to Ethereum's: price 1,800, volatility 3.5 % a day, volume 400,000 a day, mixed regimes, no signal.
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

    /// Generates the bars, without end.
    #[must_use]
    pub fn generate(&self) -> BarGenerator {
        let bars_per_day = bars_per_day(self.interval);
        BarGenerator::new(InitialState {
            seed: self.seed,
            interval: self.interval,
            time: self.start,
            price: self.start_price,
            recent: RecentCloses::new([self.start_price]),
            volatility: self.daily_volatility / bars_per_day.sqrt(),
            volume: self.daily_volume / bars_per_day,
            signal: self.signal,
            regime: self.regime,
        })
    }

    /// First `n` bars. A smaller `n` gives a prefix of them.
    #[must_use]
    pub fn bars(&self, n: usize) -> Vec<Bar> {
        self.generate().take(n).map(|simulated| simulated.bar).collect()
    }

    /// First `n` bars with the true probabilities.
    #[must_use]
    pub fn simulate(&self, n: usize) -> Simulated {
        self.generate().take(n).collect()
    }
}

impl FromIterator<SimulatedBar> for Simulated {
    fn from_iter<I: IntoIterator<Item = SimulatedBar>>(simulated: I) -> Self {
        let (bars, probability_up) =
            simulated.into_iter().map(|simulated| (simulated.bar, simulated.probability_up)).unzip();
        Self { bars, probability_up }
    }
}
