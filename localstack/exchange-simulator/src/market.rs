//! What the server's sources see: tapes, one clock, and a regime that can be changed.

use crate::{
    arguments::HistoryArguments,
    history::{self, HistoryError},
    tape::{BarLimit, BarSeries, BarSlice},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use market_data::{Interval, Symbol, interval::utc_year};
use market_simulator::{Continuation, Regime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a simulated server lists, beside a start price and a day's volume like theirs.
const SIMULATED: [(&str, f64, f64); 2] = [("ETH-USD", 730.0, 400_000.0), ("BTC-USD", 14_000.0, 20_000.0)];

/// Calendar years of simulated hours before the one in which the history ends. They begin with a year, so that a server
/// that is started again within the year has the same hours.
const SIMULATED_YEARS: i16 = 2;

/// How far behind the end of the history the clock may go: simulated bars are made up to it.
const LIMIT_OF_CLOCK: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// The market.
pub(crate) struct SimulatedMarket {
    tapes: BTreeMap<(Symbol, Interval), BarSeries>,
    clock: Clock,
    seed: u64,
    signal: f64,
    description: String,
    change: Option<RegimeChange>,
}

/// Time that counts as now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// That time, until it is moved.
    Stands(Timestamp),
    /// The real time.
    Runs,
}

/// Bars from `from` on come from the simulator, in that regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegimeChange {
    pub(crate) regime: Regime,
    #[serde(with = "market_data::time::required")]
    pub(crate) from: Timestamp,
}

/// An order that the market cannot follow.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    #[error(
        "the clock cannot be set to {now}: the history ends at {end}, and at most ten years after it can be simulated"
    )]
    Clock { now: Timestamp, end: Timestamp },
    #[error("the regime cannot change at {from}: the history of {symbol} {interval} starts at {start}")]
    Regime { from: Timestamp, symbol: Symbol, interval: Interval, start: Timestamp },
}

/// First and last time of the bars that all symbols have, by interval.
#[derive(Debug, Serialize)]
pub(crate) struct Span {
    pub(crate) start: BTreeMap<Interval, Timestamp>,
    pub(crate) end: BTreeMap<Interval, Timestamp>,
}

impl SimulatedMarket {
    /// The stored or simulated market that the command line asks for. Its clock stands at the end of the history, but for
    /// a simulated history without an end: that ends at the present, and goes on with the real time.
    pub(crate) fn open(arguments: &HistoryArguments) -> Result<Self, HistoryError> {
        let HistoryArguments { seed, signal, start, end, .. } = *arguments;
        let (tapes, description) = match &arguments.data {
            Some(directory) => {
                let histories = history::read(directory)?;
                let count: usize = histories.iter().map(|history| history.bars.len()).sum();
                let name = arguments.name.as_deref().unwrap_or("files");
                let stored = histories.into_iter().map(|history| {
                    ((history.symbol, history.interval), BarSeries::stored(history.interval, history.bars))
                });
                (stored.collect(), format!("stored history ({name}), {count} bars"))
            }
            None => {
                let description = format!("simulated history (not real prices), seed {seed}, signal {signal}");
                (simulated(seed, signal, start, end.unwrap_or_else(Timestamp::now)), description)
            }
        };
        let mut market = Self { tapes, clock: Clock::Runs, seed, signal, description, change: None };
        if arguments.data.is_some() || end.is_some() {
            market.clock = Clock::Stands(market.end());
        }
        Ok(market)
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self.clock {
            Clock::Stands(now) => now,
            Clock::Runs => Timestamp::now(),
        }
    }

    pub(crate) fn change(&self) -> Option<RegimeChange> {
        self.change
    }

    /// The tape of a symbol; none when that interval is not stored.
    fn tape(&mut self, symbol: &Symbol, interval: Interval) -> Option<&mut BarSeries> {
        self.tapes.get_mut(&(symbol.clone(), interval))
    }

    /// The listed symbol that a source calls by the name it was asked for.
    pub(crate) fn find(&self, is_called: impl Fn(&Symbol) -> bool) -> Option<Symbol> {
        self.tapes.keys().map(|(symbol, _)| symbol).find(|&symbol| is_called(symbol)).cloned()
    }

    /// Closed bars that open in `from..=to`; none of an interval that is not stored.
    pub(crate) fn closed(
        &mut self,
        symbol: &Symbol,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
        limit: BarLimit,
    ) -> BarSlice {
        let now = self.now();
        self.tape(symbol, interval).map(|tape| tape.closed(from, to, now, limit)).unwrap_or_default()
    }

    /// The bar that is still open, if there is one.
    pub(crate) fn open_bar(&mut self, symbol: &Symbol, interval: Interval) -> BarSlice {
        let now = self.now();
        self.tape(symbol, interval).map(|tape| tape.open_bar(now)).unwrap_or_default()
    }

    /// The open bar as a live row: at the time of the last trade, which is not the open time of any bar.
    pub(crate) fn live(&mut self, symbol: &Symbol, interval: Interval) -> BarSlice {
        let now = self.now();
        let trade = if interval.is_aligned(now) { now.as_second() + 540 } else { now.as_second() };
        let time = Timestamp::from_second(trade).unwrap_or(now);
        let mut live = self.open_bar(symbol, interval);
        live.bars.iter_mut().for_each(|bar| bar.time = time);
        live
    }

    pub(crate) fn clock_runs(&self) -> bool {
        self.clock == Clock::Runs
    }

    /// Lets the clock run with the real time.
    pub(crate) fn run_clock(&mut self) {
        self.clock = Clock::Runs;
    }

    /// Moves the clock, forwards or backwards, and stops it there.
    pub(crate) fn set_clock(&mut self, now: Timestamp) -> Result<(), ControlError> {
        let end = self.end();
        if end.saturating_add(LIMIT_OF_CLOCK).is_ok_and(|limit| now > limit) {
            return Err(ControlError::Clock { now, end });
        }
        self.clock = Clock::Stands(now);
        Ok(())
    }

    /// From the day of `change.from` on, bars are simulated in that regime. Replaces an earlier change.
    pub(crate) fn set_regime(&mut self, change: RegimeChange) -> Result<(), ControlError> {
        // The whole day belongs to the regime, on every interval.
        let from = Interval::Day.floor(change.from);
        let late = |((symbol, interval), tape): (&(Symbol, Interval), &BarSeries)| {
            (tape.start() >= from).then(|| ControlError::Regime {
                from: change.from,
                symbol: symbol.clone(),
                interval: *interval,
                start: tape.start(),
            })
        };
        if let Some(error) = self.tapes.iter().find_map(late) {
            return Err(error);
        }
        for (place, ((symbol, interval), tape)) in (0_u64..).zip(&mut self.tapes) {
            let seed = self.seed.wrapping_add(1_000 + place);
            let how = Continuation { seed, interval: *interval, signal: self.signal, regime: change.regime };
            tape.continue_from(from, how).map_err(|_| ControlError::Regime {
                from: change.from,
                symbol: symbol.clone(),
                interval: *interval,
                start: from,
            })?;
        }
        self.change = Some(change);
        Ok(())
    }

    pub(crate) fn span(&self) -> Span {
        let mut span = Span { start: BTreeMap::new(), end: BTreeMap::new() };
        for ((_, interval), tape) in &self.tapes {
            let start = span.start.entry(*interval).or_insert(tape.start());
            *start = tape.start().max(*start);
            let end = span.end.entry(*interval).or_insert(tape.end());
            *end = tape.end().min(*end);
        }
        span
    }

    fn end(&self) -> Timestamp {
        self.tapes.values().map(BarSeries::end).max().unwrap_or_else(|| self.now())
    }
}

/// Intervals of a symbol are separate draws: a simulated day is not the sum of the simulated hours.
fn simulated(seed: u64, signal: f64, start: Timestamp, end: Timestamp) -> BTreeMap<(Symbol, Interval), BarSeries> {
    let listed = (0_u64..).zip(SIMULATED).filter_map(|(place, (name, start_price, daily_volume))| {
        Some((place, name.parse::<Symbol>().ok()?, start_price, daily_volume))
    });
    listed
        .flat_map(|(place, symbol, start_price, daily_volume)| {
            [Interval::Day, Interval::Hour].map(|interval| {
                let start = match interval {
                    Interval::Day => start,
                    Interval::Hour => year_start(utc_year(end) - SIMULATED_YEARS).unwrap_or(start).max(start),
                };
                let market = market_simulator::MarketModel {
                    start_price,
                    daily_volume,
                    signal,
                    ..market_simulator::MarketModel::new(seed.wrapping_add(place), interval, start)
                };
                ((symbol.clone(), interval), BarSeries::simulated(&market, end))
            })
        })
        .collect()
}

/// The first instant of a calendar year.
fn year_start(year: i16) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(Date::new(year, 1, 1).ok()?.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;

    fn market(line: &str) -> SimulatedMarket {
        SimulatedMarket::open(&Arguments::parse(line.split(' ').map(str::to_owned)).unwrap().history).unwrap()
    }

    #[test]
    fn a_simulated_history_ends_at_the_present_and_goes_on() {
        let market = market("--simulate");
        let day = Interval::Day.floor(Timestamp::now());
        assert_eq!(market.span().end[&Interval::Day], day);
        assert!(market.now() >= day && market.now() <= Timestamp::now());
        let before = market.now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(market.now() > before);
    }

    #[test]
    fn a_stated_end_stops_the_clock_there_until_it_runs() {
        let mut market = market("--simulate --end 2024-01-01T00:00:00Z");
        let end: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        assert_eq!((market.now(), market.span().end[&Interval::Day]), (end, end));
        assert_eq!(market.span().start[&Interval::Hour].to_string(), "2022-01-01T00:00:00Z");
        market.run_clock();
        assert!(market.now() > end);
    }

    #[test]
    fn another_end_in_the_same_year_leaves_earlier_bars_equal() {
        let (mut early, mut late) =
            (market("--simulate --end 2024-02-01T00:00:00Z"), market("--simulate --end 2024-06-01T00:00:00Z"));
        let (from, to) = ("2023-12-30T00:00:00Z".parse().unwrap(), "2024-01-31T00:00:00Z".parse().unwrap());
        let symbol: Symbol = "ETH-USD".parse().unwrap();
        for interval in [Interval::Day, Interval::Hour] {
            let [early, late] =
                [&mut early, &mut late].map(|market| market.closed(&symbol, interval, from, to, BarLimit::All));
            assert!(!early.bars.is_empty());
            assert_eq!(early, late);
        }
    }
}
