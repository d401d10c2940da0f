//! A refit: the choice and the fit of a training on everything that is settled, without hold-out and gate.
//!
//! It is for whoever judges forecasts only afterwards, as a backtest does. What serves comes from [`crate::train`].

use crate::{
    TrainError, TrainingConfig, Trial,
    choose::{Chosen, choose},
    evaluation::{brier_skill, edge},
    frame::Frame,
};
use domain::{Bar, Series, forecast::Edge, metrics};
use jiff::Timestamp;
use model::Artifact;
use serde::{Deserialize, Serialize};

/// What a refit is made from, completely.
#[derive(Debug, Clone, Copy)]
pub struct RefitInput<'a> {
    /// The series.
    pub series: &'a Series,
    /// Bars of its symbol and interval, ascending. Those not closed at `as_of` are not used.
    pub bars: &'a [Bar],
    /// How to train; hold-out and gate are not used, but for the gate's seed.
    pub config: &'a TrainingConfig,
    /// What counts as now.
    pub as_of: Timestamp,
    /// Name of the run.
    pub run: &'a str,
}

/// A model fitted on all rows whose label was settled.
#[derive(Debug)]
pub struct Refit {
    /// The model. Its edge is that of the evidence.
    pub artifact: Artifact,
    /// What its own search says for it.
    pub evidence: Evidence,
    /// Every candidate.
    pub trials: Vec<Trial>,
    /// Rows it was fitted on.
    pub rows: usize,
}

/// The out-of-fold forecasts against the climatology known at each decision time. In every fold calibration and
/// shrinkage are those that the other folds chose; the candidate is the one with the least log loss over all of them,
/// which flatters it a little.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Mean log loss in nats.
    pub log_loss: f64,
    /// Climatology's.
    pub log_loss_climatology: f64,
    /// The Brier skill with its interval; none when the folds shrank the model to the base rate.
    pub edge: Edge,
}

/// Searches in folds of all rows settled at `as_of`, calibrates, shrinks and fits the winner on all of them.
///
/// # Errors
/// [`TrainError`]; [`TrainError::needs_more_bars`] tells whether the history is only too short.
pub fn refit(input: &RefitInput<'_>) -> Result<Refit, TrainError> {
    let RefitInput { series, bars, config, as_of, .. } = *input;
    config.check()?;
    let frame = Frame::new(bars, series, as_of);
    let Chosen { mut artifact, trials, folds, out_of_fold } = choose(&frame, frame.len(), input)?;

    // The folds' test ranges are adjacent and end with the last row.
    let tested = folds.first().map_or(0, |fold| fold.test.start)..frame.len();
    let (up, climatology) = (&frame.up[tested.clone()], &frame.climatology[tested]);
    let (skill, interval) =
        brier_skill(&out_of_fold, climatology, up, series.horizon, config.resamples, config.gate.seed)?;
    artifact.edge = edge(artifact.shrinkage, skill, interval, up.len());
    let evidence = Evidence {
        log_loss: metrics::log_loss(&out_of_fold, up),
        log_loss_climatology: metrics::log_loss(climatology, up),
        edge: artifact.edge,
    };
    Ok(Refit { artifact, evidence, trials, rows: frame.len() })
}
