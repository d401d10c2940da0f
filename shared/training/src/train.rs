//! One training of one series, start to end.

use crate::{
    CrossValidationScore, FeatureImportance, RefitInput, SearchProgress, SearchStop, TrainError, TrainingConfig, Trial,
    baseline::holdout_rows,
    model_selection::select_and_fit,
    training_set::{TrainingSet, closed_bars},
};
use contracts::forecast::{Direction, Edge};
use evaluation::{
    Costs, EvaluatedForecast, Evaluation, EvaluationInput, EvaluationSettings,
    gate::{GateDecision, GateInput, evaluate_gate},
    selection::TrialStatistics,
    splits::{Fold, holdout_split},
};
use features::FeatureRow;
use jiff::Timestamp;
use market_data::{Bar, Series, fingerprint::dataset_hash};
use model::Artifact;
use monitoring::{MonitoringConfig, drift::DriftReference};
use std::ops::Range;

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
    pub drift: &'a MonitoringConfig,
    /// The version that serves; climatology judges alone without one.
    pub champion: Option<&'a Artifact>,
    /// What counts as now.
    pub as_of: Timestamp,
    /// Name of the run.
    pub run: &'a str,
    /// What an earlier attempt left, and whom to tell.
    pub progress: SearchProgress<'a>,
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
    /// What ended the search.
    pub ended: SearchStop,
    /// What choosing among the trials does to the chosen ones' numbers.
    pub selection: TrialStatistics,
    /// What the folds say, before the hold-out.
    pub evidence: CrossValidationScore,
    /// Which features it listens to, largest first.
    pub importances: Vec<FeatureImportance>,
    /// The hold-out.
    pub evaluation: Evaluation,
    /// The gate's verdict.
    pub verdict: GateDecision,
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
    let TrainingInput { series, config, as_of, run, .. } = *input;
    config.check()?;
    if let Some(champion) = input.champion.filter(|champion| champion.series != *series) {
        return Err(TrainError::ChampionSeries { champion: champion.series.clone(), series: series.clone() });
    }
    let bars = closed_bars(input.bars, series, as_of);
    let frame = TrainingSet::new(bars, series, as_of, config.neutral_band);
    frame.check_labels(bars.len())?;
    let rows = frame.len();
    let too_few = |source| TrainError::TooFewRows { rows, purpose: "keep a hold-out", source };
    let Fold { train, test } =
        holdout_split(rows, holdout_rows(rows, config), frame.horizon, config.embargo).map_err(too_few)?;
    let refit = RefitInput { series, bars, config, as_of, run, candidates: None };
    let chosen = select_and_fit(&frame, train.end, &refit, &input.progress)?;
    let mut artifact = chosen.artifact;

    // The hold-out is read from here on; nothing above depends on it.
    let forecasts = predict(&artifact, &frame.rows[test.clone()])?;
    let held = HoldOut { frame: &frame, test: test.clone(), forecasts: &forecasts };
    let evaluation = held.evaluate(input, bars, &artifact, &chosen.evidence, &chosen.selection)?;
    artifact.edge = if artifact.shrinkage > 0.0 {
        let interval = evaluation.forecast.intervals.map(|intervals| intervals.brier_skill);
        Edge::from_skill(evaluation.forecast.brier_skill, interval, evaluation.n)
    } else {
        Edge { n: evaluation.n, ..Edge::NONE }
    };
    let verdict = apply_gate(input, &artifact, &held)?;
    let drift_reference = DriftReference::fit(&frame.rows[train.clone()], &forecasts, input.drift)?;
    let bytes = artifact.to_bytes()?;
    Ok(TrainingOutcome {
        sha256: Artifact::sha256(&bytes),
        bytes,
        artifact,
        drift_reference,
        trials: chosen.trials,
        ended: chosen.ended,
        selection: chosen.selection,
        evidence: chosen.evidence,
        importances: chosen.importances,
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

/// The hold-out with the challenger's forecasts for it.
struct HoldOut<'a> {
    frame: &'a TrainingSet,
    test: Range<usize>,
    forecasts: &'a [f64],
}

impl HoldOut<'_> {
    /// The evaluation record. Directions are called as someone would who knew what the folds say, and no more.
    fn evaluate(
        &self,
        input: &TrainingInput<'_>,
        bars: &[Bar],
        artifact: &Artifact,
        evidence: &CrossValidationScore,
        selection: &TrialStatistics,
    ) -> Result<Evaluation, TrainError> {
        let frame = self.frame;
        let judged = |bar: usize, p: f64, climatology: f64, persistence: f64, up: Option<bool>| EvaluatedForecast {
            bar,
            decision_time: input.series.decision_time(bars[bar].time),
            probability_up: p,
            baseline_probability: climatology,
            persistence_probability: persistence,
            band: artifact.band(p),
            direction: Direction::from_probability(p, &evidence.edge),
            up,
        };
        let labelled = self.test.clone().zip(self.forecasts).map(|(row, &p)| {
            judged(frame.bar_indices[row], p, frame.climatology[row], frame.persistence[row], Some(frame.labels[row]))
        });
        let mut all: Vec<EvaluatedForecast> = labelled.collect();
        // Strategies trade at bars without an outcome too: at their close nobody knows that there will be none.
        for one in frame.unlabelled.iter().filter(|one| one.bar > frame.bar_indices[self.test.start]) {
            let p = artifact.predict(&one.row.values)?;
            all.push(judged(one.bar, p, one.climatology, one.persistence, None));
        }
        all.sort_by_key(|one| one.bar);
        let config = input.config;
        let settings = EvaluationSettings {
            resamples: config.resamples,
            seed: config.gate.seed,
            min_effective: config.gate.min_effective,
            costs: Costs::default(),
        };
        let record = Evaluation::new(&EvaluationInput {
            series: input.series,
            bars,
            forecasts: &all,
            last_bar: bars.len() - 1,
            from_model: artifact.shrinkage > 0.0,
            selection: Some(selection),
            settings: &settings,
        })?;
        record.ok_or(TrainError::NoLabels { bars: bars.len() })
    }
}

/// The gate, on the hold-out rows whose decision no label of the champion's training reaches into.
fn apply_gate(
    input: &TrainingInput<'_>,
    challenger: &Artifact,
    held: &HoldOut<'_>,
) -> Result<GateDecision, TrainError> {
    let HoldOut { frame, test, forecasts } = held;
    let known = input.champion.map(|champion| input.series.target_time(champion.trained_through));
    let first = known.map_or(0, |known| frame.decision_times[test.clone()].partition_point(|decided| *decided < known));
    let compared = test.start + first..test.end;
    if let Some(champion) = input.champion.filter(|_| compared.is_empty()) {
        let holdout = frame.decision_times[test.end - 1];
        return Err(TrainError::NoComparableRows { champion: champion.trained_through, holdout });
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
        outcomes: &frame.labels[compared],
        horizon: input.series.horizon,
    };
    let mut verdict = evaluate_gate(&judged, &input.config.gate)?;
    if challenger.shrinkage <= 0.0 {
        verdict.promoted = false;
        verdict.reasons.push("the search found no skill: the challenger forecasts the base rate".to_owned());
    }
    Ok(verdict)
}
