//! Model selection in folds and fit on all training rows: the part that a training and a refit share.

use crate::{
    Candidate, CrossValidationScore, FeatureImportance, SearchStop, TrainError, TrainingConfig, Trial, calibrate,
    calibrate::CalibratedEnsemble,
    edge::{OutOfFoldForecasts, edge},
    fit,
    importance::importances,
    search::{CrossValidator, SearchProgress, derive_seed},
    trained_range::trained_range,
    training_set::TrainingSet,
    weights::WeightedRows,
};
use contracts::forecast::Edge;
use evaluation::{metrics, selection::TrialStatistics, splits::WalkForward};
use features::{FEATURE_SET, feature_names};
use jiff::Timestamp;
use market_data::Series;
use model::{Artifact, Member};
use rayon::prelude::*;

/// Input of a model selection, besides its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelectionInput<'a> {
    pub(crate) series: &'a Series,
    pub(crate) config: &'a TrainingConfig,
    /// Time that counts as now.
    pub(crate) as_of: Timestamp,
    /// Run id.
    pub(crate) run: &'a str,
    /// Candidates of an earlier search, which replace a new search.
    pub(crate) candidates: Option<&'a [Candidate]>,
}

/// Fitted model with the results of its selection, before any evaluation.
pub(crate) struct SelectedModel {
    /// Model without an edge; the caller sets it.
    pub(crate) artifact: Artifact,
    pub(crate) trials: Vec<Trial>,
    pub(crate) ended: SearchStop,
    pub(crate) selection: TrialStatistics,
    pub(crate) evidence: CrossValidationScore,
    pub(crate) importances: Vec<FeatureImportance>,
    /// Best candidate of each ensemble slot.
    pub(crate) candidates: Vec<Candidate>,
}

/// Selects candidates, weights, calibration and shrinkage in purged walk-forward folds of the first `rows` rows, and fits
/// the ensemble on all of them. No other row is read.
pub(crate) fn select_and_fit(
    training_set: &TrainingSet,
    rows: usize,
    input: &SelectionInput<'_>,
    progress: &SearchProgress<'_>,
) -> Result<SelectedModel, TrainError> {
    let SelectionInput { series, config, as_of, run, candidates } = *input;
    let train = 0..rows;
    let walk_forward = WalkForward {
        folds: config.folds,
        min_train: config.first_train_rows(rows),
        horizon: training_set.horizon,
        embargo: config.embargo,
    };
    let too_few = |source| TrainError::TooFewRows { rows: training_set.len(), purpose: "search in folds", source };
    let folds = walk_forward.split(rows).map_err(too_few)?;
    let validator = CrossValidator::new(training_set, &folds, config);
    let mut search = match candidates {
        Some(candidates) => {
            candidates.iter().try_for_each(Candidate::validate)?;
            validator.run_candidates(candidates)?
        }
        None => validator.search(series, progress)?,
    };
    search.fill_forecasts(&validator)?;
    let CalibratedEnsemble { ensemble, calibration, shrinkage, band_half_width, out_of_fold } =
        calibrate::calibrate(&validator, &search)?;

    ensemble.0.iter().for_each(|&(trial, weight)| search.trials[trial].weight = weight);
    let members = ensemble.0.par_iter().with_max_len(1).map(|&(trial, weight)| {
        let candidate = search.trials[trial].candidate;
        let seed = derive_seed(config.seed, trial, folds.len());
        let rows = WeightedRows::new(&candidate, training_set, train.clone(), config.fit_rows);
        let mut model = fit::fit(&candidate, training_set, &rows, seed)?;
        fit::add_tree_covers(&mut model, training_set, &rows);
        Ok(Member { family: candidate.family(), weight, model })
    });
    let members = members.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, TrainError>>()?;
    let artifact = Artifact {
        series: series.clone(),
        run: run.to_owned(),
        feature_set: FEATURE_SET.to_owned(),
        feature_names: feature_names().iter().map(|&name| name.to_owned()).collect(),
        trained_at: as_of,
        trained_through: training_set.decision_times[rows - 1],
        base_rate: training_set.base_rate(train.clone()),
        edge: Edge::NONE,
        band_half_width,
        calibration,
        shrinkage,
        members,
        trained_range: trained_range(&training_set.rows[train.clone()]),
        distribution: None,
    };
    let test_rows = validator.test_rows();
    let (labels, climatology) = (&training_set.labels[test_rows.clone()], &training_set.climatology[test_rows]);
    let forecasts = OutOfFoldForecasts { forecasts: &out_of_fold, climatology, labels, horizon: training_set.horizon };
    Ok(SelectedModel {
        selection: search.selection(),
        evidence: CrossValidationScore {
            log_loss: metrics::log_loss(&out_of_fold, labels),
            log_loss_climatology: metrics::log_loss(climatology, labels),
            edge: edge(&forecasts, shrinkage, config)?,
        },
        importances: importances(&artifact, training_set, train)?,
        candidates: search.best(&validator),
        trials: search.trials,
        ended: search.ended,
        artifact,
    })
}
