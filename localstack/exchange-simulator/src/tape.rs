//! The bars of one symbol and interval: a history, and what the simulator appends to it.

use jiff::Timestamp;
use market_data::{Bar, Interval};
use market_simulator::{BarGenerator, Continuation, ContinuationError};

/// The bars of one symbol and interval, ascending.
pub(crate) struct BarSeries {
    interval: Interval,
    history: Vec<Bar>,
    /// Whether the history itself was simulated.
    simulated: bool,
    tail: Option<SimulatedTail>,
}

/// Simulated bars in place of the history from a time on; made as far as somebody looks.
struct SimulatedTail {
    from: Timestamp,
    bars: Vec<Bar>,
    generator: BarGenerator,
}

/// Bars of a tape, and whether any of them was simulated.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct BarSlice {
    pub(crate) bars: Vec<Bar>,
    pub(crate) simulated: bool,
}

/// How many bars of a range are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarLimit {
    /// All of them.
    All,
    /// So many at its start.
    First(usize),
    /// So many at its end.
    Last(usize),
}

impl BarLimit {
    pub(crate) fn cut(self, bars: &mut Vec<Bar>) {
        match self {
            Self::All => {}
            Self::First(count) => bars.truncate(count),
            Self::Last(count) => drop(bars.drain(..bars.len().saturating_sub(count))),
        }
    }
}

impl BarSeries {
    /// A stored history: it ends where it ends.
    pub(crate) fn stored(interval: Interval, history: Vec<Bar>) -> Self {
        Self { interval, history, simulated: false, tail: None }
    }

    /// A simulated history up to `end`, which goes on for as long as the clock does.
    pub(crate) fn simulated(market: &market_simulator::MarketModel, end: Timestamp) -> Self {
        let interval = market.interval;
        let seconds = end.as_second() - interval.floor(market.start).as_second();
        let count = usize::try_from(seconds / interval.seconds()).unwrap_or(0);
        let mut walk = market.generate();
        let history = walk.by_ref().take(count).map(|step| step.bar).collect();
        let tail = Some(SimulatedTail { from: interval.floor(end), bars: Vec::new(), generator: walk });
        Self { interval, history, simulated: true, tail }
    }

    /// Open time of the first bar.
    pub(crate) fn start(&self) -> Timestamp {
        self.history.first().map_or(Timestamp::UNIX_EPOCH, |bar| bar.time)
    }

    /// Close of the last bar of the history.
    pub(crate) fn end(&self) -> Timestamp {
        self.history.last().map_or(Timestamp::UNIX_EPOCH, |bar| self.interval.step(bar.time, 1))
    }

    /// Replaces what follows `from` (or the end of the history, when that comes first) by a continuation.
    pub(crate) fn continue_from(&mut self, from: Timestamp, how: Continuation) -> Result<(), ContinuationError> {
        let kept = self.history.partition_point(|bar| bar.time < from);
        let walk = how.generate(&self.history[..kept])?;
        let from = self.history[..kept].last().map_or(from, |bar| self.interval.step(bar.time, 1));
        self.tail = Some(SimulatedTail { from, bars: Vec::new(), generator: walk });
        Ok(())
    }

    /// Bars that open in `from..=to` and are closed at `now`.
    pub(crate) fn closed(&mut self, from: Timestamp, to: Timestamp, now: Timestamp, limit: BarLimit) -> BarSlice {
        let last = self.interval.last_closed(now).min(to);
        self.extend(last);
        self.excerpt(from, last, limit)
    }

    /// The bar that is open at `now`, as far as it has come. Where the history has just ended, a bar without trades;
    /// later none.
    pub(crate) fn open_bar(&mut self, now: Timestamp) -> BarSlice {
        let open = self.interval.floor(now);
        self.extend(open);
        let before = self.interval.step(open, -1);
        #[expect(clippy::cast_precision_loss, reason = "seconds within one bar")]
        let share = (now.as_second() - open.as_second()) as f64 / self.interval.seconds() as f64;
        let BarSlice { mut bars, simulated } = self.excerpt(before, open, BarLimit::Last(1));
        for bar in &mut bars {
            *bar = if bar.time == open { part(bar, share) } else { without_trades(open, bar.close) };
        }
        BarSlice { bars, simulated }
    }

    fn extend(&mut self, to: Timestamp) {
        let Some(tail) = &mut self.tail else { return };
        while self.interval.step(tail.from, i64::try_from(tail.bars.len()).unwrap_or(i64::MAX)) <= to {
            let Some(step) = tail.generator.next() else { return };
            tail.bars.push(step.bar);
        }
    }

    fn excerpt(&self, from: Timestamp, to: Timestamp, limit: BarLimit) -> BarSlice {
        let cut = self.tail.as_ref().map_or(Timestamp::MAX, |tail| tail.from);
        let before_cut = &self.history[..self.history.partition_point(|bar| bar.time < cut)];
        let mut history = within(before_cut, from, to);
        let mut tail = self.tail.as_ref().map_or(&[][..], |tail| within(&tail.bars, from, to));
        // Cut before anything is copied: a range without a start may be the whole tape.
        match limit {
            BarLimit::All => {}
            BarLimit::First(count) => {
                history = &history[..count.min(history.len())];
                tail = &tail[..(count - history.len()).min(tail.len())];
            }
            BarLimit::Last(count) => {
                tail = &tail[tail.len().saturating_sub(count)..];
                history = &history[(history.len() + tail.len()).saturating_sub(count)..];
            }
        }
        let simulated = !tail.is_empty() || (self.simulated && !history.is_empty());
        BarSlice { bars: [history, tail].concat(), simulated }
    }
}

/// A bar of which only that share of the time has passed.
fn part(whole: &Bar, share: f64) -> Bar {
    let moved = |to: f64| whole.open + (to - whole.open) * share;
    Bar {
        high: moved(whole.high),
        low: moved(whole.low),
        close: moved(whole.close),
        volume: whole.volume * share,
        ..*whole
    }
}

fn without_trades(time: Timestamp, price: f64) -> Bar {
    Bar { time, open: price, high: price, low: price, close: price, volume: 0.0 }
}

/// The bars that open in `from..=to`.
fn within(bars: &[Bar], from: Timestamp, to: Timestamp) -> &[Bar] {
    let start = bars.partition_point(|bar| bar.time < from);
    let end = bars.partition_point(|bar| bar.time <= to);
    &bars[start.min(end)..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use market_simulator::{MarketModel, Regime};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn simulated() -> BarSeries {
        let market = MarketModel::new(7, Interval::Day, time("2023-01-01T00:00:00Z"));
        BarSeries::simulated(&market, time("2023-12-01T00:00:00Z"))
    }

    #[test]
    fn bars_that_are_not_closed_are_not_visible() {
        let mut tape = simulated();
        let all = (Timestamp::MIN, Timestamp::MAX);
        let at = |tape: &mut BarSeries, now| {
            tape.closed(all.0, all.1, time(now), BarLimit::All).bars.last().unwrap().time.to_string()
        };
        assert_eq!(at(&mut tape, "2023-06-02T23:59:59Z"), "2023-06-01T00:00:00Z");
        assert_eq!(at(&mut tape, "2023-06-03T00:00:00Z"), "2023-06-02T00:00:00Z");
        assert_eq!(at(&mut tape, "2024-03-01T00:00:00Z"), "2024-02-29T00:00:00Z", "a simulated market goes on");
    }

    #[test]
    fn a_stored_history_ends_and_is_continued_on_order() {
        let bars = simulated().history;
        let last = *bars.last().unwrap();
        let mut tape = BarSeries::stored(Interval::Day, bars);
        let (from, now) = (time("2023-11-29T00:00:00Z"), time("2024-01-01T00:05:00Z"));
        let stored = tape.closed(from, now, now, BarLimit::All);
        assert_eq!((stored.bars.len(), stored.simulated), (2, false));
        let how = Continuation { seed: 7, interval: Interval::Day, signal: 0.0, regime: Regime::Crisis };
        tape.continue_from(time("2023-12-01T00:05:00Z"), how).unwrap();
        let continued = tape.closed(from, now, now, BarLimit::All);
        assert_eq!((continued.bars.len(), continued.simulated), (2 + 31, true));
        assert!((continued.bars[2].open - last.close).abs() < 1e-9, "no gap in price");
        market_data::bar::validate_bars(&continued.bars, Interval::Day).unwrap();
        let before = tape.closed(from, time("2023-11-30T00:00:00Z"), now, BarLimit::All);
        assert!(!before.simulated, "bars before the change stay stored");
        assert_eq!(tape.closed(from, now, now, BarLimit::All), continued, "asking again gives the same");
    }

    #[test]
    fn an_unfinished_bar_lies_within_the_whole_one() {
        let mut tape = simulated();
        let noon = time("2023-06-03T12:00:00Z");
        let BarSlice { bars, simulated } = tape.open_bar(noon);
        let [part] = bars.try_into().unwrap();
        let open = time("2023-06-03T00:00:00Z");
        let whole = tape.closed(open, open, time("2023-06-04T00:00:00Z"), BarLimit::All).bars[0];
        assert_eq!((part.time, part.open, simulated), (whole.time, whole.open, true));
        assert!(part.volume < whole.volume && whole.low <= part.low && part.high <= whole.high);
        part.validate(0).unwrap();
    }

    #[test]
    fn after_the_end_of_a_stored_history_one_open_bar_has_no_trades_and_then_there_is_none() {
        let bars = simulated().history;
        let last = *bars.last().unwrap();
        let mut tape = BarSeries::stored(Interval::Day, bars);
        let BarSlice { bars, simulated } = tape.open_bar(time("2023-12-01T05:00:00Z"));
        assert_eq!((bars, simulated), (vec![without_trades(time("2023-12-01T00:00:00Z"), last.close)], false));
        assert_eq!(tape.open_bar(time("2023-12-02T05:00:00Z")).bars, []);
    }

    #[test]
    fn a_limit_counts_from_its_end_of_the_range_across_history_and_tail() {
        let mut tape = simulated();
        let (from, to, now) =
            (time("2023-11-29T00:00:00Z"), time("2023-12-03T00:00:00Z"), time("2024-01-01T00:00:00Z"));
        let all = tape.closed(from, to, now, BarLimit::All).bars;
        assert_eq!(all.len(), 5);
        for count in 0..7 {
            let length = all.len().min(count);
            assert_eq!(tape.closed(from, to, now, BarLimit::First(count)).bars, all[..length]);
            assert_eq!(tape.closed(from, to, now, BarLimit::Last(count)).bars, all[all.len() - length..]);
            let (mut first, mut last) = (all.clone(), all.clone());
            BarLimit::First(count).cut(&mut first);
            BarLimit::Last(count).cut(&mut last);
            assert_eq!((&first[..], &last[..]), (&all[..length], &all[all.len() - length..]));
        }
    }
}
