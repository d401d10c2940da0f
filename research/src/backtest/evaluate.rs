//! Evaluation of a backtest.

use super::{
    forecast::{BacktestDistribution, BacktestForecast},
    refit_record::RefitRecord,
    settings::Settings,
    walk::BacktestResult,
};
use contracts::distribution::OddsSizes;
use evaluation::{
    EvaluatedForecast, Evaluation, EvaluationInput, EvaluationSettings,
    bootstrap::BootstrapError,
    distribution::{DistributionEvaluation, DistributionInput, SettledDistribution},
    selection::TrialStatistics,
};
use features::{baselines::persistence, dataset::Dataset};

/// Evaluates the settled forecasts, and strategies up to the last bar. `None` when no forecast is settled.
pub(crate) fn evaluate(
    dataset: &Dataset,
    result: &BacktestResult,
    settings: &Settings,
) -> Result<Option<Evaluation>, BootstrapError> {
    let Dataset { series, bars, labels, climatology, .. } = dataset;
    let persistence = persistence(series, bars, labels, climatology);
    let forecasts: Vec<EvaluatedForecast> =
        result.forecasts.iter().map(|forecast| evaluated(forecast, &persistence)).collect();
    let selection = selection(&result.refits);
    let evaluation = Evaluation::new(&EvaluationInput {
        series,
        bars,
        forecasts: &forecasts,
        last_bar: bars.len() - 1,
        from_model: result.forecasts.iter().any(|forecast| forecast.by_model),
        selection: selection.as_ref(),
        settings: &EvaluationSettings {
            resamples: settings.training.resamples,
            seed: settings.training.gate.seed,
            min_effective: settings.training.gate.min_effective,
            costs: settings.costs,
        },
    })?;
    let Some(evaluation) = evaluation else { return Ok(None) };
    let distribution = evaluate_distributions(dataset, result, settings)?;
    Ok(Some(Evaluation { distribution, ..evaluation }))
}

/// Evaluates the settled distributions; `None` without any.
fn evaluate_distributions(
    dataset: &Dataset,
    result: &BacktestResult,
    settings: &Settings,
) -> Result<Option<DistributionEvaluation>, BootstrapError> {
    let series = &dataset.series;
    let settled: Vec<SettledDistribution> = result.forecasts.iter().filter_map(settled_distribution).collect();
    DistributionEvaluation::new(&DistributionInput {
        series,
        settled: &settled,
        from_model: result.forecasts.iter().any(|forecast| forecast.distribution.by_model),
        sizes: &OddsSizes::for_series(series),
        resamples: settings.training.resamples,
        seed: settings.training.gate.seed,
    })
}

/// Settled distribution of a forecast; `None` while its outcome is open.
pub(super) fn settled_distribution(forecast: &BacktestForecast) -> Option<SettledDistribution> {
    let BacktestDistribution { quantiles, baseline_quantiles, recent_quantiles: recent, outcome_return, .. } =
        forecast.distribution;
    Some(SettledDistribution {
        decision_time: forecast.decision_time,
        quantiles: quantiles?,
        baseline: baseline_quantiles?,
        recent,
        outcome: outcome_return?,
    })
}

fn evaluated(forecast: &BacktestForecast, persistence: &[f64]) -> EvaluatedForecast {
    let BacktestForecast { decision_time, probability_up, baseline_probability, bar, band, .. } = *forecast;
    EvaluatedForecast {
        bar,
        decision_time,
        probability_up,
        baseline_probability,
        persistence_probability: persistence[bar],
        band,
        direction: forecast.direction(),
        up: forecast.label(),
    }
}

/// Trial statistics of the whole backtest; `None` without a search.
///
/// The trials of all searches add up. The deviation is that of the last search, which had the most rows. The probability of
/// overfitting is the mean over the searches that have one.
fn selection(refits: &[RefitRecord]) -> Option<TrialStatistics> {
    let searches: Vec<&TrialStatistics> = refits.iter().filter_map(|refit| refit.selection.as_ref()).collect();
    let overfitting = searches.iter().filter_map(|search| search.overfitting_probability);
    let (sum, count) = overfitting.fold((0.0, 0.0), |(sum, count), probability| (sum + probability, count + 1.0));
    Some(TrialStatistics {
        trials: searches.iter().map(|search| search.trials).sum(),
        sharpe_deviation: searches.last()?.sharpe_deviation,
        overfitting_probability: (count > 0.0).then(|| sum / count),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::{
        testing::{bars, dataset, day, forecast, settings},
        walk::run_backtest,
    };
    use contracts::forecast::EdgeVerdict;

    #[test]
    fn trials_of_all_searches_add_up() {
        let without_search = || RefitRecord::without_model(day(0));
        let searched = |trials, sharpe_deviation, overfitting_probability| {
            let selection = TrialStatistics { trials, sharpe_deviation, overfitting_probability };
            RefitRecord { selection: Some(selection), ..without_search() }
        };
        assert_eq!(selection(&[without_search()]), None, "no search");
        let refits = [
            searched(40, 0.5, None),
            without_search(),
            searched(30, 0.1, Some(0.25)),
            searched(20, 0.2, Some(0.75)),
            without_search(),
        ];
        let all = TrialStatistics { trials: 90, sharpe_deviation: 0.2, overfitting_probability: Some(0.5) };
        assert_eq!(selection(&refits), Some(all));
        assert_eq!(selection(&refits[..2]).unwrap().overfitting_probability, None);
    }

    /// Scores the settled forecasts again, one by one.
    #[test]
    fn distributions_are_evaluated_with_both_baselines() {
        let dataset = dataset("eth-usd-1d-h1", bars(800, 5, 0.0));
        let settings = settings(&dataset.series);
        let result = run_backtest(&dataset, &settings, &mut |_| {}).unwrap();
        let record = evaluate(&dataset, &result, &settings).unwrap().unwrap().distribution.unwrap();
        let settled: Vec<SettledDistribution> = result.forecasts.iter().filter_map(settled_distribution).collect();
        assert_eq!((record.n, settled.len()), (300, 300), "the last of 301 is open");
        let mean = |crps: &dyn Fn(&SettledDistribution) -> f64| settled.iter().map(crps).sum::<f64>() / 300.0;
        for (got, expected) in [
            (record.crps, mean(&|row| row.quantiles.crps(row.outcome))),
            (record.climatology.crps, mean(&|row| row.baseline.crps(row.outcome))),
            (record.recent.unwrap().crps, mean(&|row| row.recent.unwrap().crps(row.outcome))),
        ] {
            assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
        }
        assert_eq!(record.odds.len(), 6, "3 and 5 %, up, down and either way");
    }

    #[test]
    fn forecasts_are_evaluated_with_baseline_and_band_of_their_bar() {
        let dataset = dataset("eth-usd-1d-h1", bars(700, 3, 0.0));
        let forecasts = (100..700)
            .map(|bar| {
                let (label, decision_time) = (dataset.labels[bar], dataset.decision_time(bar));
                let probability_up = if label == Some(true) { 0.6 } else { 0.4 };
                let band = [probability_up - 0.4, probability_up + 0.4];
                let abstain = bar % 2 == 0;
                BacktestForecast { decision_time, band, abstain, ..forecast(bar, probability_up, label) }
            })
            .collect();
        let result = BacktestResult { forecasts, ..BacktestResult::default() };
        let record = evaluate(&dataset, &result, &settings(&dataset.series)).unwrap().unwrap();
        assert_eq!((record.n, record.called.n, record.after_costs.bars), (599, 299, 599));
        assert_eq!((record.edge, record.selection), (EdgeVerdict::Shown, None));
        assert!((record.called.hit_rate.unwrap() - 1.0).abs() < 1e-12);
        assert!((record.band.half_width - 0.4).abs() < 1e-12 && (record.band.covered - 1.0).abs() < 1e-12);
        assert!((record.climatology.scores.brier - 0.25).abs() < 1e-12, "the base rate of test forecasts is one half");
        assert_eq!(record.distribution, None, "these forecasts have no distribution");
        assert!((record.persistence.scores.brier - 0.25).abs() > 1e-6, "persistence is that of the dataset");
    }
}
