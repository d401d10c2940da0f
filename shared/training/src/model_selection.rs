//! The choice in folds and the fit on all training rows: what a training and a refit have in common.

use crate::{
    Candidate, CrossValidationScore, FeatureImportance, RefitInput, SearchStop, TrainError, Trial, calibrate,
    calibrate::CalibratedEnsemble,
    edge::{OutOfFoldForecasts, edge},
    fit,
    importance::importances,
    search::{CrossValidator, SearchProgress, derive_seed},
    training_set::TrainingSet,
    weights::WeightedRows,
};
use contracts::forecast::Edge;
use evaluation::{metrics, selection::TrialStatistics, splits::WalkForward};
use features::{FEATURE_SET, feature_names};
use model::{Artifact, Member};
use rayon::prelude::*;

/// A fitted model that nobody has judged yet, and how it was chosen.
pub(crate) struct SelectedModel {
    /// Its edge is none: whoever judges it says more.
    pub(crate) artifact: Artifact,
    pub(crate) trials: Vec<Trial>,
    pub(crate) ended: SearchStop,
    pub(crate) selection: TrialStatistics,
    pub(crate) evidence: CrossValidationScore,
    pub(crate) importances: Vec<FeatureImportance>,
    /// The best candidate of each kind.
    pub(crate) candidates: Vec<Candidate>,
}

/// Chooses candidates, weights, calibration and shrinkage in purged walk-forward folds of the first `rows` rows, and
/// fits what was chosen on all of them. No other row is read. `input` is what the frame was made from.
pub(crate) fn select_and_fit(
    frame: &TrainingSet,
    rows: usize,
    input: &RefitInput<'_>,
    progress: &SearchProgress<'_>,
) -> Result<SelectedModel, TrainError> {
    let RefitInput { series, config, as_of, run, candidates: chosen, .. } = *input;
    let train = 0..rows;
    let walk = WalkForward {
        folds: config.folds,
        min_train: config.min_train,
        horizon: frame.horizon,
        embargo: config.embargo,
    };
    let too_few = |source| TrainError::TooFewRows { rows: frame.len(), purpose: "search in folds", source };
    let folds = walk.split(rows).map_err(too_few)?;
    let ground = CrossValidator::new(frame, &folds, config);
    let mut search = match chosen {
        Some(candidates) => {
            candidates.iter().try_for_each(Candidate::check)?;
            ground.run_candidates(candidates)?
        }
        None => ground.search(series, progress)?,
    };
    search.fill_forecasts(&ground)?;
    let CalibratedEnsemble { pool, calibration, shrinkage, band_half_width, out_of_fold } =
        calibrate::calibrate(&ground, &search)?;

    pool.0.iter().for_each(|&(trial, weight)| search.trials[trial].weight = weight);
    let members = pool.0.par_iter().with_max_len(1).map(|&(trial, weight)| {
        let candidate = search.trials[trial].candidate;
        let seed = derive_seed(config.seed, trial, folds.len());
        let rows = WeightedRows::new(&candidate, frame, train.clone(), config.fit_rows);
        let mut model = fit::fit(&candidate, frame, &rows, seed)?;
        fit::add_tree_covers(&mut model, frame, &rows);
        Ok(Member { family: candidate.family(), weight, model })
    });
    let members = members.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, TrainError>>()?;
    let artifact = Artifact {
        series: series.clone(),
        run: run.to_owned(),
        feature_set: FEATURE_SET.to_owned(),
        feature_names: feature_names().iter().map(|&name| name.to_owned()).collect(),
        trained_at: as_of,
        trained_through: frame.decision_times[rows - 1],
        base_rate: frame.base_rate(train.clone()),
        edge: Edge::NONE,
        band_half_width,
        calibration,
        shrinkage,
        members,
    };
    let tested = ground.test_rows();
    let (up, climatology) = (&frame.labels[tested.clone()], &frame.climatology[tested]);
    let judged = OutOfFoldForecasts { forecasts: &out_of_fold, climatology, up, horizon: frame.horizon };
    Ok(SelectedModel {
        selection: search.selection(),
        evidence: CrossValidationScore {
            log_loss: metrics::log_loss(&out_of_fold, up),
            log_loss_climatology: metrics::log_loss(climatology, up),
            edge: edge(&judged, shrinkage, config)?,
        },
        importances: importances(&artifact, frame, train)?,
        candidates: search.best(&ground),
        trials: search.trials,
        ended: search.ended,
        artifact,
    })
}
