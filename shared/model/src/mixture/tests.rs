use super::*;
use contracts::expert::mixed_probability;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

fn series(slug: &str) -> Series {
    slug.parse().unwrap()
}

fn decision_time(series: &Series, bar: usize) -> Timestamp {
    // Within the first epoch after a boundary, so that nothing is forgotten.
    series.interval.step(Timestamp::UNIX_EPOCH, 4 * EPOCH_BARS + i64::try_from(bar).unwrap())
}

fn forecast(expert: Expert, probability_up: f64) -> ExpertForecast {
    ExpertForecast { expert, weight: 0.0, probability_up, quantiles: None }
}

fn loss(probability: f64, up: bool) -> f64 {
    -(if up { probability } else { 1.0 - probability }).ln()
}

/// Plays the mixture over `bars` forecasts. Returns the log losses of mixture and climatology.
fn play(
    series: &Series,
    bars: usize,
    mut experts: impl FnMut(usize) -> Vec<ExpertForecast>,
    mut outcome: impl FnMut(usize, f64) -> bool,
) -> (f64, f64) {
    let mut history: Vec<(Timestamp, Vec<ExpertForecast>, bool)> = Vec::new();
    let (mut own, mut climatology) = (0.0, 0.0);
    for bar in 0..bars {
        let (time, mut now) = (decision_time(series, bar), experts(bar));
        let present: Vec<Expert> = now.iter().map(|forecast| forecast.expert).collect();
        let settled = history.iter().map(|(decision_time, experts, up)| SettledExperts {
            decision_time: *decision_time,
            experts,
            up: Some(*up),
        });
        let weights = weights(series, time, &present, settled);
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{weights:?}");
        assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)), "{weights:?}");
        now.iter_mut().zip(weights).for_each(|(forecast, weight)| forecast.weight = weight);
        let mixed = mixed_probability(&now);
        let up = outcome(bar, mixed);
        own += loss(mixed, up);
        climatology += loss(now[0].probability_up, up);
        history.push((time, now, up));
    }
    (own, climatology)
}

fn bound(n: f64, mixtures: f64) -> f64 {
    mixtures * (1.0 / CLIMATOLOGY_PRIOR).ln() - n * (1.0 - CLIMATOLOGY_SHARE).ln()
}

/// Outcomes against the mixture, experts that are wrong whenever they are sure, versions that come and go.
#[test]
fn no_sequence_loses_more_than_the_bound() {
    for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7"] {
        let series = series(slug);
        for seed in 0..12_u64 {
            let mut draws = ChaCha8Rng::seed_from_u64(seed);
            let mut outcomes = ChaCha8Rng::seed_from_u64(seed + 100);
            let bars = 400;
            let experts = |bar: usize| {
                let mut forecasts = vec![forecast(Expert::Climatology, draws.random_range(0.3..0.7))];
                forecasts.push(forecast(Expert::LastBar, draws.random_range(0.01..0.99)));
                let version = u32::try_from(bar / 7 + 1).unwrap();
                if bar % 11 != 3 {
                    forecasts.push(forecast(Expert::Version(version), draws.random_range(0.01..0.99)));
                    forecasts.push(forecast(Expert::Version(version + 1), 0.99));
                }
                forecasts
            };
            let outcome = |_, mixed: f64| if seed.is_multiple_of(2) { mixed < 0.5 } else { outcomes.random_bool(0.4) };
            let (own, climatology) = play(&series, bars, experts, outcome);
            let limit = bound(400.0, f64::from(series.horizon));
            assert!(own - climatology <= limit + 1e-9, "{slug} {seed}: {own} {climatology} {limit}");
        }
    }
}

#[test]
fn a_version_with_skill_gains_the_weight_and_a_successor_inherits_it() {
    let series = series("eth-usd-1h-h1");
    let mut draws = ChaCha8Rng::seed_from_u64(5);
    let experts = |bar: usize| {
        let p = if bar.is_multiple_of(2) { 0.6 } else { 0.4 };
        let version = if bar < 600 { 2 } else { 3 };
        vec![forecast(Expert::Climatology, 0.5), forecast(Expert::LastBar, 0.5), forecast(Expert::Version(version), p)]
    };
    let (own, climatology) =
        play(&series, 1_000, experts, |bar, _| draws.random_bool(if bar.is_multiple_of(2) { 0.6 } else { 0.4 }));
    // The entropy of a coin of 60 % is 0.0201 below one of 50 %.
    assert!(climatology - own > 0.6 * 20.1, "{} nats of about 20", climatology - own);
}

#[test]
fn weights_depend_on_known_outcomes_of_the_same_mixture_and_epochs_only() {
    let series = series("eth-usd-1d-h7");
    let experts = [forecast(Expert::Climatology, 0.5), forecast(Expert::Version(2), 0.9)];
    let present = [Expert::Climatology, Expert::Version(2)];
    let settled = |bar: i64, up: bool| SettledExperts {
        decision_time: series.interval.step(decision_time(&series, 0), bar),
        experts: &experts,
        up: Some(up),
    };
    let now = decision_time(&series, 70);
    let at = |forecasts: &[SettledExperts<'_>]| weights(&series, now, &present, forecasts.iter().copied());
    let prior = at(&[]);
    assert!((prior[0] - CLIMATOLOGY_PRIOR).abs() < 1e-12);
    assert!(at(&[settled(63, true)])[1] > prior[1], "known, same weekday");
    assert_eq!(at(&[settled(64, true)]), prior, "not yet known");
    assert_eq!(at(&[settled(62, true)]), prior, "another mixture");
    assert!(at(&[settled(63 - 7 * 600, true)])[1] > prior[1], "the epoch before");
    assert_eq!(at(&[settled(63 - 7 * 800, true)]), prior, "two epochs before");
    let tie = SettledExperts { up: None, ..settled(63, true) };
    assert_eq!(at(&[tie]), prior, "a tie");
    assert_eq!(weights(&series, now, &present[..1], [settled(63, true)]), [1.0], "climatology alone");
}
