//! Simulated markets: one that does not change, and the same one with a change of stated size from a bar on.
//!
//! All have a pattern that a champion knows exactly ([`champion`]), so that whatever is said against its forecasts before
//! a change is a false alarm too.

use contracts::forecast::Edge;
use features::feature_names;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};
use market_simulator::{Continuation, MarketModel, Regime};
use model::{Artifact, Family, Logistic, Member, Model};
use serde::Serialize;

/// Strength of the pattern: the direction of the next bar follows the momentum of the last five.
const SIGNAL: f64 = 0.4;

/// How long everything is, in bars.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spans {
    /// What the champion was trained on.
    pub(crate) learnt: usize,
    /// What follows without a change: two years.
    pub(crate) quiet: usize,
    /// What follows before a change.
    pub(crate) lead: usize,
    /// Bars of a day.
    pub(crate) day: usize,
}

impl Spans {
    /// Four years and two months of days, three years and two months of hours.
    pub(crate) fn of(interval: Interval) -> Self {
        let (day, years) = match interval {
            Interval::Day => (1, 4),
            Interval::Hour => (24, 3),
        };
        Self { learnt: years * 365 * day, quiet: 730 * day, lead: 60 * day, day }
    }
}

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MarketChange {
    /// The simulator's crisis: 4 times the volatility and 5 times the volume of the last 200 bars, and it falls.
    Crisis,
    /// The market goes on as it would have, with moves and volumes so many times as large.
    Larger { moves: f64, volume: f64 },
    /// The direction stops following the pattern, and nothing else changes.
    PatternLost,
    /// It does the opposite.
    PatternReversed,
}

impl MarketChange {
    /// What is measured.
    pub(crate) const ALL: [Self; 7] = [
        Self::Crisis,
        Self::Larger { moves: 4.0, volume: 5.0 },
        Self::Larger { moves: 3.0, volume: 3.0 },
        Self::Larger { moves: 2.0, volume: 2.0 },
        Self::Larger { moves: 4.0, volume: 1.0 },
        Self::PatternLost,
        Self::PatternReversed,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Crisis => "crisis (volatility x 4, volume x 5, falling)".to_owned(),
            Self::Larger { moves, volume } => format!("moves x {moves}, volume x {volume}"),
            Self::PatternLost => "the pattern is lost".to_owned(),
            Self::PatternReversed => "the pattern is reversed".to_owned(),
        }
    }

    /// Days that it is waited for: a change of direction alone shows only in outcomes.
    pub(crate) fn days(self) -> usize {
        match self {
            Self::Crisis | Self::Larger { .. } => 90,
            Self::PatternLost | Self::PatternReversed => 365,
        }
    }

    /// The market's bars with the change after the lead.
    pub(crate) fn bars(self, market: &MarketModel, spans: Spans) -> Vec<Bar> {
        let (from, after) = (spans.learnt + spans.lead, self.days() * spans.day);
        let continued = |regime, signal| {
            let mut bars = market.bars(from);
            let then = Continuation { seed: market.seed, interval: market.interval, signal, regime };
            // There are bars to continue from.
            let walk = then.generate(&bars).into_iter().flatten();
            let new: Vec<Bar> = walk.take(after).map(|step| step.bar).collect();
            bars.extend(new);
            bars
        };
        match self {
            Self::Crisis => continued(Regime::Crisis, SIGNAL),
            Self::PatternLost => continued(Regime::Mixed, 0.0),
            Self::PatternReversed => continued(Regime::Mixed, -SIGNAL),
            Self::Larger { moves, volume } => larger(market.bars(from + after), from, moves, volume),
        }
    }
}

/// The bars with log returns, ranges and volumes multiplied from the bar `from` on.
fn larger(mut bars: Vec<Bar>, from: usize, moves: f64, volume: f64) -> Vec<Bar> {
    let mut close = bars[from - 1].close;
    for bar in &mut bars[from..] {
        let open = bar.open;
        let moved = |price: f64| close * ((price / open).ln() * moves).exp();
        let Bar { high, low, close: last, .. } = *bar;
        (bar.high, bar.low, bar.close, bar.open) = (moved(high), moved(low), moved(last), close);
        bar.volume *= volume;
        close = bar.close;
    }
    bars
}

/// The market of a seed.
pub(crate) fn market(seed: u64, interval: Interval) -> MarketModel {
    MarketModel { signal: SIGNAL, ..MarketModel::new(seed, interval, Timestamp::UNIX_EPOCH) }
}

/// A champion that knows the pattern: the simulator's own probability, but for momentum beyond two standard deviations.
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

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
        sum / n
    }

    #[test]
    fn a_larger_market_is_the_same_one_until_the_change_and_exactly_so_much_larger_after_it() {
        let spans = Spans { learnt: 100, quiet: 0, lead: 10, day: 1 };
        let market = market(3, Interval::Day);
        let (plain, changed) =
            (market.bars(200), MarketChange::Larger { moves: 2.0, volume: 5.0 }.bars(&market, spans));
        assert_eq!((changed.len(), &changed[..110]), (200, &plain[..110]));
        market_data::bar::validate_bars(&changed, Interval::Day).unwrap();
        for (a, b) in plain[110..].iter().zip(&changed[110..]) {
            let range = |bar: &Bar| (bar.high / bar.low).ln();
            assert!((range(b) / range(a) - 2.0).abs() < 1e-9);
            assert!((b.volume / a.volume - 5.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_champion_knows_the_pattern_until_it_is_lost() {
        let spans = Spans { learnt: 3_000, quiet: 0, lead: 10, day: 1 };
        let series: Series = "eth-usd-1d-h1".parse().unwrap();
        let champion = champion(&series, Timestamp::UNIX_EPOCH);
        let market = market(5, Interval::Day);
        for (change, right) in [(MarketChange::Crisis, true), (MarketChange::PatternReversed, false)] {
            let bars = change.bars(&market, spans);
            let history = features::dataset::Dataset::new(series.clone(), bars);
            let hits = |range: std::ops::Range<usize>| {
                mean(range.filter_map(|bar| {
                    let p = champion.predict(&history.features[bar].as_ref()?.values).unwrap();
                    Some(f64::from(u8::from((p > 0.5) == history.labels[bar]?)))
                }))
            };
            assert!(hits(200..3_009) > 0.55);
            assert_eq!(hits(3_010..history.bars.len()) > 0.5, right, "{change:?}");
        }
    }
}
