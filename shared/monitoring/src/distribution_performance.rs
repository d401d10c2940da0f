//! Realised performance of settled distributions against climatology and the recent baseline.

use crate::MonitoringConfig;
use contracts::distribution::{BAND_LEVELS, DistributionBasis, DistributionScores, Odds, OddsSide, StoredDistribution};
use evaluation::{
    bootstrap::BootstrapError,
    distribution::{PIT_BINS, Skill, pit_counts},
};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Distribution joined with its outcome, reduced to the values that its scores depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredDistribution {
    /// Decision time.
    pub decision_time: Timestamp,
    /// True if it came from the champion's distribution model, false if it is climatology.
    pub from_model: bool,
    /// Scores.
    pub scores: DistributionScores,
    /// CRPS of the recent baseline, the moves of the last 365 days; absent if it cannot be computed.
    pub recent_crps: Option<f64>,
    /// Widths of the bands of 50, 80 and 95 %, in log returns.
    pub widths: [f64; 3],
    /// Bound of the difference of both scores that was known at the decision time, in log returns: the largest possible
    /// difference, or the width of climatology's 50 % band if that is larger. Zero if both distributions are one point.
    pub crps_difference_bound: f64,
    /// Odds of each configured size, of the same sizes in every forecast.
    pub odds: Vec<SettledOdds>,
}

/// Odds of a move in either direction, with the outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledOdds {
    /// Size of the move, a share of the price.
    pub size: f64,
    /// Probability of a larger move.
    pub probability: f64,
    /// Its probability according to climatology.
    pub baseline_probability: f64,
    /// True if the move was larger.
    pub happened: bool,
}

impl ScoredDistribution {
    /// Distribution with its scores. `outcome` is the move, a log return, and `sizes` are those of the odds.
    #[must_use]
    pub fn new(
        decision_time: Timestamp,
        stored: &StoredDistribution,
        scores: DistributionScores,
        outcome: f64,
        sizes: &[f64],
    ) -> Self {
        let [low, high] = stored.baseline.band(0.5);
        let odds = |&size: &f64| SettledOdds {
            size,
            probability: Odds::new(&stored.quantiles, size).either,
            baseline_probability: Odds::new(&stored.baseline, size).either,
            happened: OddsSide::Either.happened(outcome, size),
        };
        Self {
            decision_time,
            from_model: stored.basis == DistributionBasis::Model,
            scores,
            recent_crps: None,
            widths: BAND_LEVELS.map(|level| {
                let [low, high] = stored.quantiles.band(level);
                high - low
            }),
            crps_difference_bound: stored.quantiles.largest_crps_difference(&stored.baseline).max(high - low),
            odds: sizes.iter().map(odds).collect(),
        }
    }
}

/// Realised performance of settled distributions. Scores and widths are in log returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionPerformance {
    /// Number of settled distributions; a tie counts as a move of zero.
    pub n: usize,
    /// Number of independent outcomes, `n / horizon`; below 30 there are no intervals.
    pub independent: usize,
    /// Number of distributions that came from a distribution model; the others were climatology.
    pub from_model: usize,
    /// First decision time.
    pub from: Timestamp,
    /// Last decision time.
    pub through: Timestamp,
    /// Mean CRPS.
    pub crps: f64,
    /// Mean CRPS of climatology's distribution.
    pub crps_climatology: f64,
    /// `1 - CRPS / CRPS of climatology`; above zero is better. Zero if both are zero.
    pub crps_skill: f64,
    /// 95 % block-bootstrap interval of the skill, low and high; absent for too few independent outcomes.
    pub crps_skill_ci: Option<[f64; 2]>,
    /// CRPS skill over the moves of the last 365 days; absent if a part of that baseline is unknown.
    pub crps_skill_recent: Option<f64>,
    /// Its 95 % block-bootstrap interval, low and high; absent for too few independent outcomes.
    pub crps_skill_recent_ci: Option<[f64; 2]>,
    /// Shares of the outcomes inside the bands of 50, 80 and 95 %.
    pub coverage: [f64; 3],
    /// Mean widths of these bands.
    pub width: [f64; 3],
    /// Numbers of outcomes per tenth of the distribution, from the lowest.
    pub pit: [usize; PIT_BINS],
    /// Skill of the odds, by size.
    pub odds: Vec<OddsSkill>,
}

/// Brier skill of the odds of moves larger than one size, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OddsSkill {
    /// Size of the move, a share of the price.
    pub size: f64,
    /// Mean probability of a larger move.
    pub expected: f64,
    /// Share of the outcomes that were larger.
    pub happened: f64,
    /// `1 - Brier / Brier of climatology`; above zero is better. Zero if both are zero.
    pub brier_skill: f64,
    /// 95 % block-bootstrap interval of the skill; absent for too few independent outcomes.
    pub brier_skill_ci: Option<[f64; 2]>,
}

impl DistributionPerformance {
    /// Scores the settled distributions of one series, which are ascending by decision time; `None` without any. Bootstrap
    /// blocks have the length of [`evaluation::bootstrap::default_block_length`], because the outcomes of neighbours overlap.
    ///
    /// # Errors
    /// Returns an error for invalid bootstrap settings.
    pub fn measure(
        settled: &[ScoredDistribution],
        horizon: u32,
        config: &MonitoringConfig,
    ) -> Result<Option<Self>, BootstrapError> {
        let (Some(first), Some(last)) = (settled.first(), settled.last()) else { return Ok(None) };
        let n = settled.len();
        let skill = |own: &[f64], baseline: &[f64]| -> Result<_, BootstrapError> {
            let Skill { skill, interval } = Skill::measure(own, baseline, horizon, config.resamples, config.seed)?;
            Ok((skill, interval))
        };
        let own: Vec<f64> = settled.iter().map(|forecast| forecast.scores.crps).collect();
        let climatology: Vec<f64> = settled.iter().map(|forecast| forecast.scores.baseline_crps).collect();
        let recent: Option<Vec<f64>> = settled.iter().map(|forecast| forecast.recent_crps).collect();
        let (crps_skill, crps_skill_ci) = skill(&own, &climatology)?;
        let recent = recent.map(|recent| skill(&own, &recent)).transpose()?;
        let share = |band: usize| settled.iter().filter(|forecast| forecast.scores.in_band[band]).count();
        let odds = first.odds.iter().enumerate().map(|(index, &SettledOdds { size, .. })| {
            let settled: Vec<&SettledOdds> = settled.iter().filter_map(|forecast| forecast.odds.get(index)).collect();
            let outcome = |odds: &SettledOdds| if odds.happened { 1.0 } else { 0.0 };
            let errors = |probability: fn(&SettledOdds) -> f64| -> Vec<f64> {
                settled.iter().map(|odds| (probability(odds) - outcome(odds)).powi(2)).collect()
            };
            let (brier_skill, brier_skill_ci) =
                skill(&errors(|odds| odds.probability), &errors(|odds| odds.baseline_probability))?;
            let mean = |value: &dyn Fn(&SettledOdds) -> f64| {
                settled.iter().map(|odds| value(odds)).sum::<f64>() / as_f64(settled.len())
            };
            let (expected, happened) = (mean(&|odds| odds.probability), mean(&outcome));
            Ok(OddsSkill { size, expected, happened, brier_skill, brier_skill_ci })
        });
        Ok(Some(Self {
            n,
            independent: n / usize::try_from(horizon.max(1)).unwrap_or(usize::MAX),
            from_model: settled.iter().filter(|forecast| forecast.from_model).count(),
            from: first.decision_time,
            through: last.decision_time,
            crps: mean(&own),
            crps_climatology: mean(&climatology),
            crps_skill,
            crps_skill_ci,
            crps_skill_recent: recent.map(|(skill, _)| skill),
            crps_skill_recent_ci: recent.and_then(|(_, interval)| interval),
            coverage: std::array::from_fn(|band| as_f64(share(band)) / as_f64(n)),
            width: std::array::from_fn(|band| {
                settled.iter().map(|forecast| forecast.widths[band]).sum::<f64>() / as_f64(n)
            }),
            pit: pit_counts(settled.iter().map(|forecast| forecast.scores.pit)),
            odds: odds.collect::<Result<_, BootstrapError>>()?,
        }))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / as_f64(values.len())
}

#[cfg(test)]
mod tests;
