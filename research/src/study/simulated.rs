//! Simulated markets: one without change, and the same one with a change of known size from a bar on.
//!
//! All follow a pattern that a champion knows exactly ([`champion`]). So any alert about its forecasts before a change is a
//! false alarm as well.

use contracts::forecast::Edge;
use features::feature_names;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};
use market_simulator::{Continuation, MarketModel, Regime};
use model::{Artifact, Family, Logistic, Member, Model};
use serde::Serialize;

/// Strength of the pattern: the direction of the next bar follows the momentum of the last five bars.
const SIGNAL: f64 = 0.4;

/// Lengths of the parts of a simulated market, in bars.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Periods {
    /// Training data of the champion: four years of days, or three years of hours.
    #[serde(rename = "learnt")]
    pub(crate) training: usize,
    /// Bars after the training data in a market without change: two years.
    #[serde(rename = "quiet")]
    pub(crate) unchanged: usize,
    /// Bars between the training data and a change: 60 days.
    #[serde(rename = "lead")]
    pub(crate) before_change: usize,
    #[serde(rename = "day")]
    pub(crate) bars_per_day: usize,
}

impl Periods {
    pub(crate) fn for_interval(interval: Interval) -> Self {
        let (bars_per_day, training_years) = match interval {
            Interval::Day => (1, 4),
            Interval::Hour => (24, 3),
        };
        Self {
            training: training_years * 365 * bars_per_day,
            unchanged: 730 * bars_per_day,
            before_change: 60 * bars_per_day,
            bars_per_day,
        }
    }
}

/// Change of a simulated market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MarketChange {
    /// Crisis of the simulator: falling prices, 4 times the volatility and 5 times the volume of the last 200 bars.
    Crisis,
    /// Same bars as without change, with log returns and ranges multiplied by `moves` and volumes by `volume`.
    Larger { moves: f64, volume: f64 },
    /// Directions that no longer follow the pattern; nothing else changes.
    PatternLost,
    /// Directions that follow the opposite of the pattern.
    PatternReversed,
}

impl MarketChange {
    /// Changes of the study.
    pub(crate) const ALL: [Self; 7] = [
        Self::Crisis,
        Self::Larger { moves: 4.0, volume: 5.0 },
        Self::Larger { moves: 3.0, volume: 3.0 },
        Self::Larger { moves: 2.0, volume: 2.0 },
        Self::Larger { moves: 4.0, volume: 1.0 },
        Self::PatternLost,
        Self::PatternReversed,
    ];

    /// Name in tables.
    pub(crate) fn label(self) -> String {
        match self {
            Self::Crisis => "crisis (volatility x 4, volume x 5, falling)".to_owned(),
            Self::Larger { moves, volume } => format!("moves x {moves}, volume x {volume}"),
            Self::PatternLost => "the pattern is lost".to_owned(),
            Self::PatternReversed => "the pattern is reversed".to_owned(),
        }
    }

    /// Days in which the change can be detected. A change of direction alone shows only in outcomes, so it has more.
    pub(crate) fn days(self) -> usize {
        match self {
            Self::Crisis | Self::Larger { .. } => 90,
            Self::PatternLost | Self::PatternReversed => 365,
        }
    }

    /// Bars of a market with this change, after [`Periods::before_change`].
    pub(crate) fn bars(self, market: &MarketModel, periods: Periods) -> Vec<Bar> {
        let (change, after) = (periods.training + periods.before_change, self.days() * periods.bars_per_day);
        let continued = |regime, signal| {
            let mut bars = market.bars(change);
            let continuation = Continuation { seed: market.seed, interval: market.interval, signal, regime };
            // A market has at least one bar, so the continuation cannot fail.
            let generator = continuation.generate(&bars).into_iter().flatten();
            let new: Vec<Bar> = generator.take(after).map(|simulated| simulated.bar).collect();
            bars.extend(new);
            bars
        };
        match self {
            Self::Crisis => continued(Regime::Crisis, SIGNAL),
            Self::PatternLost => continued(Regime::Mixed, 0.0),
            Self::PatternReversed => continued(Regime::Mixed, -SIGNAL),
            Self::Larger { moves, volume } => magnify(market.bars(change + after), change, moves, volume),
        }
    }
}

/// Multiplies log returns, ranges and volumes from the bar `first` on.
fn magnify(mut bars: Vec<Bar>, first: usize, moves: f64, volume: f64) -> Vec<Bar> {
    let mut previous_close = bars[first - 1].close;
    for bar in &mut bars[first..] {
        let Bar { open, high, low, close, .. } = *bar;
        let magnified = |price: f64| previous_close * ((price / open).ln() * moves).exp();
        (bar.high, bar.low, bar.close, bar.open) = (magnified(high), magnified(low), magnified(close), previous_close);
        bar.volume *= volume;
        previous_close = bar.close;
    }
    bars
}

/// Simulated market of a seed.
pub(crate) fn market(seed: u64, interval: Interval) -> MarketModel {
    MarketModel { signal: SIGNAL, ..MarketModel::new(seed, interval, Timestamp::UNIX_EPOCH) }
}

/// Champion that knows the pattern: its forecast is the simulator's own probability, except for momentum beyond two standard
/// deviations.
pub(crate) fn champion(series: &Series, trained_at: Timestamp) -> Artifact {
    let names = feature_names();
    let model = Logistic {
        means: vec![0.0; names.len()],
        scales: vec![1.0; names.len()],
        weights: names.iter().map(|name| if *name == "momentum_5" { SIGNAL } else { 0.0 }).collect(),
        intercept: 0.0,
    };
    Artifact {
        edge: Edge::from_skill(0.03, [0.01, 0.05], 730),
        band_half_width: 0.05,
        shrinkage: 1.0,
        members: vec![Member { family: Family::Logistic, weight: 1.0, model: Model::Logistic(model) }],
        ..Artifact::climatology(series.clone(), 0.5, trained_at, trained_at, "simulated")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
        sum / n
    }

    #[test]
    fn a_larger_market_differs_only_after_the_change() {
        let periods = Periods { training: 100, unchanged: 0, before_change: 10, bars_per_day: 1 };
        let market = market(3, Interval::Day);
        let plain = market.bars(200);
        let changed = MarketChange::Larger { moves: 2.0, volume: 5.0 }.bars(&market, periods);
        assert_eq!((changed.len(), &changed[..110]), (200, &plain[..110]));
        market_data::bar::validate_bars(&changed, Interval::Day).unwrap();
        for (plain, changed) in plain[110..].iter().zip(&changed[110..]) {
            let range = |bar: &Bar| (bar.high / bar.low).ln();
            assert!((range(changed) / range(plain) - 2.0).abs() < 1e-9);
            assert!((changed.volume / plain.volume - 5.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_champion_has_skill_until_the_pattern_reverses() {
        let periods = Periods { training: 3_000, unchanged: 0, before_change: 10, bars_per_day: 1 };
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let champion = champion(&series, Timestamp::UNIX_EPOCH);
        let market = market(5, Interval::Day);
        for (change, has_skill) in [(MarketChange::Crisis, true), (MarketChange::PatternReversed, false)] {
            let dataset = features::dataset::Dataset::new(series.clone(), change.bars(&market, periods));
            let hit_rate = |bars: Range<usize>| {
                mean(bars.filter_map(|bar| {
                    let probability_up = champion.predict(&dataset.features[bar].as_ref()?.values).unwrap();
                    Some(f64::from(u8::from((probability_up > 0.5) == dataset.labels[bar]?)))
                }))
            };
            assert!(hit_rate(200..3_009) > 0.55);
            assert_eq!(hit_rate(3_010..dataset.bars.len()) > 0.5, has_skill, "{change:?}");
        }
    }
}
