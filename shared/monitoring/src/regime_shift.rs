//! Regime shift: range or volume far above their reference from before the training.
//!
//! Two values of each bar are used: `x = ln ln(high / low)` and `x = ln volume`. Both are close to normal, whereas range and
//! volume themselves have heavy tails. Each has two statistics:
//!
//! * *level*: mean of `x` over the last `level_bars` bars;
//! * *jump*: mean over the last `jump_bars` bars minus the mean over the `before_bars` bars before them.
//!
//! A statistic is standardised by its own mean and standard deviation in the reference: the newest `reference_bars` bars
//! that were closed when the champion was trained. Its ratio is `z / max(limit, largest z in the reference)`. The shift is
//! *severe* if any of the four ratios is above 1. Only increases count, because a calmer market needs no action. A mean
//! needs values in at least half of its bars; a bar without range or volume has none.
//!
//! **Null hypothesis:** the statistics continue as in the reference. They are autocorrelated over weeks and read at every
//! bar, so `limit` is not a normal quantile. It was chosen on simulated markets without change: with four years of daily
//! bars before the training, about 5 % of them exceed it within two years; with two years of bars, twice as many
//! (EVALUATION.md).
//!
//! These statistics replaced the distances of thirty features. The distances also react to volatility, but through many
//! windows and transformations that dilute it; for equally many detected crises they had five times as many false alarms.

use crate::level::StatisticSeries;
use crate::shift::{RegimeShiftConfig, StatisticReading};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use serde::{Deserialize, Serialize};

/// Maximum number of points in [`RegimeShift::path`], which is drawn as a chart.
const PATH_POINTS: usize = 120;

/// Result of the regime shift test at the last bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegimeShift {
    /// Open times of the first and last bar of the reference.
    pub reference: [Timestamp; 2],
    /// Number of bars in the reference.
    pub reference_bars: usize,
    /// Open time of the last bar.
    pub through: Timestamp,
    /// Readings at the last bar; without the statistics that have no value there.
    pub statistics: Vec<StatisticReading>,
    /// Largest ratio of the readings.
    pub ratio: f64,
    /// True if the ratio is above 1.
    pub severe: bool,
    /// Open time of the first severe bar since the last recovery; absent if the market has recovered.
    pub since: Option<Timestamp>,
    /// True if the market has recovered: the ratio stayed below `recovery_ratio` for `recovery_bars` bars, or was never
    /// severe.
    pub recovered: bool,
    /// Open times and largest ratios of the last bars, ascending.
    pub path: Vec<(Timestamp, f64)>,
}

impl RegimeShift {
    /// Compares the last of `bars`, which are closed and ascending, with those that were closed at `trained_at`. `None` if
    /// the reference is too short or no statistic has a value at the last bar.
    #[must_use]
    pub fn measure(
        bars: &[Bar],
        interval: Interval,
        trained_at: Timestamp,
        config: &RegimeShiftConfig,
    ) -> Option<Self> {
        let end = bars.partition_point(|bar| interval.step(bar.time, 1) <= trained_at);
        let start = end.saturating_sub(config.reference_bars);
        if end - start < config.min_reference_bars {
            return None;
        }
        let bars = &bars[start..];
        let reference_bars = end - start;
        let series = StatisticSeries::new(bars, reference_bars, config);
        let ratio_at = |bar: usize| series.readings(bar).map(|reading| reading.ratio).fold(f64::NEG_INFINITY, f64::max);
        let last = bars.len() - 1;
        let statistics: Vec<StatisticReading> = series.readings(last).collect();
        if statistics.is_empty() {
            return None;
        }
        let first = reference_bars.min(last);
        let ratios: Vec<f64> = (first..=last).map(ratio_at).collect();
        let since = since(&bars[first..], &ratios, config);
        let ratio = ratio_at(last);
        let skipped = ratios.len().saturating_sub(PATH_POINTS);
        let path = bars[first..].iter().zip(&ratios).skip(skipped).filter(|(_, ratio)| ratio.is_finite());
        Some(Self {
            reference: [bars[0].time, bars[reference_bars - 1].time],
            reference_bars,
            through: bars[last].time,
            statistics,
            ratio,
            severe: ratio > 1.0,
            since,
            recovered: since.is_none(),
            path: path.map(|(bar, ratio)| (bar.time, *ratio)).collect(),
        })
    }

    /// Reading with the largest ratio.
    #[must_use]
    pub fn largest(&self) -> Option<&StatisticReading> {
        self.statistics.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }
}

/// Open time of the first severe bar since the last recovery; `None` after a recovery, or without a severe bar.
fn since(bars: &[Bar], ratios: &[f64], config: &RegimeShiftConfig) -> Option<Timestamp> {
    let (mut since, mut recovered_bars) = (None, 0);
    for (bar, ratio) in bars.iter().zip(ratios) {
        recovered_bars = match ratio {
            // A bar without a reading neither continues nor interrupts the recovery.
            ratio if !ratio.is_finite() => recovered_bars,
            ratio if *ratio < config.recovery_ratio => recovered_bars + 1,
            _ => 0,
        };
        if *ratio > 1.0 && since.is_none() {
            since = Some(bar.time);
        } else if recovered_bars >= config.recovery_bars {
            since = None;
        }
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShiftStatistic;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Bars with autocorrelated ranges and volumes, about within a factor of two, and multiplied by `times` from bar 1000.
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

    fn measure(bars: &[Bar]) -> Option<RegimeShift> {
        let trained_at = Timestamp::from_second(86_400 * 1000).unwrap();
        RegimeShift::measure(bars, Interval::Day, trained_at, &RegimeShiftConfig::default())
    }

    #[test]
    fn only_a_fourfold_increase_is_severe_within_ten_days() {
        let ever = |times: f64, until: usize, seed: u64| {
            let bars = bars(1100, times, seed);
            (1001..=until).any(|end| measure(&bars[..end]).unwrap().severe)
        };
        assert!((0..20).filter(|seed| ever(1.0, 1100, *seed)).count() <= 1);
        assert!((0..20).filter(|seed| ever(4.0, 1010, *seed)).count() >= 19);
        assert!((0..20).all(|seed| !ever(0.25, 1100, seed)), "a decrease is not severe");
    }

    #[test]
    fn a_shift_ends_after_seven_recovered_bars() {
        let mut volatile = bars(1040, 4.0, 3);
        let severe = measure(&volatile).unwrap();
        assert!(severe.since.is_some() && !severe.recovered);
        let calm = bars(1100, 1.0, 3);
        volatile.extend(&calm[1040..]);
        let recovered = measure(&volatile).unwrap();
        assert!(!recovered.severe && recovered.recovered && recovered.since.is_none(), "{:?}", recovered.ratio);
        let ended = (1041..1100).find(|end| measure(&volatile[..*end]).unwrap().recovered).unwrap();
        let below =
            measure(&volatile[..ended]).unwrap().path.iter().rev().take_while(|(_, ratio)| *ratio < 0.8).count();
        assert_eq!(below, 7);
    }

    #[test]
    fn bars_without_a_reading_do_not_end_a_shift() {
        let mut volatile = bars(1130, 4.0, 3);
        let since = measure(&volatile[..1040]).unwrap().since;
        volatile[1040..1090].iter_mut().for_each(|bar| (bar.high, bar.volume) = (bar.low, 0.0));
        assert_eq!(measure(&volatile[..1070]), None, "no statistic has a value");
        let later = measure(&volatile).unwrap();
        assert!(since.is_some() && !later.recovered && later.path.len() < 120);
        assert_eq!(later.since, since);
    }

    #[test]
    fn the_largest_reading_states_ratio_limit_and_reference() {
        let severe = measure(&bars(1012, 4.0, 5)).unwrap();
        let largest = severe.largest().unwrap();
        assert!((largest.ratio - largest.z / largest.limit).abs() < 1e-12);
        assert!(largest.limit >= 4.1 && largest.limit >= largest.reference_z);
        assert_eq!((severe.reference_bars, severe.statistics.len()), (1000, 4));
        assert_eq!(severe.reference[1], Timestamp::from_second(86_400 * 999).unwrap());
    }

    #[test]
    fn a_short_reference_and_zero_volume_have_no_reading() {
        assert_eq!(
            RegimeShift::measure(
                &bars(400, 1.0, 1),
                Interval::Day,
                Timestamp::from_second(86_400 * 364).unwrap(),
                &RegimeShiftConfig::default()
            ),
            None
        );
        let mut no_volume = bars(1010, 1.0, 1);
        no_volume.iter_mut().for_each(|bar| bar.volume = 0.0);
        let shift = measure(&no_volume).unwrap();
        assert!(
            shift
                .statistics
                .iter()
                .all(|reading| matches!(reading.statistic, ShiftStatistic::RangeLevel | ShiftStatistic::RangeJump))
        );
        let mut changed = bars(1010, 1.0, 1);
        let before = measure(&changed).unwrap();
        changed[999].volume *= 50.0;
        assert!(measure(&changed).unwrap() != before, "the last bar of the reference counts");
    }
}
