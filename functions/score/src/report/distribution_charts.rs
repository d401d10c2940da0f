//! Data of the charts about the forecast distribution. The JSON contains it too, so that page and JSON agree.

use crate::distribution_record::settled_move;
use aws::ForecastRecord;
use contracts::distribution::BAND_LEVELS;
use evaluation::{bootstrap::BootstrapError, distribution::Skill, enough_to_judge};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use monitoring::{MonitoringConfig, ScoredDistribution};
use serde::Serialize;

/// Number of forecasts in the fan chart: two months of days, 2.5 days of hours.
const FAN_FORECASTS: usize = 60;
/// Maximum number of points of the lines over time, not counting the last one.
const MAX_POINTS: usize = 60;
/// Resamples of each interval; more digits would not show in a chart.
const RESAMPLES: usize = 400;

/// Forecast distributions and their track record as the charts show them.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct DistributionCharts {
    /// Bands of the latest forecasts, ascending by decision time.
    pub(crate) fan: Vec<FanBands>,
    /// Number of settled distributions behind each point of `over_time`.
    pub(crate) window: usize,
    /// Coverage and skill of each window, ascending. Empty with too few distributions.
    pub(crate) over_time: Vec<WindowScores>,
}

/// Bands of one forecast with its outcome, in log returns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FanBands {
    pub(crate) decision_time: Timestamp,
    pub(crate) target_time: Timestamp,
    /// Lower and upper end of the bands of 50, 80 and 95 %.
    pub(crate) bands: [[f64; 2]; 3],
    /// Move from the close at the decision time to the close at the target time; absent while it is open.
    pub(crate) outcome: Option<f64>,
}

/// Scores of one window of settled distributions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct WindowScores {
    /// Decision time of the last forecast of the window.
    pub(crate) through: Timestamp,
    /// Shares of the outcomes inside the bands of 50, 80 and 95 %.
    pub(crate) coverage: [f64; 3],
    /// CRPS skill over climatology.
    pub(crate) crps_skill: f64,
    /// 95 % block-bootstrap interval of the skill.
    pub(crate) interval: [f64; 2],
}

impl DistributionCharts {
    /// Chart data of all forecasts of the track record, and of the settled live distributions, both ascending.
    pub(crate) fn new(
        records: &[ForecastRecord],
        settled: &[ScoredDistribution],
        as_of: Timestamp,
        horizon: u32,
        config: &MonitoringConfig,
    ) -> Result<Self, BootstrapError> {
        let bands = |record: &ForecastRecord| {
            let quantiles = record.distribution.as_ref()?.quantiles;
            Some(FanBands {
                decision_time: record.forecast.decision_time,
                target_time: record.forecast.target_time,
                bands: BAND_LEVELS.map(|level| quantiles.band(level)),
                outcome: settled_move(record, as_of),
            })
        };
        let window = config.rolling_forecasts(horizon).min(settled.len() / 2);
        let over_time = if window < config.min_settled || !enough_to_judge(window, horizon) {
            Vec::new()
        } else {
            over_time(settled, window, horizon, config)?
        };
        let latest = &records[records.len().saturating_sub(FAN_FORECASTS)..];
        Ok(Self { fan: latest.iter().filter_map(bands).collect(), window, over_time })
    }
}

/// Scores of windows of `window` distributions, at evenly spaced ends that include the last one.
fn over_time(
    settled: &[ScoredDistribution],
    window: usize,
    horizon: u32,
    config: &MonitoringConfig,
) -> Result<Vec<WindowScores>, BootstrapError> {
    let own: Vec<f64> = settled.iter().map(|forecast| forecast.scores.crps).collect();
    let climatology: Vec<f64> = settled.iter().map(|forecast| forecast.scores.baseline_crps).collect();
    let stride = (settled.len() - window).div_ceil(MAX_POINTS).max(1);
    let mut points = Vec::with_capacity(MAX_POINTS + 1);
    for end in (window..=settled.len()).rev().step_by(stride) {
        let rows = end - window..end;
        let Skill { skill, interval } =
            Skill::measure(&own[rows.clone()], &climatology[rows.clone()], horizon, RESAMPLES, config.seed)?;
        let inside = |band: usize| settled[rows.clone()].iter().filter(|settled| settled.scores.in_band[band]).count();
        points.extend(interval.map(|interval| WindowScores {
            through: settled[end - 1].decision_time,
            coverage: std::array::from_fn(|band| as_f64(inside(band)) / as_f64(window)),
            crps_skill: skill,
            interval,
        }));
    }
    points.reverse();
    Ok(points)
}

#[cfg(test)]
mod tests;
