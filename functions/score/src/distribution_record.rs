//! Track record of the forecast distributions: settled live ones, compared with climatology and the recent baseline.

use crate::{bars::ScoredBars, error::ScoreError};
use aws::ForecastRecord;
use contracts::{
    distribution::{OddsSizes, Quantiles},
    report::{DistributionRecordSummary, DistributionSummary, OddsSkillSummary},
};
use features::baselines::{SettledMoves, moves};
use jiff::Timestamp;
use market_data::Series;
use monitoring::{DistributionPerformance, MonitoringConfig, OddsSkill, ScoredDistribution};
use serde::Serialize;

/// Minimum number of moves in the recent baseline: with fewer, its quantiles are no baseline.
const MIN_RECENT_MOVES: usize = 30;

/// Performance of the distributions over the periods of the track record. Each is absent without settled distributions.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct DistributionRecord {
    /// Latest distributions of all champions.
    pub(crate) rolling: Option<DistributionPerformance>,
    /// All distributions in the look-back period.
    pub(crate) since_start: Option<DistributionPerformance>,
    /// All distributions of the present champion.
    pub(crate) since_promotion: Option<DistributionPerformance>,
}

impl DistributionRecord {
    /// Measures the distributions of all champions and of `version`.
    pub(crate) fn measure(
        series: &Series,
        settled: &[(u32, ScoredDistribution)],
        version: u32,
        config: &MonitoringConfig,
    ) -> Result<Self, ScoreError> {
        let measure =
            |settled: &[ScoredDistribution]| DistributionPerformance::measure(settled, series.horizon, config);
        let all: Vec<ScoredDistribution> = settled.iter().map(|(_, settled)| settled.clone()).collect();
        let own: Vec<ScoredDistribution> = of_version(settled, version).cloned().collect();
        let rolling = &all[all.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
        Ok(Self { rolling: measure(rolling)?, since_start: measure(&all)?, since_promotion: measure(&own)? })
    }

    /// Part of the record that pages show.
    pub(crate) fn summary(&self) -> DistributionRecordSummary {
        DistributionRecordSummary {
            rolling: self.rolling.as_ref().map(summarize),
            since_start: self.since_start.as_ref().map(summarize),
            since_promotion: self.since_promotion.as_ref().map(summarize),
        }
    }
}

/// Distributions of one version, ascending.
pub(crate) fn of_version(
    settled: &[(u32, ScoredDistribution)],
    version: u32,
) -> impl Iterator<Item = &ScoredDistribution> {
    settled.iter().filter(move |(made_by, _)| *made_by == version).map(|(_, settled)| settled)
}

fn summarize(performance: &DistributionPerformance) -> DistributionSummary {
    let odds = |odds: &OddsSkill| OddsSkillSummary {
        size: odds.size,
        expected: odds.expected,
        happened: odds.happened,
        brier_skill: odds.brier_skill,
        brier_skill_ci: odds.brier_skill_ci,
    };
    DistributionSummary {
        n: performance.n,
        from: Some(performance.from),
        crps: Some(performance.crps),
        crps_climatology: Some(performance.crps_climatology),
        crps_skill: Some(performance.crps_skill),
        crps_skill_ci: performance.crps_skill_ci,
        crps_skill_recent: performance.crps_skill_recent,
        crps_skill_recent_ci: performance.crps_skill_recent_ci,
        coverage: Some(performance.coverage),
        width: Some(performance.width),
        pit: performance.pit.to_vec(),
        odds: performance.odds.iter().map(odds).collect(),
    }
}

/// Settled live distributions at `as_of`, ascending, each with the version that made it. A tie counts as a move of zero. A
/// forecast that was settled without a distribution is left out.
pub(crate) fn settled_distributions(
    series: &Series,
    bars: &ScoredBars,
    records: &[ForecastRecord],
    sizes: &OddsSizes,
) -> Vec<(u32, ScoredDistribution)> {
    let moves = moves(bars.as_slice(), series.interval, series.horizon);
    let mut known = SettledMoves::new(series, &moves);
    records
        .iter()
        .filter(|record| record.made_in_time())
        .filter_map(|record| {
            let (stored, scores) = (record.distribution.as_ref()?, record.distribution_scores?);
            let decision_time = record.forecast.decision_time;
            let outcome = settled_move(record, bars.as_of)?;
            let recent = bars.index_of(series.interval.step(decision_time, -1)).and_then(|bar| {
                known.advance_to(bar);
                let recent = Some(known.recent()).filter(|recent| recent.len() >= MIN_RECENT_MOVES)?;
                Quantiles::from_ascending(recent)
            });
            let settled = ScoredDistribution::new(decision_time, stored, scores, outcome, sizes.as_slice());
            let recent_crps = recent.map(|recent| recent.crps(outcome));
            Some((record.forecast.model.version, ScoredDistribution { recent_crps, ..settled }))
        })
        .collect()
}

/// Move of a forecast that is settled at `as_of`, a log return.
pub(crate) fn settled_move(record: &ForecastRecord, as_of: Timestamp) -> Option<f64> {
    record.settled_move().filter(|_| record.forecast.target_time <= as_of)
}

#[cfg(test)]
mod tests;
