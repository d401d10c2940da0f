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
//! WEATHERVANE_CONTROLS=100 cargo test --release -p learn --test controls -- --nocapture
//! ```

#![expect(clippy::unwrap_used, reason = "in a test a failed unwrap is the assertion")]

mod chance;
mod table;

use chance::{count, mean_and_error, most, most_promotions, share};
use evaluation::{
    Evaluation,
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

/// Fewest markets whose mean log loss has a standard error well below what it may be off by. With fewer, it may be off
/// by three standard errors more.
const ENOUGH: usize = 50;
/// Fewer markets with a weak signal prove nothing: some are not told from chance by anybody.
const FEW: usize = 5;

/// Markets of one kind.
#[derive(Clone, Copy)]
struct Control {
    name: &'static str,
    series: &'static str,
    /// As in [`Market::signal`].
    signal: f64,
    regime: Regime,
    /// Of the first market; the others count on.
    seed: u64,
    markets: u64,
    /// Most that the mean log loss may be off climatology's without a signal, in nats; a coin's log loss is 0.693. One
    /// parameter too many costs 1 / (2 n) on n independent labels: here 0.0003, and 0.002 at horizon 7.
    noise: f64,
}

/// What a training made of one market.
struct Judged {
    promoted: bool,
    /// Mean log loss on the hold-out.
    log_loss: f64,
    /// Climatology's, which goes on counting in the hold-out.
    climatology: f64,
    /// Of the base rate of the training rows, which does not: what the first champion forecasts.
    base_rate: f64,
    auc: f64,
    truth: Option<Truth>,
    /// Nothing is left but the base rate.
    shrunk: bool,
    overfitting: Option<f64>,
    deflated_sharpe: Option<f64>,
    seconds: f64,
}

/// How the true probabilities do on the same rows.
#[derive(Clone, Copy)]
struct Truth {
    log_loss: f64,
    auc: f64,
    /// By the same gate, had they been the challenger's: more cannot be asked for.
    promoted: bool,
}

#[test]
fn promotions_follow_the_truth() {
    let asked = std::env::var("WEATHERVANE_CONTROLS").ok().map(|markets| markets.parse::<u64>().unwrap());
    let settings = std::env::var("WEATHERVANE_CONTROLS_CONFIG").ok();
    let settings: serde_json::Value = serde_json::from_str(settings.as_deref().unwrap_or("{}")).unwrap();
    let settings = settings.as_array().cloned().unwrap_or_else(|| vec![settings]);
    let (none, half, fifth) = asked.map_or((4, 2, 1), |n| (n.max(4), (n / 2).max(2), (n / 5).max(1)));
    let (name, series, regime) = ("", "eth-usd-1d-h1", Regime::Mixed);
    let common = Control { name, series, signal: 0.0, regime, seed: 0, markets: 0, noise: 0.001 };
    let overlapping = Control { series: "eth-usd-1d-h7", regime: Regime::Calm, ..common };
    let controls = [
        Control { name: "none, horizon 1", seed: 10_000, markets: none, ..common },
        Control { name: "none, horizon 7", seed: 20_000, markets: half, noise: 0.003, ..overlapping },
        Control { name: "signal 0.4", seed: 30_000, markets: fifth, signal: 0.4, ..common },
        Control { name: "signal 0.8", seed: 40_000, markets: fifth, signal: 0.8, ..common },
    ];
    let results = controls.map(|control| {
        let judged = run(&control, &settings, asked.is_none());
        (control, judged)
    });
    for (place, setting) in settings.iter().enumerate() {
        println!("\nSettings {setting}:\n\n{HEADER}");
        results.iter().for_each(|(control, judged)| println!("{}", row(control, &judged[place])));
    }
    for (control, judged) in &results {
        judged.iter().for_each(|judged| check(control, judged));
    }
}

/// Every setting's judgements of every market.
fn run(control: &Control, settings: &[serde_json::Value], small: bool) -> Vec<Vec<Judged>> {
    let series: Series = control.series.parse().unwrap();
    let configs: Vec<TrainingConfig> = settings
        .iter()
        .map(|setting| {
            let mut config = TrainingConfig::overridden(&series, Some(setting)).unwrap();
            // A busy machine must not change what is found.
            config.search.time_budget_seconds = 86_400;
            if small {
                (config.search.trials, config.search.startup, config.search.batch) = (6, 4, 4);
                (config.resamples, config.gate.resamples) = (200, 500);
            }
            config
        })
        .collect();
    let mut judged: Vec<Vec<Judged>> = configs.iter().map(|_| vec![]).collect();
    for seed in control.seed..control.seed + control.markets {
        let market = MarketModel::new(seed, Interval::Day, "2016-01-01T00:00:00Z".parse().unwrap());
        let market = MarketModel { signal: control.signal, regime: control.regime, ..market };
        let simulated = market.simulate(if small { 1_500 } else { 2_500 });
        let mut known: Vec<Trial> = vec![];
        for (config, judged) in configs.iter().zip(&mut judged) {
            let known_here: &[Trial] = if searches_alike(config, &configs[0]) { &known } else { &[] };
            let (outcome, one) = judge(&series, &simulated, config, known_here);
            judged.push(one);
            if known.is_empty() {
                known = outcome.trials;
            }
        }
    }
    judged
}

/// Whether one search serves both: they differ in nothing that comes before its end.
fn searches_alike(a: &TrainingConfig, b: &TrainingConfig) -> bool {
    let TrainingConfig { evidence_penalty, resamples, gate, .. } = *b;
    TrainingConfig { evidence_penalty, resamples, gate, ..a.clone() } == *b
}

fn judge(
    series: &Series,
    simulated: &Simulated,
    config: &TrainingConfig,
    known: &[Trial],
) -> (TrainingOutcome, Judged) {
    let bars = &simulated.bars[..];
    let as_of = series.decision_time(bars.last().unwrap().time);
    let drift = &MonitoringConfig::for_interval(series.interval);
    let champion = baseline_champion(series, bars, config, drift, as_of, "first").unwrap().artifact;
    let progress = SearchProgress { previous_trials: known, ..SearchProgress::NONE };
    let base_rate = champion.base_rate;
    let (champion, run) = (Some(&champion), "control");
    let started = Instant::now();
    let outcome = train(&TrainingInput { series, bars, config, drift, champion, as_of, run, progress }).unwrap();
    let seconds = started.elapsed().as_secs_f64();

    let record = &outcome.evaluation;
    let judged = Judged {
        promoted: outcome.verdict.promoted,
        log_loss: record.forecast.scores.log_loss,
        climatology: record.climatology.scores.log_loss,
        base_rate: outcome.verdict.log_loss_champion,
        auc: record.forecast.scores.auc.unwrap(),
        truth: (series.horizon == 1).then(|| truth(series, simulated, config, base_rate, record)),
        shrunk: outcome.artifact.shrinkage <= 0.0,
        overfitting: outcome.selection.overfitting_probability,
        deflated_sharpe: record.selection.as_ref().unwrap().deflated_sharpe,
        seconds,
    };
    (outcome, judged)
}

/// The true probabilities on the rows of the record.
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
        let held = (record.from..=record.through).contains(&series.decision_time(candle.time));
        let Some(up) = up[bar].filter(|_| held) else { continue };
        challenger.push(simulated.probability_up[bar]);
        climatology.push(rates[bar]);
        outcomes.push(up);
    }
    let off = metrics::log_loss(&climatology, &outcomes) - record.climatology.scores.log_loss;
    assert!(outcomes.len() == record.n && off.abs() < 1e-9, "the truth is not of the same rows");
    let (challenger, champion) = (&challenger[..], &vec![base_rate; outcomes.len()][..]);
    let (climatology, outcomes, horizon) = (&climatology[..], &outcomes[..], series.horizon);
    let input = GateInput { challenger, champion, climatology, outcomes, horizon };
    Truth {
        log_loss: metrics::log_loss(challenger, outcomes),
        auc: metrics::auc(challenger, outcomes).unwrap(),
        promoted: gate::evaluate_gate(&input, &config.gate).unwrap().promoted,
    }
}

fn check(control: &Control, judged: &[Judged]) {
    let (name, n) = (control.name, judged.len());
    let promoted = judged.iter().filter(|one| one.promoted).count();
    let mean = |value: fn(&Judged) -> f64| judged.iter().map(value).sum::<f64>() / count(n);
    if control.signal > 0.0 {
        let auc = mean(|one| one.auc);
        let optimum = mean(|one| one.truth.unwrap().auc);
        // Two years of a weak signal do not convince the gate each time, not even of the truth.
        let least = if control.signal > 0.5 { 0.9 } else { 0.4 };
        if control.signal < 0.5 && n < FEW {
            return;
        }
        assert!(share(promoted, n) >= least, "{name}: {promoted} of {n} promoted");
        assert!(optimum - auc <= 0.03, "{name}: AUC {auc}, where {optimum} is possible");
        return;
    }
    assert!(promoted <= most_promotions(n), "{name}: {promoted} of {n} promoted, not at most {}", most_promotions(n));
    let (difference, error) = mean_and_error(&differences(judged));
    let allowed = control.noise + if n < ENOUGH { 3.0 * error } else { 0.0 };
    assert!(difference.abs() <= allowed, "{name}: log loss off by {difference} ({error})");
    let lucky = judged.iter().filter(|one| one.deflated_sharpe.is_some_and(|sharpe| sharpe > 0.95)).count();
    assert!(lucky <= most(n), "{name}: {lucky} deflated Sharpe ratios of {n} above 0.95");
}

/// Log losses minus climatology's: below zero is better.
pub(crate) fn differences(judged: &[Judged]) -> Vec<f64> {
    judged.iter().map(|one| one.log_loss - one.climatology).collect()
}
