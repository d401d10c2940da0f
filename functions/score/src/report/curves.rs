//! What the charts show of the track record and is found nowhere else. It stands in the JSON too, so that page and JSON say
//! the same.

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

/// Points of the rolling skill, at most.
const POINTS: usize = 60;
/// Groups of the reliability, at most.
const GROUPS: usize = 10;
/// Forecasts in such a group, at least.
const IN_GROUP: usize = 10;
/// Resamples of each interval: a bound in a chart needs no more digits.
const RESAMPLES: usize = 400;

/// The track record as it is drawn.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ChartData {
    /// Settled forecasts that each point of the rolling skill looks back on.
    pub(crate) skill_window: usize,
    /// Brier skill against climatology over so many forecasts, ascending; empty when there are too few.
    pub(crate) rolling_skill: Vec<SkillPoint>,
    /// How often it went up when so much was forecast, in groups of equally many, ascending.
    pub(crate) reliability: Vec<ReliabilityBin>,
    /// Which version forecast when, ascending.
    pub(crate) served: Vec<ServicePeriod>,
}

/// The Brier skill at one time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SkillPoint {
    /// Decision time of the last forecast in it.
    pub(crate) through: Timestamp,
    /// Above zero is better than climatology.
    pub(crate) skill: f64,
    /// Its 95 % block-bootstrap interval.
    pub(crate) interval: [f64; 2],
}

/// A version's time in service, as the stored forecasts tell it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ServicePeriod {
    pub(crate) version: u32,
    pub(crate) trained_at: Timestamp,
    /// Decision time of its first forecast.
    pub(crate) from: Timestamp,
    /// Decision time of its last one before another version's.
    pub(crate) through: Timestamp,
    pub(crate) forecasts: usize,
}

impl ChartData {
    /// Of all forecasts that are looked back on, and of those that are settled, both ascending.
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
            skill(settled, skill_window, horizon_bars, config)?
        };
        let p: Vec<f64> = settled.iter().map(|one| one.probability_up).collect();
        let up: Vec<bool> = settled.iter().map(|one| one.up).collect();
        let groups = GROUPS.min(settled.len() / IN_GROUP);
        let reliability = if groups < 2 {
            Vec::new()
        } else {
            reliability_curve(&p, &up, groups, &resampling(settled.len(), horizon_bars, config))?
        };
        Ok(Self { skill_window, rolling_skill, reliability, served: served(records) })
    }
}

fn resampling(n: usize, horizon: usize, config: &MonitoringConfig) -> BootstrapConfig {
    BootstrapConfig {
        block: default_block_length(n, horizon).min(n),
        resamples: RESAMPLES,
        seed: config.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    }
}

/// The skill over each `window` settled forecasts, at evenly spaced ends, the last among them.
fn skill(
    settled: &[SettledForecast],
    window: usize,
    horizon: usize,
    config: &MonitoringConfig,
) -> Result<Vec<SkillPoint>, BootstrapError> {
    let up: Vec<bool> = settled.iter().map(|one| one.up).collect();
    let errors = |p: fn(&SettledForecast) -> f64| squared_errors(&settled.iter().map(p).collect::<Vec<_>>(), &up);
    let (own, base) = (errors(|one| one.probability_up), errors(|one| one.baseline_probability));
    let stride = (settled.len() - window).div_ceil(POINTS).max(1);
    let resampling = resampling(window, horizon, config);
    let mut points = Vec::with_capacity(POINTS + 1);
    for end in (window..=settled.len()).rev().step_by(stride) {
        let rows = end - window;
        let of = |sample: &[usize]| {
            let sum = |errors: &[f64]| sample.iter().map(|row| errors[rows + row]).sum::<f64>();
            1.0 - sum(&own) / sum(&base)
        };
        let interval = block_bootstrap(window, &resampling, of)?;
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

fn served(records: &[ForecastRecord]) -> Vec<ServicePeriod> {
    records
        .chunk_by(|a, b| a.forecast.model.version == b.forecast.model.version)
        .filter_map(|of_one| {
            let (first, last) = (&of_one.first()?.forecast, &of_one.last()?.forecast);
            Some(ServicePeriod {
                version: first.model.version,
                trained_at: first.model.trained_at,
                from: first.decision_time,
                through: last.decision_time,
                forecasts: of_one.len(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due_forecasts,
        testing::{champion, day, market, series},
    };
    use contracts::forecast::Direction;

    /// Forecasts of 60 % up, of which six in ten, and later four in ten, go up.
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
    fn the_rolling_skill_falls_with_the_forecasts_and_ends_with_the_last() {
        let settled = settled(400);
        let curves = ChartData::new(&[], &settled, 1, &MonitoringConfig::default()).unwrap();
        let (first, last) = (&curves.rolling_skill[0], curves.rolling_skill.last().unwrap());
        assert_eq!((curves.skill_window, last.through), (90, day(399)));
        assert!(first.skill > 0.02 && last.skill < -0.02, "{first:?} {last:?}");
        assert!(curves.rolling_skill.len() <= POINTS + 1 && curves.rolling_skill.len() > POINTS / 2);
        assert!(curves.rolling_skill.iter().all(|one| one.interval[0] <= one.skill && one.skill <= one.interval[1]));
        // By hand: 0.5 of all went up, of groups of 40 at 0.6 and at 0.62.
        assert_eq!(curves.reliability.iter().map(|bin| bin.n).sum::<usize>(), 400);
        assert!(curves.reliability.windows(2).all(|pair| pair[0].forecast <= pair[1].forecast));
    }

    #[test]
    fn a_short_record_has_no_curves() {
        let curves = ChartData::new(&[], &settled(15), 1, &MonitoringConfig::default()).unwrap();
        assert!(curves.rolling_skill.is_empty() && curves.reliability.is_empty());
        assert!(ChartData::new(&[], &[], 7, &MonitoringConfig::default()).unwrap().served.is_empty());
    }

    #[test]
    fn versions_serve_one_after_the_other_and_may_come_back() {
        let series = series("eth-usd-1d-h1");
        let one = champion(&series, day(600));
        let mut records: Vec<ForecastRecord> =
            (650..656).flat_map(|day| due_forecasts(&series, &market(day), &one, &[]).unwrap()).collect();
        for (record, version) in records.iter_mut().zip([3, 3, 4, 4, 4, 3]) {
            record.forecast.model.version = version;
        }
        let served = served(&records);
        let told: Vec<_> = served.iter().map(|one| (one.version, one.forecasts)).collect();
        assert_eq!(told, [(3, 2), (4, 3), (3, 1)]);
        assert_eq!(served[1].from, records[2].forecast.decision_time);
        assert_eq!(served[1].through, records[4].forecast.decision_time);
    }
}
