//! A refit: the choice and the fit of a training on everything that is settled, without hold-out and gate.
//!
//! It is for whoever judges forecasts only afterwards, as a backtest does. What serves comes from [`crate::train`].

use crate::{
    Candidate, CrossValidationScore, FeatureImportance, TrainError, TrainingConfig, Trial,
    model_selection::{SelectedModel, select_and_fit},
    search::SearchProgress,
    training_set::TrainingSet,
};
use evaluation::selection::TrialStatistics;
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::Artifact;

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
    /// Candidates of an earlier search, to be put through the folds, combined and fitted anew; a new search without.
    pub candidates: Option<&'a [Candidate]>,
}

/// A model fitted on all rows whose label was settled.
#[derive(Debug)]
pub struct RefitOutcome {
    /// The model. Its edge is that of the evidence.
    pub artifact: Artifact,
    /// What its own folds say for it.
    pub evidence: CrossValidationScore,
    /// Every candidate.
    pub trials: Vec<Trial>,
    /// What choosing among them does to the chosen ones' numbers.
    pub selection: TrialStatistics,
    /// Which features it listens to, largest first.
    pub importances: Vec<FeatureImportance>,
    /// The best candidate of each kind, for refits until the next search.
    pub chosen: Vec<Candidate>,
    /// Rows it was fitted on.
    pub rows: usize,
}

/// Searches in folds of all rows settled at `as_of`, combines, calibrates, shrinks and fits on all of them.
///
/// # Errors
/// [`TrainError`]; [`TrainError::needs_more_bars`] tells whether the history is only too short.
pub fn refit(input: &RefitInput<'_>) -> Result<RefitOutcome, TrainError> {
    let RefitInput { series, bars, config, as_of, .. } = *input;
    config.check()?;
    let frame = TrainingSet::new(bars, series, as_of, config.neutral_band);
    frame.check_labels(bars.len())?;
    let SelectedModel { mut artifact, trials, selection, evidence, importances, candidates, .. } =
        select_and_fit(&frame, frame.len(), input, &SearchProgress::NONE)?;
    artifact.edge = evidence.edge;
    Ok(RefitOutcome { artifact, evidence, trials, selection, importances, chosen: candidates, rows: frame.len() })
}
