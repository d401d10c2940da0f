//! The report of one series and moment, as JSON and as one self-contained page.

mod page;
#[cfg(test)]
mod tests;

use crate::{
    drift::Drift,
    error::ScoreError,
    evidence::{Claimed, Sequential},
    findings::Findings,
    forecast::is_live,
    realised::Realised,
};
use askama::Template as _;
use aws::{AlertRecord, Outcome};
use domain::{
    Series,
    drift::DriftConfig,
    forecast::{Direction, Edge, Forecast},
    monitor::{DataHealth, Decision, Upheaval},
};
use jiff::Timestamp;
use serde::Serialize;

/// Bars that the price chart shows, and forecasts that the others show.
const SHOWN: usize = 120;

/// What score found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) series: Series,
    /// What counted as now.
    pub(crate) as_of: Timestamp,
    pub(crate) data: Data,
    pub(crate) champion: ChampionInfo,
    /// The newest forecast.
    pub(crate) forecast: Option<Forecast>,
    /// What every rule says, and the strongest action.
    pub(crate) decision: Decision,
    pub(crate) performance: Realised,
    /// The tests of the champion over its whole life.
    pub(crate) sequential: Sequential,
    /// What its forecasts claim: estimates.
    pub(crate) expected: Claimed,
    /// Range and volume.
    pub(crate) upheaval: Option<Upheaval>,
    pub(crate) health: DataHealth,
    /// What was announced before, the newest first.
    pub(crate) alerts: Vec<AlertRecord>,
    pub(crate) drift: Option<Drift>,
    pub(crate) drift_config: DriftConfig,
    /// The last forecasts, ascending.
    pub(crate) recent: Vec<Recent>,
    /// The last closes, ascending.
    pub(crate) closes: Vec<Close>,
}

/// Which data there were.
#[derive(Debug, Serialize)]
pub(crate) struct Data {
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
pub(crate) struct Recent {
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
pub(crate) struct Close {
    /// When it closed.
    pub(crate) time: Timestamp,
    pub(crate) close: f64,
}

impl Report {
    /// The report of what was found; [`Report::alerts`] are for the caller to add.
    pub(crate) fn new(findings: &Findings<'_>) -> Self {
        let Findings { series, market, champion, records, realised, drift, config, .. } = findings;
        let bars = market.bars();
        let artifact = &champion.artifact;
        let tail = &records[records.len().saturating_sub(SHOWN)..];
        Self {
            series: (*series).clone(),
            as_of: market.as_of,
            data: Data { source: market.source.clone(), simulated: market.is_simulated(), bars: bars.len() },
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
            recent: tail
                .iter()
                .map(|record| Recent {
                    decision_time: record.forecast.decision_time,
                    target_time: record.forecast.target_time,
                    version: record.forecast.model.version,
                    probability_up: record.forecast.probability_up,
                    baseline_probability: record.forecast.baseline_probability,
                    direction: record.forecast.direction,
                    outcome: record.outcome,
                    live: is_live(record),
                })
                .collect(),
            closes: bars[bars.len().saturating_sub(SHOWN)..]
                .iter()
                .map(|bar| Close { time: series.decision_time(bar.time), close: bar.close })
                .collect(),
        }
    }

    /// The page.
    pub(crate) fn html(&self) -> Result<String, ScoreError> {
        Ok(page::Page::new(self).render()?)
    }
}
