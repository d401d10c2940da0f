//! The choice in folds and the fit on all training rows: what a training and a refit have in common.

use crate::{RefitInput, TrainError, Trial, calibrate, calibrate::Adjustment, fit, frame::Frame, search};
use domain::{
    features::{FEATURE_SET, feature_names},
    forecast::Edge,
    splits::{Fold, WalkForward},
};
use model::Artifact;

/// A fitted model that nobody has judged yet, and how it was chosen.
pub(crate) struct Chosen {
    /// Its edge is none: whoever judges it says more.
    pub(crate) artifact: Artifact,
    pub(crate) trials: Vec<Trial>,
    pub(crate) folds: Vec<Fold>,
    /// See [`Adjustment::out_of_fold`].
    pub(crate) out_of_fold: Vec<f64>,
}

/// Chooses candidate, calibration and shrinkage in purged walk-forward folds of the first `rows` rows, and fits the
/// winner on all of them. No other row is read. `input` is what the frame was made from.
pub(crate) fn choose(frame: &Frame, rows: usize, input: &RefitInput<'_>) -> Result<Chosen, TrainError> {
    let RefitInput { series, config, as_of, run, .. } = *input;
    let (horizon, train) = (series.horizon as usize, 0..rows);
    let walk = WalkForward { folds: config.folds, min_train: config.min_train, horizon, embargo: config.embargo };
    let too_few = |source| TrainError::TooFewRows { rows: frame.len(), purpose: "search in folds", source };
    let folds = walk.split(rows).map_err(too_few)?;

    let found = search::search(frame, &folds, config)?;
    let Adjustment { calibration, shrinkage, band_half_width, out_of_fold } =
        calibrate::adjust(frame, &folds, &found.raw, config.shrinkage_steps);
    let artifact = Artifact {
        series: series.clone(),
        run: run.to_owned(),
        feature_set: FEATURE_SET.to_owned(),
        feature_names: feature_names().iter().map(|&name| name.to_owned()).collect(),
        trained_at: as_of,
        trained_through: frame.decided[rows - 1],
        base_rate: frame.base_rate(train.clone()),
        edge: Edge::NONE,
        band_half_width,
        calibration,
        shrinkage,
        model: fit::fit(&found.winner, frame, train, config.fit_rows, found.winner_seed)?,
    };
    Ok(Chosen { artifact, trials: found.trials, folds, out_of_fold })
}
