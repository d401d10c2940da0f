//! One training of one series, start to end.

use crate::{
    Evaluation, RefitInput, Scores, TrainError, TrainingConfig, Trial, baseline,
    choose::choose,
    evaluation::{brier_skill, edge},
    first::holdout_rows,
    frame::{Frame, closed},
};
use domain::{
    Bar, Series,
    dataset::dataset_hash,
    drift::{DriftConfig, DriftReference, reference},
    features::FeatureRow,
    gate::{GateInput, Verdict, judge},
    splits::{Fold, holdout},
};
use jiff::Timestamp;
use model::{Artifact, HIGHEST_PROBABILITY};

/// What a training is made from, completely.
#[derive(Debug, Clone, Copy)]
pub struct TrainingInput<'a> {
    /// The series.
    pub series: &'a Series,
    /// Bars of its symbol and interval, ascending. Those not closed at `as_of` are not used.
    pub bars: &'a [Bar],
    /// How to train.
    pub config: &'a TrainingConfig,
    /// How to watch for drift later.
    pub drift: &'a DriftConfig,
    /// The version that serves; climatology judges alone without one.
    pub champion: Option<&'a Artifact>,
    /// What counts as now.
    pub as_of: Timestamp,
    /// Name of the run.
    pub run: &'a str,
}

/// A judged model version with its record.
#[derive(Debug)]
pub struct TrainingOutcome {
    /// The challenger.
    pub artifact: Artifact,
    /// Its file.
    pub bytes: Vec<u8>,
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// What the training rows and the hold-out forecasts look like.
    pub drift_reference: DriftReference,
    /// Every candidate.
    pub trials: Vec<Trial>,
    /// The hold-out.
    pub evaluation: Evaluation,
    /// The gate's verdict.
    pub verdict: Verdict,
    /// Hash of the bars used.
    pub dataset_hash: String,
    /// Rows with features and a label.
    pub rows: usize,
    /// Rows it was fitted on.
    pub train_rows: usize,
}

/// Trains and judges a challenger.
///
/// # Errors
/// [`TrainError`]; [`TrainError::needs_more_bars`] tells whether the history is only too short.
pub fn train(input: &TrainingInput<'_>) -> Result<TrainingOutcome, TrainError> {
    let TrainingInput { series, config, as_of, .. } = *input;
    config.check()?;
    if let Some(champion) = input.champion.filter(|champion| champion.series != *series) {
        return Err(TrainError::ChampionSeries { champion: champion.series.clone(), series: series.clone() });
    }
    let bars = closed(input.bars, series, as_of);
    let frame = Frame::new(bars, series, as_of);
    let rows = frame.len();
    let horizon = series.horizon as usize;
    let too_few = |source| TrainError::TooFewRows { rows, purpose: "keep a hold-out", source };
    let Fold { train, test } = holdout(rows, holdout_rows(rows, config), horizon, config.embargo).map_err(too_few)?;
    let chosen = choose(&frame, train.end, &RefitInput { series, bars, config, as_of, run: input.run })?;
    let mut artifact = chosen.artifact;

    // The hold-out is read from here on; nothing above depends on it.
    let held = &frame.rows[test.clone()];
    let forecasts = predict(&artifact, held)?;
    let evaluation = evaluate(&frame, &train, &test, &forecasts, series, config)?;
    let Evaluation { brier_skill, brier_skill_ci, n, .. } = evaluation;
    artifact.edge = edge(artifact.shrinkage, brier_skill, brier_skill_ci, n);
    let verdict = judge_challenger(input, &artifact, &frame, &test, &forecasts)?;
    let drift_reference = reference(&frame.rows[train.clone()], &forecasts, input.drift)?;
    let bytes = artifact.to_bytes()?;
    Ok(TrainingOutcome {
        sha256: Artifact::sha256(&bytes),
        bytes,
        artifact,
        drift_reference,
        trials: chosen.trials,
        evaluation,
        verdict,
        dataset_hash: dataset_hash(bars),
        rows,
        train_rows: train.len(),
    })
}

fn predict(artifact: &Artifact, rows: &[FeatureRow]) -> Result<Vec<f64>, TrainError> {
    rows.iter().map(|row| Ok(artifact.predict(&row.values)?)).collect()
}

fn evaluate(
    frame: &Frame,
    train: &std::ops::Range<usize>,
    test: &std::ops::Range<usize>,
    forecasts: &[f64],
    series: &Series,
    config: &TrainingConfig,
) -> Result<Evaluation, TrainError> {
    let up = &frame.up[test.clone()];
    let climatology = &frame.climatology[test.clone()];
    let (skill, brier_skill_ci) =
        brier_skill(forecasts, climatology, up, series.horizon, config.resamples, config.gate.seed)?;
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    let n_effective = up.len() as f64 / f64::from(series.horizon);
    Ok(Evaluation {
        from: frame.decided[test.start],
        through: frame.decided[test.end - 1],
        n: up.len(),
        n_effective,
        challenger: Scores::of(forecasts, up),
        brier_skill: skill,
        brier_skill_ci,
        climatology: Scores::of(climatology, up),
        persistence: Scores::of(&baseline::persistence(frame, train.clone(), test.clone()), up),
        always_up: Scores::of(&vec![HIGHEST_PROBABILITY; up.len()], up),
    })
}

/// The gate, on the hold-out rows whose decision no label of the champion's training reaches into.
fn judge_challenger(
    input: &TrainingInput<'_>,
    challenger: &Artifact,
    frame: &Frame,
    test: &std::ops::Range<usize>,
    forecasts: &[f64],
) -> Result<Verdict, TrainError> {
    let known = input.champion.map(|champion| input.series.target_time(champion.trained_through));
    let first = known.map_or(0, |known| frame.decided[test.clone()].partition_point(|decided| *decided < known));
    let compared = test.start + first..test.end;
    if let Some(champion) = input.champion.filter(|_| compared.is_empty()) {
        let holdout = frame.decided[test.end - 1];
        return Err(TrainError::NothingToCompare { champion: champion.trained_through, holdout });
    }
    let climatology = &frame.climatology[compared.clone()];
    let champion = match input.champion {
        Some(champion) => predict(champion, &frame.rows[compared.clone()])?,
        None => climatology.to_vec(),
    };
    let judged = GateInput {
        challenger: &forecasts[first..],
        champion: &champion,
        climatology,
        outcomes: &frame.up[compared],
        horizon: input.series.horizon,
    };
    let mut verdict = judge(&judged, &input.config.gate)?;
    if challenger.shrinkage <= 0.0 {
        verdict.promoted = false;
        verdict.reasons.push("the search found no skill: the challenger forecasts the base rate".to_owned());
    }
    Ok(verdict)
}
