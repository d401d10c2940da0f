//! Refit: model selection and fit on all settled rows, without hold-out and gate.
//!
//! Nothing evaluates a refit beforehand. Backtests evaluate its forecasts afterwards; in the shadow its live forecasts decide.

use crate::{
    Candidate, CrossValidationScore, FeatureImportance, TrainError, TrainingConfig, Trial,
    distribution::{self, DistributionSearch},
    model_selection::{SelectedModel, SelectionInput, select_and_fit},
    search::SearchProgress,
    training_set::{TrainingSet, closed_bars},
};
use contracts::distribution::DistributionEvidence;
use evaluation::selection::TrialStatistics;
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::{Artifact, DistributionPart};

/// End of the run id of a refit, after that of the training whose candidates it has.
pub const REFIT_SUFFIX: &str = "-refit";

/// Complete input of a refit.
#[derive(Debug, Clone, Copy)]
pub struct RefitInput<'a> {
    /// Series to forecast.
    pub series: &'a Series,
    /// Bars of the series, ascending. Bars that are not closed at `as_of` are ignored.
    pub bars: &'a [Bar],
    /// Training configuration. Hold-out and gate settings are ignored, except for the gate's seed.
    pub config: &'a TrainingConfig,
    /// Time that counts as now.
    pub as_of: Timestamp,
    /// Run id.
    pub run: &'a str,
    /// Candidates of an earlier search, which replace a new search.
    pub candidates: Option<&'a [Candidate]>,
}

/// Model fitted on all settled rows.
#[derive(Debug)]
pub struct RefitOutcome {
    /// The model. Its edge is that of `evidence`.
    pub artifact: Artifact,
    /// Score of the out-of-fold forecasts.
    pub evidence: CrossValidationScore,
    /// All trials.
    pub trials: Vec<Trial>,
    /// Statistics over all trials, for the selection adjustment.
    pub selection: TrialStatistics,
    /// Feature importances, largest first.
    pub importances: Vec<FeatureImportance>,
    /// Best candidate of each ensemble slot, for refits until the next search.
    pub chosen: Vec<Candidate>,
    /// Score of the out-of-fold distributions; absent with too few moves.
    pub distribution_search: Option<DistributionSearch>,
    /// Number of training rows.
    pub rows: usize,
}

/// Selects a model in folds of all rows that are settled at `as_of`, and fits it on all of them.
///
/// # Errors
/// [`TrainError`]; [`TrainError::needs_more_bars`] is true when the history is too short.
pub fn refit(input: &RefitInput<'_>) -> Result<RefitOutcome, TrainError> {
    let RefitInput { series, bars, config, as_of, run, candidates } = *input;
    config.validate()?;
    let training_set = TrainingSet::new(bars, series, as_of, config.neutral_band);
    training_set.check_labels(bars.len())?;
    let selection_input = SelectionInput { series, config, as_of, run, candidates };
    let SelectedModel { mut artifact, trials, selection, evidence, importances, candidates, .. } =
        select_and_fit(&training_set, training_set.len(), &selection_input, &SearchProgress::NONE)?;
    artifact.edge = evidence.edge;
    let closed = closed_bars(bars, series, as_of);
    let fitted = distribution::fit(series, closed, series.interval.step(as_of, 1), config, run)?;
    let (distribution, distribution_search) = fitted.map(|fitted| (fitted.part, fitted.search)).unzip();
    artifact.distribution = distribution;
    Ok(RefitOutcome {
        artifact,
        evidence,
        trials,
        selection,
        importances,
        chosen: candidates,
        distribution_search: distribution_search.flatten(),
        rows: training_set.len(),
    })
}

/// The refit with the evidence of its twin, the version that was evaluated: edge, uncertainty and skill of the distribution.
#[must_use]
pub fn with_evidence_of(refit: Artifact, evaluated: &Artifact) -> Artifact {
    let evidence = evaluated.distribution.as_ref().map_or(DistributionEvidence::NONE, |part| part.evidence);
    let distribution = refit.distribution.map(|part| DistributionPart { evidence, ..part });
    Artifact { edge: evaluated.edge, band_half_width: evaluated.band_half_width, distribution, ..refit }
}
