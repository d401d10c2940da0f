//! The search: every candidate in every fold, and the one with the least out-of-fold log loss.

use crate::{Candidate, TrainError, TrainingConfig, fit, frame::Frame};
use domain::{metrics, splits::Fold};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// One candidate and how it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number, from 0, in the order of the configuration.
    pub index: usize,
    /// The candidate.
    pub candidate: Candidate,
    /// Mean log loss of its raw probabilities over the test rows of all folds.
    pub log_loss: f64,
    /// The same of each fold, oldest first.
    pub fold_log_losses: Vec<f64>,
    /// Whether it won.
    pub chosen: bool,
}

/// The winner with its out-of-fold forecasts, fold by fold.
pub(crate) struct Search {
    pub(crate) trials: Vec<Trial>,
    pub(crate) winner: Candidate,
    pub(crate) winner_seed: u64,
    pub(crate) raw: Vec<Vec<f64>>,
}

/// Fits all candidates in all folds, in parallel; results keep their order, whatever the threads do.
pub(crate) fn search(frame: &Frame, folds: &[Fold], config: &TrainingConfig) -> Result<Search, TrainError> {
    let jobs: Vec<(usize, usize)> =
        (0..config.candidates.len()).flat_map(|trial| (0..folds.len()).map(move |fold| (trial, fold))).collect();
    let forecasts: Vec<Vec<f64>> = jobs
        .into_par_iter()
        .map(|(trial, fold)| {
            let Fold { train, test } = &folds[fold];
            let seed = seed(config.seed, trial, fold);
            let model = fit::fit(&config.candidates[trial], frame, train.clone(), config.fit_rows, seed)?;
            Ok(fit::raw(&model, frame, test.clone(), frame.base_rate(train.clone())))
        })
        .collect::<Vec<Result<_, TrainError>>>()
        .into_iter()
        .collect::<Result<_, _>>()?;

    let outcomes = |fold: &Fold| &frame.up[fold.test.clone()];
    let all_outcomes: Vec<bool> = folds.iter().flat_map(outcomes).copied().collect();
    let mut trials: Vec<Trial> = forecasts
        .chunks(folds.len())
        .zip(&config.candidates)
        .enumerate()
        .map(|(index, (raw, candidate))| Trial {
            index,
            candidate: *candidate,
            log_loss: metrics::log_loss(&raw.concat(), &all_outcomes),
            fold_log_losses: raw.iter().zip(folds).map(|(raw, fold)| metrics::log_loss(raw, outcomes(fold))).collect(),
            chosen: false,
        })
        .collect();
    let best = trials
        .iter()
        .filter(|trial| trial.log_loss.is_finite())
        .min_by(|a, b| a.log_loss.total_cmp(&b.log_loss))
        .map(|trial| trial.index)
        .ok_or(TrainError::NoCandidate { candidates: config.candidates.len() })?;
    trials[best].chosen = true;
    Ok(Search {
        trials,
        winner: config.candidates[best],
        winner_seed: seed(config.seed, best, folds.len()),
        raw: forecasts[best * folds.len()..(best + 1) * folds.len()].to_vec(),
    })
}

/// A seed of its own for each fit. `SplitMix64` (Steele, Lea and Flood 2014) of the fit's number.
fn seed(seed: u64, trial: usize, fold: usize) -> u64 {
    let mut z = [trial as u64, fold as u64].iter().fold(seed, |z, part| z.wrapping_mul(1_000_003).wrapping_add(*part));
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
