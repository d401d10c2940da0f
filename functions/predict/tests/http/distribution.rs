//! Distribution of the move in forecasts, explanations and the history.

use crate::{
    answers::with_edge,
    support::{
        artifact, ask, bars, body_of, champion, climatology, get_forecast, healthy_context, now, record, series, window,
    },
};
use aws::ForecastRecord;
use contracts::{
    Outcome, WarningCode,
    distribution::{
        BAND_LEVELS, Distribution, DistributionBasis, DistributionEvidence, LEVEL_COUNT, LEVELS, OddsSizes, Quantiles,
        StoredDistribution,
    },
    forecast::Forecast,
};
use features::WINDOW_BARS;
use lambda_http::http::Method;
use market_data::{Bar, window::BarWindow};
use model::{
    Artifact, DistributionPart,
    distribution::{DistributionMember, DistributionModel, Scale},
};
use predict::{
    bars::MIN_BARS,
    baseline::{Baseline, StoredBaseline},
    champion::ServingModel,
    history::StoredForecast,
    serving_context::ServingContext,
};
use serde_json::Value;

/// Champion of version 5 with a distribution model, whose distribution is about that of the market.
pub(crate) fn with_model() -> ServingModel {
    let deviation = climatology().standard_deviation();
    let member = DistributionMember {
        weights: [1.0; LEVEL_COUNT],
        scale: Scale::Ewma { decay: 0.94, log_factor: 0.0 },
        mean_log_scale: deviation.ln(),
        log_scale_range: [deviation.ln() - 2.0, deviation.ln() + 2.0],
        residuals: Quantiles::rearranged(climatology().values().map(|value| value / deviation)).unwrap(),
    };
    let evidence = DistributionEvidence { n: 730, ..DistributionEvidence::NONE };
    let part = artifact().distribution.map(|part| DistributionPart {
        model: Some(DistributionModel::new(&series()[0], vec![member])),
        evidence,
        ..part
    });
    served(Artifact { distribution: part, ..artifact() })
}

/// Champion as older releases trained it.
fn without_distribution() -> ServingModel {
    served(Artifact { distribution: None, ..artifact() })
}

fn served(artifact: Artifact) -> ServingModel {
    ServingModel::from_verified_bytes(record(5, &artifact), Some(&artifact.to_bytes().unwrap())).unwrap()
}

fn of(champion: ServingModel) -> ServingContext {
    ServingContext { champion: Some(champion), ..healthy_context() }
}

pub(crate) fn get_distribution(context: &ServingContext) -> Distribution {
    get_forecast(context).distribution.unwrap()
}

fn quantiles(distribution: &Distribution) -> Quantiles {
    Quantiles::try_from(distribution.quantiles.log_returns.clone()).unwrap()
}

fn codes(forecast: &Forecast) -> Vec<WarningCode> {
    forecast.warnings.iter().map(|warning| warning.code).collect()
}

/// Panics if a number of the answer is not finite, or is written as null.
fn assert_finite(answer: &Value) {
    let distribution: Distribution = serde_json::from_value(answer["distribution"].clone()).unwrap();
    let Distribution { close, quantiles, bands, expected_move, annualised_volatility, odds, .. } = &distribution;
    let all =
        quantiles.log_returns.iter().chain(&quantiles.prices).chain([close, expected_move, annualised_volatility]);
    assert!(all.chain(bands.iter().flat_map(|band| &band.prices)).all(|value| value.is_finite()), "{distribution:?}");
    assert!(odds.iter().flat_map(|odds| [odds.up, odds.down, odds.either]).all(|one| (0.0..=1.0).contains(&one)));
}

fn post(bars: &[Bar], context: &ServingContext) -> Value {
    let answer = ask(&Method::POST, "/predict?explain=true", body_of(bars).to_string().as_bytes(), context);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

#[test]
fn distribution_and_probability_of_up_agree() {
    let unusable = ServingModel::base_rate_of(record(4, &artifact()), "model version 4 was refused");
    let without_model = ServingContext { champion: None, ..healthy_context() };
    for context in [of(champion()), of(with_edge()), of(with_model()), of(unusable), without_model] {
        let forecast = get_forecast(&context);
        let distribution = forecast.distribution.unwrap();
        let up = quantiles(&distribution).probability_up();
        assert!((up - forecast.probability_up).abs() < 1e-4, "{up} {}", forecast.probability_up);
        assert_eq!(distribution.quantiles.levels, LEVELS);
        assert_eq!(distribution.bands.iter().map(|band| band.level).collect::<Vec<_>>(), BAND_LEVELS);
        assert!((distribution.close - bars(WINDOW_BARS).last().unwrap().close).abs() < 1e-9);
    }
}

#[test]
fn the_model_is_the_basis_where_it_exists() {
    let modelled = get_distribution(&of(with_model()));
    assert_eq!((modelled.basis, modelled.evidence.n), (DistributionBasis::Model, 730));
    let from_caller: Forecast = serde_json::from_value(post(&bars(WINDOW_BARS), &of(with_model()))).unwrap();
    assert_eq!(from_caller.distribution.as_ref(), Some(&modelled));
    let forecast = get_forecast(&of(champion()));
    assert_eq!(forecast.distribution.as_ref().map(|found| found.basis), Some(DistributionBasis::Climatology));
    assert_eq!(forecast.warnings, [], "climatology is what this champion serves");
    let expected = climatology().rounded().with_probability_up(forecast.probability_up).rounded();
    assert_eq!(quantiles(&forecast.distribution.unwrap()), expected);
}

#[test]
fn an_old_champion_has_climatology_with_a_warning() {
    let forecast = get_forecast(&of(without_distribution()));
    assert_eq!(codes(&forecast), [WarningCode::NoDistributionModel]);
    assert!(forecast.warnings[0].message.starts_with("model version 5 has no distribution"), "{:?}", forecast.warnings);
    let distribution = forecast.distribution.unwrap();
    assert_eq!(distribution.basis, DistributionBasis::Climatology);
    let expected = climatology().rounded().with_probability_up(forecast.probability_up).rounded();
    assert_eq!(quantiles(&distribution), expected, "that of the moves of the window");
    assert!((forecast.probability_up - 0.53).abs() < 1e-12, "served as before");
}

#[test]
fn climatology_is_that_of_the_newest_stored_forecast() {
    let stored = Quantiles::rearranged(climatology().values().map(|value| 2.0 * value)).unwrap();
    let at = |time: &str| {
        let decision_time = time.parse().unwrap();
        let baseline = StoredBaseline { decision_time, probability: 0.5, labels: None, distribution: Some(stored) };
        get_distribution(&ServingContext { baseline: Baseline::Stored(baseline), ..healthy_context() })
    };
    let expected = |known: Quantiles| known.rounded().with_probability_up(0.53).rounded();
    assert_eq!(quantiles(&at("2023-11-05T00:00:00Z")), expected(stored));
    assert_eq!(quantiles(&at("2023-11-06T00:00:00Z")), expected(climatology()), "a later one would look ahead");
}

#[test]
fn an_expired_forecast_keeps_its_distribution() {
    let mut old: BarWindow = (*window(WINDOW_BARS + 3, "coinbase")).clone();
    old.bars.truncate(WINDOW_BARS);
    let forecast = get_forecast(&ServingContext { window: Some(old.into()), ..of(with_model()) });
    assert!(codes(&forecast).contains(&WarningCode::Expired));
    assert!((quantiles(&forecast.distribution.unwrap()).probability_up() - forecast.probability_up).abs() < 1e-4);
}

#[test]
fn flat_and_extreme_bars_have_finite_distributions_and_warnings() {
    let flat = |bar: &Bar| Bar { open: 100.0, high: 100.0, low: 100.0, close: 100.0, ..*bar };
    let flat: Vec<Bar> = bars(WINDOW_BARS).iter().map(flat).collect();
    let tenfold = |(index, bar): (usize, Bar)| {
        let factor = if index + 1 == WINDOW_BARS { 10.0 } else { 1.0 };
        Bar { high: bar.high * factor, close: bar.close * factor, ..bar }
    };
    let jump: Vec<Bar> = bars(WINDOW_BARS).into_iter().enumerate().map(tenfold).collect();
    let extreme = |(index, bar): (usize, Bar)| {
        let price = if index % 2 == 0 { 1e300 } else { 1e-300 };
        Bar { open: price, high: price, low: price, close: price, ..bar }
    };
    let extreme: Vec<Bar> = bars(WINDOW_BARS).into_iter().enumerate().map(extreme).collect();
    let without_model = ServingContext { champion: None, ..healthy_context() };
    for (name, bars) in [("flat", &flat), ("jump", &jump), ("extreme", &extreme)] {
        for context in [of(champion()), of(with_model()), of(without_distribution()), without_model.clone()] {
            let body = body_of(bars).to_string();
            let answer = ask(&Method::POST, "/predict?explain=true", body.as_bytes(), &context);
            if name == "extreme" && answer.status == 422 {
                continue;
            }
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            assert!(!answer.body["warnings"].as_array().unwrap().is_empty(), "{name}: {}", answer.body);
            assert_finite(&answer.body);
        }
    }
    let held = |distribution: &Value| distribution["quantiles"]["prices"][0].as_f64().unwrap();
    assert!(held(&post(&flat, &of(without_distribution()))["distribution"]) <= 100.0);
}

#[test]
fn the_explanation_names_the_width_of_the_bands() {
    let context = of(with_model());
    let explained = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/explanation", b"", &context).body;
    let width = &explained["explanation"]["width"][0];
    assert!(width["input"].is_string() && width["factor"].as_f64().unwrap() > 0.0, "{explained}");
    let climatology = ask(&Method::GET, "/v1/series/eth-usd-1d-h1/explanation", b"", &of(champion())).body;
    assert_eq!(climatology["explanation"]["width"], serde_json::json!([]));
}

#[test]
fn the_history_has_distributions_and_their_scores() {
    let sizes = OddsSizes::try_from(vec![0.02]).unwrap();
    let baseline = climatology();
    let stored = StoredDistribution {
        basis: DistributionBasis::Model,
        close: 100.0,
        quantiles: baseline,
        baseline,
        evidence: DistributionEvidence::NONE,
    };
    let forecast = Forecast { distribution: None, ..get_forecast(&healthy_context()) };
    let mut settled = ForecastRecord::open(forecast.clone(), now());
    settled.distribution_scores = Some(stored.score(0.01));
    settled.distribution = Some(stored);
    settled.outcome = Some(Outcome::Up);
    (settled.close_at_decision, settled.close_at_target) = (Some(100.0), Some(101.0));
    let past = serde_json::to_value(StoredForecast::new(settled, &sizes)).unwrap();
    assert!((past["settled_move"].as_f64().unwrap() - 1.01_f64.ln()).abs() < 1e-12);
    assert_eq!(past["distribution"]["odds"][0]["size"], 0.02);
    assert!(past["distribution_scores"]["crps"].as_f64().unwrap() > 0.0);

    let old = serde_json::to_value(StoredForecast::new(ForecastRecord::open(forecast, now()), &sizes)).unwrap();
    assert!(old.get("distribution").is_none() && old["distribution_scores"].is_null() && old["settled_move"].is_null());
}

#[test]
fn few_bars_of_a_caller_have_a_distribution() {
    let found: Forecast = serde_json::from_value(post(&bars(MIN_BARS), &of(without_distribution()))).unwrap();
    assert!(found.distribution.is_some());
}
