use super::*;
use contracts::distribution::{DistributionBasis, DistributionEvidence, LEVELS, Quantiles, StoredDistribution};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF as _, Normal};
use std::sync::LazyLock;

const ALPHA: f64 = 0.02;
const TOLERANCE: f64 = 0.01;
const BARS: usize = 10_000;
const PATHS: u64 = 300;

fn series(horizon: u32) -> Series {
    format!("eth-usd-1d-h{horizon}").parse().unwrap()
}

fn normal(mean: f64, deviation: f64) -> Quantiles {
    let normal = Normal::new(mean, deviation).unwrap();
    Quantiles::new(LEVELS.map(|level| normal.inverse_cdf(level))).unwrap()
}

/// Moves of a normal distribution over `horizon` bars with a deviation of 1 for each bar. Neighbours overlap.
fn moves(seed: u64, bars: usize, horizon: usize) -> Vec<f64> {
    static DRAWS: LazyLock<Vec<f64>> = LazyLock::new(|| {
        let standard = Normal::standard();
        (0..4096).map(|i| standard.inverse_cdf((f64::from(i) + 0.5) / 4096.0)).collect()
    });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let steps: Vec<f64> = (0..bars + horizon - 1).map(|_| DRAWS[rng.random_range(0..DRAWS.len())]).collect();
    steps.windows(horizon).map(|steps| steps.iter().sum()).collect()
}

/// Settled forecast of the same two distributions for each outcome, in steps of a hundredth.
struct Scores(Vec<ScoredDistribution>);

impl Scores {
    const LIMIT: i32 = 2_000;

    fn new(forecast: Quantiles, baseline: Quantiles) -> Self {
        let evidence = DistributionEvidence::NONE;
        let stored =
            StoredDistribution { basis: DistributionBasis::Model, close: 1.0, quantiles: forecast, baseline, evidence };
        let settled =
            |outcome: f64| ScoredDistribution::new(Timestamp::UNIX_EPOCH, &stored, stored.score(outcome), outcome, &[]);
        Self((-Self::LIMIT..=Self::LIMIT).map(|step| settled(f64::from(step) / 100.0)).collect())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the table")]
    fn life(&self, moves: &[f64]) -> Vec<ScoredDistribution> {
        let limit = f64::from(Self::LIMIT);
        (moves.iter().enumerate())
            .map(|(day, outcome)| ScoredDistribution {
                decision_time: Timestamp::from_second(86_400 * i64::try_from(day).unwrap()).unwrap(),
                ..self.0[((100.0 * outcome).round() + limit).clamp(0.0, 2.0 * limit) as usize].clone()
            })
            .collect()
    }
}

/// Share of the lives of 10,000 bars in which a test ever fires.
fn ever_fires(horizon: u32, paths: u64, forecast: [f64; 2], baseline: [f64; 2], coverage: bool) -> f64 {
    let series = series(horizon);
    let scale = f64::from(horizon).sqrt();
    let distribution = |[mean, deviation]: [f64; 2]| normal(scale * mean, scale * deviation);
    let scores = Scores::new(distribution(forecast), distribution(baseline));
    let fired = (0..paths).filter(|seed| {
        let settled = scores.life(&moves(*seed, BARS, usize::try_from(horizon).unwrap()));
        let test = if coverage {
            SequentialTest::of_coverage(&series, &settled, TOLERANCE, ALPHA)
        } else {
            SequentialTest::of_crps(&series, &settled, ALPHA)
        };
        test.unwrap().fired_at.is_some()
    });
    as_f64(fired.count()) / as_f64(usize::try_from(paths).unwrap())
}

#[test]
fn the_coverage_test_keeps_its_level_over_a_life() {
    // A deviation at which the band holds 79 or 81 %, the limits of the hypothesis.
    let edge = |share: f64| 1.281_551_6 / Normal::standard().inverse_cdf((1.0 + share) / 2.0);
    for (horizon, deviation) in [(1, 1.0 / edge(0.79)), (1, 1.0 / edge(0.81)), (7, 1.0)] {
        let rate = ever_fires(horizon, PATHS, [0.0, deviation], [0.0, 1.0], true);
        println!("coverage, horizon {horizon}, deviation {deviation:.3}: {rate} of the lives ever fire");
        assert!(rate <= ALPHA, "{horizon} {deviation}: {rate}");
    }
}

/// Both distributions are as far from the truth on opposite sides, so that their expected CRPS is equal.
#[test]
fn the_crps_test_keeps_its_level_over_a_life() {
    for (horizon, mean) in [(1, 0.1), (1, 0.8), (7, 0.3)] {
        let rate = ever_fires(horizon, PATHS, [mean, 1.0], [-mean, 1.0], false);
        println!("CRPS, horizon {horizon}, means {mean} apart from the truth: {rate} of the lives ever fire");
        assert!(rate <= ALPHA, "{horizon} {mean}: {rate}");
    }
    let better = ever_fires(1, PATHS / 5, [0.0, 1.0], [0.0, 1.5], false);
    assert!(better.abs() < 1e-12, "a better model is never found worse: {better}");
}

/// Median number of days until a test fires, of 200 lives of 2000 days.
fn median_delay(name: &str, horizon: u32, deviation: f64, coverage: bool) -> i64 {
    let (series, scale) = (series(horizon), f64::from(horizon).sqrt());
    let scores = Scores::new(normal(0.0, scale * deviation), normal(0.0, scale));
    let mut delays: Vec<i64> = (0..200)
        .map(|seed| {
            let settled = scores.life(&moves(seed, 2_000, usize::try_from(horizon).unwrap()));
            let test = if coverage {
                SequentialTest::of_coverage(&series, &settled, TOLERANCE, ALPHA)
            } else {
                SequentialTest::of_crps(&series, &settled, ALPHA)
            };
            test.unwrap().fired_at.map_or(i64::MAX, |at| at.as_second() / 86_400 + 1)
        })
        .collect();
    delays.sort_unstable();
    println!("{name}, horizon {horizon}: median day {}, 190th of 200 {}", delays[100], delays[190]);
    delays[100]
}

#[test]
fn a_band_of_wrong_width_is_found_within_months() {
    // The band holds 60, 70 and 90 %.
    let deviation = |share: f64| Normal::standard().inverse_cdf((1.0 + share) / 2.0) / 1.281_551_6;
    for (share, horizon, most) in [(0.6, 1, 100), (0.7, 1, 400), (0.9, 1, 250), (0.6, 7, 900)] {
        let delay = median_delay(&format!("band holds {share}"), horizon, deviation(share), true);
        assert!(delay <= most, "{share}: {delay}");
    }
}

#[test]
fn a_worse_distribution_is_found_within_months() {
    for (deviation, horizon, most) in [(2.0, 1, 200), (0.4, 1, 300), (2.5, 7, 1000)] {
        let delay = median_delay(&format!("deviation {deviation} for 1"), horizon, deviation, false);
        assert!(delay <= most, "{deviation}: {delay}");
    }
}

#[test]
fn the_result_states_the_observed_share_and_skill() {
    let settled = Scores::new(normal(0.0, 0.5), normal(0.0, 1.0)).life(&moves(1, 500, 1));
    let coverage = SequentialTest::of_coverage(&series(1), &settled, TOLERANCE, ALPHA).unwrap();
    let inside = settled.iter().filter(|forecast| forecast.scores.in_band[1]).count();
    assert_eq!(coverage.observed, Some(as_f64(inside) / 500.0));
    assert!(coverage.fires && coverage.n == 500);
    assert!(SequentialTest::of_crps(&series(1), &settled, ALPHA).unwrap().observed.is_some_and(|skill| skill < 0.0));
}

#[test]
fn a_distribution_that_is_climatology_is_not_tested() {
    let mut settled = Scores::new(normal(0.0, 0.5), normal(0.0, 1.0)).life(&moves(1, 50, 1));
    settled.iter_mut().skip(10).for_each(|forecast| forecast.from_model = false);
    assert_eq!(SequentialTest::of_crps(&series(1), &settled, ALPHA).unwrap().n, 10);
    settled.iter_mut().for_each(|forecast| forecast.from_model = false);
    assert_eq!(SequentialTest::of_crps(&series(1), &settled, ALPHA), None);
    assert_eq!(SequentialTest::of_coverage(&series(1), &settled, TOLERANCE, ALPHA), None);
}
