//! What the server's sources see: tapes, one clock, and a regime that can be changed.

use crate::{
    arguments::HistoryArguments,
    history::{self, HistoryError},
    tape::{Excerpt, Limit, Tape},
};
use domain::{Interval, Symbol};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use simulator::{Continuation, Regime};
use std::collections::BTreeMap;

/// What a simulated server lists, beside a start price and a day's volume like theirs.
const SIMULATED: [(&str, f64, f64); 2] = [("ETH-USD", 730.0, 400_000.0), ("BTC-USD", 14_000.0, 20_000.0)];

/// Simulated hourly history, so far back only.
const SIMULATED_HOURS: i64 = 730 * 24;

/// How far behind the end of the history the clock may go: simulated bars are made up to it.
const LIMIT_OF_CLOCK: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// The market.
pub(crate) struct Market {
    tapes: BTreeMap<(Symbol, Interval), Tape>,
    now: Timestamp,
    seed: u64,
    signal: f64,
    description: String,
    change: Option<RegimeChange>,
}

/// Bars from `from` on come from the simulator, in that regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegimeChange {
    pub(crate) regime: Regime,
    #[serde(with = "domain::time::required")]
    pub(crate) from: Timestamp,
}

/// An order that the market cannot follow.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
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

impl Market {
    /// The stored or simulated market that the command line asks for; its clock stands at the end of the history.
    pub(crate) fn open(arguments: &HistoryArguments) -> Result<Self, HistoryError> {
        let HistoryArguments { seed, signal, start, end, .. } = *arguments;
        let (tapes, description) = match &arguments.data {
            Some(directory) => {
                let histories = history::read(directory)?;
                let count: usize = histories.iter().map(|history| history.bars.len()).sum();
                let name = arguments.name.as_deref().unwrap_or("files");
                let stored = histories
                    .into_iter()
                    .map(|history| ((history.symbol, history.interval), Tape::stored(history.interval, history.bars)));
                (stored.collect(), format!("stored history ({name}), {count} bars"))
            }
            None => {
                let description = format!("simulated history (not real prices), seed {seed}, signal {signal}");
                (simulated(seed, signal, start, end), description)
            }
        };
        let mut market = Self { tapes, now: end, seed, signal, description, change: None };
        market.now = market.end();
        Ok(market)
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn change(&self) -> Option<RegimeChange> {
        self.change
    }

    /// The tape of a symbol; none when that interval is not stored.
    fn tape(&mut self, symbol: &Symbol, interval: Interval) -> Option<&mut Tape> {
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
        limit: Limit,
    ) -> Excerpt {
        let now = self.now;
        self.tape(symbol, interval).map(|tape| tape.closed(from, to, now, limit)).unwrap_or_default()
    }

    /// The bar that is still open, if there is one.
    pub(crate) fn unfinished(&mut self, symbol: &Symbol, interval: Interval) -> Excerpt {
        let now = self.now;
        self.tape(symbol, interval).map(|tape| tape.unfinished(now)).unwrap_or_default()
    }

    /// The open bar as a live row: at the time of the last trade, which is not the open time of any bar.
    pub(crate) fn live(&mut self, symbol: &Symbol, interval: Interval) -> Excerpt {
        let trade = if interval.is_aligned(self.now) { self.now.as_second() + 540 } else { self.now.as_second() };
        let time = Timestamp::from_second(trade).unwrap_or(self.now);
        let mut live = self.unfinished(symbol, interval);
        live.bars.iter_mut().for_each(|bar| bar.time = time);
        live
    }

    /// Moves the clock, forwards or backwards.
    pub(crate) fn set_clock(&mut self, now: Timestamp) -> Result<(), OrderError> {
        let end = self.end();
        if end.saturating_add(LIMIT_OF_CLOCK).is_ok_and(|limit| now > limit) {
            return Err(OrderError::Clock { now, end });
        }
        self.now = now;
        Ok(())
    }

    /// From the day of `change.from` on, bars are simulated in that regime. Replaces an earlier change.
    pub(crate) fn set_regime(&mut self, change: RegimeChange) -> Result<(), OrderError> {
        // The whole day belongs to the regime, on every interval.
        let from = Interval::Day.floor(change.from);
        let late = |((symbol, interval), tape): (&(Symbol, Interval), &Tape)| {
            (tape.start() >= from).then(|| OrderError::Regime {
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
            tape.continue_from(from, how).map_err(|_| OrderError::Regime {
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
        self.tapes.values().map(Tape::end).max().unwrap_or(self.now)
    }
}

/// Intervals of a symbol are separate draws: a simulated day is not the sum of the simulated hours.
fn simulated(seed: u64, signal: f64, start: Timestamp, end: Timestamp) -> BTreeMap<(Symbol, Interval), Tape> {
    let listed = (0_u64..).zip(SIMULATED).filter_map(|(place, (name, start_price, daily_volume))| {
        Some((place, name.parse::<Symbol>().ok()?, start_price, daily_volume))
    });
    listed
        .flat_map(|(place, symbol, start_price, daily_volume)| {
            [Interval::Day, Interval::Hour].map(|interval| {
                let start = match interval {
                    Interval::Day => start,
                    Interval::Hour => interval.step(end, -SIMULATED_HOURS).max(start),
                };
                let market = simulator::Market {
                    start_price,
                    daily_volume,
                    signal,
                    ..simulator::Market::new(seed.wrapping_add(place), interval, start)
                };
                ((symbol.clone(), interval), Tape::simulated(&market, end))
            })
        })
        .collect()
}
