use super::*;
use contracts::forecast::Direction;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ALPHA: f64 = 0.02;
const DAYS: i64 = 730;
const PATHS: u64 = 1000;

fn series(slug: &str) -> Series {
    slug.parse().unwrap()
}

/// Two years of settled forecasts. `forecast` maps a draw between -1 and 1 to the forecast and the true probability of up.
fn life(seed: u64, horizon: usize, forecast: impl Fn(f64) -> (f64, f64)) -> Vec<SettledForecast> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let draws: Vec<f64> = (0..DAYS + 30).map(|_| rng.random_range(-1.0..1.0)).collect();
    // Overlapping outcomes: the sign of a sum of the next moves; neighbours share all moves except one.
    let moves: Vec<f64> = (0..DAYS + 30).map(|_| rng.random_range(-1.0..1.0)).collect();
    (0..usize::try_from(DAYS).unwrap())
        .map(|day| {
            let (p, chance) = forecast(draws[day]);
            let up = if horizon == 1 {
                rng.random_range(0.0..1.0) < chance
            } else {
                moves[day + 1..=day + horizon].iter().sum::<f64>() > 0.0
            };
            SettledForecast {
                decision_time: Timestamp::from_second(86_400 * i64::try_from(day).unwrap()).unwrap(),
                probability_up: p,
                baseline_probability: 0.5,
                direction: Direction::Abstain,
                up,
            }
        })
        .collect()
}

fn ever_fires(slug: &str, null: NullHypothesis, horizon: usize, forecast: impl Fn(f64) -> (f64, f64)) -> f64 {
    let series = series(slug);
    let fired = (0..PATHS).filter(|seed| {
        let settled = life(*seed, horizon, &forecast);
        SequentialTest::new(&series, &settled, null, ALPHA).unwrap().fired_at.is_some()
    });
    market_data::numbers::as_f64(fired.count()) / market_data::numbers::as_f64(usize::try_from(PATHS).unwrap())
}

#[test]
fn the_climatology_test_keeps_its_level_over_a_life() {
    // At the boundary of the hypothesis: the chance at which champion and climatology have the same expected loss.
    let boundary = |draw: f64| {
        let p = 0.5 + 0.25 * draw;
        let loss = |a: f64, b: f64| (a / b).ln();
        let (up, down) = (loss(0.5, p), loss(0.5, 1.0 - p));
        (p, if (down - up).abs() < 1e-9 { 0.5 } else { down / (down - up) })
    };
    let at_boundary = ever_fires("eth-usd-1d-h1", NullHypothesis::NoWorseThanClimatology, 1, boundary);
    println!("no worse, at the boundary: {at_boundary} of the lives ever fire");
    assert!(at_boundary <= ALPHA, "{at_boundary}");
    let calibrated = ever_fires("eth-usd-1d-h1", NullHypothesis::NoWorseThanClimatology, 1, |draw| {
        (0.5 + 0.2 * draw, 0.5 + 0.2 * draw)
    });
    assert!(calibrated <= 0.01, "{calibrated}");
}

/// Calibrated forecasts with a varying edge whose mean equals the bound: the boundary of the hypothesis.
#[test]
fn the_holdout_test_keeps_its_level_over_a_life() {
    let p = |draw: f64| 0.5 + 0.2 * draw;
    // Mean excess of a calibrated forecast: minus the mean divergence from one half.
    let divergence = |p: f64| p * (p / 0.5).ln() + (1.0 - p) * ((1.0 - p) / 0.5).ln();
    let bound = -(0..2000).map(|i| divergence(p(f64::from(i) / 1000.0 - 1.0))).sum::<f64>() / 2000.0;
    let fired = ever_fires("eth-usd-1d-h1", NullHypothesis::WithinHoldoutBound(bound), 1, |draw| (p(draw), p(draw)));
    println!("bound holds: {fired}");
    assert!(fired <= ALPHA, "{fired}");
}

/// An edge that lies in a few confident forecasts. On all other days the forecast equals climatology, which exceeds the
/// bound. A stake that grew as the forecast approaches climatology would bet on just those days.
#[test]
fn the_holdout_test_keeps_its_level_with_rare_edges() {
    for (confident, rare) in [(0.95, 0.05), (0.9, 0.1), (0.75, 0.02)] {
        let gain = confident * (confident / 0.5_f64).ln() + (1.0 - confident) * ((1.0 - confident) / 0.5_f64).ln();
        let p = |draw: f64| if draw < 2.0 * rare - 1.0 { confident } else { 0.5 };
        let fired =
            ever_fires("eth-usd-1d-h1", NullHypothesis::WithinHoldoutBound(-rare * gain), 1, |draw| (p(draw), p(draw)));
        println!("bound holds by {confident} on {rare} of the days: {fired}");
        assert!(fired <= ALPHA, "{confident} on {rare}: {fired}");
    }
}

/// Weekly labels overlap in all days except one. The champion always forecasts 60 % for 50 %, as its bound allows.
#[test]
fn overlapping_outcomes_keep_the_level() {
    let bound = NullHypothesis::WithinHoldoutBound(-(4.0_f64 * 0.6 * 0.4).ln() / 2.0);
    let ever = |slug| ever_fires(slug, bound, 7, |_| (0.6, 0.5));
    let (weekly, naive) = (ever("eth-usd-1d-h7"), ever("eth-usd-1d-h1"));
    println!("overlapping: {weekly}, treated as independent: {naive}");
    assert!(weekly <= ALPHA, "{weekly}");
    assert!(naive > 2.0 * ALPHA, "treated as independent they would exceed it: {naive}");
}

fn delays(null: NullHypothesis, forecast: impl Fn(f64) -> (f64, f64)) -> Vec<i64> {
    let series = series("eth-usd-1d-h1");
    let mut delays: Vec<i64> = (0..200)
        .filter_map(|seed| SequentialTest::new(&series, &life(seed, 1, &forecast), null, ALPHA)?.fired_at)
        .map(|at| at.as_second() / 86_400 + 1)
        .collect();
    delays.sort_unstable();
    delays
}

/// The expected delay is about `ln(3 / alpha)` divided by the growth rate of the best of the three bets.
#[test]
fn confidently_wrong_forecasts_are_detected_within_weeks() {
    let inverted =
        delays(NullHypothesis::NoWorseThanClimatology, |draw| (0.5 + 0.3 * draw.signum(), 0.5 - 0.3 * draw.signum()));
    println!("inverted, days to the median and the 190th of 200: {} {}", inverted[100], inverted[190]);
    assert_eq!(inverted.len(), 200);
    assert!((5..=12).contains(&inverted[100]) && inverted[190] <= 25, "{} {}", inverted[100], inverted[190]);
    let overconfident = delays(NullHypothesis::NoWorseThanClimatology, |draw| (0.5 + 0.2 * draw.signum(), 0.5));
    println!("overconfident: {} of 200, median day {}", overconfident.len(), overconfident[100]);
    assert!(overconfident.len() >= 195, "{}", overconfident.len());
    assert!((80..=200).contains(&overconfident[100]), "{}", overconfident[100]);
}

#[test]
fn a_lost_edge_is_detected() {
    let lost = delays(NullHypothesis::WithinHoldoutBound(-0.02), |draw| (0.5 + 0.2 * draw.signum(), 0.5));
    println!("edge lost: {} of 200, median day {}", lost.len(), lost[100]);
    assert!(lost.len() >= 190, "{}", lost.len());
    assert!((60..=240).contains(&lost[100]), "{}", lost[100]);
}

#[test]
fn the_result_states_first_firing_and_highest_e_value() {
    let wrong = life(1, 1, |draw| (0.5 + 0.3 * draw.signum(), 0.5 - 0.3 * draw.signum()));
    let test =
        SequentialTest::new(&series("eth-usd-1d-h1"), &wrong, NullHypothesis::NoWorseThanClimatology, ALPHA).unwrap();
    let fired = test.fired_at.unwrap();
    assert!(test.fires && test.highest >= test.e_value && test.e_value.is_finite());
    assert!((test.p_value - 1.0 / test.highest).abs() < 1e-12);
    let earlier: Vec<SettledForecast> =
        wrong.iter().copied().take_while(|forecast| forecast.decision_time < fired).collect();
    assert!(
        !SequentialTest::new(&series("eth-usd-1d-h1"), &earlier, NullHypothesis::NoWorseThanClimatology, ALPHA)
            .unwrap()
            .fires
    );
    assert_eq!(SequentialTest::new(&series("eth-usd-1d-h1"), &[], NullHypothesis::NoWorseThanClimatology, ALPHA), None);
}
