//! Data of the charts that no other part of the report has. The JSON contains it too, so that page and JSON agree.

use aws::ForecastRecord;
use evaluation::{
    ReliabilityBin,
    bootstrap::{BootstrapConfig, BootstrapError, Sides, block_bootstrap, default_block_length},
    enough_to_judge,
    metrics::squared_errors,
    reliability_curve,
};
use jiff::Timestamp;
use monitoring::{MonitoringConfig, SettledForecast};
use serde::Serialize;

/// Maximum number of points of the rolling skill, not counting the last one.
const MAX_POINTS: usize = 60;
/// Maximum number of groups of the reliability curve.
const MAX_GROUPS: usize = 10;
/// Minimum number of forecasts in a group.
const MIN_GROUP_FORECASTS: usize = 10;
/// Resamples of each interval; more digits would not show in a chart.
const RESAMPLES: usize = 400;

/// Track record as the charts show it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ChartData {
    /// Number of settled forecasts behind each point of the rolling skill.
    pub(crate) skill_window: usize,
    /// Brier skill over climatology of each window, ascending. Empty with too few forecasts.
    pub(crate) rolling_skill: Vec<SkillPoint>,
    /// Share of up outcomes by forecast probability, in groups of equal count, ascending. Empty with too few forecasts.
    pub(crate) reliability: Vec<ReliabilityBin>,
    /// Versions in service, ascending by time.
    pub(crate) service_periods: Vec<ServicePeriod>,
}

/// Brier skill of one window of forecasts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SkillPoint {
    /// Decision time of the last forecast of the window.
    pub(crate) through: Timestamp,
    /// Brier skill; better than climatology above zero.
    pub(crate) skill: f64,
    /// 95 % block-bootstrap interval of the skill.
    pub(crate) interval: [f64; 2],
}

/// Consecutive forecasts of one version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ServicePeriod {
    pub(crate) version: u32,
    pub(crate) trained_at: Timestamp,
    /// Decision time of the first forecast.
    pub(crate) from: Timestamp,
    /// Decision time of the last forecast.
    pub(crate) through: Timestamp,
    /// Number of forecasts.
    pub(crate) forecasts: usize,
}

impl ChartData {
    /// Chart data of all forecasts of the track record, and of its settled ones, both ascending.
    pub(crate) fn new(
        records: &[ForecastRecord],
        settled: &[SettledForecast],
        horizon: u32,
        config: &MonitoringConfig,
    ) -> Result<Self, BootstrapError> {
        let horizon_bars = usize::try_from(horizon).unwrap_or(usize::MAX);
        let skill_window = config.rolling_forecasts(horizon).min(settled.len() / 2);
        let rolling_skill = if skill_window < config.min_settled || !enough_to_judge(skill_window, horizon) {
            Vec::new()
        } else {
            rolling_skill(settled, skill_window, horizon_bars, config)?
        };
        let probabilities: Vec<f64> = settled.iter().map(|forecast| forecast.probability_up).collect();
        let labels: Vec<bool> = settled.iter().map(|forecast| forecast.up).collect();
        let groups = MAX_GROUPS.min(settled.len() / MIN_GROUP_FORECASTS);
        let reliability = if groups < 2 {
            Vec::new()
        } else {
            reliability_curve(&probabilities, &labels, groups, &bootstrap_config(settled.len(), horizon_bars, config))?
        };
        Ok(Self { skill_window, rolling_skill, reliability, service_periods: service_periods(records) })
    }
}

fn bootstrap_config(n: usize, horizon: usize, config: &MonitoringConfig) -> BootstrapConfig {
    BootstrapConfig {
        block: default_block_length(n, horizon).min(n),
        resamples: RESAMPLES,
        seed: config.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    }
}

/// Skill of windows of `window` settled forecasts, at evenly spaced ends that include the last forecast.
fn rolling_skill(
    settled: &[SettledForecast],
    window: usize,
    horizon: usize,
    config: &MonitoringConfig,
) -> Result<Vec<SkillPoint>, BootstrapError> {
    let labels: Vec<bool> = settled.iter().map(|forecast| forecast.up).collect();
    let errors = |probability: fn(&SettledForecast) -> f64| {
        squared_errors(&settled.iter().map(probability).collect::<Vec<_>>(), &labels)
    };
    let own = errors(|forecast| forecast.probability_up);
    let baseline = errors(|forecast| forecast.baseline_probability);
    let stride = (settled.len() - window).div_ceil(MAX_POINTS).max(1);
    let bootstrap = bootstrap_config(window, horizon, config);
    let mut points = Vec::with_capacity(MAX_POINTS + 1);
    for end in (window..=settled.len()).rev().step_by(stride) {
        let start = end - window;
        let skill = |sample: &[usize]| {
            let sum = |errors: &[f64]| sample.iter().map(|row| errors[start + row]).sum::<f64>();
            1.0 - sum(&own) / sum(&baseline)
        };
        let interval = block_bootstrap(window, &bootstrap, skill)?;
        let point = SkillPoint {
            through: settled[end - 1].decision_time,
            skill: interval.estimate,
            interval: [interval.lo, interval.hi],
        };
        if [point.skill, interval.lo, interval.hi].iter().all(|value| value.is_finite()) {
            points.push(point);
        }
    }
    points.reverse();
    Ok(points)
}

fn service_periods(records: &[ForecastRecord]) -> Vec<ServicePeriod> {
    records
        .chunk_by(|a, b| a.forecast.model.version == b.forecast.model.version)
        .filter_map(|period| {
            let (first, last) = (&period.first()?.forecast, &period.last()?.forecast);
            Some(ServicePeriod {
                version: first.model.version,
                trained_at: first.model.trained_at,
                from: first.decision_time,
                through: last.decision_time,
                forecasts: period.len(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{champion, day, live_records, series};
    use contracts::forecast::Direction;

    /// Forecasts of 60 % up, of which six in ten go up in the first half, four in ten in the second.
    fn settled(n: i64) -> Vec<SettledForecast> {
        (0..n)
            .map(|i| SettledForecast {
                decision_time: day(i),
                probability_up: if i % 2 == 0 { 0.6 } else { 0.62 },
                baseline_probability: 0.5,
                direction: Direction::Up,
                up: (i * 7) % 10 < if i < n / 2 { 6 } else { 4 },
            })
            .collect()
    }

    #[test]
    fn the_rolling_skill_falls_when_forecasts_get_worse() {
        let settled = settled(400);
        let data = ChartData::new(&[], &settled, 1, &MonitoringConfig::default()).unwrap();
        let (first, last) = (&data.rolling_skill[0], data.rolling_skill.last().unwrap());
        assert_eq!((data.skill_window, last.through), (90, day(399)));
        assert!(first.skill > 0.02 && last.skill < -0.02, "{first:?} {last:?}");
        assert!(data.rolling_skill.len() <= MAX_POINTS + 1 && data.rolling_skill.len() > MAX_POINTS / 2);
        let contains_skill = |point: &SkillPoint| point.interval[0] <= point.skill && point.skill <= point.interval[1];
        assert!(data.rolling_skill.iter().all(contains_skill));
    }

    #[test]
    fn reliability_groups_hold_every_forecast_ascending() {
        let data = ChartData::new(&[], &settled(400), 1, &MonitoringConfig::default()).unwrap();
        assert_eq!(data.reliability.iter().map(|bin| bin.n).sum::<usize>(), 400);
        assert!(data.reliability.windows(2).all(|pair| pair[0].forecast <= pair[1].forecast));
    }

    #[test]
    fn a_short_record_has_no_chart_data() {
        let data = ChartData::new(&[], &settled(15), 1, &MonitoringConfig::default()).unwrap();
        assert!(data.rolling_skill.is_empty() && data.reliability.is_empty());
        assert!(ChartData::new(&[], &[], 7, &MonitoringConfig::default()).unwrap().service_periods.is_empty());
    }

    #[test]
    fn a_version_can_return_to_service() {
        let series = series("eth-usd-1d-h1");
        let mut records = live_records(&series, &champion(&series, day(600)), 650..656);
        for (record, version) in records.iter_mut().zip([3, 3, 4, 4, 4, 3]) {
            record.forecast.model.version = version;
        }
        let periods = service_periods(&records);
        let forecasts: Vec<_> = periods.iter().map(|period| (period.version, period.forecasts)).collect();
        assert_eq!(forecasts, [(3, 2), (4, 3), (3, 1)]);
        assert_eq!(periods[1].from, records[2].forecast.decision_time);
        assert_eq!(periods[1].through, records[4].forecast.decision_time);
    }
}
