//! Walk-forward loop: a refit every [`Settings::refit_bars`] bars, and a forecast at every bar between two refits.
//!
//! A forecast at decision time `t` comes from a model that was fitted at or before `t`, on rows whose label was settled at
//! its fit. The same holds for the decision to abstain. Bars after `t` have no effect on it.
//!
//! Every [`Settings::search_every`] refits, hyper-parameters are searched. The refits in between fit the candidates of the
//! last search.

use super::{
    distributions::Distributions,
    forecast::BacktestForecast,
    refit_record::{DistributionSummary, MemberSummary, RefitRecord},
    settings::Settings,
    track_record::track_record,
};
use crate::{deployed::TrainingRecord, error::ResearchError};
use contracts::forecast::{Direction, Edge, EdgeVerdict};
use features::{FeatureRow, baselines::moves, dataset::Dataset};
use jiff::Timestamp;
use model::Artifact;
use training::{Candidate, RefitInput, RefitOutcome, TrainError, refit};

/// Refits, trainings and forecasts, ascending by time.
#[derive(Debug, Default)]
pub(crate) struct BacktestResult {
    /// Refits; as deployed the models of the trainings.
    pub(crate) refits: Vec<RefitRecord>,
    /// Trainings with their decisions; only as deployed.
    pub(crate) trainings: Vec<TrainingRecord>,
    pub(crate) forecasts: Vec<BacktestForecast>,
}

/// Forecasts at every bar from the first decision time on. `on_refit` is called after each refit.
pub(crate) fn run_backtest(
    dataset: &Dataset,
    settings: &Settings,
    on_refit: &mut dyn FnMut(&RefitRecord),
) -> Result<BacktestResult, ResearchError> {
    let mut result = BacktestResult::default();
    let mut candidates = CandidateCache::default();
    let first = dataset.index_from(settings.from);
    let moves = moves(&dataset.bars, dataset.series.interval, dataset.series.horizon);
    let mut distributions = Distributions::new(dataset, &moves);
    for start in (first..dataset.bars.len()).step_by(settings.refit_bars) {
        let model = ActiveModel::fit(dataset, settings, start, &result.forecasts, &mut candidates)?;
        on_refit(&model.record);
        let end = dataset.bars.len().min(start + settings.refit_bars);
        distributions.use_model(model.artifact.as_ref(), start..end);
        let rows = dataset.features.iter().enumerate().skip(start).take(settings.refit_bars);
        for (bar, row) in rows.filter_map(|(bar, row)| Some((bar, row.as_ref()?))) {
            result.forecasts.push(model.forecast(dataset, &mut distributions, bar, row)?);
        }
        result.refits.push(model.record);
    }
    Ok(result)
}

/// Best candidates of the last search, one of each family.
#[derive(Debug, Default)]
struct CandidateCache {
    candidates: Vec<Candidate>,
    /// Refits since the search, including the one of the search.
    refits: usize,
}

impl CandidateCache {
    /// Candidates for the next refit; `None` when a search is due.
    fn reuse(&self, search_every: usize) -> Option<&[Candidate]> {
        (!self.candidates.is_empty() && self.refits < search_every).then_some(&self.candidates)
    }
}

/// Model that forecasts from one refit to the next.
struct ActiveModel {
    /// `None` when nothing could be fitted: the forecasts are the base rate.
    artifact: Option<Artifact>,
    /// Edge that decides between a direction and abstaining.
    edge: Edge,
    record: RefitRecord,
}

impl ActiveModel {
    /// Fits on the rows that are settled at the close of bar `fit_bar`, and assesses the edge with the forecasts so far.
    fn fit(
        dataset: &Dataset,
        settings: &Settings,
        fit_bar: usize,
        forecasts: &[BacktestForecast],
        cache: &mut CandidateCache,
    ) -> Result<Self, ResearchError> {
        let (series, config, as_of) = (&dataset.series, &settings.training, dataset.decision_time(fit_bar));
        let (bars, run) = (&dataset.bars[..=fit_bar], "backtest");
        let candidates = cache.reuse(settings.search_every);
        let outcome = match refit(&RefitInput { series, bars, config, as_of, run, candidates }) {
            Ok(outcome) => outcome,
            Err(error) if error.needs_more_bars() => return Ok(Self::without_artifact(as_of, &error)),
            Err(source) => return Err(ResearchError::Train { as_of, source: Box::new(source) }),
        };
        let RefitOutcome { artifact, evidence: out_of_fold, trials, selection, importances, chosen, .. } = outcome;
        let distribution = DistributionSummary {
            by_model: artifact.distribution_model().is_some(),
            out_of_fold: outcome.distribution_search,
        };
        let selection = candidates.is_none().then_some(selection);
        if selection.is_some() {
            *cache = CandidateCache { candidates: chosen, refits: 0 };
        }
        cache.refits += 1;
        let track_record = track_record(forecasts, series, as_of, config.gate.min_effective)?;
        let is_shown = |edge: Edge| edge.verdict == EdgeVerdict::Shown;
        let has_edge = is_shown(out_of_fold.edge) && track_record.is_none_or(is_shown);
        let members = (trials.iter().filter(|trial| trial.weight > 0.0))
            .map(|trial| MemberSummary { weight: trial.weight, candidate: trial.candidate })
            .collect();
        let record = RefitRecord {
            fitted_at: as_of,
            rows: outcome.rows,
            trained_through: Some(artifact.trained_through),
            family: artifact.family(),
            members,
            calibration: Some(artifact.calibration.clone()),
            shrinkage: artifact.shrinkage,
            band_half_width: Some(artifact.band_half_width),
            selection,
            importances,
            out_of_fold: Some(out_of_fold),
            distribution: Some(distribution),
            track_record,
            abstains: !has_edge,
            note: None,
        };
        let edge = if has_edge { out_of_fold.edge } else { Edge::NONE };
        Ok(Self { artifact: Some(artifact), edge, record })
    }

    /// Base rate instead of a model, while there are too few rows.
    fn without_artifact(fitted_at: Timestamp, error: &TrainError) -> Self {
        let rows = if let TrainError::TooFewRows { rows, .. } = error { *rows } else { 0 };
        let record = RefitRecord { rows, note: Some(error.to_string()), ..RefitRecord::without_model(fitted_at) };
        Self { artifact: None, edge: Edge::NONE, record }
    }

    fn forecast(
        &self,
        dataset: &Dataset,
        distributions: &mut Distributions<'_>,
        bar: usize,
        row: &FeatureRow,
    ) -> Result<BacktestForecast, ResearchError> {
        let decision_time = dataset.decision_time(bar);
        let baseline_probability = dataset.climatology[bar];
        // An artifact that is shrunk to the base rate has the base rate of its fit; the present one is better known.
        let model = self.artifact.as_ref().filter(|artifact| artifact.shrinkage > 0.0);
        let forecast = model.map(|model| {
            let probability_up = model.predict(&row.values)?;
            Ok((probability_up, model.direction(&row.values, probability_up, &self.edge)?))
        });
        let forecast = forecast.transpose().map_err(|source| ResearchError::Predict { decision_time, source })?;
        let (probability_up, direction) = forecast.unwrap_or((baseline_probability, Direction::Abstain));
        Ok(BacktestForecast {
            decision_time,
            probability_up,
            baseline_probability,
            abstain: direction == Direction::Abstain,
            outcome: dataset.labels[bar].map(u8::from),
            distribution: distributions.forecast(bar, probability_up),
            champion: None,
            experts: vec![],
            bar,
            by_model: model.is_some(),
            // Without a fit there is no estimate of the calibration error, so the band is the whole range.
            band: self.artifact.as_ref().map_or([0.0, 1.0], |artifact| artifact.band(probability_up)),
        })
    }
}

#[cfg(test)]
mod tests;
