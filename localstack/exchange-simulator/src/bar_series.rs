//! Bars of one symbol and interval: a history and its simulated continuation.

use jiff::Timestamp;
use market_data::{Bar, Interval, origin::Provenance};
use market_simulator::{BarGenerator, Continuation, ContinuationError};

/// Bars of one symbol and interval, ascending.
pub(crate) struct BarSeries {
    interval: Interval,
    history: Vec<Bar>,
    /// Provenance of the history without its tail.
    provenance: Provenance,
    tail: Option<SimulatedTail>,
}

/// Simulated bars that replace the history from a time on, generated as far as they were read.
struct SimulatedTail {
    from: Timestamp,
    bars: Vec<Bar>,
    generator: BarGenerator,
}

/// Bars of a range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BarSlice {
    pub(crate) bars: Vec<Bar>,
    /// Simulated if any of the bars is.
    pub(crate) provenance: Provenance,
}

impl BarSlice {
    /// No bars.
    pub(crate) const EMPTY: Self = Self { bars: Vec::new(), provenance: Provenance::Live };
}

/// Number of bars that are read of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarLimit {
    /// All bars.
    All,
    /// At most this many at the start.
    First(usize),
    /// At most this many at the end.
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
    /// Series of given bars, without a continuation.
    pub(crate) fn from_bars(interval: Interval, history: Vec<Bar>, provenance: Provenance) -> Self {
        Self { interval, history, provenance, tail: None }
    }

    /// Simulated bars up to `end`, continued for as long as the clock runs.
    pub(crate) fn simulated(market: &market_simulator::MarketModel, end: Timestamp) -> Self {
        let interval = market.interval;
        let seconds = end.as_second() - interval.floor(market.start).as_second();
        let count = usize::try_from(seconds / interval.seconds()).unwrap_or(0);
        let mut generator = market.generate();
        let history = generator.by_ref().take(count).map(|step| step.bar).collect();
        let tail = Some(SimulatedTail { from: interval.floor(end), bars: Vec::new(), generator });
        Self { interval, history, provenance: Provenance::Simulated, tail }
    }

    /// Open time of the first bar.
    pub(crate) fn start(&self) -> Timestamp {
        self.history.first().map_or(Timestamp::UNIX_EPOCH, |bar| bar.time)
    }

    /// Close of the last bar of the history.
    pub(crate) fn end(&self) -> Timestamp {
        self.history.last().map_or(Timestamp::UNIX_EPOCH, |bar| self.interval.step(bar.time, 1))
    }

    /// Replaces the bars from `from` on (or from the end of the bars, if that is earlier) by a continuation. Earlier bars stay, also
    /// those of an earlier continuation.
    pub(crate) fn continue_from(
        &mut self,
        from: Timestamp,
        continuation: Continuation,
    ) -> Result<(), ContinuationError> {
        let last_kept = self.interval.step(from, -1);
        self.extend(last_kept);
        let before = self.read(Timestamp::MIN, last_kept, BarLimit::All).bars;
        let generator = continuation.generate(&before)?;
        let end = before.last().map_or(from, |bar| self.interval.step(bar.time, 1));
        let tail_from = self.tail.as_ref().map_or(end, |tail| tail.from.min(end));
        let bars = within(&before, tail_from, last_kept).to_vec();
        self.tail = Some(SimulatedTail { from: tail_from, bars, generator });
        Ok(())
    }

    /// Bars that open in `from..=to` and are closed at `now`.
    pub(crate) fn closed(&mut self, from: Timestamp, to: Timestamp, now: Timestamp, limit: BarLimit) -> BarSlice {
        let last = self.interval.last_closed(now).min(to);
        self.extend(last);
        self.read(from, last, limit)
    }

    /// The bar that is open at `now`, with its trades so far. Directly after the end of the history it is a bar without
    /// trades; later there is none.
    pub(crate) fn open_bar(&mut self, now: Timestamp) -> BarSlice {
        let open = self.interval.floor(now);
        self.extend(open);
        let before = self.interval.step(open, -1);
        #[expect(clippy::cast_precision_loss, reason = "seconds within one bar")]
        let share = (now.as_second() - open.as_second()) as f64 / self.interval.seconds() as f64;
        let BarSlice { mut bars, provenance } = self.read(before, open, BarLimit::Last(1));
        for bar in &mut bars {
            *bar = if bar.time == open { part(bar, share) } else { without_trades(open, bar.close) };
        }
        BarSlice { bars, provenance }
    }

    /// Generates the tail up to the bar that opens at `to`.
    fn extend(&mut self, to: Timestamp) {
        let Some(tail) = &mut self.tail else { return };
        while self.interval.step(tail.from, i64::try_from(tail.bars.len()).unwrap_or(i64::MAX)) <= to {
            let Some(step) = tail.generator.next() else { return };
            tail.bars.push(step.bar);
        }
    }

    fn read(&self, from: Timestamp, to: Timestamp, limit: BarLimit) -> BarSlice {
        let cut = self.tail.as_ref().map_or(Timestamp::MAX, |tail| tail.from);
        let before_cut = &self.history[..self.history.partition_point(|bar| bar.time < cut)];
        let mut history = within(before_cut, from, to);
        let mut tail = self.tail.as_ref().map_or(&[][..], |tail| within(&tail.bars, from, to));
        // The limit is applied before anything is copied: a range without a start may be the whole series.
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
        let provenance = if tail.is_empty() { self.provenance } else { Provenance::Simulated };
        BarSlice { bars: [history, tail].concat(), provenance }
    }
}

/// The bar after that share of its time.
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

/// Bars that open in `from..=to`.
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
    fn only_closed_bars_are_visible() {
        let mut series = simulated();
        let all = (Timestamp::MIN, Timestamp::MAX);
        let at = |series: &mut BarSeries, now| {
            series.closed(all.0, all.1, time(now), BarLimit::All).bars.last().unwrap().time.to_string()
        };
        assert_eq!(at(&mut series, "2023-06-02T23:59:59Z"), "2023-06-01T00:00:00Z");
        assert_eq!(at(&mut series, "2023-06-03T00:00:00Z"), "2023-06-02T00:00:00Z");
        assert_eq!(at(&mut series, "2024-03-01T00:00:00Z"), "2024-02-29T00:00:00Z", "a simulated market continues");
    }

    #[test]
    fn a_stored_history_ends_unless_it_is_continued() {
        let bars = simulated().history;
        let last = *bars.last().unwrap();
        let mut series = BarSeries::from_bars(Interval::Day, bars, Provenance::Stored);
        let (from, now) = (time("2023-11-29T00:00:00Z"), time("2024-01-01T00:05:00Z"));
        let stored = series.closed(from, now, now, BarLimit::All);
        assert_eq!((stored.bars.len(), stored.provenance), (2, Provenance::Stored));
        let continuation = Continuation { seed: 7, interval: Interval::Day, signal: 0.0, regime: Regime::Crisis };
        series.continue_from(time("2023-12-01T00:05:00Z"), continuation).unwrap();
        let continued = series.closed(from, now, now, BarLimit::All);
        assert_eq!((continued.bars.len(), continued.provenance), (2 + 31, Provenance::Simulated));
        assert!((continued.bars[2].open - last.close).abs() < 1e-9, "no gap in price");
        market_data::bar::validate_bars(&continued.bars, Interval::Day).unwrap();
        let before = series.closed(from, time("2023-11-30T00:00:00Z"), now, BarLimit::All);
        assert_eq!(before.provenance, Provenance::Stored, "bars before the change stay stored");
        assert_eq!(series.closed(from, now, now, BarLimit::All), continued, "a second read gives the same bars");
    }

    #[test]
    fn a_second_change_keeps_the_bars_of_the_first() {
        let mut series = simulated();
        let (from, now) = (time("2023-11-01T00:00:00Z"), time("2024-03-01T00:05:00Z"));
        let continuation = |seed, regime| Continuation { seed, interval: Interval::Day, signal: 0.0, regime };
        series.continue_from(time("2023-11-20T00:00:00Z"), continuation(1, Regime::Crisis)).unwrap();
        let first = series.closed(from, now, now, BarLimit::All).bars;
        let change = time("2024-01-10T00:00:00Z");
        series.continue_from(change, continuation(2, Regime::Calm)).unwrap();
        let second = series.closed(from, now, now, BarLimit::All).bars;
        let kept = first.partition_point(|bar| bar.time < change);
        assert_eq!(second[..kept], first[..kept]);
        assert_ne!(second[kept], first[kept]);
        assert_eq!(second.len(), first.len());
        market_data::bar::validate_bars(&second, Interval::Day).unwrap();
    }

    #[test]
    fn the_open_bar_lies_within_the_closed_one() {
        let mut series = simulated();
        let noon = time("2023-06-03T12:00:00Z");
        let BarSlice { bars, provenance } = series.open_bar(noon);
        let [part] = bars.try_into().unwrap();
        let open = time("2023-06-03T00:00:00Z");
        let whole = series.closed(open, open, time("2023-06-04T00:00:00Z"), BarLimit::All).bars[0];
        assert_eq!((part.time, part.open, provenance), (whole.time, whole.open, Provenance::Simulated));
        assert!(part.volume < whole.volume && whole.low <= part.low && part.high <= whole.high);
        part.validate(0).unwrap();
    }

    #[test]
    fn after_a_stored_history_one_open_bar_has_no_trades() {
        let bars = simulated().history;
        let last = *bars.last().unwrap();
        let mut series = BarSeries::from_bars(Interval::Day, bars, Provenance::Stored);
        let BarSlice { bars, provenance } = series.open_bar(time("2023-12-01T05:00:00Z"));
        let expected = without_trades(time("2023-12-01T00:00:00Z"), last.close);
        assert_eq!((bars, provenance), (vec![expected], Provenance::Stored));
        assert_eq!(series.open_bar(time("2023-12-02T05:00:00Z")).bars, []);
    }

    #[test]
    fn a_limit_counts_across_history_and_tail() {
        let mut series = simulated();
        let (from, to, now) =
            (time("2023-11-29T00:00:00Z"), time("2023-12-03T00:00:00Z"), time("2024-01-01T00:00:00Z"));
        let all = series.closed(from, to, now, BarLimit::All).bars;
        assert_eq!(all.len(), 5);
        for count in 0..7 {
            let length = all.len().min(count);
            assert_eq!(series.closed(from, to, now, BarLimit::First(count)).bars, all[..length]);
            assert_eq!(series.closed(from, to, now, BarLimit::Last(count)).bars, all[all.len() - length..]);
            let (mut first, mut last) = (all.clone(), all.clone());
            BarLimit::First(count).cut(&mut first);
            BarLimit::Last(count).cut(&mut last);
            assert_eq!((&first[..], &last[..]), (&all[..length], &all[all.len() - length..]));
        }
    }
}
