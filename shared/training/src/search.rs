//! The search: candidates, asked of the sampler batch by batch, in purged walk-forward folds.
//!
//! Folds are gone through from the oldest, which is the cheapest, to the newest; after each but the last, trials of
//! the batch that did worse so far than two thirds of the earlier ones are pruned. Trials of a batch run in parallel;
//! as batches have a fixed size and results keep their order, threads change nothing.

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

/// Blocks of the out-of-fold rows for the probability of overfitting.
const BLOCKS: usize = selection::MAX_BLOCKS;

/// Share of the trials that pruning spares after a fold. At three cuts the usual half would leave an eighth, and early
/// folds say little where there is little to find.
const PRUNING_QUANTILE: f64 = 2.0 / 3.0;

/// One candidate and how it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number, from 0, in the order in which they were asked for.
    pub index: usize,
    /// The candidate.
    pub candidate: Candidate,
    /// Mean log loss of its raw probabilities over the test rows of the folds it was fitted in.
    pub log_loss: f64,
    /// The same of each fold, oldest first; fewer than there are folds when it was pruned.
    pub fold_log_losses: Vec<f64>,
    /// The same of sixteen blocks of all test rows; none when it was pruned.
    pub block_log_losses: Vec<f64>,
    /// Sharpe ratio per bar, after costs, of being long or short by the side of one half; none when it was pruned.
    pub sharpe: Option<f64>,
    /// Its weight in the combination, 0 to 1.
    pub weight: f64,
}

/// How a search may go on from an earlier attempt, and tell of itself.
#[derive(Clone, Copy)]
pub struct SearchProgress<'a> {
    /// Trials of an earlier attempt at the same run; a trial that is asked for again is taken from here.
    pub previous_trials: &'a [Trial],
    /// Called with each batch that was made.
    pub on_batch: &'a (dyn Fn(&[Trial]) + Sync),
    /// No batch begins later.
    pub deadline: Option<Instant>,
}

impl SearchProgress<'_> {
    /// From the start, to the end, in silence.
    pub const NONE: SearchProgress<'static> =
        SearchProgress { previous_trials: &[], on_batch: &|_| {}, deadline: None };
}

impl std::fmt::Debug for SearchProgress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("known", &self.previous_trials.len())
            .field("deadline", &self.deadline)
            .finish()
    }
}

/// Raw forecasts for the test rows of each fold.
type Forecasts = Vec<Vec<f64>>;

/// A trial, with its forecasts if it went through every fold now.
type TrialResult = (Trial, Option<Forecasts>);

/// All trials, with the out-of-fold forecasts of those that went through every fold.
pub(crate) struct SearchResult {
    pub(crate) trials: Vec<Trial>,
    /// `None` for a trial that was pruned, or made by an earlier attempt.
    pub(crate) forecasts: Vec<Option<Forecasts>>,
    pub(crate) ended: SearchStop,
}

/// What is searched on.
pub(crate) struct CrossValidator<'a> {
    pub(crate) frame: &'a TrainingSet,
    pub(crate) folds: &'a [Fold],
    pub(crate) config: &'a TrainingConfig,
    /// Climatology's mean log loss over the test rows of each fold.
    climatology: Vec<f64>,
}

impl<'a> CrossValidator<'a> {
    pub(crate) fn new(frame: &'a TrainingSet, folds: &'a [Fold], config: &'a TrainingConfig) -> Self {
        let loss = |fold: &Fold| {
            let test = fold.test.clone();
            metrics::log_loss(&frame.climatology[test.clone()], &frame.labels[test])
        };
        Self { frame, folds, config, climatology: folds.iter().map(loss).collect() }
    }

    /// Searches within the budget.
    pub(crate) fn search(&self, series: &Series, progress: &SearchProgress<'_>) -> Result<SearchResult, TrainError> {
        let SearchConfig { trials, startup, batch, time_budget_seconds, ref families } = self.config.search;
        let budget = Instant::now().checked_add(Duration::from_secs(time_budget_seconds));
        let deadline = budget.into_iter().chain(progress.deadline).min();
        // A small budget keeps half of its trials for the sampler.
        let startup = startup.min(trials.div_ceil(2));
        let space = Space::new(series.interval, series.horizon, self.frame.width());
        let mut sampler = Sampler::new(space, families, startup, derive_seed(self.config.seed, usize::MAX, 0))?;
        let mut search = SearchResult { trials: vec![], forecasts: vec![], ended: SearchStop::Trials };
        while search.trials.len() < trials {
            // A first batch is always made: without any trial there is nothing to choose from.
            let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if late && !search.trials.is_empty() && search.trials.len() >= progress.previous_trials.len() {
                search.ended = SearchStop::Time;
                break;
            }
            let first = search.trials.len();
            let asked =
                (first..trials.min(first + batch)).map(|_| sampler.ask()).collect::<Result<Vec<Suggestion>, _>>()?;
            let candidates: Vec<Candidate> = asked.iter().map(|asked| asked.candidate).collect();
            let prune = first >= startup;
            self.evaluate(&candidates, progress.previous_trials, prune, &mut search)?;
            for (asked, trial) in asked.iter().zip(&search.trials[first..]) {
                sampler.tell(asked, self.excess_log_loss(trial, trial.fold_log_losses.len()))?;
            }
            (progress.on_batch)(&search.trials[first..]);
        }
        Ok(search)
    }

    /// Puts given candidates through every fold.
    pub(crate) fn run_candidates(&self, candidates: &[Candidate]) -> Result<SearchResult, TrainError> {
        let mut search = SearchResult { trials: vec![], forecasts: vec![], ended: SearchStop::Trials };
        self.evaluate(candidates, &[], false, &mut search)?;
        Ok(search)
    }

    /// Adds a batch to the search.
    fn evaluate(
        &self,
        candidates: &[Candidate],
        known: &[Trial],
        prune: bool,
        search: &mut SearchResult,
    ) -> Result<(), TrainError> {
        let first = search.trials.len();
        let limits: Vec<f64> = (1..self.folds.len())
            .map(|folds| if prune { self.pruning_threshold(&search.trials, folds) } else { f64::INFINITY })
            .collect();
        let batch: Vec<Result<TrialResult, TrainError>> = candidates
            .par_iter()
            // Fits differ in length, so each is taken up as a core is free.
            .with_max_len(1)
            .enumerate()
            .map(|(place, candidate)| {
                let index = first + place;
                match known.get(index).filter(|known| known.candidate == *candidate) {
                    Some(known) => Ok((Trial { weight: 0.0, ..known.clone() }, None)),
                    None => self.run_trial(Trial::new(index, *candidate), &limits),
                }
            })
            .collect();
        for made in batch {
            let (trial, forecasts) = made?;
            search.trials.push(trial);
            search.forecasts.push(forecasts);
        }
        Ok(())
    }

    /// Puts a trial through the folds, until it is pruned for an excess above the limit after one.
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

    /// The raw forecasts of a trial for the test rows of a fold it was not fitted on.
    pub(crate) fn forecast(&self, trial: &Trial, fold: usize) -> Result<Vec<f64>, TrainError> {
        let Fold { train, test } = &self.folds[fold];
        let seed = derive_seed(self.config.seed, trial.index, fold);
        let rows = WeightedRows::new(&trial.candidate, self.frame, train.clone(), self.config.fit_rows);
        let model = fit::fit(&trial.candidate, self.frame, &rows, seed)?;
        Ok(fit::raw_probabilities(&model, self.frame, test.clone()))
    }

    /// What is told of a trial that went through every fold.
    fn record_statistics(&self, trial: &mut Trial, forecasts: &[f64]) {
        let rows = self.test_rows();
        let losses = metrics::log_losses(forecasts, &self.frame.labels[rows.clone()]);
        let n = losses.len();
        let block = |block: usize| &losses[n * block / BLOCKS..n * (block + 1) / BLOCKS];
        #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        if n >= BLOCKS {
            trial.block_log_losses = (0..BLOCKS).map(|number| mean(block(number))).collect();
        }
        let returns = &self.frame.next_return[rows];
        trial.sharpe =
            selection::sharpe(&unfiltered_long_short_returns(forecasts, returns, self.frame.horizon, Costs::default()));
    }

    /// All test rows: those of the folds are adjacent.
    pub(crate) fn test_rows(&self) -> std::ops::Range<usize> {
        match (self.folds.first(), self.folds.last()) {
            (Some(first), Some(last)) => first.test.start..last.test.end,
            _ => 0..0,
        }
    }

    pub(crate) fn outcomes(&self, fold: usize) -> &[bool] {
        &self.frame.labels[self.folds[fold].test.clone()]
    }

    /// Mean over the test rows of the first folds, from the means of each.
    fn mean(&self, of_folds: &[f64]) -> f64 {
        let rows = self.folds.iter().map(|fold| {
            #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
            let rows = fold.test.len() as f64;
            rows
        });
        let (sum, all) = of_folds.iter().zip(rows).fold((0.0, 0.0), |(sum, all), (mean, n)| (sum + mean * n, all + n));
        sum / all
    }

    /// Mean log loss in the first folds beyond climatology's: comparable between trials that saw different folds.
    fn excess_log_loss(&self, trial: &Trial, folds: usize) -> f64 {
        let losses = trial.fold_log_losses.iter().zip(&self.climatology).take(folds);
        self.mean(&losses.map(|(loss, climatology)| loss - climatology).collect::<Vec<_>>())
    }

    /// The excess that two thirds of the trials that came so far stay below.
    fn pruning_threshold(&self, trials: &[Trial], folds: usize) -> f64 {
        let reached = trials.iter().filter(|trial| trial.fold_log_losses.len() >= folds);
        let mut excesses: Vec<f64> = reached.map(|trial| self.excess_log_loss(trial, folds)).collect();
        excesses.sort_by(f64::total_cmp);
        evaluation::bootstrap::quantile(&excesses, PRUNING_QUANTILE)
    }
}

impl Trial {
    /// How many of a search's trials were pruned. Not all can be: those of the start never are.
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
    /// What choosing among so many trials does to the chosen ones' numbers.
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

/// Standard deviation; zero of fewer than two.
fn standard_deviation(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some dozen trials")]
    let n = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// A seed of its own for each fit. `SplitMix64` (Steele, Lea and Flood 2014) of the fit's number.
pub(crate) fn derive_seed(seed: u64, trial: usize, fold: usize) -> u64 {
    let mut z = [trial as u64, fold as u64].iter().fold(seed, |z, part| z.wrapping_mul(1_000_003).wrapping_add(*part));
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
