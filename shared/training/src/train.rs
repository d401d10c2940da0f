//! Training of one series, from bars to a gate decision.

use crate::{
    Candidate, CrossValidationScore, FeatureImportance, SearchProgress, SearchStop, TrainError, TrainingConfig, Trial,
    baseline::holdout_rows,
    distribution::{self, DistributionSearch, holdout::HoldOutMoves},
    holdout_role::HoldOutRole,
    model_selection::{SelectionInput, select_and_fit},
    training_set::{TrainingSet, UnlabelledBar, closed_bars},
    version::{HoldOutParts, judge},
};
use contracts::forecast::Edge;
use evaluation::{
    Costs, EvaluatedForecast, Evaluation, EvaluationInput, EvaluationSettings,
    gate::{GateDecision, GateInput, VersionDecision, evaluate_gate},
    selection::TrialStatistics,
    splits::{Fold, holdout_split},
};
use features::FeatureRow;
use jiff::Timestamp;
use market_data::{Bar, Series, fingerprint::dataset_hash};
use model::Artifact;
use monitoring::{MonitoringConfig, drift::DriftReference};
use std::ops::Range;

/// Complete input of a training.
#[derive(Debug, Clone, Copy)]
pub struct TrainingInput<'a> {
    /// Series to forecast.
    pub series: &'a Series,
    /// Bars of the series, ascending. Bars that are not closed at `as_of` are ignored.
    pub bars: &'a [Bar],
    /// Training configuration.
    pub config: &'a TrainingConfig,
    /// Monitoring configuration, for the drift reference.
    pub drift: &'a MonitoringConfig,
    /// Serving model; without one the gate compares with climatology only.
    pub champion: Option<&'a Artifact>,
    /// Costs of trading, for the returns of following the calls.
    pub costs: Costs,
    /// Time that counts as now.
    pub as_of: Timestamp,
    /// Run id.
    pub run: &'a str,
    /// Decision that is left to the hold-out.
    pub holdout_role: HoldOutRole,
    /// Trials of an earlier attempt, callback and deadline of the search.
    pub progress: SearchProgress<'a>,
}

/// Evaluated challenger with the results of its training.
#[derive(Debug)]
pub struct TrainingOutcome {
    /// The version: the challenger, with the parts of the champion that its verdict keeps.
    pub artifact: Artifact,
    /// Serialised artifact.
    pub bytes: Vec<u8>,
    /// Hex SHA-256 of `bytes`.
    pub sha256: String,
    /// Drift reference of the training rows and the hold-out forecasts.
    pub drift_reference: DriftReference,
    /// Candidates of the model, for a refit on all rows.
    pub candidates: Vec<Candidate>,
    /// All trials.
    pub trials: Vec<Trial>,
    /// Limit that stopped the search.
    pub ended: SearchStop,
    /// Statistics over all trials, for the selection adjustment.
    pub selection: TrialStatistics,
    /// Score of the out-of-fold forecasts, before the hold-out.
    pub evidence: CrossValidationScore,
    /// Feature importances, largest first.
    pub importances: Vec<FeatureImportance>,
    /// Score of the out-of-fold distributions; absent with too few moves.
    pub distribution_search: Option<DistributionSearch>,
    /// Evaluation of the challenger on the hold-out.
    pub evaluation: Evaluation,
    /// Decision of the gate on both parts.
    pub verdict: VersionDecision,
    /// Hash of the bars.
    pub dataset_hash: String,
    /// Number of rows with features and a label.
    pub rows: usize,
    /// Number of training rows.
    pub train_rows: usize,
}

/// Trains a challenger, evaluates it on the hold-out and applies the gate.
///
/// # Errors
/// [`TrainError`]; [`TrainError::needs_more_bars`] is true when the history is too short.
pub fn train(input: &TrainingInput<'_>) -> Result<TrainingOutcome, TrainError> {
    let TrainingInput { series, config, as_of, run, .. } = *input;
    config.validate()?;
    if let Some(champion) = input.champion.filter(|champion| champion.series != *series) {
        return Err(TrainError::ChampionSeries { champion: champion.series.clone(), series: series.clone() });
    }
    let bars = closed_bars(input.bars, series, as_of);
    let training_set = TrainingSet::new(bars, series, as_of, config.neutral_band);
    training_set.check_labels(bars.len())?;
    let rows = training_set.len();
    let too_few = |source| TrainError::TooFewRows { rows, purpose: "keep a hold-out", source };
    let Fold { train, test } =
        holdout_split(rows, holdout_rows(rows, config), training_set.horizon, config.embargo).map_err(too_few)?;
    let selection_input = SelectionInput { series, config, as_of, run, candidates: None };
    let selected = select_and_fit(&training_set, train.end, &selection_input, &input.progress)?;
    let mut artifact = selected.artifact;
    let fitted = distribution::fit(series, bars, training_set.decision_times[train.end], config, run)?;
    let (distribution, distribution_search) = fitted.map(|fitted| (fitted.part, fitted.search)).unzip();
    artifact.distribution = distribution;

    // The hold-out is read from here on; nothing above depends on it.
    let forecasts = predict(&artifact, &training_set.rows[test.clone()])?;
    let holdout = HoldOut { training_set: &training_set, test: test.clone(), forecasts: &forecasts };
    let mut evaluation = holdout.evaluate(input, bars, &artifact, &selected.evidence, &selected.selection)?;
    artifact.edge = if artifact.shrinkage > 0.0 {
        let interval = evaluation.forecast.intervals.map(|intervals| intervals.brier_skill);
        Edge::from_skill(evaluation.forecast.brier_skill, interval, evaluation.n)
    } else {
        Edge { n: evaluation.n, ..Edge::NONE }
    };
    artifact.edge.after_costs = evaluation.after_costs.after_costs(artifact.edge.verdict);
    let direction = apply_gate(input, &artifact, &holdout)?;
    let is_forecast = |bar: usize| {
        let unlabelled = &training_set.unlabelled;
        training_set.bar_indices.binary_search(&bar).is_ok()
            || unlabelled.binary_search_by_key(&bar, |unlabelled| unlabelled.bar).is_ok()
    };
    let moves = HoldOutMoves::new(series, bars, training_set.bar_indices[test.start], is_forecast);
    let parts = HoldOutParts {
        training_set: &training_set,
        moves: &moves,
        champion: input.champion,
        config,
        holdout_role: input.holdout_role,
    };
    let (artifact, verdict) = judge(&parts, artifact, direction, &mut evaluation)?;
    let drift_reference = DriftReference::fit(&training_set.rows[train.clone()], &forecasts, input.drift)?;
    let bytes = artifact.to_bytes()?;
    Ok(TrainingOutcome {
        sha256: Artifact::sha256(&bytes),
        bytes,
        artifact,
        drift_reference,
        candidates: selected.candidates,
        trials: selected.trials,
        ended: selected.ended,
        selection: selected.selection,
        evidence: selected.evidence,
        importances: selected.importances,
        distribution_search: distribution_search.flatten(),
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

/// Hold-out with the challenger's forecasts.
struct HoldOut<'a> {
    training_set: &'a TrainingSet,
    test: Range<usize>,
    forecasts: &'a [f64],
}

impl HoldOut<'_> {
    /// Evaluates the hold-out forecasts. Directions follow the out-of-fold edge, because that of the hold-out is not yet
    /// known at their decision times.
    fn evaluate(
        &self,
        input: &TrainingInput<'_>,
        bars: &[Bar],
        artifact: &Artifact,
        evidence: &CrossValidationScore,
        selection: &TrialStatistics,
    ) -> Result<Evaluation, TrainError> {
        let training_set = self.training_set;
        let evaluated = |bar: usize, p: f64, row: &FeatureRow, baselines: [f64; 2], label: Option<bool>| {
            Ok::<_, TrainError>(EvaluatedForecast {
                bar,
                decision_time: input.series.decision_time(bars[bar].time),
                probability_up: p,
                baseline_probability: baselines[0],
                persistence_probability: baselines[1],
                band: artifact.band(p),
                direction: artifact.direction(&row.values, p, &evidence.edge)?,
                up: label,
            })
        };
        let labelled = self.test.clone().zip(self.forecasts).map(|(row, &p)| {
            evaluated(
                training_set.bar_indices[row],
                p,
                &training_set.rows[row],
                [training_set.climatology[row], training_set.persistence[row]],
                Some(training_set.labels[row]),
            )
        });
        let mut evaluated_forecasts: Vec<EvaluatedForecast> = labelled.collect::<Result<_, _>>()?;
        // Strategies trade at bars without a label too, because it is unknown at their close that there will be none.
        let first_bar = training_set.bar_indices[self.test.start];
        for unlabelled in training_set.unlabelled.iter().filter(|unlabelled| unlabelled.bar > first_bar) {
            let UnlabelledBar { bar, row, climatology, persistence } = unlabelled;
            let p = artifact.predict(&row.values)?;
            evaluated_forecasts.push(evaluated(*bar, p, row, [*climatology, *persistence], None)?);
        }
        evaluated_forecasts.sort_by_key(|forecast| forecast.bar);
        let config = input.config;
        let settings = EvaluationSettings {
            resamples: config.resamples,
            seed: config.gate.seed,
            min_effective: config.gate.min_effective,
            costs: input.costs,
        };
        let record = Evaluation::new(&EvaluationInput {
            series: input.series,
            bars,
            forecasts: &evaluated_forecasts,
            last_bar: bars.len() - 1,
            from_model: artifact.shrinkage > 0.0,
            selection: Some(selection),
            settings: &settings,
        })?;
        record.ok_or(TrainError::NoLabels { bars: bars.len() })
    }
}

/// Applies the gate on the hold-out rows whose labels the champion was not fitted on.
fn apply_gate(
    input: &TrainingInput<'_>,
    challenger: &Artifact,
    holdout: &HoldOut<'_>,
) -> Result<GateDecision, TrainError> {
    let HoldOut { training_set, test, forecasts } = holdout;
    let decision_times = &training_set.decision_times[test.clone()];
    let first = input.champion.map_or(0, |champion| {
        let last_known_target = input.series.target_time(champion.trained_through);
        decision_times.partition_point(|decision_time| *decision_time < last_known_target)
    });
    let compared = test.start + first..test.end;
    if let Some(champion) = input.champion.filter(|_| compared.is_empty()) {
        let holdout = training_set.decision_times[test.end - 1];
        return Err(TrainError::NoComparableRows { champion: champion.trained_through, holdout });
    }
    let climatology = &training_set.climatology[compared.clone()];
    let champion = match input.champion {
        Some(champion) => predict(champion, &training_set.rows[compared.clone()])?,
        None => climatology.to_vec(),
    };
    let gate_input = GateInput {
        challenger: &forecasts[first..],
        champion: &champion,
        climatology,
        outcomes: &training_set.labels[compared],
        horizon: input.series.horizon,
    };
    let mut decision = evaluate_gate(&gate_input, &input.config.gate)?;
    if challenger.shrinkage <= 0.0 {
        decision.promoted = false;
        decision.reasons.push("the search found no skill: the challenger forecasts the base rate".to_owned());
    }
    Ok(decision)
}
