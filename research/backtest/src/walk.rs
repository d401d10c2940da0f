//! The walk forward: a refit every so many bars, and between them a forecast at every bar.
//!
//! A forecast at decision time `t` comes from a model that was fitted at or before `t`, on rows whose label was settled
//! at its fit; so does the decision whether it points anywhere. Bars after `t` change nothing.
//!
//! Hyper-parameters are searched for every [`Settings::search_every`] refits; the others fit what was chosen then anew.

use crate::{error::BacktestError, record::track_record, settings::Settings};
use contracts::forecast::{Direction, Edge, EdgeVerdict};
use evaluation::selection::TrialStatistics;
use features::{FeatureRow, dataset::Dataset};
use jiff::Timestamp;
use model::{Artifact, Calibration, Family};
use serde::Serialize;
use training::{Candidate, CrossValidationScore, FeatureImportance, RefitInput, RefitOutcome, TrainError, refit};

/// Refits and forecasts, ascending by time.
#[derive(Debug, Default)]
pub(crate) struct BacktestResult {
    pub(crate) refits: Vec<RefitRecord>,
    pub(crate) decisions: Vec<BacktestForecast>,
}

/// A forecast as it would have been made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct BacktestForecast {
    /// The close of its bar.
    pub(crate) decision_time: Timestamp,
    pub(crate) probability_up: f64,
    /// Climatology at the decision time.
    pub(crate) baseline_probability: f64,
    /// Whether it points nowhere, for want of evidence.
    pub(crate) abstain: bool,
    /// 1 up, 0 down; none for a tie, a gap, and what is not settled at the end of the bars.
    pub(crate) outcome: Option<u8>,
    #[serde(skip)]
    pub(crate) bar: usize,
    /// Whether a model forecast, or the base rate was taken for want of one.
    #[serde(skip)]
    pub(crate) by_model: bool,
    /// Band around the probability.
    #[serde(skip)]
    pub(crate) band: [f64; 2],
}

impl BacktestForecast {
    pub(crate) fn up(&self) -> Option<bool> {
        self.outcome.map(|outcome| outcome == 1)
    }

    pub(crate) fn direction(&self) -> Direction {
        match self.abstain {
            true => Direction::Abstain,
            false if self.probability_up > 0.5 => Direction::Up,
            false => Direction::Down,
        }
    }
}

/// What a refit made, and the evidence at that time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RefitRecord {
    pub(crate) fitted_at: Timestamp,
    /// Rows it was fitted on, all settled at `fitted_at`.
    pub(crate) rows: usize,
    /// Decision time of the last of them.
    pub(crate) trained_through: Option<Timestamp>,
    /// `climatology` when there was nothing to fit.
    pub(crate) family: Family,
    /// What forecasts together.
    pub(crate) members: Vec<MemberSummary>,
    pub(crate) calibration: Option<Calibration>,
    /// How much of the deviation from the base rate is kept; 0 makes every forecast the base rate known at its time.
    pub(crate) shrinkage: f64,
    /// Half the width of the band around its probabilities.
    pub(crate) band_half_width: Option<f64>,
    /// What choosing among the trials did; none when the candidates of an earlier search were taken.
    pub(crate) selection: Option<TrialStatistics>,
    /// What the features move the forecasts by, largest first.
    pub(crate) importances: Vec<FeatureImportance>,
    /// The folds' own evidence.
    pub(crate) out_of_fold: Option<CrossValidationScore>,
    /// The edge of the models' settled forecasts, once there are enough.
    pub(crate) track_record: Option<Edge>,
    /// Whether the forecasts until the next refit point nowhere: unless both edges are significant, or the first while
    /// there is no second.
    pub(crate) abstains: bool,
    /// Why there was nothing to fit.
    pub(crate) note: Option<String>,
}

impl RefitRecord {
    /// One that had nothing to fit.
    pub(crate) fn nothing(fitted_at: Timestamp) -> Self {
        Self {
            fitted_at,
            rows: 0,
            trained_through: None,
            family: Family::Climatology,
            members: vec![],
            calibration: None,
            shrinkage: 0.0,
            band_half_width: None,
            selection: None,
            importances: vec![],
            out_of_fold: None,
            track_record: None,
            abstains: true,
            note: None,
        }
    }
}

/// A candidate and its say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MemberSummary {
    /// Its share of the raw probability; all add up to one.
    pub(crate) weight: f64,
    #[serde(flatten)]
    pub(crate) candidate: Candidate,
}

/// Walks over the bars from the first decision time on. `tell` hears of every refit.
pub(crate) fn run_backtest(
    history: &Dataset,
    settings: &Settings,
    tell: &mut dyn FnMut(&RefitRecord),
) -> Result<BacktestResult, BacktestError> {
    let mut walk = BacktestResult::default();
    let mut searched = CandidateCache::default();
    let first = history.index_from(settings.from);
    for start in (first..history.bars.len()).step_by(settings.refit_bars) {
        let served = ActiveModel::new(history, settings, start, &walk.decisions, &mut searched)?;
        tell(&served.refitted);
        let bars = history.features.iter().enumerate().skip(start).take(settings.refit_bars);
        for (bar, row) in bars.filter_map(|(bar, row)| Some((bar, row.as_ref()?))) {
            walk.decisions.push(served.decide(history, bar, row)?);
        }
        walk.refits.push(served.refitted);
    }
    Ok(walk)
}

/// The best candidates of the last search, one of each family, and how many refits have used them.
#[derive(Debug, Default)]
struct CandidateCache {
    chosen: Vec<Candidate>,
    refits: usize,
}

impl CandidateCache {
    /// The candidates for the next refit; `None` when a search is due.
    fn reuse(&self, search_every: usize) -> Option<&[Candidate]> {
        (!self.chosen.is_empty() && self.refits < search_every).then_some(&self.chosen)
    }
}

/// What forecasts between two refits.
struct ActiveModel {
    /// `None` when there was nothing to fit.
    artifact: Option<Artifact>,
    /// What directions are decided by.
    edge: Edge,
    refitted: RefitRecord,
}

impl ActiveModel {
    /// Fits on what is settled at the close of the bar `at`, and weighs the evidence there is by then.
    fn new(
        history: &Dataset,
        settings: &Settings,
        at: usize,
        earlier: &[BacktestForecast],
        searched: &mut CandidateCache,
    ) -> Result<Self, BacktestError> {
        let (series, config, as_of) = (&history.series, &settings.training, history.decision_time(at));
        let (bars, run) = (&history.bars[..=at], "backtest");
        let chosen = searched.reuse(settings.search_every);
        let RefitOutcome { artifact, evidence, trials, selection, importances, chosen: best, rows } =
            match refit(&RefitInput { series, bars, config, as_of, run, candidates: chosen }) {
                Ok(made) => made,
                Err(error) if error.needs_more_bars() => {
                    return Ok(Self::nothing(as_of, &error));
                }
                Err(source) => return Err(BacktestError::Refit { fitted_at: as_of, source: Box::new(source) }),
            };
        let selection = chosen.is_none().then_some(selection);
        if selection.is_some() {
            *searched = CandidateCache { chosen: best, refits: 0 };
        }
        searched.refits += 1;
        let record = track_record(earlier, series, as_of, config.gate.min_effective)?;
        let significant = |edge: Edge| edge.verdict == EdgeVerdict::Significant;
        let calls = significant(evidence.edge) && record.is_none_or(significant);
        let pooled = trials.iter().filter(|trial| trial.weight > 0.0);
        let refitted = RefitRecord {
            fitted_at: as_of,
            rows,
            trained_through: Some(artifact.trained_through),
            family: artifact.family(),
            members: pooled.map(|one| MemberSummary { weight: one.weight, candidate: one.candidate }).collect(),
            calibration: Some(artifact.calibration.clone()),
            shrinkage: artifact.shrinkage,
            band_half_width: Some(artifact.band_half_width),
            selection,
            importances,
            out_of_fold: Some(evidence),
            track_record: record,
            abstains: !calls,
            note: None,
        };
        let edge = if calls { evidence.edge } else { Edge::NONE };
        Ok(Self { artifact: Some(artifact), edge, refitted })
    }

    /// A history that cannot be fitted yet has its base rate.
    fn nothing(fitted_at: Timestamp, error: &TrainError) -> Self {
        let rows = if let TrainError::TooFewRows { rows, .. } = error { *rows } else { 0 };
        let refitted = RefitRecord { rows, note: Some(error.to_string()), ..RefitRecord::nothing(fitted_at) };
        Self { artifact: None, edge: Edge::NONE, refitted }
    }

    fn decide(&self, history: &Dataset, bar: usize, row: &FeatureRow) -> Result<BacktestForecast, BacktestError> {
        let decision_time = history.decision_time(bar);
        let baseline_probability = history.climatology[bar];
        // What is shrunk to the base rate has the one known now, not the one of its fit.
        let model = self.artifact.as_ref().filter(|artifact| artifact.shrinkage > 0.0);
        let probability_up = match model {
            Some(model) => {
                model.predict(&row.values).map_err(|source| BacktestError::Predict { decision_time, source })?
            }
            None => baseline_probability,
        };
        Ok(BacktestForecast {
            decision_time,
            probability_up,
            baseline_probability,
            abstain: Direction::from_probability(probability_up, &self.edge) == Direction::Abstain,
            outcome: history.labels[bar].map(u8::from),
            bar,
            by_model: model.is_some(),
            // Without a fit nothing is known about how far a frequency may be off.
            band: self.artifact.as_ref().map_or([0.0, 1.0], |artifact| artifact.band(probability_up)),
        })
    }
}

#[cfg(test)]
mod tests;
