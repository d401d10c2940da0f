//! Levels and jumps of what a bar shows, and how they were in the reference.

use super::regime_shift::{RegimeShiftConfig, StatisticReading};
use market_data::Bar;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A statistic that is followed from bar to bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftStatistic {
    /// How much is traded.
    VolumeLevel,
    /// How much more than before.
    VolumeJump,
    /// How far the price goes within a bar.
    RangeLevel,
    /// How much farther than before.
    RangeJump,
}

impl fmt::Display for ShiftStatistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VolumeLevel => "volume level",
            Self::VolumeJump => "volume jump",
            Self::RangeLevel => "range level",
            Self::RangeJump => "range jump",
        })
    }
}

/// Sums of values and how many there are, up to each bar.
struct PrefixSums(Vec<(f64, usize)>);

impl PrefixSums {
    fn new(values: impl Iterator<Item = Option<f64>>) -> Self {
        let mut sums = vec![(0.0, 0)];
        sums.extend(values.scan((0.0, 0), |(sum, n), value| {
            (*sum, *n) = (*sum + value.unwrap_or(0.0), *n + usize::from(value.is_some()));
            Some((*sum, *n))
        }));
        Self(sums)
    }

    /// Mean of the `bars` up to and with `last`; `None` where fewer than half have a value.
    fn mean(&self, last: usize, bars: usize) -> Option<f64> {
        let (end, start) = (self.0.get(last + 1)?, self.0.get((last + 1).checked_sub(bars)?)?);
        let n = end.1 - start.1;
        (n > 0 && 2 * n >= bars).then(|| (end.0 - start.0) / as_f64(n))
    }
}

/// One line with what the reference says of it.
struct ReferenceStatistic {
    line: ShiftStatistic,
    mean: f64,
    deviation: f64,
    reference_z: f64,
}

/// All lines.
pub(super) struct StatisticSeries<'a> {
    range: PrefixSums,
    volume: PrefixSums,
    known: Vec<ReferenceStatistic>,
    config: &'a RegimeShiftConfig,
}

impl<'a> StatisticSeries<'a> {
    /// Of bars of which the first `known` are the reference.
    pub(super) fn new(bars: &[Bar], known: usize, config: &'a RegimeShiftConfig) -> Self {
        let log = |value: f64| (value.is_finite() && value > 0.0).then(|| value.ln()).filter(|log| log.is_finite());
        let range = PrefixSums::new(bars.iter().map(|bar| log((bar.high / bar.low).ln())));
        let volume = PrefixSums::new(bars.iter().map(|bar| log(bar.volume)));
        let mut levels = Self { range, volume, known: Vec::new(), config };
        for line in [
            ShiftStatistic::VolumeLevel,
            ShiftStatistic::VolumeJump,
            ShiftStatistic::RangeLevel,
            ShiftStatistic::RangeJump,
        ] {
            let values: Vec<f64> = (0..known).filter_map(|bar| levels.value(line, bar)).collect();
            let n = as_f64(values.len());
            let mean = values.iter().sum::<f64>() / n;
            let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if values.len() >= config.min_reference_bars / 2 && deviation > 1e-12 {
                levels.known.push(ReferenceStatistic {
                    line,
                    mean,
                    deviation,
                    reference_z: (largest - mean) / deviation,
                });
            }
        }
        levels
    }

    fn value(&self, line: ShiftStatistic, bar: usize) -> Option<f64> {
        let sums = match line {
            ShiftStatistic::VolumeLevel | ShiftStatistic::VolumeJump => &self.volume,
            ShiftStatistic::RangeLevel | ShiftStatistic::RangeJump => &self.range,
        };
        let RegimeShiftConfig { level_bars, jump_bars, before_bars, .. } = *self.config;
        match line {
            ShiftStatistic::VolumeLevel | ShiftStatistic::RangeLevel => sums.mean(bar, level_bars),
            ShiftStatistic::VolumeJump | ShiftStatistic::RangeJump => {
                Some(sums.mean(bar, jump_bars)? - sums.mean(bar.checked_sub(jump_bars)?, before_bars)?)
            }
        }
    }

    /// The statistics that can be judged at this bar.
    pub(super) fn at(&self, bar: usize) -> impl Iterator<Item = StatisticReading> {
        self.known.iter().filter_map(move |known| {
            let value = self.value(known.line, bar)?;
            let z = (value - known.mean) / known.deviation;
            let limit = known.reference_z.max(self.config.limit);
            Some(StatisticReading {
                line: known.line,
                bars: match known.line {
                    ShiftStatistic::VolumeLevel | ShiftStatistic::RangeLevel => self.config.level_bars,
                    ShiftStatistic::VolumeJump | ShiftStatistic::RangeJump => self.config.jump_bars,
                },
                value,
                mean: known.mean,
                deviation: known.deviation,
                z,
                reference_z: known.reference_z,
                limit,
                ratio: z / limit,
            })
        })
    }
}
