//! The report of one series and moment, as JSON and as one self-contained page.

mod curves;
mod page;
mod plots;
mod rows;
#[cfg(test)]
mod tests;

use crate::{
    assessment::SeriesAssessment,
    champion_tests::{PerformanceEstimates, SequentialTests},
    drift::DriftAnalysis,
    error::ScoreError,
    forecast::made_in_time,
    track_record::{TrackRecord, settled_live_forecasts},
};
use askama::Template as _;
use aws::{AlertRecord, Outcome};
use contracts::forecast::{Direction, Edge, Forecast};
use curves::ChartData;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{DataHealth, MonitoringConfig, MonitoringDecision, RegimeShift};
use serde::Serialize;

/// Bars that the price chart shows, and forecasts that the others show.
const SHOWN: usize = 120;

/// What score found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) series: Series,
    /// What counted as now.
    pub(crate) as_of: Timestamp,
    pub(crate) data: DataSummary,
    pub(crate) champion: ChampionInfo,
    /// The newest forecast.
    pub(crate) forecast: Option<Forecast>,
    /// What every rule says, and the strongest action.
    pub(crate) decision: MonitoringDecision,
    pub(crate) performance: TrackRecord,
    /// The tests of the champion over its whole life.
    pub(crate) sequential: SequentialTests,
    /// What its forecasts claim: estimates.
    pub(crate) expected: PerformanceEstimates,
    /// Range and volume.
    pub(crate) upheaval: Option<RegimeShift>,
    pub(crate) health: DataHealth,
    /// What was announced before, the newest first.
    pub(crate) alerts: Vec<AlertRecord>,
    pub(crate) drift: Option<DriftAnalysis>,
    pub(crate) drift_config: MonitoringConfig,
    #[serde(flatten)]
    pub(crate) curves: ChartData,
    /// The last forecasts, ascending.
    pub(crate) recent: Vec<RecentForecast>,
    /// The last closes, ascending.
    pub(crate) closes: Vec<ClosePoint>,
}

/// Which data there were.
#[derive(Debug, Serialize)]
pub(crate) struct DataSummary {
    pub(crate) source: String,
    pub(crate) simulated: bool,
    pub(crate) bars: usize,
}

/// Who serves.
#[derive(Debug, Serialize)]
pub(crate) struct ChampionInfo {
    pub(crate) version: u32,
    pub(crate) family: String,
    pub(crate) trained_at: Timestamp,
    pub(crate) sha256: String,
    pub(crate) edge: Edge,
}

/// A forecast in the track record.
#[derive(Debug, Serialize)]
pub(crate) struct RecentForecast {
    pub(crate) decision_time: Timestamp,
    pub(crate) target_time: Timestamp,
    pub(crate) version: u32,
    pub(crate) probability_up: f64,
    pub(crate) baseline_probability: f64,
    pub(crate) direction: Direction,
    pub(crate) outcome: Option<Outcome>,
    /// Whether it was made before its outcome could be known.
    pub(crate) live: bool,
}

/// The close of a bar.
#[derive(Debug, Serialize)]
pub(crate) struct ClosePoint {
    /// When it closed.
    pub(crate) time: Timestamp,
    pub(crate) close: f64,
}

impl Report {
    /// The report of what was found; [`Report::alerts`] are for the caller to add.
    ///
    /// # Errors
    /// When the bootstrap refuses the settings.
    pub(crate) fn new(findings: &SeriesAssessment<'_>) -> Result<Self, ScoreError> {
        let SeriesAssessment { series, market, champion, records, realised, drift, config, .. } = findings;
        let bars = market.bars();
        let artifact = &champion.artifact;
        let tail = &records[records.len().saturating_sub(SHOWN)..];
        let settled: Vec<_> =
            settled_live_forecasts(records, market.as_of).into_iter().map(|(_, settled)| settled).collect();
        Ok(Self {
            series: (*series).clone(),
            as_of: market.as_of,
            data: DataSummary { source: market.source.clone(), simulated: market.is_simulated(), bars: bars.len() },
            champion: ChampionInfo {
                version: champion.version,
                family: artifact.family().to_string(),
                trained_at: artifact.trained_at,
                sha256: champion.sha256.clone(),
                edge: artifact.edge,
            },
            forecast: records.last().map(|record| record.forecast.clone()),
            decision: findings.decision.clone(),
            performance: realised.clone(),
            sequential: findings.sequential.clone(),
            expected: findings.expected.clone(),
            upheaval: findings.upheaval.clone(),
            health: findings.health.clone(),
            alerts: Vec::new(),
            drift: drift.clone(),
            drift_config: (*config).clone(),
            curves: ChartData::new(records, &settled, series.horizon, config)?,
            recent: tail
                .iter()
                .map(|record| RecentForecast {
                    decision_time: record.forecast.decision_time,
                    target_time: record.forecast.target_time,
                    version: record.forecast.model.version,
                    probability_up: record.forecast.probability_up,
                    baseline_probability: record.forecast.baseline_probability,
                    direction: record.forecast.direction,
                    outcome: record.outcome,
                    live: made_in_time(record),
                })
                .collect(),
            closes: bars[bars.len().saturating_sub(SHOWN)..]
                .iter()
                .map(|bar| ClosePoint { time: series.decision_time(bar.time), close: bar.close })
                .collect(),
        })
    }

    /// The page.
    pub(crate) fn html(&self) -> Result<String, ScoreError> {
        Ok(page::Page::new(self).render()?)
    }
}
