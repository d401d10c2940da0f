//! Baseline champion: it serves until a model passes the gate.

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

/// Climatology artifact with its drift reference.
#[derive(Debug)]
pub struct BaselineChampion {
    /// The artifact.
    pub artifact: Artifact,
    /// Drift reference of the training rows; `None` if there are too few rows.
    pub drift_reference: Option<DriftReference>,
}

/// Fits the base rate of the rows before the hold-out, so that the first challenger can be compared with it on the hold-out.
/// A history that is too short for a hold-out uses all rows. If every bar is a tie, the base rate is one half.
///
/// # Errors
/// [`TrainError::NoLabels`] without any row, and other [`TrainError`] for invalid settings.
pub fn baseline_champion(
    series: &Series,
    bars: &[Bar],
    config: &TrainingConfig,
    drift: &MonitoringConfig,
    as_of: Timestamp,
    run: &str,
) -> Result<BaselineChampion, TrainError> {
    config.validate()?;
    let training_set = TrainingSet::new(bars, series, as_of, config.neutral_band);
    let fold = splits::holdout_split(
        training_set.len(),
        holdout_rows(training_set.len(), config),
        series.horizon as usize,
        config.embargo,
    );
    let train = fold.map_or(0..training_set.len(), |fold| fold.train);
    // If every bar is a tie, the base rate of one half is known through the last of them.
    let last = *training_set.decision_times[train.clone()]
        .last()
        .or(training_set.tied.last())
        .ok_or(TrainError::NoLabels { bars: bars.len() })?;
    let counts = LabelCounts::from_labels(&training_set.labels[train.clone()]);
    let base_rate = counts.base_rate(series.horizon);
    let mut artifact = Artifact::climatology(series.clone(), base_rate, as_of, last, run);
    artifact.band_half_width = counts.half_width(series.horizon);
    let drift_reference = match DriftReference::fit(&training_set.rows[train], &[], drift) {
        Ok(reference) => Some(reference),
        Err(ReferenceError::TooFewRows { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(BaselineChampion { artifact, drift_reference })
}

/// Number of hold-out rows: as configured, but at most the configured share of `rows`.
pub(crate) fn holdout_rows(rows: usize, config: &TrainingConfig) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of rows"
    )]
    let max_rows = (rows as f64 * config.holdout_share) as usize;
    config.holdout_rows.min(max_rows)
}
