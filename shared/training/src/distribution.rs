//! Fitting of the distribution part of an artifact, with its selection in purged walk-forward folds.
//!
//! 1. Moves that are settled and have inputs are split into folds, with purge and embargo. In each fold every member is fitted on
//!    the training moves and forecasts the test moves.
//! 2. Candidates are EWMA, GARCH and range regression alone, and the combination of all members, whose weights are learned online
//!    ([`combine`]). The range regression is the default. Another candidate needs a CRPS that is lower by one standard error
//!    ([`out_of_fold`]).
//! 3. If the chosen candidate is worse than climatology by one standard error, the part has no model, and every forecast is
//!    climatology. The gate judges on the hold-out if it is better.
//! 4. Otherwise its members are fitted on all training moves.
//!
//! The result is a function of bars, series, folds and configuration.

mod combine;
mod garch;
pub(crate) mod holdout;
mod members;
mod out_of_fold;
mod range;
mod rows;
mod student_t;
#[cfg(test)]
mod tests;

use crate::{TrainError, TrainingConfig};
use contracts::distribution::{DistributionEvidence, LEVEL_COUNT, Quantiles, SkillVerdict};
use evaluation::splits::WalkForward;
use jiff::Timestamp;
use market_data::{Bar, Series};
pub use members::Family;
use model::distribution::{DistributionModel, DistributionPart};
use rows::MoveRows;
use serde::{Deserialize, Serialize};

/// Maximum number of moves before the first fold: the regression, with at most 32 coefficients, needs no more.
const MAX_FIRST_TRAINING_MOVES: usize = 2_160;

/// Scores of the out-of-fold distributions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionSearch {
    /// Number of out-of-fold moves.
    pub n: usize,
    /// Chosen candidate: `range`, `ewma`, `garch` or `combination`.
    pub chosen: String,
    /// Mean CRPS of the chosen candidate, in log returns.
    pub crps: f64,
    /// Mean CRPS of climatology, in log returns.
    pub crps_climatology: f64,
    /// Standard error of the difference of both, in log returns. Overlapping moves count as dependent.
    pub standard_error: f64,
    /// True if the chosen candidate is worse than climatology by more than one standard error. Then the part has no model.
    pub is_rejected: bool,
    /// Scores of all candidates.
    pub candidates: Vec<CandidateScore>,
}

impl DistributionSearch {
    /// Evidence of the folds. That of a hold-out replaces it.
    fn evidence(&self) -> DistributionEvidence {
        let Self { n, crps, crps_climatology: climatology, standard_error, .. } = *self;
        if self.is_rejected || climatology <= 0.0 {
            return DistributionEvidence { n, ..DistributionEvidence::NONE };
        }
        let (skill, half) = (1.0 - crps / climatology, 1.96 * standard_error / climatology);
        let interval = Some([skill - half, skill + half]);
        let verdict = SkillVerdict::from_skill(skill, interval);
        DistributionEvidence { verdict, crps_skill: skill, crps_skill_ci: interval, n, coverage_80: None }
    }
}

/// Score of one candidate in the folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateScore {
    /// Name of the candidate.
    pub candidate: String,
    /// Mean CRPS of its out-of-fold distributions, in log returns.
    pub crps: f64,
}

/// Distribution part with the score behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedDistribution {
    /// Part with the evidence of the folds.
    pub part: DistributionPart,
    /// Scores of the candidates in the folds; absent if there were too few moves.
    pub search: Option<DistributionSearch>,
}

/// Fits the distribution of the moves with a decision time before `until` that are settled by the last bar. `None` without any.
///
/// # Errors
/// [`TrainError::Fit`] if a linear system has no solution.
pub fn fit(
    series: &Series,
    bars: &[Bar],
    until: Timestamp,
    config: &TrainingConfig,
    run: &str,
) -> Result<Option<FittedDistribution>, TrainError> {
    let rows = MoveRows::new(series, bars, until);
    let Some((climatology, trained_through)) = rows.climatology() else { return Ok(None) };
    let walk_forward = WalkForward {
        folds: config.folds,
        min_train: config.min_train.min(MAX_FIRST_TRAINING_MOVES),
        horizon: series.horizon as usize,
        embargo: config.embargo,
    };
    let mut part = part(climatology, trained_through, run);
    let Ok(folds) = walk_forward.split(rows.len()) else { return Ok(Some(FittedDistribution { part, search: None })) };
    let choice = out_of_fold::choose(&rows, &folds)?;
    if !choice.search.is_rejected {
        part.model = Some(model(&rows, &choice.weights)?);
    }
    part.evidence = choice.search.evidence();
    Ok(Some(FittedDistribution { part, search: Some(choice.search) }))
}

/// Fits one family on the settled moves with a decision time before `until`, without the folds that [`fit`] chooses in. `None`
/// without any settled move, or where the scale is unknown. For comparisons.
///
/// # Errors
/// [`TrainError::Fit`] if a linear system has no solution.
pub fn fit_family(
    series: &Series,
    bars: &[Bar],
    until: Timestamp,
    family: Family,
    run: &str,
) -> Result<Option<DistributionPart>, TrainError> {
    let rows = MoveRows::new(series, bars, until);
    let Some((climatology, trained_through)) = rows.climatology() else { return Ok(None) };
    let model = Some(model(&rows, &[(family, [1.0; LEVEL_COUNT])])?).filter(|model| !model.members.is_empty());
    Ok(model.map(|model| DistributionPart { model: Some(model), ..part(climatology, trained_through, run) }))
}

/// Part without a model.
fn part(climatology: Quantiles, trained_through: Timestamp, run: &str) -> DistributionPart {
    let evidence = DistributionEvidence::NONE;
    DistributionPart { run: run.to_owned(), trained_through, evidence, climatology, model: None }
}

/// Fits the families that have weight on all rows.
fn model(rows: &MoveRows<'_>, weights: &[(Family, [f64; LEVEL_COUNT])]) -> Result<DistributionModel, TrainError> {
    let used: Vec<_> = weights.iter().filter(|(_, weights)| weights.iter().any(|weight| *weight > 0.0)).collect();
    let families: Vec<Family> = used.iter().map(|(family, _)| *family).collect();
    let fitted = members::fit(rows, &(0..rows.len()), &families)?.into_iter();
    let members = fitted.filter_map(|member| {
        let (_, weights) = used.iter().find(|(family, _)| *family == member.family)?;
        Some(member.weighted(*weights))
    });
    Ok(DistributionModel::new(rows.series, members.collect()))
}
