//! Positive and negative control: whole trainings, gate included, on simulated markets whose truth is known.
//!
//! | Control | Truth | What has to come out |
//! |---|---|---|
//! | none, horizon 1 | every sign a fair coin | few promotions, the log loss climatology's |
//! | none, horizon 7 | the same, labels overlap | the same |
//! | weak, clear | the simulator's probability | promoted, AUC near that of the truth |
//!
//! At horizon 7 drift is a signal: the sum of seven moves leans the way of the larger ones. So that control is in
//! the regime without drift. What remains is the pull towards the first price: worth 0.0001 nats to who knows it.
//!
//! Few promotions: on 100 markets or more, their share is at most the gate's own rate, 5 %. On fewer, chance may exceed
//! it: they are at most as many as a binomial count at that rate is with 99 %.
//!
//! It is slow, so `WEATHERVANE_CONTROLS` says on how many markets without signal to run (half as many at horizon 7, a
//! fifth at each strength of signal); without it a few small markets are searched a little.
//! `WEATHERVANE_CONTROLS_CONFIG` overrides training settings: an object, or an array of them to compare on the same
//! markets.
//!
//! ```text
//! WEATHERVANE_CONTROLS=100 cargo test --release -p training --test controls -- --nocapture
//! ```

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

mod chance;
mod table;

use chance::{count, max_count, max_promotions, mean_and_error, share};
use evaluation::{
    Costs, Evaluation,
    gate::{self, GateInput},
    metrics,
};
use features::{baselines::climatology, labels::labels};
use market_data::{Interval, Series};
use market_simulator::{MarketModel, Regime, Simulated};
use monitoring::MonitoringConfig;
use std::time::Instant;
use table::{HEADER, row};
use training::{SearchProgress, TrainingConfig, TrainingInput, TrainingOutcome, Trial, baseline_champion, train};

/// Markets from which on the standard error of the mean log loss is well below the allowed difference. With fewer, three
/// standard errors are added to it.
const MIN_MARKETS_FOR_MEAN: usize = 50;
/// Minimum number of markets for a check with a weak signal, which is not detectable on every market.
const MIN_MARKETS_WEAK_SIGNAL: usize = 5;

/// Markets of one kind.
#[derive(Clone, Copy)]
struct Control {
    name: &'static str,
    series: &'static str,
    /// As in [`MarketModel::signal`].
    signal: f64,
    regime: Regime,
    /// Seed of the first market; the seeds of the others follow it.
    seed: u64,
    markets: u64,
    /// Maximum difference of the mean log loss to climatology's without a signal, in nats; a coin's log loss is 0.693. One
    /// needless parameter costs 1 / (2 n) on n independent labels: here 0.0003, and 0.002 at horizon 7.
    max_difference: f64,
}

/// Result of the training on one market.
struct MarketResult {
    promoted: bool,
    /// Mean log loss on the hold-out.
    log_loss: f64,
    /// Log loss of climatology, which is updated in the hold-out.
    climatology: f64,
    /// Log loss of the base rate of the training rows, which the baseline champion forecasts.
    base_rate: f64,
    auc: f64,
    truth: Option<Truth>,
    /// True if the model is shrunk to the base rate.
    shrunk: bool,
    overfitting: Option<f64>,
    deflated_sharpe: Option<f64>,
    seconds: f64,
}

/// Scores of the true probabilities on the same rows.
#[derive(Clone, Copy)]
struct Truth {
    log_loss: f64,
    auc: f64,
    /// Decision of the same gate for the true probabilities.
    promoted: bool,
}

#[test]
fn promotions_follow_the_truth() {
    let markets = std::env::var("WEATHERVANE_CONTROLS").ok().map(|markets| markets.parse::<u64>().unwrap());
    let settings = std::env::var("WEATHERVANE_CONTROLS_CONFIG").ok();
    let settings: serde_json::Value = serde_json::from_str(settings.as_deref().unwrap_or("{}")).unwrap();
    let settings = settings.as_array().cloned().unwrap_or_else(|| vec![settings]);
    let (none, half, fifth) = markets.map_or((4, 2, 1), |n| (n.max(4), (n / 2).max(2), (n / 5).max(1)));
    let (name, series, regime) = ("", "eth-usd-1d-h1", Regime::Mixed);
    let common = Control { name, series, signal: 0.0, regime, seed: 0, markets: 0, max_difference: 0.001 };
    let overlapping = Control { series: "eth-usd-1d-h7", regime: Regime::Calm, ..common };
    let controls = [
        Control { name: "none, horizon 1", seed: 10_000, markets: none, ..common },
        Control { name: "none, horizon 7", seed: 20_000, markets: half, max_difference: 0.003, ..overlapping },
        Control { name: "signal 0.4", seed: 30_000, markets: fifth, signal: 0.4, ..common },
        Control { name: "signal 0.8", seed: 40_000, markets: fifth, signal: 0.8, ..common },
    ];
    let results = controls.map(|control| {
        let results = run(&control, &settings, markets.is_none());
        (control, results)
    });
    for (index, setting) in settings.iter().enumerate() {
        println!("\nSettings {setting}:\n\n{HEADER}");
        results.iter().for_each(|(control, results)| println!("{}", row(control, &results[index])));
    }
    for (control, results) in &results {
        results.iter().for_each(|results| check(control, results));
    }
}

/// Trains with every configuration on every market.
fn run(control: &Control, settings: &[serde_json::Value], small: bool) -> Vec<Vec<MarketResult>> {
    let series: Series = control.series.parse().unwrap();
    let configs: Vec<TrainingConfig> = settings
        .iter()
        .map(|setting| {
            let mut config = TrainingConfig::with_overrides(&series, Some(setting)).unwrap();
            // The speed of the machine must not change the result.
            config.search.time_budget_seconds = 86_400;
            if small {
                (config.search.trials, config.search.startup, config.search.batch) = (6, 4, 4);
                (config.resamples, config.gate.resamples) = (200, 500);
            }
            config
        })
        .collect();
    let mut results: Vec<Vec<MarketResult>> = configs.iter().map(|_| vec![]).collect();
    for seed in control.seed..control.seed + control.markets {
        let market = MarketModel::new(seed, Interval::Day, "2016-01-01T00:00:00Z".parse().unwrap());
        let market = MarketModel { signal: control.signal, regime: control.regime, ..market };
        let simulated = market.simulate(if small { 1_500 } else { 2_500 });
        let mut trials: Vec<Trial> = vec![];
        for (config, results) in configs.iter().zip(&mut results) {
            let reusable: &[Trial] = if has_equal_search(config, &configs[0]) { &trials } else { &[] };
            let (outcome, result) = train_market(&series, &simulated, config, reusable);
            results.push(result);
            if trials.is_empty() {
                trials = outcome.trials;
            }
        }
    }
    results
}

/// True if both configurations have the same search, so that one search serves both.
fn has_equal_search(a: &TrainingConfig, b: &TrainingConfig) -> bool {
    let TrainingConfig { evidence_penalty, resamples, gate, .. } = *b;
    TrainingConfig { evidence_penalty, resamples, gate, ..a.clone() } == *b
}

fn train_market(
    series: &Series,
    simulated: &Simulated,
    config: &TrainingConfig,
    previous_trials: &[Trial],
) -> (TrainingOutcome, MarketResult) {
    let bars = &simulated.bars[..];
    let as_of = series.decision_time(bars.last().unwrap().time);
    let drift = &MonitoringConfig::for_interval(series.interval);
    let champion = baseline_champion(series, bars, config, drift, as_of, "first").unwrap().artifact;
    let progress = SearchProgress { previous_trials, ..SearchProgress::NONE };
    let base_rate = champion.base_rate;
    let (champion, run) = (Some(&champion), "control");
    let started = Instant::now();
    let outcome =
        train(&TrainingInput { series, bars, config, drift, champion, costs: Costs::default(), as_of, run, progress })
            .unwrap();
    let seconds = started.elapsed().as_secs_f64();

    let record = &outcome.evaluation;
    let result = MarketResult {
        promoted: outcome.verdict.direction.promoted,
        log_loss: record.forecast.scores.log_loss,
        climatology: record.climatology.scores.log_loss,
        base_rate: outcome.verdict.direction.log_loss_champion,
        auc: record.forecast.scores.auc.unwrap(),
        truth: (series.horizon == 1).then(|| truth(series, simulated, config, base_rate, record)),
        shrunk: outcome.artifact.shrinkage <= 0.0,
        overfitting: outcome.selection.overfitting_probability,
        deflated_sharpe: record.selection.as_ref().unwrap().deflated_sharpe,
        seconds,
    };
    (outcome, result)
}

/// Scores the true probabilities on the rows of the evaluation.
fn truth(
    series: &Series,
    simulated: &Simulated,
    config: &TrainingConfig,
    base_rate: f64,
    record: &Evaluation,
) -> Truth {
    let bars = &simulated.bars;
    let up = labels(bars, series.interval, series.horizon);
    let rates = climatology(&up, series.horizon);
    let (mut challenger, mut climatology, mut outcomes) = (vec![], vec![], vec![]);
    for (bar, candle) in bars.iter().enumerate() {
        let in_holdout = (record.from..=record.through).contains(&series.decision_time(candle.time));
        let Some(up) = up[bar].filter(|_| in_holdout) else { continue };
        challenger.push(simulated.probability_up[bar]);
        climatology.push(rates[bar]);
        outcomes.push(up);
    }
    let difference = metrics::log_loss(&climatology, &outcomes) - record.climatology.scores.log_loss;
    assert!(outcomes.len() == record.n && difference.abs() < 1e-9, "the rows differ from those of the evaluation");
    let (challenger, champion) = (&challenger[..], &vec![base_rate; outcomes.len()][..]);
    let (climatology, outcomes, horizon) = (&climatology[..], &outcomes[..], series.horizon);
    let input = GateInput { challenger, champion, climatology, outcomes, horizon };
    Truth {
        log_loss: metrics::log_loss(challenger, outcomes),
        auc: metrics::auc(challenger, outcomes).unwrap(),
        promoted: gate::evaluate_gate(&input, &config.gate).unwrap().promoted,
    }
}

fn check(control: &Control, results: &[MarketResult]) {
    let (name, n) = (control.name, results.len());
    let promoted = results.iter().filter(|result| result.promoted).count();
    let mean = |value: fn(&MarketResult) -> f64| results.iter().map(value).sum::<f64>() / count(n);
    if control.signal > 0.0 {
        let auc = mean(|result| result.auc);
        let optimum = mean(|result| result.truth.unwrap().auc);
        // On two years of a weak signal, the gate does not promote even the true probabilities each time.
        let min_share = if control.signal > 0.5 { 0.9 } else { 0.4 };
        if control.signal < 0.5 && n < MIN_MARKETS_WEAK_SIGNAL {
            return;
        }
        assert!(share(promoted, n) >= min_share, "{name}: {promoted} of {n} promoted");
        assert!(optimum - auc <= 0.03, "{name}: AUC {auc}, where {optimum} is possible");
        return;
    }
    assert!(promoted <= max_promotions(n), "{name}: {promoted} of {n} promoted, not at most {}", max_promotions(n));
    let (difference, error) = mean_and_error(&differences(results));
    let allowed = control.max_difference + if n < MIN_MARKETS_FOR_MEAN { 3.0 * error } else { 0.0 };
    assert!(difference.abs() <= allowed, "{name}: log loss differs by {difference} ({error})");
    let lucky = results.iter().filter(|result| result.deflated_sharpe.is_some_and(|sharpe| sharpe > 0.95)).count();
    assert!(lucky <= max_count(n), "{name}: {lucky} deflated Sharpe ratios of {n} above 0.95");
}

/// Log losses less climatology's; below zero is better.
pub(crate) fn differences(results: &[MarketResult]) -> Vec<f64> {
    results.iter().map(|result| result.log_loss - result.climatology).collect()
}
