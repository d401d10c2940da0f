use super::*;
use crate::backtest::{
    forecast::BacktestDistribution,
    testing::{bars, dataset, day, settings},
};
use contracts::distribution::Quantiles;
use features::WARM_UP_BARS;
use model::Family;

fn backtest(dataset: &Dataset) -> BacktestResult {
    run_backtest(dataset, &settings(&dataset.series), &mut |_| {}).unwrap()
}

/// Decision time and bits of everything that is known of a forecast at its decision time.
fn bits(forecast: &BacktestForecast) -> (Timestamp, u64, u64, bool, Vec<u64>) {
    let BacktestForecast { decision_time, probability_up, baseline_probability, abstain, distribution, .. } = *forecast;
    let BacktestDistribution { quantiles, baseline_quantiles, recent_quantiles, .. } = distribution;
    let quantiles = [quantiles, baseline_quantiles, recent_quantiles].map(|quantiles| quantiles.unwrap());
    let quantiles = quantiles.iter().flat_map(Quantiles::values).map(|value| value.to_bits()).collect();
    (decision_time, probability_up.to_bits(), baseline_probability.to_bits(), abstain, quantiles)
}

#[test]
fn later_bars_change_no_earlier_forecast_by_a_bit() {
    for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
        let (original, other) = (bars(900, 1, 0.8), bars(900, 2, 0.0));
        let full = backtest(&dataset(slug, original.clone()));
        assert!(
            full.forecasts.iter().any(|forecast| forecast.distribution.by_model),
            "{slug}: models are compared too"
        );
        // Before, at and after a refit; refits are at bars 499, 559, 619 and so on.
        for t in [558, 559, 560, 700] {
            let forecasts_until_t = |result: &BacktestResult| {
                result.forecasts.iter().filter(|forecast| forecast.bar <= t).map(bits).collect::<Vec<_>>()
            };
            let cut = backtest(&dataset(slug, original[..=t].to_vec()));
            assert_eq!(forecasts_until_t(&cut), forecasts_until_t(&full), "{slug}, no bar after {t}");
            let changed = backtest(&dataset(slug, [&original[..=t], &other[t + 1..]].concat()));
            assert_eq!(forecasts_until_t(&changed), forecasts_until_t(&full), "{slug}, other bars after {t}");
            assert_ne!(changed.forecasts.last().map(bits), full.forecasts.last().map(bits), "the change has an effect");
            let refits_until_t = |result: &BacktestResult| {
                result.refits.iter().filter(|refit| refit.fitted_at <= day(t + 1)).cloned().collect::<Vec<_>>()
            };
            assert_eq!(refits_until_t(&changed), refits_until_t(&full));
        }
    }
}

#[test]
fn every_bar_is_forecast_and_refits_use_settled_labels() {
    let dataset = dataset("eth-usd-1d-h7", bars(700, 3, 0.0));
    let result = backtest(&dataset);
    let times: Vec<Timestamp> = result.forecasts.iter().map(|forecast| forecast.decision_time).collect();
    assert_eq!(times, (500..=700).map(day).collect::<Vec<_>>());
    assert_eq!(result.refits.iter().map(|refit| refit.fitted_at).collect::<Vec<_>>(), [500, 560, 620, 680].map(day));
    for refit in &result.refits {
        assert_eq!(dataset.series.target_time(refit.trained_through.unwrap()), refit.fitted_at);
    }
    let with_search: Vec<bool> = result.refits.iter().map(|refit| refit.selection.is_some()).collect();
    assert_eq!(with_search, [true, false, false, true]);
    let (settled, open) = result.forecasts.split_at(result.forecasts.len() - 7);
    assert!(open.iter().all(|forecast| forecast.outcome.is_none()), "their targets are after the last bar");
    assert!(settled.iter().all(|forecast| forecast.label() == dataset.labels[forecast.bar]));
}

/// Sorts the moves anew at each decision, and counts their shares.
#[test]
fn baselines_are_the_moves_that_are_settled() {
    let dataset = dataset("eth-usd-1d-h7", bars(900, 6, 0.0));
    let moves = moves(&dataset.bars, dataset.series.interval, 7);
    let result = backtest(&dataset);
    for forecast in &result.forecasts {
        let settled = &moves[..=forecast.bar - 7];
        let recent = &settled[settled.len().saturating_sub(365)..];
        let BacktestDistribution { quantiles, baseline_quantiles, recent_quantiles, outcome_return, by_model } =
            forecast.distribution;
        for (baseline, moves) in [(baseline_quantiles, settled), (recent_quantiles, recent)] {
            let mut sorted: Vec<f64> = moves.iter().map(|value| value.unwrap()).collect();
            sorted.sort_by(f64::total_cmp);
            assert_eq!(baseline.unwrap(), Quantiles::from_ascending(&sorted).unwrap().rounded());
        }
        let (quantiles, baseline) = (quantiles.unwrap(), baseline_quantiles.unwrap());
        assert!((quantiles.probability_up() - forecast.probability_up).abs() < 1e-4, "{forecast:?}");
        if !by_model {
            let adjusted = baseline.with_probability_up(forecast.probability_up);
            let distance = adjusted.values().iter().zip(quantiles.values()).map(|(a, b)| (a - b).abs());
            assert!(distance.fold(0.0, f64::max) < 1e-5, "without a model it is climatology");
        }
        let closes = (dataset.bars[forecast.bar].close, dataset.bars.get(forecast.bar + 7).map(|bar| bar.close));
        assert_eq!(outcome_return, closes.1.map(|target| (target / closes.0).ln()));
    }
}

#[test]
fn no_bar_is_forecast_after_a_gap_until_features_are_warm() {
    let mut gapped = bars(700 + WARM_UP_BARS, 3, 0.0);
    gapped.remove(600);
    let result = backtest(&dataset("eth-usd-1d-h1", gapped));
    // The day after bar 599 is missing, and a row needs its whole warm-up without a gap.
    let warm = day(600 + WARM_UP_BARS);
    let times = || result.forecasts.iter().map(|forecast| forecast.decision_time);
    assert!(times().all(|time| time <= day(600) || time > warm));
    let before_and_after = (600 - 499) + (700 - 601);
    assert_eq!(result.forecasts.len(), before_and_after);
    let before_gap = result.forecasts.iter().find(|forecast| forecast.decision_time == day(600)).unwrap();
    assert_eq!(before_gap.outcome, None);
}

#[test]
fn too_few_rows_give_the_base_rate_and_abstain() {
    let dataset = dataset("eth-usd-1d-h1", bars(600, 4, 0.8));
    let mut settings = settings(&dataset.series);
    settings.training.min_train = 5_000;
    let result = run_backtest(&dataset, &settings, &mut |_| {}).unwrap();
    for refit in &result.refits {
        assert!(refit.family == Family::Climatology && refit.abstains && refit.note.is_some());
    }
    for forecast in &result.forecasts {
        assert!(forecast.abstain && !forecast.by_model);
        assert_eq!(forecast.probability_up.to_bits(), forecast.baseline_probability.to_bits());
    }
}

#[test]
fn models_with_shrinkage_zero_forecast_the_present_base_rate() {
    for seed in 20..24 {
        let result = backtest(&dataset("eth-usd-1d-h1", bars(1_000, seed, 0.0)));
        let shrinkage = |time| result.refits.iter().rfind(|refit| refit.fitted_at <= time).unwrap().shrinkage;
        for forecast in result.forecasts.iter().filter(|forecast| shrinkage(forecast.decision_time) == 0.0) {
            assert_eq!(forecast.probability_up.to_bits(), forecast.baseline_probability.to_bits());
        }
    }
}

#[test]
fn a_strong_signal_gives_mostly_correct_directions() {
    let result = backtest(&dataset("eth-usd-1d-h1", bars(1_100, 1, 1.0)));
    let called: Vec<&BacktestForecast> = result.forecasts.iter().filter(|forecast| !forecast.abstain).collect();
    assert!(called.len() > result.forecasts.len() / 2, "{} of {}", called.len(), result.forecasts.len());
    let is_correct = |forecast: &BacktestForecast| forecast.label() == Some(forecast.direction() == Direction::Up);
    let correct = called.iter().filter(|forecast| is_correct(forecast)).count();
    assert!(correct * 100 > called.len() * 56, "{correct} of {}", called.len());
}
