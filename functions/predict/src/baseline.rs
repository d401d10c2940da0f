//! Climatology of the newest stored forecast, extended to the decision time of a new one.

use aws::ForecastRecord;
use contracts::{
    distribution::Quantiles,
    expert::{Expert, ExpertForecast},
};
use features::{baselines::LabelCounts, labels::labels};
use jiff::Timestamp;
use market_data::{Bar, Series};

/// Climatology of a series, where it is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one for each series, and copied")]
pub enum Baseline {
    /// No forecast is stored yet.
    #[default]
    NoneStored,
    /// Climatology of the newest stored forecast.
    Stored(StoredBaseline),
    /// The stored forecasts could not be read.
    Unread,
}

/// Climatology at the decision time of a stored forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoredBaseline {
    /// Decision time of the forecast.
    pub decision_time: Timestamp,
    /// Base rate of `up` at that time.
    pub probability: f64,
    /// Label counts behind it; absent in records of older releases.
    pub labels: Option<LabelCounts>,
    /// Climatology's distribution at that time; absent in records of older releases.
    pub distribution: Option<Quantiles>,
}

/// Experts of a stored forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredExperts {
    /// Decision time of the forecast.
    pub decision_time: Timestamp,
    /// Version that served.
    pub champion: u32,
    /// Forecasts with their weights, climatology first, without the distributions of challengers.
    pub forecasts: Vec<ExpertForecast>,
}

impl StoredExperts {
    /// Weight of an expert; `None` if it did not forecast.
    #[must_use]
    pub fn weight(&self, expert: Expert) -> Option<f64> {
        self.forecasts.iter().find(|forecast| forecast.expert == expert).map(|forecast| forecast.weight)
    }
}

impl From<&ForecastRecord> for StoredExperts {
    fn from(record: &ForecastRecord) -> Self {
        Self {
            decision_time: record.forecast.decision_time,
            champion: record.forecast.model.version,
            forecasts: record.experts.iter().map(ExpertForecast::public).collect(),
        }
    }
}

impl From<&ForecastRecord> for StoredBaseline {
    fn from(record: &ForecastRecord) -> Self {
        Self {
            decision_time: record.forecast.decision_time,
            probability: record.forecast.baseline_probability,
            labels: record.baseline_labels,
            distribution: record.distribution.as_ref().map(|distribution| distribution.baseline),
        }
    }
}

impl StoredBaseline {
    /// Base rate at the close of the last bar, which is not before this decision time. `score` counts the same labels. Bars
    /// that do not reach back to the decision time leave the stored base rate unchanged.
    #[must_use]
    pub fn extended(&self, series: &Series, bars: &[Bar]) -> f64 {
        let newer = bars.partition_point(|bar| series.decision_time(bar.time) <= self.decision_time);
        let (Some(mut counts), Ok(horizon)) = (self.labels, usize::try_from(series.horizon)) else {
            return self.probability;
        };
        if newer == bars.len() || newer < horizon {
            return self.probability;
        }
        let labels = labels(bars, series.interval, series.horizon);
        labels[newer - horizon..bars.len() - horizon].iter().flatten().for_each(|label| counts.add(*label));
        counts.base_rate(series.horizon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use features::baselines::settled_counts;

    fn bars(count: i64) -> Vec<Bar> {
        let bar = |day: i64| {
            let close = 100.0 + f64::from(u8::try_from(day * day % 11).unwrap());
            let time = Timestamp::from_second(day * 86_400).unwrap();
            Bar { time, open: close, high: close, low: close, close, volume: 1.0 }
        };
        (0..count).map(bar).collect()
    }

    /// Extension of a stored baseline to a later bar, compared with the baseline that `score` stores at that bar.
    #[test]
    fn an_extended_baseline_equals_the_one_score_stores() {
        for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
            let series: Series = slug.parse().unwrap();
            let all = bars(80);
            let counts = settled_counts(&labels(&all, series.interval, series.horizon), series.horizon);
            let stored = |bar: usize| StoredBaseline {
                decision_time: series.decision_time(all[bar].time),
                probability: counts[bar].base_rate(series.horizon),
                labels: Some(counts[bar]),
                distribution: None,
            };
            for (first, last) in [(40, 40), (40, 41), (40, 79)] {
                let window = &all[30..=last];
                let expected = counts[last].base_rate(series.horizon);
                assert!((stored(first).extended(&series, window) - expected).abs() < 1e-15, "{slug} {first} to {last}");
            }
            let older = stored(10);
            assert!((older.extended(&series, &all[30..]) - older.probability).abs() < 1e-15, "out of reach");
        }
    }
}
