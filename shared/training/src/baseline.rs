//! What serves before any model has passed the gate.

use crate::{TrainError, TrainingConfig, training_set::TrainingSet};
use evaluation::splits;
use features::baselines::LabelCounts;
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::Artifact;
use monitoring::{
    MonitoringConfig,
    drift::{DriftReference, ReferenceError},
};

/// A climatology artifact, and what its features looked like, unless there are too few rows for that.
#[derive(Debug)]
pub struct BaselineChampion {
    /// The artifact.
    pub artifact: Artifact,
    /// Its drift reference.
    pub drift_reference: Option<DriftReference>,
}

/// The base rate of the rows before the hold-out, so that the first challenger can be compared with it there; of all
/// rows when the history is too short for a hold-out; one half when every bar is a tie.
///
/// # Errors
/// [`TrainError::NoLabels`] without a single row, and other [`TrainError`] for senseless settings.
pub fn baseline_champion(
    series: &Series,
    bars: &[Bar],
    config: &TrainingConfig,
    drift: &MonitoringConfig,
    as_of: Timestamp,
    run: &str,
) -> Result<BaselineChampion, TrainError> {
    config.check()?;
    let frame = TrainingSet::new(bars, series, as_of, config.neutral_band);
    let fold =
        splits::holdout_split(frame.len(), holdout_rows(frame.len(), config), series.horizon as usize, config.embargo);
    let train = fold.map_or(0..frame.len(), |fold| fold.train);
    // Where every bar is a tie, one half is the base rate, known through the last of them.
    let last = *frame.decision_times[train.clone()]
        .last()
        .or(frame.tied.last())
        .ok_or(TrainError::NoLabels { bars: bars.len() })?;
    let counts = LabelCounts::from_labels(&frame.labels[train.clone()]);
    let base_rate = counts.base_rate(series.horizon);
    let mut artifact = Artifact::climatology(series.clone(), base_rate, as_of, last, run);
    artifact.band_half_width = counts.half_width(series.horizon);
    let drift_reference = match DriftReference::fit(&frame.rows[train], &[], drift) {
        Ok(reference) => Some(reference),
        Err(ReferenceError::TooFewRows { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(BaselineChampion { artifact, drift_reference })
}

/// Rows of the hold-out: as configured, but no more than its share of `rows`.
pub(crate) fn holdout_rows(rows: usize, config: &TrainingConfig) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of rows"
    )]
    let most = (rows as f64 * config.holdout_share) as usize;
    config.holdout_rows.min(most)
}
