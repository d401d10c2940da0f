use super::*;
use crate::metrics;
use contracts::distribution::{OddsSide, OddsSizes};
use market_data::{Interval, Series};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::ContinuousCDF as _;
use statrs::distribution::Normal;

/// Standard normal value of a share.
fn deviate(share: f64) -> f64 {
    Normal::new(0.0, 1.0).unwrap().inverse_cdf(share)
}

fn normal(deviation: f64) -> Quantiles {
    Quantiles::new(LEVELS.map(|level| deviate(level) * deviation)).unwrap()
}

/// Half of the moves have either deviation.
fn mixture(deviations: [f64; 2]) -> Quantiles {
    let mut moves: Vec<f64> =
        (0..20_000).map(|i| deviations[i % 2] * deviate((as_f64(i / 2) + 0.5) / 10_000.0)).collect();
    moves.sort_by(f64::total_cmp);
    Quantiles::from_ascending(&moves).unwrap()
}

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| deviate(rng.random::<f64>().clamp(1e-9, 1.0 - 1e-9))).collect()
}

fn day(days: usize) -> Timestamp {
    Interval::Day.step("2018-01-01T00:00:00Z".parse().unwrap(), i64::try_from(days).unwrap())
}

fn row(days: usize, quantiles: Quantiles, baseline: Quantiles, outcome: f64) -> SettledDistribution {
    SettledDistribution { decision_time: day(days), quantiles, baseline, recent: Some(baseline), outcome }
}

fn evaluate(slug: &str, settled: &[SettledDistribution]) -> DistributionEvaluation {
    evaluate_from(true, slug, settled)
}

fn evaluate_from(from_model: bool, slug: &str, settled: &[SettledDistribution]) -> DistributionEvaluation {
    let series: Series = slug.parse().unwrap();
    let sizes = OddsSizes::try_from(vec![0.03, 0.05]).unwrap();
    let input = DistributionInput { series: &series, settled, from_model, sizes: &sizes, resamples: 300, seed: 1 };
    DistributionEvaluation::new(&input).unwrap().unwrap()
}

const DEVIATIONS: [f64; 2] = [0.02, 0.06];

/// Forecasts that know the deviation of each day, against climatology that knows only both.
fn informed(n: usize, seed: u64) -> Vec<SettledDistribution> {
    let (forecasts, climatology) = (DEVIATIONS.map(normal), mixture(DEVIATIONS));
    let sided = |days: usize| usize::from(days % 20 >= 10);
    let outcomes = noise(n, seed).into_iter().enumerate();
    outcomes.map(|(days, z)| row(days, forecasts[sided(days)], climatology, DEVIATIONS[sided(days)] * z)).collect()
}

/// Closed forms: a normal forecast of deviation s that is right has a mean CRPS of `s / sqrt(pi)`, and a mixture of two has half
/// the mean distance of two draws, `sqrt(2 / pi) sqrt(s^2 + t^2)` averaged over the pairs (Gneiting and Raftery 2007).
#[test]
fn the_skill_of_a_known_forecaster_is_found() {
    let record = evaluate("eth-usd-1d-h1", &informed(20_000, 1));
    let pi = std::f64::consts::PI;
    let [a, b] = DEVIATIONS;
    let ideal = f64::midpoint(a, b) / pi.sqrt();
    let distance = |s: f64, t: f64| (2.0 / pi).sqrt() * s.hypot(t);
    let climatology = (distance(a, a) + distance(b, b) + 2.0 * distance(a, b)) / 8.0;
    assert!((record.crps / ideal - 1.0).abs() < 0.02, "{} is not {ideal}", record.crps);
    assert!((record.climatology.crps / climatology - 1.0).abs() < 0.02, "{:?} {climatology}", record.climatology);
    let (skill, expected) = (record.climatology.crps_skill, 1.0 - ideal / climatology);
    assert!((skill.skill - expected).abs() < 0.004, "{skill:?} is not {expected}");
    let [lo, hi] = skill.interval.unwrap();
    assert!(lo < expected && expected < hi && hi - lo < 0.02, "{skill:?}");
    assert_eq!(record.recent.unwrap(), record.climatology, "both baselines are equal here");
    assert_eq!(record.evidence().crps_skill_ci, skill.interval);
    for (band, level) in record.bands.iter().zip([0.5, 0.8, 0.95]) {
        assert!((band.coverage - level).abs() < 0.01 && band.level.to_bits() == f64::to_bits(level), "{band:?}");
        let width = 2.0 * deviate(f64::midpoint(1.0, level)) * f64::midpoint(a, b);
        assert!((band.mean_width / width - 1.0).abs() < 1e-9, "{} {width}", band.mean_width);
    }
    assert!(record.pit.p_value.unwrap() > 0.01, "{:?}", record.pit);
}

/// Compares the odds with the metrics over probabilities that are computed here.
#[test]
fn odds_are_scored_as_probabilities_of_events() {
    let settled = informed(2_000, 2);
    let record = evaluate("eth-usd-1d-h1", &settled);
    assert_eq!(record.odds.len(), 6);
    let happened: Vec<bool> = settled.iter().map(|row| row.outcome.exp() > 1.05).collect();
    let p = |of: fn(&SettledDistribution) -> &Quantiles| -> Vec<f64> {
        settled.iter().map(|row| 1.0 - of(row).cumulative(1.05_f64.ln())).collect()
    };
    let (forecast, baseline) = (p(|row| &row.quantiles), p(|row| &row.baseline));
    let score = record.odds.iter().find(|score| score.side == OddsSide::Up && score.size > 0.04).unwrap();
    for (got, expected) in [
        (score.brier_skill.skill, metrics::brier_skill(&forecast, &baseline, &happened)),
        (score.brier_skill_over_recent.unwrap().skill, score.brier_skill.skill),
        (score.auc.unwrap(), metrics::auc(&forecast, &happened).unwrap()),
        (score.mean_probability, forecast.iter().sum::<f64>() / 2_000.0),
        (score.frequency, as_f64(happened.iter().filter(|up| **up).count()) / 2_000.0),
    ] {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }
    assert!(score.brier_skill.is_shown(), "{score:?}");
    let frequency = |side| record.odds.iter().find(|score| score.side == side).unwrap().frequency;
    let either = frequency(OddsSide::Up) + frequency(OddsSide::Down);
    assert!((frequency(OddsSide::Either) - either).abs() < 1e-12);
}

#[test]
fn pinball_losses_are_averaged_per_level() {
    let settled = informed(500, 3);
    let record = evaluate("eth-usd-1d-h1", &settled);
    for (index, loss) in record.pinball.iter().enumerate() {
        let level = LEVELS[index];
        let expected: f64 = settled
            .iter()
            .map(|row| {
                let excess = row.outcome - row.quantiles.values()[index];
                if excess > 0.0 { level * excess } else { (level - 1.0) * excess }
            })
            .sum();
        assert!((loss.forecast - expected / 500.0).abs() < 1e-15 && loss.climatology > 0.0, "{loss:?}");
    }
}

#[test]
fn a_full_year_has_its_first_and_last_decision() {
    let wide = normal(1.0);
    let years = |days: &mut dyn Iterator<Item = usize>| -> Vec<(i16, bool, usize)> {
        let settled: Vec<SettledDistribution> = days.map(|days| row(days, wide, wide, 0.0)).collect();
        let bands = evaluate("eth-usd-1d-h1", &settled).bands;
        assert!(bands.iter().flat_map(|band| &band.years).all(|year| year.coverage.to_bits() == 1.0_f64.to_bits()));
        bands[0].years.iter().map(|year| (year.year, year.full, year.n)).collect()
    };
    assert_eq!(years(&mut (0..365)), [(2018, true, 365)]);
    assert_eq!(years(&mut (1..731)), [(2018, false, 364), (2019, true, 365), (2020, false, 1)]);
    let with_gap = years(&mut (0..730).filter(|days| !(400..450).contains(days)));
    assert_eq!(with_gap, [(2018, true, 365), (2019, false, 315)]);
}

/// Sums over `horizon` independent values, with the forecast that is right on average.
fn overlapping(horizon: usize, n: usize, seed: u64, width: f64) -> Vec<SettledDistribution> {
    let forecast = normal(0.03 * as_f64(horizon).sqrt() * width);
    let noise = noise(n + horizon - 1, seed);
    let sums = noise.windows(horizon).map(|window| 0.03 * window.iter().sum::<f64>());
    sums.enumerate().map(|(days, outcome)| row(days, forecast, forecast, outcome)).collect()
}

/// At a level of 5 %, the test rejects calibrated forecasts in about 5 % of cases without overlap, and not more often with it.
#[test]
fn calibrated_forecasts_pass_the_test_of_uniformity() {
    for (horizon, permitted) in [(1, 0..=18), (7, 0..=18)] {
        let rejected = (0..200)
            .filter(|&seed| {
                let settled = overlapping(horizon, 700, seed, 1.0);
                PitHistogram::new(&settled, u32::try_from(horizon).unwrap(), true).p_value.unwrap() < 0.05
            })
            .count();
        assert!(permitted.contains(&rejected), "{rejected} of 200 at horizon {horizon}");
    }
    let naive = (0..200)
        .filter(|&seed| PitHistogram::new(&overlapping(7, 700, seed, 1.0), 1, true).p_value.unwrap() < 0.05)
        .count();
    assert!(naive > 60, "the overlap counts: {naive} of 200 without it");
}

#[test]
fn too_wide_and_too_narrow_distributions_are_not_uniform() {
    for (width, humped) in [(1.5, true), (0.7, false)] {
        for horizon in [1, 7] {
            let settled = overlapping(horizon, 3_000, 1, width);
            let pit = PitHistogram::new(&settled, u32::try_from(horizon).unwrap(), true);
            assert!(pit.p_value.unwrap() < 0.01, "{width} {pit:?}");
            assert_eq!(pit.counts[5] > pit.counts[0], humped, "{width} {pit:?}");
            assert_eq!(pit.counts.iter().sum::<usize>(), 3_000);
        }
    }
}

#[test]
fn the_text_says_which_baselines_are_beaten() {
    let settled = informed(3_000, 4);
    let both = evaluate("eth-usd-1d-h1", &settled);
    assert!(both.text.starts_with("The distribution beats both baselines: CRPS "), "{}", both.text);
    let same: Vec<_> = settled.iter().map(|row| SettledDistribution { recent: Some(row.quantiles), ..*row }).collect();
    let one = evaluate("eth-usd-1d-h1", &same);
    assert_eq!(one.verdict, SkillVerdict::Shown);
    assert!(one.text.starts_with("The distribution beats climatology only: CRPS "), "{}", one.text);
    assert!(one.text.contains("not shown to differ from the last 365 days (+0.0 %, +0.0 to +0.0)"), "{}", one.text);
    let swap = |row: &SettledDistribution| SettledDistribution {
        quantiles: row.baseline,
        baseline: row.quantiles,
        recent: None,
        ..*row
    };
    let worse = evaluate("eth-usd-1d-h1", &settled.iter().map(swap).collect::<Vec<_>>());
    assert_eq!((worse.verdict, worse.recent), (SkillVerdict::None, None));
    assert!(worse.text.contains("% worse than climatology ("), "{}", worse.text);
    assert!(worse.text.contains("no settled move"), "{}", worse.text);
}

#[test]
fn climatology_without_a_model_has_no_skill() {
    let record = evaluate_from(false, "eth-usd-1d-h1", &informed(3_000, 5));
    assert_eq!(record.evidence().verdict, SkillVerdict::None);
    assert!(record.text.contains("every distribution is climatology, because"), "{}", record.text);
    assert!(record.text.contains(" % better than the last 365 days ("), "{}", record.text);
}

#[test]
fn few_outcomes_have_scores_without_intervals() {
    let record = evaluate("eth-usd-1d-h7", &informed(200, 6));
    assert!((record.n_effective - 200.0 / 7.0).abs() < 1e-12);
    assert_eq!((record.climatology.crps_skill.interval, record.pit.p_value), (None, None));
    assert!(record.odds.iter().all(|score| score.brier_skill.interval.is_none()));
    assert_ne!(record.verdict, SkillVerdict::Shown);
    assert!(record.text.contains("too few to judge"), "{}", record.text);
}

/// Ties are moves of zero, and a market that never moved has finite scores.
#[test]
fn a_flat_market_has_a_finite_record() {
    let flat = Quantiles::new([0.0; LEVEL_COUNT]).unwrap();
    let settled: Vec<_> = (0..100).map(|days| row(days, flat, flat, 0.0)).collect();
    let record = evaluate("eth-usd-1d-h1", &settled);
    assert_eq!((record.n, record.verdict), (100, SkillVerdict::None));
    assert!(record.crps.abs() < 1e-15 && record.bands[1].coverage > 0.999, "{record:?}");
    let stored = serde_json::to_value(&record).unwrap();
    assert_eq!(stored["climatology"]["interval"], serde_json::json!([0.0, 0.0]));
    assert!(stored["odds"][0]["auc"].is_null());
}

#[test]
fn a_stored_record_is_read_back_as_it_was() {
    let record = evaluate("eth-usd-1d-h1", &informed(300, 7));
    let stored = serde_json::to_string(&record).unwrap();
    let read: DistributionEvaluation = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    let series: Series = "eth-usd-1d-h1".parse().unwrap();
    let sizes = OddsSizes::for_series(&series);
    let input =
        DistributionInput { series: &series, settled: &[], from_model: true, sizes: &sizes, resamples: 10, seed: 1 };
    assert_eq!(DistributionEvaluation::new(&input), Ok(None));
}
