//! Backtest as deployed: hold-out, gate, shadow and mixture as in the functions, with a training every [`Settings::refit_bars`].
//!
//! A forecast at decision time `t` depends on bars up to `t` only: on versions trained before it, on the verdicts over them, and on the
//! forecasts that were settled by then.

use super::{
    forecast::{BacktestDistribution, BacktestForecast},
    refit_record::{DistributionSummary, MemberSummary, RefitRecord},
    settings::Settings,
    walk::BacktestResult,
};
use crate::{
    deployed::{DeployedForecast, Deployment, DeploymentPlan, TrainingRecord},
    error::ResearchError,
};
use contracts::{
    expert::ExpertForecast,
    forecast::{Direction, EdgeVerdict},
};
use features::{baselines::moves, dataset::Dataset};
use monitoring::MonitoringConfig;
use training::TrainingOutcome;

/// Forecasts at every bar from the first decision time on. The first training is at the bar before it. `on_training` is called after
/// each training.
pub(crate) fn run_deployed(
    dataset: &Dataset,
    settings: &Settings,
    on_training: &mut dyn FnMut(&TrainingRecord),
) -> Result<BacktestResult, ResearchError> {
    let first = dataset.index_from(settings.from);
    let moves = moves(&dataset.bars, dataset.series.interval, dataset.series.horizon);
    let plan = DeploymentPlan {
        training: settings.training.clone(),
        drift: MonitoringConfig::for_interval(dataset.series.interval),
        costs: settings.costs,
    };
    let mut result = BacktestResult::default();
    let mut deployment = Deployment::new(dataset, &moves, &plan, first.saturating_sub(1))?;
    for start in (first..dataset.bars.len()).step_by(settings.refit_bars) {
        let (record, outcome) = deployment.train(start.saturating_sub(1))?;
        on_training(&record);
        result.refits.push(model_record(&record, outcome));
        result.trainings.push(record);
        let bars = start..dataset.bars.len().min(start + settings.refit_bars);
        deployment.prepare(bars.clone());
        for bar in bars {
            if let Some(forecast) = deployment.forecast(bar)? {
                result.forecasts.push(backtest_forecast(forecast, dataset, &moves));
            }
        }
    }
    Ok(result)
}

fn backtest_forecast(forecast: &DeployedForecast, dataset: &Dataset, moves: &[Option<f64>]) -> BacktestForecast {
    let DeployedForecast { bar, decision_time, probability_up, climatology, band, direction, .. } = *forecast;
    let distribution = forecast.distribution.as_ref();
    // Their quantiles would make the report several times as large.
    let without_quantiles = |expert: &ExpertForecast| ExpertForecast { quantiles: None, ..expert.clone() };
    BacktestForecast {
        decision_time,
        probability_up,
        baseline_probability: climatology,
        abstain: direction == Direction::Abstain,
        outcome: dataset.labels[bar].map(u8::from),
        distribution: BacktestDistribution {
            quantiles: distribution.map(|stored| stored.quantiles),
            baseline_quantiles: distribution.map(|stored| stored.baseline),
            recent_quantiles: forecast.recent,
            outcome_return: moves[bar],
            by_model: forecast.distribution_by_model,
        },
        champion: Some(forecast.champion),
        experts: forecast.experts.iter().map(without_quantiles).collect(),
        bar,
        by_model: true,
        band,
    }
}

/// Model of a training, whether it serves or not.
fn model_record(training: &TrainingRecord, outcome: Option<TrainingOutcome>) -> RefitRecord {
    let without_model = RefitRecord::without_model(training.as_of);
    let Some(outcome) = outcome else {
        return RefitRecord { note: training.reasons.first().cloned(), ..without_model };
    };
    let artifact = &outcome.artifact;
    let members = (outcome.trials.iter().filter(|trial| trial.weight > 0.0))
        .map(|trial| MemberSummary { weight: trial.weight, candidate: trial.candidate })
        .collect();
    RefitRecord {
        rows: outcome.rows,
        trained_through: Some(artifact.trained_through),
        family: artifact.family(),
        members,
        calibration: Some(artifact.calibration.clone()),
        shrinkage: artifact.shrinkage,
        band_half_width: Some(artifact.band_half_width),
        selection: Some(outcome.selection),
        importances: outcome.importances,
        out_of_fold: Some(outcome.evidence),
        distribution: Some(DistributionSummary {
            by_model: artifact.distribution_model().is_some(),
            out_of_fold: outcome.distribution_search,
        }),
        abstains: artifact.edge.verdict != EdgeVerdict::Shown,
        ..without_model
    }
}

#[cfg(test)]
mod tests;
