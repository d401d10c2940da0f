//! Ensemble selection: members and their weights.
//!
//! Candidates for membership are the best trials of each slot: one of each family, of boosting two, and one of logistic
//! regression on recent directions. From them an ensemble is built by greedy selection with replacement (Caruana et al. 2004). Each step adds the trial that lowers the
//! log loss of the ensemble most, at most [`MAX_SELECTIONS`] times, until none lowers it. Where the errors of families
//! differ, the ensemble is better than its best member; few selections limit the overfitting to the folds.

use crate::{
    Candidate, FeatureSubset, TrainError, Trial,
    candidate::FAMILIES,
    search::{CrossValidator, SearchResult},
};
use evaluation::metrics;
use model::Family;
use rayon::prelude::*;

/// Maximum number of selections; weights are multiples of one over their number.
const MAX_SELECTIONS: u16 = 12;
/// Number of trials of boosting that can become members: the errors of two with different trees differ enough.
pub(crate) const BOOSTING_MEMBERS: usize = 2;
/// Improvement of the log loss, in nats, that a selection must exceed.
const MIN_IMPROVEMENT: f64 = 1e-6;

/// Indices of trials, ascending, with their weights, which add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnsembleWeights(pub(crate) Vec<(usize, f64)>);

impl SearchResult {
    /// Computes the forecasts of candidate members whose trials were taken from an earlier attempt.
    pub(crate) fn fill_forecasts(&mut self, validator: &CrossValidator<'_>) -> Result<(), TrainError> {
        let folds = validator.folds.len();
        let mut needed: Vec<usize> =
            fold_subsets(folds).flat_map(|subset| self.best_per_slot(validator, &subset)).collect();
        needed.sort_unstable();
        needed.dedup();
        needed.retain(|&trial| self.forecasts[trial].is_none());
        for trial in needed {
            let forecasts: Vec<Result<Vec<f64>, TrainError>> =
                (0..folds).into_par_iter().map(|fold| validator.forecast(&self.trials[trial], fold)).collect();
            self.forecasts[trial] = Some(forecasts.into_iter().collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    /// Best trials of each slot in a subset of the folds, among the trials that were evaluated in all folds.
    fn best_per_slot(&self, validator: &CrossValidator<'_>, subset: &[usize]) -> Vec<usize> {
        let is_complete =
            |trial: &&Trial| trial.fold_log_losses.len() == validator.folds.len() && trial.log_loss.is_finite();
        let rows = |fold: usize| {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let rows = validator.folds[fold].test.len() as f64;
            rows
        };
        let loss = |trial: &Trial| subset.iter().map(|&fold| trial.fold_log_losses[fold] * rows(fold)).sum::<f64>();
        let slots = FAMILIES
            .map(|family| (family, FeatureSubset::All))
            .into_iter()
            .chain([(Family::Logistic, FeatureSubset::Direction)]);
        slots
            .flat_map(|slot| {
                let trials = self.trials.iter().filter(is_complete);
                let mut trials: Vec<&Trial> = trials.filter(|trial| trial.candidate.ensemble_slot() == slot).collect();
                trials.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
                let members = if slot.0 == Family::Boosting { BOOSTING_MEMBERS } else { 1 };
                trials.into_iter().take(members).map(|trial| trial.index).collect::<Vec<usize>>()
            })
            .collect()
    }

    /// Best candidates of each slot in all folds.
    pub(crate) fn best(&self, validator: &CrossValidator<'_>) -> Vec<Candidate> {
        let all: Vec<usize> = (0..validator.folds.len()).collect();
        self.best_per_slot(validator, &all).into_iter().map(|trial| self.trials[trial].candidate).collect()
    }

    /// Selects the ensemble on a subset of the folds.
    pub(crate) fn select_ensemble(
        &self,
        validator: &CrossValidator<'_>,
        subset: &[usize],
    ) -> Result<EnsembleWeights, TrainError> {
        let eligible = self.best_per_slot(validator, subset);
        let labels: Vec<bool> = subset.iter().flat_map(|&fold| validator.outcomes(fold).iter().copied()).collect();
        let forecasts: Vec<Vec<f64>> = eligible
            .iter()
            .map(|&trial| subset.iter().flat_map(|&fold| self.fold_forecasts(trial, fold).iter().copied()).collect())
            .collect();
        let mut selections = vec![0_u16; eligible.len()];
        let mut sum = vec![0.0; labels.len()];
        let mut best = f64::INFINITY;
        for count in 1..=MAX_SELECTIONS {
            let loss = |forecasts: &Vec<f64>| {
                let means: Vec<f64> = sum.iter().zip(forecasts).map(|(sum, p)| (sum + p) / f64::from(count)).collect();
                metrics::log_loss(&means, &labels)
            };
            let losses = forecasts.iter().map(loss).enumerate();
            let Some((added, loss)) = losses.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { break };
            if best - loss <= MIN_IMPROVEMENT || !loss.is_finite() {
                break;
            }
            best = loss;
            selections[added] += 1;
            sum.iter_mut().zip(&forecasts[added]).for_each(|(sum, p)| *sum += p);
        }
        let total = f64::from(selections.iter().sum::<u16>());
        let members = eligible.into_iter().zip(selections).filter(|(_, selections)| *selections > 0);
        let mut members: Vec<(usize, f64)> =
            members.map(|(trial, selections)| (trial, f64::from(selections) / total)).collect();
        members.sort_by_key(|(trial, _)| *trial);
        if members.is_empty() {
            return Err(TrainError::NoCandidate { candidates: self.trials.len() });
        }
        Ok(EnsembleWeights(members))
    }

    /// Raw out-of-fold forecasts of an ensemble, by fold.
    pub(crate) fn ensemble_forecasts(&self, ensemble: &EnsembleWeights, folds: usize) -> Vec<Vec<f64>> {
        (0..folds)
            .map(|fold| {
                let mut weighted = vec![];
                for &(trial, weight) in &ensemble.0 {
                    let forecasts = self.fold_forecasts(trial, fold);
                    weighted.resize(forecasts.len(), 0.0);
                    weighted.iter_mut().zip(forecasts).for_each(|(sum, p)| *sum += weight * p);
                }
                weighted
            })
            .collect()
    }

    fn fold_forecasts(&self, trial: usize, fold: usize) -> &[f64] {
        self.forecasts[trial].as_ref().map_or(&[], |forecasts| &forecasts[fold])
    }
}

/// Subsets of the folds that an ensemble is selected on: all folds, and all but each one.
pub(crate) fn fold_subsets(folds: usize) -> impl Iterator<Item = Vec<usize>> {
    std::iter::once((0..folds).collect()).chain((0..folds).map(move |excluded| other_folds(folds, excluded)))
}

/// All folds but one; that fold itself when it is the only one.
pub(crate) fn other_folds(folds: usize, excluded: usize) -> Vec<usize> {
    if folds == 1 { vec![0] } else { (0..folds).filter(|&fold| fold != excluded).collect() }
}
