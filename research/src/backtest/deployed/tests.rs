use super::*;
use crate::{
    backtest::testing::{bars, dataset, day, settings},
    deployed::PromotionBasis,
};
use contracts::{distribution::Quantiles, expert::Expert};
use market_data::Series;

/// A small search of one family, with trainings often enough that versions enter, leave and are promoted.
fn deployed_settings(series: &Series) -> Settings {
    let mut settings = Settings { refit_bars: 30, ..settings(series) };
    settings.training.resamples = 100;
    settings.training.search.trials = 2;
    settings.training.search.families = vec![model::Family::Logistic];
    settings.training.gate.min_effective = 20.0;
    settings
}

fn backtest(dataset: &Dataset) -> BacktestResult {
    run_deployed(dataset, &deployed_settings(&dataset.series), &mut |_| {}).unwrap()
}

/// Expert with the bits of its weight and probability.
type ExpertBits = (Expert, u64, u64);

/// Bits of everything that is known of a forecast at its decision time.
fn bits(forecast: &BacktestForecast) -> (usize, bool, Vec<ExpertBits>, Vec<u64>) {
    let BacktestForecast { probability_up, baseline_probability, abstain, distribution, bar, .. } = *forecast;
    let experts =
        forecast.experts.iter().map(|own| (own.expert, own.weight.to_bits(), own.probability_up.to_bits())).collect();
    let quantiles = [distribution.quantiles, distribution.baseline_quantiles, distribution.recent_quantiles];
    let quantiles = quantiles.iter().flatten().flat_map(Quantiles::values).copied();
    let numbers = [probability_up, baseline_probability].into_iter().chain(quantiles).map(f64::to_bits).collect();
    (bar, abstain, experts, numbers)
}

#[test]
fn later_bars_change_no_earlier_forecast_or_verdict() {
    for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
        let (original, other) = (bars(640, 1, 0.8), bars(640, 2, 0.0));
        let full = backtest(&dataset(slug, original.clone()));
        assert!(full.trainings.iter().any(|training| training.refit.is_some()), "{slug}: the shadow is compared too");
        // Before and at a training, and after it; trainings are at bars 498, 528, 558 and so on.
        for t in [557, 558, 600] {
            let until_t = |result: &BacktestResult| {
                result.forecasts.iter().filter(|forecast| forecast.bar <= t).map(bits).collect::<Vec<_>>()
            };
            let trainings_until_t = |result: &BacktestResult| {
                result.trainings.iter().filter(|training| training.as_of <= day(t + 1)).cloned().collect::<Vec<_>>()
            };
            let cut = backtest(&dataset(slug, original[..=t].to_vec()));
            assert_eq!(until_t(&cut), until_t(&full), "{slug}, no bar after {t}");
            let changed = backtest(&dataset(slug, [&original[..=t], &other[t + 1..]].concat()));
            assert_eq!(until_t(&changed), until_t(&full), "{slug}, other bars after {t}");
            assert_eq!(trainings_until_t(&changed), trainings_until_t(&full), "{slug}, other bars after {t}");
            assert_ne!(changed.forecasts.last().map(bits), full.forecasts.last().map(bits), "the change has an effect");
        }
    }
}

/// A strong signal: the first trainings promote on their hold-out, and later versions enter the shadow.
#[test]
fn a_strong_signal_is_promoted_and_weighs_more_than_climatology() {
    let dataset = dataset("eth-usd-1d-h1", bars(1_000, 3, 1.5));
    let result = backtest(&dataset);
    let promotions: Vec<_> = result.trainings.iter().flat_map(|training| &training.promotions).collect();
    assert!(promotions.first().is_some_and(|first| first.basis == PromotionBasis::HoldOut), "{promotions:?}");
    assert!(result.trainings.iter().all(|training| training.shadow.len() <= 4));
    let versions = |forecast: &BacktestForecast| {
        let weights = forecast.experts.iter().filter(|own| matches!(own.expert, Expert::Version(_)));
        weights.map(|own| own.weight).sum::<f64>()
    };
    assert!(versions(result.forecasts.first().unwrap()) < 0.4);
    assert!(versions(result.forecasts.last().unwrap()) > 0.9);
    for forecast in &result.forecasts {
        let total: f64 = forecast.experts.iter().map(|own| own.weight).sum();
        assert!((total - 1.0).abs() < 1e-9);
        let quantiles = forecast.distribution.quantiles.unwrap();
        assert!((quantiles.probability_up() - forecast.probability_up).abs() < 1e-4, "{forecast:?}");
    }
}

/// Hold-outs of later trainings overlap with those of the first, so that they may only admit.
#[test]
fn only_the_first_four_trainings_promote_on_their_holdout() {
    let dataset = dataset("eth-usd-1d-h1", bars(800, 5, 0.0));
    let result = backtest(&dataset);
    let confidences: Vec<bool> =
        result.trainings.iter().map(|training| training.holdout_confidence.is_some()).collect();
    let climatology_served = result.trainings.iter().take_while(|training| training.champion == 1).count();
    let expected = (0..confidences.len()).map(|number| number < 4 && number <= climatology_served);
    assert_eq!(confidences, expected.collect::<Vec<_>>());
}
