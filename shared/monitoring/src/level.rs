//! Level and jump statistics of range and volume, with their reference values.

use crate::shift::{RegimeShiftConfig, ShiftStatistic, StatisticReading};
use market_data::Bar;
use market_data::numbers::as_f64;

/// Cumulative sums of the values and of their number, before each bar.
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

    /// Mean of the `bars` values up to and including bar `last`; `None` if fewer than half of them are present.
    fn mean(&self, last: usize, bars: usize) -> Option<f64> {
        let (end, start) = (self.0.get(last + 1)?, self.0.get((last + 1).checked_sub(bars)?)?);
        let n = end.1 - start.1;
        (n > 0 && 2 * n >= bars).then(|| (end.0 - start.0) / as_f64(n))
    }
}

/// Mean, standard deviation and largest z-score of one statistic in the reference.
struct ReferenceStatistic {
    statistic: ShiftStatistic,
    mean: f64,
    deviation: f64,
    reference_z: f64,
}

/// Statistics of a series of bars that begins with the reference.
pub(crate) struct StatisticSeries<'a> {
    range: PrefixSums,
    volume: PrefixSums,
    reference: Vec<ReferenceStatistic>,
    config: &'a RegimeShiftConfig,
}

impl<'a> StatisticSeries<'a> {
    /// Statistics of `bars`, of which the first `reference_bars` are the reference. Leaves out a statistic that has too few
    /// values in the reference, or no spread.
    pub(crate) fn new(bars: &[Bar], reference_bars: usize, config: &'a RegimeShiftConfig) -> Self {
        let log = |value: f64| (value.is_finite() && value > 0.0).then(|| value.ln()).filter(|log| log.is_finite());
        let range = PrefixSums::new(bars.iter().map(|bar| log((bar.high / bar.low).ln())));
        let volume = PrefixSums::new(bars.iter().map(|bar| log(bar.volume)));
        let mut series = Self { range, volume, reference: Vec::new(), config };
        for statistic in [
            ShiftStatistic::VolumeLevel,
            ShiftStatistic::VolumeJump,
            ShiftStatistic::RangeLevel,
            ShiftStatistic::RangeJump,
        ] {
            let values: Vec<f64> = (0..reference_bars).filter_map(|bar| series.value(statistic, bar)).collect();
            let n = as_f64(values.len());
            let mean = values.iter().sum::<f64>() / n;
            let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if values.len() >= config.min_reference_bars / 2 && deviation > 1e-12 {
                let reference_z = (largest - mean) / deviation;
                series.reference.push(ReferenceStatistic { statistic, mean, deviation, reference_z });
            }
        }
        series
    }

    fn value(&self, statistic: ShiftStatistic, bar: usize) -> Option<f64> {
        let sums = match statistic {
            ShiftStatistic::VolumeLevel | ShiftStatistic::VolumeJump => &self.volume,
            ShiftStatistic::RangeLevel | ShiftStatistic::RangeJump => &self.range,
        };
        let RegimeShiftConfig { level_bars, jump_bars, before_bars, .. } = *self.config;
        match statistic {
            ShiftStatistic::VolumeLevel | ShiftStatistic::RangeLevel => sums.mean(bar, level_bars),
            ShiftStatistic::VolumeJump | ShiftStatistic::RangeJump => {
                Some(sums.mean(bar, jump_bars)? - sums.mean(bar.checked_sub(jump_bars)?, before_bars)?)
            }
        }
    }

    /// Readings at one bar of the statistics that have a value there.
    pub(crate) fn readings(&self, bar: usize) -> impl Iterator<Item = StatisticReading> {
        self.reference.iter().filter_map(move |reference| {
            let value = self.value(reference.statistic, bar)?;
            let z = (value - reference.mean) / reference.deviation;
            let limit = reference.reference_z.max(self.config.limit);
            Some(StatisticReading {
                statistic: reference.statistic,
                bars: match reference.statistic {
                    ShiftStatistic::VolumeLevel | ShiftStatistic::RangeLevel => self.config.level_bars,
                    ShiftStatistic::VolumeJump | ShiftStatistic::RangeJump => self.config.jump_bars,
                },
                value,
                mean: reference.mean,
                deviation: reference.deviation,
                z,
                reference_z: reference.reference_z,
                limit,
                ratio: z / limit,
            })
        })
    }
}
