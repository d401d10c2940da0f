//! Hyper-parameter search: the sampler suggests candidates in batches, and each is fitted in purged walk-forward folds.
//!
//! Folds run from the oldest, which is the cheapest, to the newest. After each fold but the last, trials that are worse so
//! far than two thirds of the earlier ones are pruned. Trials of a batch run in parallel. Batches have a fixed size and
//! results keep their order, so the number of threads changes nothing.

use crate::{
    Candidate, SearchConfig, TrainError, TrainingConfig, fit,
    sampler::{Sampler, Suggestion},
    space::Space,
    training_set::TrainingSet,
    weights::WeightedRows,
};
use evaluation::{
    Costs, SearchStop, metrics,
    selection::{self, TrialStatistics},
    splits::Fold,
    unfiltered_long_short_returns,
};
use market_data::Series;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Number of blocks of the out-of-fold rows for the probability of overfitting.
const BLOCKS: usize = selection::MAX_BLOCKS;

/// Quantile of the excess log losses of earlier trials above which a trial is pruned. With three cuts, the usual median would
/// leave an eighth of the trials, and early folds are weak evidence on a target that is nearly noise.
const PRUNING_QUANTILE: f64 = 2.0 / 3.0;

/// Evaluated candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Number of the trial, from 0, in the order of suggestion.
    pub index: usize,
    /// The candidate.
    pub candidate: Candidate,
    /// Mean log loss of the raw probabilities over the test rows of the evaluated folds, in nats.
    pub log_loss: f64,
    /// Mean log loss of each fold, oldest first; fewer than the folds when the trial was pruned.
    pub fold_log_losses: Vec<f64>,
    /// Mean log loss of sixteen blocks of all test rows; empty when the trial was pruned.
    pub block_log_losses: Vec<f64>,
    /// Sharpe ratio per bar, after costs, of being long above one half and short below; `None` when the trial was pruned.
    pub sharpe: Option<f64>,
    /// Weight in the ensemble, from 0 to 1.
    pub weight: f64,
}

/// State of an earlier attempt, and callback and deadline of a search.
#[derive(Clone, Copy)]
pub struct SearchProgress<'a> {
    /// Trials of an earlier attempt at the same run. A candidate that is suggested again takes its result from here.
    pub previous_trials: &'a [Trial],
    /// Called with the trials of each batch.
    pub on_batch: &'a (dyn Fn(&[Trial]) + Sync),
    /// Time after which no batch starts; `None` without a deadline.
    pub deadline: Option<Instant>,
}

impl SearchProgress<'_> {
    /// No earlier trials, no callback and no deadline.
    pub const NONE: SearchProgress<'static> =
        SearchProgress { previous_trials: &[], on_batch: &|_| {}, deadline: None };
}

impl std::fmt::Debug for SearchProgress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchProgress")
            .field("previous_trials", &self.previous_trials.len())
            .field("deadline", &self.deadline)
            .finish()
    }
}

/// Raw forecasts for the test rows of each fold.
type Forecasts = Vec<Vec<f64>>;

/// Trial, with its forecasts if all folds were evaluated in this attempt.
type TrialResult = (Trial, Option<Forecasts>);

/// All trials of a search, with their out-of-fold forecasts.
pub(crate) struct SearchResult {
    pub(crate) trials: Vec<Trial>,
    /// `None` for a trial that was pruned, or taken from an earlier attempt.
    pub(crate) forecasts: Vec<Option<Forecasts>>,
    pub(crate) ended: SearchStop,
}

/// Evaluator of candidates in walk-forward folds.
pub(crate) struct CrossValidator<'a> {
    pub(crate) training_set: &'a TrainingSet,
    pub(crate) folds: &'a [Fold],
    pub(crate) config: &'a TrainingConfig,
    /// Mean log loss of climatology over the test rows of each fold.
    climatology: Vec<f64>,
}

impl<'a> CrossValidator<'a> {
    pub(crate) fn new(training_set: &'a TrainingSet, folds: &'a [Fold], config: &'a TrainingConfig) -> Self {
        let loss = |fold: &Fold| {
            let test = fold.test.clone();
            metrics::log_loss(&training_set.climatology[test.clone()], &training_set.labels[test])
        };
        Self { training_set, folds, config, climatology: folds.iter().map(loss).collect() }
    }

    /// Searches until the trials or the time are used up.
    pub(crate) fn search(&self, series: &Series, progress: &SearchProgress<'_>) -> Result<SearchResult, TrainError> {
        let SearchConfig { trials, startup, batch, time_budget_seconds, ref families } = self.config.search;
        let budget = Instant::now().checked_add(Duration::from_secs(time_budget_seconds));
        let deadline = budget.into_iter().chain(progress.deadline).min();
        // A small budget keeps half of its trials for the sampler.
        let startup = startup.min(trials.div_ceil(2));
        let space = Space::new(series.interval, series.horizon, self.training_set.width());
        let mut sampler = Sampler::new(space, families, startup, derive_seed(self.config.seed, usize::MAX, 0))?;
        let mut search = SearchResult { trials: vec![], forecasts: vec![], ended: SearchStop::Trials };
        while search.trials.len() < trials {
            // The first batch always runs: without a trial nothing can be selected.
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if is_late && !search.trials.is_empty() && search.trials.len() >= progress.previous_trials.len() {
                search.ended = SearchStop::Time;
                break;
            }
            let first = search.trials.len();
            let suggestions =
                (first..trials.min(first + batch)).map(|_| sampler.ask()).collect::<Result<Vec<Suggestion>, _>>()?;
            let candidates: Vec<Candidate> = suggestions.iter().map(|suggestion| suggestion.candidate).collect();
            let prune = first >= startup;
            self.evaluate(&candidates, progress.previous_trials, prune, &mut search)?;
            for (suggestion, trial) in suggestions.iter().zip(&search.trials[first..]) {
                sampler.tell(suggestion, self.excess_log_loss(trial, trial.fold_log_losses.len()))?;
            }
            (progress.on_batch)(&search.trials[first..]);
        }
        Ok(search)
    }

    /// Evaluates given candidates in every fold.
    pub(crate) fn run_candidates(&self, candidates: &[Candidate]) -> Result<SearchResult, TrainError> {
        let mut search = SearchResult { trials: vec![], forecasts: vec![], ended: SearchStop::Trials };
        self.evaluate(candidates, &[], false, &mut search)?;
        Ok(search)
    }

    /// Evaluates a batch and appends its trials to the search.
    fn evaluate(
        &self,
        candidates: &[Candidate],
        previous_trials: &[Trial],
        prune: bool,
        search: &mut SearchResult,
    ) -> Result<(), TrainError> {
        let first = search.trials.len();
        let limits: Vec<f64> = (1..self.folds.len())
            .map(|folds| if prune { self.pruning_threshold(&search.trials, folds) } else { f64::INFINITY })
            .collect();
        let batch: Vec<Result<TrialResult, TrainError>> = candidates
            .par_iter()
            // Fits differ in duration, so each is scheduled by itself.
            .with_max_len(1)
            .enumerate()
            .map(|(offset, candidate)| {
                let index = first + offset;
                match previous_trials.get(index).filter(|previous| previous.candidate == *candidate) {
                    Some(previous) => Ok((Trial { weight: 0.0, ..previous.clone() }, None)),
                    None => self.run_trial(Trial::new(index, *candidate), &limits),
                }
            })
            .collect();
        for result in batch {
            let (trial, forecasts) = result?;
            search.trials.push(trial);
            search.forecasts.push(forecasts);
        }
        Ok(())
    }

    /// Evaluates a trial fold by fold, until its excess log loss is above the limit of a fold.
    fn run_trial(&self, mut trial: Trial, limits: &[f64]) -> Result<TrialResult, TrainError> {
        let mut forecasts = Vec::with_capacity(self.folds.len());
        for fold in 0..self.folds.len() {
            let forecast = self.forecast(&trial, fold)?;
            trial.fold_log_losses.push(metrics::log_loss(&forecast, self.outcomes(fold)));
            trial.log_loss = self.mean(&trial.fold_log_losses);
            if limits.get(fold).is_some_and(|limit| self.excess_log_loss(&trial, fold + 1) > *limit) {
                return Ok((trial, None));
            }
            forecasts.push(forecast);
        }
        self.record_statistics(&mut trial, &forecasts.concat());
        Ok((trial, Some(forecasts)))
    }

    /// Fits a trial on the training rows of a fold and forecasts its test rows; the probabilities are raw.
    pub(crate) fn forecast(&self, trial: &Trial, fold: usize) -> Result<Vec<f64>, TrainError> {
        let Fold { train, test } = &self.folds[fold];
        let seed = derive_seed(self.config.seed, trial.index, fold);
        let rows = WeightedRows::new(&trial.candidate, self.training_set, train.clone(), self.config.fit_rows);
        let model = fit::fit(&trial.candidate, self.training_set, &rows, seed)?;
        Ok(fit::raw_probabilities(&model, self.training_set, test.clone()))
    }

    /// Records block log losses and Sharpe ratio of a trial that was evaluated in every fold.
    fn record_statistics(&self, trial: &mut Trial, forecasts: &[f64]) {
        let rows = self.test_rows();
        let losses = metrics::log_losses(forecasts, &self.training_set.labels[rows.clone()]);
        let n = losses.len();
        let block = |block: usize| &losses[n * block / BLOCKS..n * (block + 1) / BLOCKS];
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        if n >= BLOCKS {
            trial.block_log_losses = (0..BLOCKS).map(|number| mean(block(number))).collect();
        }
        let returns = &self.training_set.next_return[rows];
        trial.sharpe = selection::sharpe(&unfiltered_long_short_returns(
            forecasts,
            returns,
            self.training_set.horizon,
            Costs::default(),
        ));
    }

    /// Test rows of all folds, which are adjacent.
    pub(crate) fn test_rows(&self) -> std::ops::Range<usize> {
        match (self.folds.first(), self.folds.last()) {
            (Some(first), Some(last)) => first.test.start..last.test.end,
            _ => 0..0,
        }
    }

    pub(crate) fn outcomes(&self, fold: usize) -> &[bool] {
        &self.training_set.labels[self.folds[fold].test.clone()]
    }

    /// Mean over the test rows of the first folds, from the mean of each fold.
    fn mean(&self, fold_means: &[f64]) -> f64 {
        let rows = self.folds.iter().map(|fold| {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let rows = fold.test.len() as f64;
            rows
        });
        let (sum, total) =
            fold_means.iter().zip(rows).fold((0.0, 0.0), |(sum, total), (mean, n)| (sum + mean * n, total + n));
        sum / total
    }

    /// Mean log loss less that of climatology, in the first folds. It is comparable between trials with different folds.
    fn excess_log_loss(&self, trial: &Trial, folds: usize) -> f64 {
        let losses = trial.fold_log_losses.iter().zip(&self.climatology).take(folds);
        self.mean(&losses.map(|(loss, climatology)| loss - climatology).collect::<Vec<_>>())
    }

    /// Excess log loss after `folds` folds above which a trial is pruned.
    fn pruning_threshold(&self, trials: &[Trial], folds: usize) -> f64 {
        let evaluated = trials.iter().filter(|trial| trial.fold_log_losses.len() >= folds);
        let mut excesses: Vec<f64> = evaluated.map(|trial| self.excess_log_loss(trial, folds)).collect();
        excesses.sort_by(f64::total_cmp);
        evaluation::bootstrap::quantile(&excesses, PRUNING_QUANTILE)
    }
}

impl Trial {
    /// Number of pruned trials of a search. The first trials are never pruned, so some trial has all folds.
    #[must_use]
    pub fn pruned(trials: &[Self]) -> usize {
        let folds = trials.iter().map(|trial| trial.fold_log_losses.len()).max().unwrap_or(0);
        trials.iter().filter(|trial| trial.fold_log_losses.len() < folds).count()
    }

    fn new(index: usize, candidate: Candidate) -> Self {
        Self {
            index,
            candidate,
            log_loss: f64::NAN,
            fold_log_losses: vec![],
            block_log_losses: vec![],
            sharpe: None,
            weight: 0.0,
        }
    }
}

impl SearchResult {
    /// Statistics over all trials, for the selection adjustment.
    pub(crate) fn selection(&self) -> TrialStatistics {
        let sharpes: Vec<f64> = self.trials.iter().filter_map(|trial| trial.sharpe).collect();
        let losses: Vec<Vec<f64>> = self
            .trials
            .iter()
            .filter(|trial| !trial.block_log_losses.is_empty())
            .map(|trial| trial.block_log_losses.clone())
            .collect();
        TrialStatistics {
            trials: self.trials.len(),
            sharpe_deviation: standard_deviation(&sharpes),
            overfitting_probability: selection::overfitting_probability(&losses),
        }
    }
}

/// Sample standard deviation; 0 for fewer than two values.
fn standard_deviation(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some dozen trials")]
    let n = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// Seed of one fit: `SplitMix64` (Steele, Lea and Flood 2014) of the numbers of trial and fold.
pub(crate) fn derive_seed(seed: u64, trial: usize, fold: usize) -> u64 {
    let mut z = [trial as u64, fold as u64].iter().fold(seed, |z, part| z.wrapping_mul(1_000_003).wrapping_add(*part));
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
