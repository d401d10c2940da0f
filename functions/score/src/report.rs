//! Report of one series at one time, as JSON and as one self-contained page.

mod chart_data;
mod distribution_charts;
mod page;
mod plots;
mod rows;
#[cfg(test)]
mod tests;

use crate::{
    assessment::SeriesAssessment,
    champion_tests::{PerformanceEstimates, SequentialTests},
    distribution_record::settled_move,
    drift::DriftAnalysis,
    error::ScoreError,
    track_record::{TrackRecord, settled_live_forecasts},
};
use askama::Template as _;
use aws::{AlertRecord, Outcome};
use chart_data::ChartData;
use contracts::distribution::DistributionScores;
use contracts::expert::ExpertForecast;
use contracts::forecast::{Direction, Edge, Forecast};
use distribution_charts::DistributionCharts;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{ChallengerEvidence, DataHealth, MonitoringConfig, MonitoringDecision, RegimeShift};
use serde::Serialize;

/// Number of bars in the price chart, and of forecasts in the other charts.
const CHART_BARS: usize = 120;

/// Assessment of one series as it is stored and shown.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) series: Series,
    /// Time that counts as now.
    pub(crate) as_of: Timestamp,
    pub(crate) data: DataSummary,
    pub(crate) champion: ChampionInfo,
    /// Newest forecast.
    pub(crate) forecast: Option<Forecast>,
    /// Finding of each rule, and the strongest action.
    pub(crate) decision: MonitoringDecision,
    pub(crate) performance: TrackRecord,
    /// Sequential tests of the champion over its present epoch.
    pub(crate) sequential: SequentialTests,
    /// Performance estimated from the forecasts alone.
    pub(crate) expected: PerformanceEstimates,
    /// Level of range and volume. Absent with too few bars before the champion's training.
    pub(crate) regime_shift: Option<RegimeShift>,
    pub(crate) health: DataHealth,
    /// Weights and forecasts of the experts behind the newest forecast, climatology first.
    pub(crate) experts: Vec<ExpertForecast>,
    /// Evidence of the challengers in the shadow, oldest first.
    pub(crate) challengers: Vec<ChallengerEvidence>,
    /// Alerts before this report, newest first.
    pub(crate) alerts: Vec<AlertRecord>,
    pub(crate) drift: Option<DriftAnalysis>,
    pub(crate) drift_config: MonitoringConfig,
    #[serde(flatten)]
    pub(crate) chart_data: ChartData,
    /// Bands of the latest forecasts, and scores of the distributions over time.
    pub(crate) distribution: DistributionCharts,
    /// Latest forecasts, ascending.
    pub(crate) recent: Vec<RecentForecast>,
    /// Latest closes, ascending.
    pub(crate) closes: Vec<ClosePoint>,
}

/// Bars behind the report.
#[derive(Debug, Serialize)]
pub(crate) struct DataSummary {
    pub(crate) source: String,
    pub(crate) simulated: bool,
    pub(crate) bars: usize,
}

/// Version that serves.
#[derive(Debug, Serialize)]
pub(crate) struct ChampionInfo {
    pub(crate) version: u32,
    pub(crate) family: String,
    pub(crate) trained_at: Timestamp,
    pub(crate) sha256: String,
    pub(crate) edge: Edge,
}

/// Forecast with its outcome.
#[derive(Debug, Serialize)]
pub(crate) struct RecentForecast {
    pub(crate) decision_time: Timestamp,
    pub(crate) target_time: Timestamp,
    pub(crate) version: u32,
    pub(crate) probability_up: f64,
    pub(crate) baseline_probability: f64,
    pub(crate) direction: Direction,
    pub(crate) outcome: Option<Outcome>,
    /// 80 % band of the move, low and high log return; absent without a distribution.
    pub(crate) band_80: Option<[f64; 2]>,
    /// Realised move, a log return; absent while it is open.
    pub(crate) move_to_target: Option<f64>,
    /// Scores of the distribution; absent while it is open, and without one.
    pub(crate) distribution_scores: Option<DistributionScores>,
    /// True if it was made before its outcome could be known.
    pub(crate) live: bool,
}

/// Close of a bar.
#[derive(Debug, Serialize)]
pub(crate) struct ClosePoint {
    /// Close time of the bar.
    pub(crate) time: Timestamp,
    pub(crate) close: f64,
}

impl Report {
    /// Report of an assessment. The caller adds [`Report::alerts`].
    ///
    /// # Errors
    /// The bootstrap rejects its configuration.
    pub(crate) fn new(assessment: &SeriesAssessment<'_>) -> Result<Self, ScoreError> {
        let SeriesAssessment { series, bars, champion, records, config, .. } = assessment;
        let all_bars = bars.as_slice();
        let artifact = &champion.artifact;
        let recent = &records[records.len().saturating_sub(CHART_BARS)..];
        let settled: Vec<_> =
            settled_live_forecasts(records, bars.as_of).into_iter().map(|(_, settled)| settled).collect();
        let distributions: Vec<_> = assessment.distributions.iter().map(|(_, settled)| settled.clone()).collect();
        Ok(Self {
            series: (*series).clone(),
            as_of: bars.as_of,
            data: DataSummary { source: bars.source.clone(), simulated: bars.is_simulated(), bars: all_bars.len() },
            champion: ChampionInfo {
                version: champion.version,
                family: artifact.family().to_string(),
                trained_at: artifact.trained_at,
                sha256: champion.sha256.clone(),
                edge: artifact.edge,
            },
            forecast: records.last().map(|record| Forecast {
                distribution: assessment.newest_distribution.clone(),
                ..record.forecast.clone()
            }),
            decision: assessment.decision.clone(),
            performance: assessment.track_record.clone(),
            sequential: assessment.sequential.clone(),
            expected: assessment.expected.clone(),
            regime_shift: assessment.regime_shift.clone(),
            health: assessment.health.clone(),
            experts: records
                .last()
                .map(|record| record.experts.iter().map(ExpertForecast::public).collect())
                .unwrap_or_default(),
            challengers: assessment.challengers.clone(),
            alerts: Vec::new(),
            drift: assessment.drift.clone(),
            drift_config: (*config).clone(),
            chart_data: ChartData::new(records, &settled, series.horizon, config)?,
            distribution: DistributionCharts::new(records, &distributions, bars.as_of, series.horizon, config)?,
            recent: recent
                .iter()
                .map(|record| RecentForecast {
                    decision_time: record.forecast.decision_time,
                    target_time: record.forecast.target_time,
                    version: record.forecast.model.version,
                    probability_up: record.forecast.probability_up,
                    baseline_probability: record.forecast.baseline_probability,
                    direction: record.forecast.direction,
                    outcome: record.outcome,
                    band_80: record.distribution.as_ref().map(|distribution| distribution.quantiles.band(0.8)),
                    move_to_target: settled_move(record, bars.as_of),
                    distribution_scores: record.distribution_scores,
                    live: record.made_in_time(),
                })
                .collect(),
            closes: all_bars[all_bars.len().saturating_sub(CHART_BARS)..]
                .iter()
                .map(|bar| ClosePoint { time: series.decision_time(bar.time), close: bar.close })
                .collect(),
        })
    }

    /// Renders the page.
    pub(crate) fn html(&self) -> Result<String, ScoreError> {
        Ok(page::Page::new(self).render()?)
    }
}
