use super::{
    combine::{OnlineWeights, Weights, weighted_mean},
    fit,
    holdout::{HoldOutMoves, crps},
    range,
    rows::{MoveRows, empirical},
};
use crate::{TrainError, TrainingConfig};
use contracts::distribution::{LEVEL_COUNT, LEVELS, Quantiles};
use evaluation::gate::{DistributionGateInput, GateConfig, evaluate_distribution_gate};
use jiff::Timestamp;
use market_data::{Bar, Series};
use model::{Artifact, distribution::Scale};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

const DAYS: usize = 1_600;
const HOLDOUT: usize = 500;

fn series() -> Series {
    "eth-usd-1d-h1".parse().unwrap()
}

/// Steps of a day, from which its high and low follow.
const STEPS_A_DAY: usize = 24;

/// Market with normal moves whose variance follows a GARCH recursion: 4 % a day on average, and `memory` of a shock left after a day.
/// Also the volatility of the day after each bar. Without memory the volatility is constant.
fn garch_market(seed: u64, memory: f64) -> (Vec<Bar>, Vec<f64>) {
    longer_market(seed, memory, DAYS)
}

fn longer_market(seed: u64, memory: f64, days: usize) -> (Vec<Bar>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let standard = Normal::new(0.0, 1.0).unwrap();
    let mut normal = || standard.inverse_cdf(rng.random_range(1e-9..1.0 - 1e-9));
    let (long_run, alpha) = (0.04_f64.powi(2), if memory > 0.0 { 0.15 } else { 0.0 });
    let (mut variance, mut price) = (long_run, 100.0_f64);
    let (mut bars, mut volatilities) = (Vec::new(), Vec::new());
    for day in 0..days {
        let open = price;
        let (mut high, mut low) = (open, open);
        for _ in 0..STEPS_A_DAY {
            price *= ((variance / 24.0).sqrt() * normal()).exp();
            (high, low) = (high.max(price), low.min(price));
        }
        let time = Timestamp::from_second(i64::try_from(day).unwrap() * 86_400).unwrap();
        bars.push(Bar { time, open, high, low, close: price, volume: 1.0 });
        let shock = (price / open).ln().powi(2);
        variance = long_run + memory * (variance - long_run) + alpha * (shock - variance);
        volatilities.push(variance.sqrt());
    }
    (bars, volatilities)
}

/// CRPS over the hold-out of the fitted distribution, of climatology, and of the distribution that made the market.
fn holdout_scores(seed: u64, memory: f64) -> Result<[Vec<f64>; 3], TrainError> {
    let (series, (bars, volatilities)) = (series(), garch_market(seed, memory));
    let first = DAYS - HOLDOUT;
    let until = series.decision_time(bars[first - 6].time);
    let config = TrainingConfig::for_series(&series);
    let part = fit(&series, &bars, until, &config, "run")?.unwrap().part;
    let climatology = Artifact::climatology(series.clone(), 0.5, until, until, "run");
    let fitted = Artifact { distribution: Some(part), ..climatology };
    let moves = HoldOutMoves::new(&series, &bars, first, |_| true);
    let scores = |artifact: Option<&Artifact>| crps(&moves.settled(artifact, &|_| 0.5));
    let normal = Normal::new(0.0, 1.0).unwrap();
    let known = (first..DAYS - 1).map(|bar| {
        let quantiles = Quantiles::new(LEVELS.map(|level| normal.inverse_cdf(level) * volatilities[bar])).unwrap();
        quantiles.crps((bars[bar + 1].close / bars[bar].close).ln())
    });
    Ok([scores(Some(&fitted)), scores(None), known.collect()])
}

/// By chance the gate at 95 % promotes five of a hundred, and more than nine with a probability of 2.8 %.
#[test]
fn constant_volatility_promotes_no_more_than_stated() {
    let is_promoted = |seed: u64| {
        let [fitted, climatology, _] = holdout_scores(seed, 0.0).unwrap();
        let climatology = &climatology[..];
        let input = DistributionGateInput { challenger: &fitted, champion: climatology, climatology, horizon: 1 };
        evaluate_distribution_gate(&input, &GateConfig::default()).unwrap().promoted
    };
    let promoted = (0..100_u64).into_par_iter().filter(|seed| is_promoted(*seed)).count();
    assert!(promoted <= 9, "{promoted} of 100");
}

#[test]
fn clustered_volatility_yields_most_of_the_known_gain() {
    let mean = |losses: &[f64]| losses.iter().sum::<f64>();
    let (mut found, mut possible) = (0.0, 0.0);
    for seed in 0..6 {
        let [fitted, climatology, known] = holdout_scores(seed, 0.97).unwrap();
        found += mean(&climatology) - mean(&fitted);
        possible += mean(&climatology) - mean(&known);
    }
    assert!(possible > 0.0 && found > 0.6 * possible, "{:.2} of the possible gain", found / possible);
}

#[test]
fn a_fit_depends_on_settled_moves_only() {
    let (series, (mut bars, _)) = (series(), garch_market(7, 0.97));
    let config = TrainingConfig::for_series(&series);
    let until = series.decision_time(bars[1_200].time);
    let before = fit(&series, &bars[..1_201], until, &config, "run").unwrap();
    for bar in &mut bars[1_201..] {
        bar.close *= 1.5;
        bar.high *= 1.5;
    }
    assert_eq!(fit(&series, &bars[..1_201], until, &config, "run").unwrap(), before);
    // The move of bar 1199 ends with bar 1200, that of bar 1200 is not decided before `until`.
    assert_eq!(fit(&series, &bars, until, &config, "run").unwrap(), before);
}

#[test]
fn a_history_that_never_moves_has_finite_quantiles() {
    let series = series();
    let (mut bars, _) = garch_market(1, 0.0);
    for bar in &mut bars {
        (bar.open, bar.high, bar.low, bar.close) = (100.0, 100.0, 100.0, 100.0);
    }
    let until = series.decision_time(bars[DAYS - 1].time);
    let part = fit(&series, &bars, until, &TrainingConfig::for_series(&series), "run").unwrap().unwrap().part;
    let model = part.model.expect("climatology is not better");
    let quantiles = model.quantiles(&series, &bars, DAYS - 1..DAYS).pop().unwrap().unwrap();
    assert_eq!(quantiles.rounded(), Quantiles::new([0.0; LEVEL_COUNT]).unwrap());
}

#[test]
fn too_short_a_history_is_climatology() {
    let (series, (bars, _)) = (series(), garch_market(3, 0.97));
    let until = series.decision_time(bars[300].time);
    let fitted = fit(&series, &bars, until, &TrainingConfig::for_series(&series), "run").unwrap().unwrap();
    assert_eq!((fitted.part.model, fitted.search), (None, None));
    assert_eq!(fit(&series, &bars[..60], until, &TrainingConfig::for_series(&series), "run").unwrap(), None);
}

/// Two experts: one knows the distribution, one is three times too wide.
#[test]
fn weights_move_to_the_better_expert() {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let right = LEVELS.map(|level| normal.inverse_cdf(level));
    let experts = [right, right.map(|value| 3.0 * value)];
    let (mut online, mut weights) = (OnlineWeights::new(2), Weights::new());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..500 {
        online.smooth_into(&mut weights);
        online.learn(&experts, &weights, normal.inverse_cdf(rng.random_range(1e-9..1.0 - 1e-9)));
    }
    online.smooth_into(&mut weights);
    // At the median both forecast zero.
    for level in [1, 3, 6, 16, 19, 21] {
        assert!(weights[0][level] > 0.8, "level {level}: {}", weights[0][level]);
        assert!((weights[0][level] + weights[1][level] - 1.0).abs() < 1e-9);
    }
    let mean = weighted_mean(&experts, &weights).unwrap();
    assert!(mean.values()[1] > -3.0, "{}", mean.values()[1]);
}

#[test]
fn a_thinned_start_leads_to_the_same_regression() {
    let (series, (bars, _)) = (series(), longer_market(5, 0.97, 4_200));
    let rows = MoveRows::new(&series, &bars, series.decision_time(bars[4_199].time));
    let slopes = |thinned: bool| match range::fit(&rows, 0..rows.len(), thinned).unwrap() {
        Scale::Range { intercept, slopes, .. } => [vec![intercept], slopes].concat(),
        other => panic!("{other:?}"),
    };
    assert!(slopes(true).iter().zip(slopes(false)).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn quantiles_are_those_of_sorted_moves() {
    for count in [1, 2, 50, 999] {
        let moves: Vec<f64> = (0..count).map(|i| f64::from(i * 7_919 % 1_009) / 1e4 - 0.05).collect();
        let mut sorted = moves.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(empirical(moves), Quantiles::from_ascending(&sorted), "{count}");
    }
    assert_eq!(empirical(Vec::new()), None);
}
