use super::*;
use contracts::distribution::{LEVEL_COUNT, LEVELS, Quantiles};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ALPHA: f64 = 0.01;

fn series() -> Series {
    "eth-usd-1h-h1".parse().unwrap()
}

/// Quantiles of a uniform distribution from `-width` to `width`.
fn uniform(width: f64) -> Quantiles {
    let mut values = [0.0; LEVEL_COUNT];
    values.iter_mut().zip(LEVELS).for_each(|(value, level)| *value = width * (2.0 * level - 1.0));
    Quantiles::new(values).unwrap()
}

/// Forecasts of `n` hours: the market rises with `chance` after even hours and falls with it after odd ones; the challenger
/// forecasts `challenger` in place of `chance`, and champion and climatology one half. Its band is `width` wide, those of the others
/// twice as wide as the truth.
fn forecasts(n: i64, chance: f64, challenger: f64, width: f64, seed: u64) -> Vec<PairedForecast> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|hour| {
            let of_hour = |p: f64| if hour % 2 == 0 { p } else { 1.0 - p };
            let wide = uniform(0.02);
            PairedForecast {
                decision_time: Timestamp::from_second(hour * 3_600).unwrap(),
                champion_version: 1,
                challenger: of_hour(challenger),
                champion: 0.5,
                climatology: 0.5,
                up: Some(rng.random::<f64>() < of_hour(chance)),
                distribution: Some(PairedDistribution {
                    challenger: uniform(width),
                    champion: wide,
                    climatology: wide,
                    outcome: 0.01 * (2.0 * rng.random::<f64>() - 1.0),
                }),
            }
        })
        .collect()
}

fn measure(forecasts: &[PairedForecast]) -> ChallengerEvidence {
    ChallengerEvidence::measure(&series(), 2, 1, forecasts, ALPHA).unwrap()
}

#[test]
fn a_better_part_is_found_and_only_that_part() {
    let evidence = measure(&forecasts(2_000, 0.6, 0.6, 0.02, 1));
    assert!(evidence.direction_is_better() && !evidence.distribution_is_better(), "{evidence:?}");
    let direction = evidence.direction.unwrap();
    assert!((direction.gain_over_champion - 0.0201).abs() < 0.02 && direction.n == 2_000, "{direction:?}");
    assert!(evidence.strength() >= 1.0);
    let evidence = measure(&forecasts(1_000, 0.5, 0.5, 0.01, 2));
    assert!(!evidence.direction_is_better() && evidence.distribution_is_better(), "{evidence:?}");
    assert!(evidence.distribution.unwrap().skill > 0.0);
}

/// The challenger believes in a pattern that is not there. Its test is read after every outcome.
#[test]
fn without_signal_hardly_any_challenger_is_ever_better() {
    let better = (0..400).filter(|seed| {
        let all = forecasts(400, 0.5, 0.54, 0.02, 1_000 + seed);
        measure(&all).direction_is_better()
    });
    let count = better.count();
    assert!(count <= 4 + 6, "{count} of 400, stated at most 1 %");
}

#[test]
fn forecasts_beside_an_earlier_champion_do_not_count_against_this_one() {
    let mut all = forecasts(2_000, 0.6, 0.6, 0.02, 3);
    all[..1_990].iter_mut().for_each(|paired| paired.champion_version = 7);
    let evidence = measure(&all);
    let direction = evidence.direction.unwrap();
    assert_eq!(direction.n, 10);
    assert!(direction.e_climatology > direction.threshold && !direction.better, "{direction:?}");
    assert_eq!(measure(&all[..1_990]).direction, None, "none beside the present champion");
    assert_eq!(ChallengerEvidence::measure(&series(), 2, 1, &[], ALPHA), None);
}

#[test]
fn the_strongest_proven_challenger_is_promoted_and_the_weakest_leaves() {
    let none = ChallengerEvidence { version: 2, ..measure(&forecasts(50, 0.5, 0.54, 0.02, 4)) };
    let proven = ChallengerEvidence { version: 3, ..measure(&forecasts(2_000, 0.6, 0.6, 0.02, 1)) };
    let harmful = ChallengerEvidence { version: 4, ..measure(&forecasts(1_000, 0.5, 0.8, 0.06, 5)) };
    assert_eq!(strongest([&none, &proven, &harmful]).map(|evidence| evidence.version), Some(3));
    assert_eq!(proven.proven_parts(), PromotedParts::Direction);
    assert!(proven.reason().starts_with("version 3: its direction is better on 2000 live forecasts: "));
    assert_eq!(strongest([&none, &harmful]), None);
    let all = [none, proven, harmful];
    let of_version = |version: u32| all.iter().find(|evidence| evidence.version == version);
    assert_eq!(weakest([2, 3, 4], of_version), Some(4));
    assert_eq!(weakest([5, 3, 6], of_version), Some(5), "the oldest of those without evidence leaves");
    assert_eq!(weakest([], of_version), None);
}

/// By the mean skill, every other newcomer of a week would be ahead by chance.
#[test]
fn a_challenger_with_a_small_skill_stays_ahead_of_lucky_newcomers() {
    let stays = (0..30).filter(|seed| {
        let veteran = ChallengerEvidence { version: 2, ..measure(&forecasts(3_000, 0.55, 0.55, 0.02, 2_000 + seed)) };
        let newcomer = ChallengerEvidence { version: 3, ..measure(&forecasts(168, 0.5, 0.55, 0.02, 3_000 + seed)) };
        let all = [veteran, newcomer];
        weakest([2, 3], |version| all.iter().find(|evidence| evidence.version == version)) == Some(3)
    });
    let count = stays.count();
    assert!(count >= 25, "{count} of 30");
}
