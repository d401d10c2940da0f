//! Has the market left what the champion knows? Range and volume, by their level and their jumps.
//!
//! Per bar `x = ln ln(high / low)` and `x = ln volume`: both are close to normal where the values themselves have heavy tails.
//! Of each
//!
//! * *level*: mean of `x` over the last `level_bars` bars;
//! * *jump*: mean over the last `jump_bars` bars minus the mean over the `before_bars` before them;
//!
//! standardised by mean and standard deviation of the same statistic at every bar of the reference: the newest
//! `reference_bars` bars that were closed when the champion was trained. A statistic's ratio is its `z` by
//! `max(limit, the reference's own largest z)`. The shift is *severe* when any of the four ratios is above 1: upwards only,
//! for a market that has become calm asks for nothing.
//!
//! **Null:** the statistics go on as in the reference. They are autocorrelated for weeks and looked at at every bar, so
//! `limit` is no normal quantile: it is where about one in twenty simulated markets without change ever passes it within
//! two years, after four years of days known at the training (EVALUATION.md); after two, twice as many do. A mean needs values in at least half of its bars; a bar without range or volume has none.
//!
//! Distances of thirty features were here before: they see the level of volatility too, through many windows and
//! transformations that dilute it, and had five times as many false alarms for as many crises found.

use super::level::{ShiftStatistic, StatisticSeries};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// The last points of the path that are kept, for a chart.
const PATH_POINTS: usize = 120;

/// What counts as severe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeShiftConfig {
    /// Bars in a level. Default 7 days, or 168 hours.
    pub level_bars: usize,
    /// Bars after a jump. Default 7 days, or 48 hours.
    pub jump_bars: usize,
    /// Bars before it. Default 20 days, or 240 hours.
    pub before_bars: usize,
    /// Standard deviations above the reference's mean that are severe, if the reference itself never was as far. Default
    /// 4.1 by the day, 4.5 by the hour.
    pub limit: f64,
    /// The most bars in a reference. Default 1460 days, or 17520 hours.
    pub reference_bars: usize,
    /// The fewest. Default 365 days, or 4380 hours.
    pub min_reference_bars: usize,
    /// The ratio below which it counts as over. Default 0.8.
    #[serde(rename = "over")]
    pub recovery_ratio: f64,
    /// How many bars it has to stay below. Default 7 days, or 48 hours.
    #[serde(rename = "over_bars")]
    pub recovery_bars: usize,
}

impl Default for RegimeShiftConfig {
    fn default() -> Self {
        Self::for_interval(Interval::Day)
    }
}

impl RegimeShiftConfig {
    /// The defaults for bars of this length.
    #[must_use]
    pub fn for_interval(interval: Interval) -> Self {
        match interval {
            Interval::Day => Self {
                level_bars: 7,
                jump_bars: 7,
                before_bars: 20,
                limit: 4.1,
                reference_bars: 1460,
                min_reference_bars: 365,
                recovery_ratio: 0.8,
                recovery_bars: 7,
            },
            Interval::Hour => Self {
                level_bars: 168,
                jump_bars: 48,
                before_bars: 240,
                limit: 4.5,
                reference_bars: 17_520,
                min_reference_bars: 4380,
                recovery_ratio: 0.8,
                recovery_bars: 48,
            },
        }
    }
}

/// One of the four statistics at the last bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StatisticReading {
    /// Which.
    pub line: ShiftStatistic,
    /// Bars that it is a mean over.
    pub bars: usize,
    /// Its value, a difference or mean of logarithms.
    pub value: f64,
    /// Its mean in the reference.
    pub mean: f64,
    /// Its standard deviation there.
    pub deviation: f64,
    /// Standard deviations above that mean.
    pub z: f64,
    /// The largest that the reference itself had.
    pub reference_z: f64,
    /// The larger of that and the configured limit.
    pub limit: f64,
    /// `z` by limit; above 1 is severe.
    pub ratio: f64,
}

/// How far the market is from what the champion knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegimeShift {
    /// Open times of the reference's first and last bar.
    pub reference: [Timestamp; 2],
    /// Its bars.
    pub reference_bars: usize,
    /// Open time of the last bar that was looked at.
    pub through: Timestamp,
    /// The statistics that could be judged.
    pub statistics: Vec<StatisticReading>,
    /// The largest of their ratios.
    pub ratio: f64,
    /// Whether that is above 1.
    pub severe: bool,
    /// Open time of the first bar since which it has not been over.
    pub since: Option<Timestamp>,
    /// Whether it has been below what counts as over for long enough.
    #[serde(rename = "over")]
    pub recovered: bool,
    /// Open times and largest ratios of the last bars, ascending.
    pub path: Vec<(Timestamp, f64)>,
}

impl RegimeShift {
    /// Judges the last of `bars`, ascending and closed, by those of them that were closed at `learnt`, when the champion was
    /// trained. `None` when the reference is too short, or nothing can be judged.
    #[must_use]
    pub fn of(bars: &[Bar], interval: Interval, learnt: Timestamp, config: &RegimeShiftConfig) -> Option<Self> {
        let end = bars.partition_point(|bar| interval.step(bar.time, 1) <= learnt);
        let start = end.saturating_sub(config.reference_bars);
        if end - start < config.min_reference_bars {
            return None;
        }
        let bars = &bars[start..];
        let known = end - start;
        let levels = StatisticSeries::new(bars, known, config);
        let ratio_at = |bar: usize| levels.at(bar).map(|s| s.ratio).fold(f64::NEG_INFINITY, f64::max);
        let last = bars.len() - 1;
        let statistics: Vec<StatisticReading> = levels.at(last).collect();
        if statistics.is_empty() {
            return None;
        }
        let first = known.min(last);
        let ratios: Vec<f64> = (first..=last).map(ratio_at).collect();
        let (mut since, mut calm) = (None, 0);
        for (bar, ratio) in (first..).zip(&ratios) {
            calm = match ratio {
                // Bars that cannot be judged are no calm.
                ratio if !ratio.is_finite() => calm,
                ratio if *ratio < config.recovery_ratio => calm + 1,
                _ => 0,
            };
            if *ratio > 1.0 && since.is_none() {
                since = Some(bars[bar].time);
            } else if calm >= config.recovery_bars {
                since = None;
            }
        }
        let ratio = ratio_at(last);
        let shown = ratios.len().saturating_sub(PATH_POINTS);
        let path = (first..).zip(&ratios).skip(shown).filter(|(_, ratio)| ratio.is_finite());
        Some(Self {
            reference: [bars[0].time, bars[known - 1].time],
            reference_bars: known,
            through: bars[last].time,
            statistics,
            ratio,
            severe: ratio > 1.0,
            since,
            recovered: since.is_none(),
            path: path.map(|(bar, ratio)| (bars[bar].time, *ratio)).collect(),
        })
    }

    /// The statistic that is farthest beyond its limit.
    #[must_use]
    pub fn largest(&self) -> Option<&StatisticReading> {
        self.statistics.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Bars with ranges and volumes that wander by a factor of about two, and are `times` larger from bar 1000.
    fn bars(n: u32, times: f64, seed: u64) -> Vec<Bar> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut level = 0.0;
        (0..n)
            .map(|day| {
                level = 0.95 * level + 0.1 * rng.random_range(-1.0..1.0);
                let size = f64::exp(level + rng.random_range(-0.5..0.5)) * if day >= 1000 { times } else { 1.0 };
                let time = Timestamp::from_second(86_400 * i64::from(day)).unwrap();
                Bar { time, open: 100.0, high: 100.0 + size, low: 100.0, close: 100.0, volume: 1e5 * size }
            })
            .collect()
    }

    fn of(bars: &[Bar]) -> Option<RegimeShift> {
        let learnt = Timestamp::from_second(86_400 * 1000).unwrap();
        RegimeShift::of(bars, Interval::Day, learnt, &RegimeShiftConfig::default())
    }

    #[test]
    fn what_goes_on_as_before_is_not_severe_and_four_times_as_much_is_within_a_week() {
        let ever = |times: f64, until: usize, seed: u64| {
            let bars = bars(1100, times, seed);
            (1001..=until).any(|end| of(&bars[..end]).unwrap().severe)
        };
        assert!((0..20).filter(|seed| ever(1.0, 1100, *seed)).count() <= 1);
        assert!((0..20).filter(|seed| ever(4.0, 1010, *seed)).count() >= 19);
        assert!((0..20).all(|seed| !ever(0.25, 1100, seed)), "calm is not severe");
    }

    #[test]
    fn it_is_over_when_it_has_been_below_for_a_week() {
        let mut stormy = bars(1040, 4.0, 3);
        let severe = of(&stormy).unwrap();
        assert!(severe.since.is_some() && !severe.recovered);
        let calm = bars(1100, 1.0, 3);
        stormy.extend(&calm[1040..]);
        let over = of(&stormy).unwrap();
        assert!(!over.severe && over.recovered && over.since.is_none(), "{:?}", over.ratio);
        let ended = (1041..1100).find(|end| of(&stormy[..*end]).unwrap().recovered).unwrap();
        let below = of(&stormy[..ended]).unwrap().path.iter().rev().take_while(|(_, ratio)| *ratio < 0.8).count();
        assert_eq!(below, 7);
    }

    #[test]
    fn bars_that_cannot_be_judged_do_not_end_it() {
        let mut stormy = bars(1130, 4.0, 3);
        let since = of(&stormy[..1040]).unwrap().since;
        stormy[1040..1090].iter_mut().for_each(|bar| (bar.high, bar.volume) = (bar.low, 0.0));
        assert_eq!(of(&stormy[..1070]), None, "nothing of them can be judged");
        let again = of(&stormy).unwrap();
        assert!(since.is_some() && !again.recovered && again.path.len() < 120);
        assert_eq!(again.since, since);
    }

    #[test]
    fn the_sentence_of_a_mail_has_its_numbers() {
        let severe = of(&bars(1012, 4.0, 5)).unwrap();
        let farthest = severe.largest().unwrap();
        assert!((farthest.ratio - farthest.z / farthest.limit).abs() < 1e-12);
        assert!(farthest.limit >= 4.1 && farthest.limit >= farthest.reference_z);
        assert_eq!((severe.reference_bars, severe.statistics.len()), (1000, 4));
        assert_eq!(severe.reference[1], Timestamp::from_second(86_400 * 999).unwrap());
    }

    #[test]
    fn a_short_reference_or_bars_without_volume_are_not_judged_by_it() {
        assert_eq!(
            RegimeShift::of(
                &bars(400, 1.0, 1),
                Interval::Day,
                Timestamp::from_second(86_400 * 364).unwrap(),
                &RegimeShiftConfig::default()
            ),
            None
        );
        let mut silent = bars(1010, 1.0, 1);
        silent.iter_mut().for_each(|bar| bar.volume = 0.0);
        let judged = of(&silent).unwrap();
        assert!(
            judged
                .statistics
                .iter()
                .all(|statistic| matches!(statistic.line, ShiftStatistic::RangeLevel | ShiftStatistic::RangeJump))
        );
        let mut past = bars(1010, 1.0, 1);
        let present = of(&past).unwrap();
        past[999].volume *= 50.0;
        assert!(of(&past).unwrap() != present, "the last bar of the reference counts");
    }
}
