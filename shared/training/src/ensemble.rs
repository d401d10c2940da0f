//! The combination: which trials forecast together, and with what weights.
//!
//! Each family sends its best trial, and logistic regression one more, that knows only which way the close went. From
//! them a pool is built by greedy selection with replacement (Caruana et al. 2004): whichever brings the pooled log loss
//! down most is added, up to [`PICKS`] times, until nothing helps. A pool of different families errs less than its best
//! member where their errors differ, and few picks keep it from being fitted to the folds.

use crate::{
    Candidate, FeatureSubset, TrainError, Trial,
    candidate::FAMILIES,
    search::{CrossValidator, SearchResult},
};
use evaluation::metrics;
use model::Family;
use rayon::prelude::*;

/// Weights are multiples of one over this.
const MAX_SELECTIONS: u16 = 12;
/// A pick has to lower the log loss by more.
const MIN_IMPROVEMENT: f64 = 1e-6;

/// Trials with their weights, which sum to 1; in the order of the trials.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnsembleWeights(pub(crate) Vec<(usize, f64)>);

impl SearchResult {
    /// Makes the forecasts that combining needs and an earlier attempt did not leave.
    pub(crate) fn fill_forecasts(&mut self, ground: &CrossValidator<'_>) -> Result<(), TrainError> {
        let folds = ground.folds.len();
        let mut needed: Vec<usize> = fold_subsets(folds).flat_map(|used| self.best_per_slot(ground, &used)).collect();
        needed.sort_unstable();
        needed.dedup();
        needed.retain(|&trial| self.forecasts[trial].is_none());
        for trial in needed {
            let made: Vec<Result<Vec<f64>, TrainError>> =
                (0..folds).into_par_iter().map(|fold| ground.forecast(&self.trials[trial], fold)).collect();
            self.forecasts[trial] = Some(made.into_iter().collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    /// The best trial of each kind in some folds, among those that went through all.
    fn best_per_slot(&self, ground: &CrossValidator<'_>, used: &[usize]) -> Vec<usize> {
        let through = |trial: &&Trial| trial.fold_log_losses.len() == ground.folds.len() && trial.log_loss.is_finite();
        let rows = |fold: usize| {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let rows = ground.folds[fold].test.len() as f64;
            rows
        };
        let loss = |trial: &Trial| used.iter().map(|&fold| trial.fold_log_losses[fold] * rows(fold)).sum::<f64>();
        let kinds = FAMILIES
            .map(|family| (family, FeatureSubset::All))
            .into_iter()
            .chain([(Family::Logistic, FeatureSubset::Direction)]);
        kinds
            .filter_map(|kind| {
                let trials = self.trials.iter().filter(through).filter(|trial| trial.candidate.ensemble_slot() == kind);
                Some(trials.min_by(|a, b| loss(a).total_cmp(&loss(b)))?.index)
            })
            .collect()
    }

    /// The best candidate of each kind in all folds.
    pub(crate) fn best(&self, ground: &CrossValidator<'_>) -> Vec<Candidate> {
        let all: Vec<usize> = (0..ground.folds.len()).collect();
        self.best_per_slot(ground, &all).into_iter().map(|trial| self.trials[trial].candidate).collect()
    }

    /// The pool that is best in some folds.
    pub(crate) fn select_ensemble(
        &self,
        ground: &CrossValidator<'_>,
        used: &[usize],
    ) -> Result<EnsembleWeights, TrainError> {
        let finalists = self.best_per_slot(ground, used);
        let outcomes: Vec<bool> = used.iter().flat_map(|&fold| ground.outcomes(fold).iter().copied()).collect();
        let forecasts: Vec<Vec<f64>> = finalists
            .iter()
            .map(|&trial| used.iter().flat_map(|&fold| self.of_fold(trial, fold).iter().copied()).collect())
            .collect();
        let mut picks = vec![0_u16; finalists.len()];
        let mut sum = vec![0.0; outcomes.len()];
        let mut best = f64::INFINITY;
        for pick in 1..=MAX_SELECTIONS {
            let loss = |forecasts: &Vec<f64>| {
                let pooled: Vec<f64> = sum.iter().zip(forecasts).map(|(sum, p)| (sum + p) / f64::from(pick)).collect();
                metrics::log_loss(&pooled, &outcomes)
            };
            let losses = forecasts.iter().map(loss).enumerate();
            let Some((added, loss)) = losses.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { break };
            if best - loss <= MIN_IMPROVEMENT || !loss.is_finite() {
                break;
            }
            best = loss;
            picks[added] += 1;
            sum.iter_mut().zip(&forecasts[added]).for_each(|(sum, p)| *sum += p);
        }
        let all = f64::from(picks.iter().sum::<u16>());
        let members = finalists.into_iter().zip(picks).filter(|(_, picks)| *picks > 0);
        let mut members: Vec<(usize, f64)> = members.map(|(trial, picks)| (trial, f64::from(picks) / all)).collect();
        members.sort_by_key(|(trial, _)| *trial);
        if members.is_empty() {
            return Err(TrainError::NoCandidate { candidates: self.trials.len() });
        }
        Ok(EnsembleWeights(members))
    }

    /// The raw out-of-fold forecasts of a pool, fold by fold.
    pub(crate) fn ensemble_forecasts(&self, pool: &EnsembleWeights, folds: usize) -> Vec<Vec<f64>> {
        (0..folds)
            .map(|fold| {
                let mut pooled = vec![];
                for &(trial, weight) in &pool.0 {
                    let forecasts = self.of_fold(trial, fold);
                    pooled.resize(forecasts.len(), 0.0);
                    pooled.iter_mut().zip(forecasts).for_each(|(sum, p)| *sum += weight * p);
                }
                pooled
            })
            .collect()
    }

    fn of_fold(&self, trial: usize, fold: usize) -> &[f64] {
        self.forecasts[trial].as_ref().map_or(&[], |forecasts| &forecasts[fold])
    }
}

/// Every choice of folds that a pool is made from: all, and all but one.
pub(crate) fn fold_subsets(folds: usize) -> impl Iterator<Item = Vec<usize>> {
    std::iter::once((0..folds).collect()).chain((0..folds).map(move |out| other_folds(folds, out)))
}

/// All folds but one; that one itself where there is no other.
pub(crate) fn other_folds(folds: usize, out: usize) -> Vec<usize> {
    if folds == 1 { vec![0] } else { (0..folds).filter(|&fold| fold != out).collect() }
}
