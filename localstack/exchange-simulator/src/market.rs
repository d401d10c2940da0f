//! Market behind the sources: bar series, one clock, and changes of regime.

use crate::{
    bar_series::{BarLimit, BarSeries, BarSlice},
    config::MarketConfig,
    csv_files::{self, CsvFilesError},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use market_data::{Bar, Interval, Symbol, interval::utc_year, origin::Provenance};
use market_simulator::{Continuation, Regime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Symbols of a simulated market, with realistic start prices and daily volumes.
const SIMULATED_SYMBOLS: [(&str, f64, f64); 2] = [("ETH-USD", 730.0, 400_000.0), ("BTC-USD", 14_000.0, 20_000.0)];

/// Calendar years of simulated hours before the year in which the bars end. The hours begin with a year, so that a
/// server that is restarted within the year has the same hours.
const SIMULATED_YEARS: i16 = 2;

/// Longest time between the end of the history and the clock, because bars are generated up to the clock.
const MAX_CLOCK_LEAD: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// Market that the sources of one server show.
pub struct SimulatedMarket {
    series: BTreeMap<(Symbol, Interval), BarSeries>,
    clock: Clock,
    seed: u64,
    signal: f64,
    description: String,
    change: Option<RegimeChange>,
}

/// Bars of one symbol and interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Symbol, as this project writes it.
    pub symbol: Symbol,
    /// Length of the bars.
    pub interval: Interval,
    /// Bars, ascending.
    pub bars: Vec<Bar>,
}

/// Present time of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    /// This time until it is moved.
    Stopped(Timestamp),
    /// The real time.
    Running,
}

/// Simulated bars of a regime, from `from` on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegimeChange {
    pub(crate) regime: Regime,
    #[serde(with = "market_data::time::required")]
    pub(crate) from: Timestamp,
    /// Strength of the signal from then on, -4 to 4; that of the market if absent. A negative one reverses the pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<f64>,
}

/// Command that the market cannot execute.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    #[error(
        "the clock cannot be set to {now}: the history ends at {end}, and at most ten years after it can be simulated"
    )]
    Clock { now: Timestamp, end: Timestamp },
    #[error("the signal {signal} is not between -4 and 4")]
    Signal { signal: f64 },
    #[error("the regime cannot change at {from}: the history of {symbol} {interval} starts at {start}")]
    Regime { from: Timestamp, symbol: Symbol, interval: Interval, start: Timestamp },
}

/// First open time and last close that all symbols have, by interval.
#[derive(Debug, Serialize)]
pub(crate) struct Span {
    pub(crate) start: BTreeMap<Interval, Timestamp>,
    pub(crate) end: BTreeMap<Interval, Timestamp>,
}

impl SimulatedMarket {
    /// Opens a stored or simulated market. Its clock is stopped at the end of the bars. Simulated bars without an end
    /// continue with the real time instead.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn open(config: &MarketConfig) -> Result<Self, CsvFilesError> {
        let MarketConfig { seed, signal, start, end, .. } = *config;
        let (series, description) = match &config.data {
            Some(directory) => {
                let histories = csv_files::read(directory)?;
                let count: usize = histories.iter().map(|history| history.bars.len()).sum();
                let name = config.name.as_deref().unwrap_or("files");
                let stored = histories.into_iter().map(|history| {
                    let series = BarSeries::from_bars(history.interval, history.bars, Provenance::Stored);
                    ((history.symbol, history.interval), series)
                });
                (stored.collect(), format!("stored history ({name}), {count} bars"))
            }
            None => {
                let description = format!("simulated history (not real prices), seed {seed}, signal {signal}");
                (simulate(seed, signal, start, end.unwrap_or_else(Timestamp::now)), description)
            }
        };
        let mut market = Self { series, clock: Clock::Running, seed, signal, description, change: None };
        if config.data.is_some() || end.is_some() {
            market.clock = Clock::Stopped(market.end());
        }
        Ok(market)
    }

    /// Market of given bars, with a clock stopped at `now`. The bars are continued only by a change of regime.
    #[must_use]
    pub fn from_bars(listings: impl IntoIterator<Item = Listing>, provenance: Provenance, now: Timestamp) -> Self {
        let series = listings.into_iter().map(|Listing { symbol, interval, bars }| {
            ((symbol, interval), BarSeries::from_bars(interval, bars, provenance))
        });
        Self {
            series: series.collect(),
            clock: Clock::Stopped(now),
            seed: 0,
            signal: 0.0,
            description: "given bars".to_owned(),
            change: None,
        }
    }

    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self.clock {
            Clock::Stopped(now) => now,
            Clock::Running => Timestamp::now(),
        }
    }

    pub(crate) fn change(&self) -> Option<RegimeChange> {
        self.change
    }

    /// Series of a symbol, if the market has that interval.
    fn series(&mut self, symbol: &Symbol, interval: Interval) -> Option<&mut BarSeries> {
        self.series.get_mut(&(symbol.clone(), interval))
    }

    /// Finds the listed symbol for which `has_name` is true: the one that a source calls by the requested name.
    pub(crate) fn find(&self, has_name: impl Fn(&Symbol) -> bool) -> Option<Symbol> {
        self.series.keys().map(|(symbol, _)| symbol).find(|&symbol| has_name(symbol)).cloned()
    }

    /// Closed bars that open in `from..=to`; none if the market does not have the interval.
    pub(crate) fn closed(
        &mut self,
        symbol: &Symbol,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
        limit: BarLimit,
    ) -> BarSlice {
        let now = self.now();
        self.series(symbol, interval).map_or(BarSlice::EMPTY, |series| series.closed(from, to, now, limit))
    }

    /// The open bar, if there is one.
    pub(crate) fn open_bar(&mut self, symbol: &Symbol, interval: Interval) -> BarSlice {
        let now = self.now();
        self.series(symbol, interval).map_or(BarSlice::EMPTY, |series| series.open_bar(now))
    }

    /// The open bar at the time of the last trade, which is not the open time of a bar.
    pub(crate) fn live_bar(&mut self, symbol: &Symbol, interval: Interval) -> BarSlice {
        let now = self.now();
        let trade = if interval.is_aligned(now) { now.as_second() + 540 } else { now.as_second() };
        let time = Timestamp::from_second(trade).unwrap_or(now);
        let mut live = self.open_bar(symbol, interval);
        live.bars.iter_mut().for_each(|bar| bar.time = time);
        live
    }

    pub(crate) fn clock_runs(&self) -> bool {
        self.clock == Clock::Running
    }

    /// Lets the clock run with the real time.
    pub(crate) fn run_clock(&mut self) {
        self.clock = Clock::Running;
    }

    /// Moves the clock, forwards or backwards, and stops it there.
    pub(crate) fn set_clock(&mut self, now: Timestamp) -> Result<(), ControlError> {
        let end = self.end();
        if end.saturating_add(MAX_CLOCK_LEAD).is_ok_and(|limit| now > limit) {
            return Err(ControlError::Clock { now, end });
        }
        self.clock = Clock::Stopped(now);
        Ok(())
    }

    /// Simulates the bars from the day of `change.from` on in a regime. Replaces an earlier change.
    pub(crate) fn set_regime(&mut self, change: RegimeChange) -> Result<(), ControlError> {
        let signal = change.signal.unwrap_or(self.signal);
        if !(-4.0..=4.0).contains(&signal) {
            return Err(ControlError::Signal { signal });
        }
        // All intervals change at the start of that day.
        let from = Interval::Day.floor(change.from);
        let starts_later = |((symbol, interval), series): (&(Symbol, Interval), &BarSeries)| {
            (series.start() >= from).then(|| ControlError::Regime {
                from: change.from,
                symbol: symbol.clone(),
                interval: *interval,
                start: series.start(),
            })
        };
        if let Some(error) = self.series.iter().find_map(starts_later) {
            return Err(error);
        }
        for (index, ((symbol, interval), series)) in (0_u64..).zip(&mut self.series) {
            let seed = self.seed.wrapping_add(1_000 + index);
            let continuation = Continuation { seed, interval: *interval, signal, regime: change.regime };
            series.continue_from(from, continuation).map_err(|_| ControlError::Regime {
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
        for ((_, interval), series) in &self.series {
            let start = span.start.entry(*interval).or_insert(series.start());
            *start = series.start().max(*start);
            let end = span.end.entry(*interval).or_insert(series.end());
            *end = series.end().min(*end);
        }
        span
    }

    fn end(&self) -> Timestamp {
        self.series.values().map(BarSeries::end).max().unwrap_or_else(|| self.now())
    }
}

/// Simulates all series. The intervals of a symbol are drawn separately: a day is not the sum of its hours.
fn simulate(seed: u64, signal: f64, start: Timestamp, end: Timestamp) -> BTreeMap<(Symbol, Interval), BarSeries> {
    let listed = (0_u64..).zip(SIMULATED_SYMBOLS).filter_map(|(index, (name, start_price, daily_volume))| {
        Some((index, name.parse::<Symbol>().ok()?, start_price, daily_volume))
    });
    listed
        .flat_map(|(index, symbol, start_price, daily_volume)| {
            [Interval::Day, Interval::Hour].map(|interval| {
                let start = match interval {
                    Interval::Day => start,
                    Interval::Hour => year_start(utc_year(end) - SIMULATED_YEARS).unwrap_or(start).max(start),
                };
                let market = market_simulator::MarketModel {
                    start_price,
                    daily_volume,
                    signal,
                    ..market_simulator::MarketModel::new(seed.wrapping_add(index), interval, start)
                };
                ((symbol.clone(), interval), BarSeries::simulated(&market, end))
            })
        })
        .collect()
}

/// Start of a calendar year.
fn year_start(year: i16) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(Date::new(year, 1, 1).ok()?.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn market(end: Option<&str>) -> SimulatedMarket {
        let end = end.map(|end| end.parse().unwrap());
        SimulatedMarket::open(&MarketConfig { end, ..MarketConfig::default() }).unwrap()
    }

    #[test]
    fn simulated_bars_end_at_the_present_and_continue() {
        let market = market(None);
        let day = Interval::Day.floor(Timestamp::now());
        assert_eq!(market.span().end[&Interval::Day], day);
        assert!(market.now() >= day && market.now() <= Timestamp::now());
        let before = market.now();
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(market.now() > before);
    }

    #[test]
    fn an_end_stops_the_clock_there_until_it_runs() {
        let mut market = market(Some("2024-01-01T00:00:00Z"));
        let end: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
        assert_eq!((market.now(), market.span().end[&Interval::Day]), (end, end));
        assert_eq!(market.span().start[&Interval::Hour].to_string(), "2022-01-01T00:00:00Z");
        market.run_clock();
        assert!(market.now() > end);
    }

    #[test]
    fn earlier_bars_are_equal_with_another_end_in_that_year() {
        let (mut early, mut late) = (market(Some("2024-02-01T00:00:00Z")), market(Some("2024-06-01T00:00:00Z")));
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
