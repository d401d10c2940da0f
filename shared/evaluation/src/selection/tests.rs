use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
}

/// Example of Bailey and López de Prado (2014): five years of 250 days, a Sharpe ratio of 2.5 per year, and trials whose
/// ratios have a variance of 1/2 per year. The paper has 0.1132, 0.9004 and 0.9505. Reference values: SciPy 1.17.1,
/// `scipy.stats.norm` and the formulas.
#[test]
fn the_deflated_sharpe_ratio_equals_the_published_example() {
    let year = 250.0_f64;
    let moments = ReturnMoments { n: 1250.0, sharpe: 2.5 / year.sqrt(), skewness: -3.0, kurtosis: 10.0 };
    for (trials, expected_max, deflated, of_normal_returns) in [
        (100, 0.11317200186513214, 0.9003968344493903, 0.9427705859565294),
        (46, 0.10036237061765357, 0.9505017068755787, 0.9787387232156534),
        (88, 0.11114576178358426, 0.910153014744707, 0.9504908166760139),
    ] {
        let benchmark = expected_max_sharpe((0.5 / year).sqrt(), trials);
        close(benchmark, expected_max);
        close(moments.probability_above(benchmark).unwrap(), deflated);
        close(
            ReturnMoments { skewness: 0.0, kurtosis: 3.0, ..moments }.probability_above(benchmark).unwrap(),
            of_normal_returns,
        );
    }
}

/// Reference values: SciPy 1.17.1, `norm.ppf` and the formula.
#[test]
fn the_expected_maximum_increases_with_the_trials() {
    for (trials, expected) in
        [(0, 0.0), (1, 0.0), (2, 0.5197553442805939), (10, 1.57459830134575), (1000, 3.255121513652723)]
    {
        close(expected_max_sharpe(1.0, trials), expected);
    }
    close(expected_max_sharpe(0.0, 50), 0.0);
}

#[test]
fn the_expected_maximum_is_close_to_simulated_trials() {
    let normal = Normal::standard();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut draw = || normal.inverse_cdf(rng.random::<f64>().clamp(1e-12, 1.0 - 1e-12));
    let rounds = 4000;
    let maxima: f64 = (0..rounds).map(|_| (0..40).map(|_| draw()).fold(f64::NEG_INFINITY, f64::max)).sum();
    let mean = maxima / f64::from(rounds);
    assert!((mean - expected_max_sharpe(1.0, 40)).abs() < 0.04, "{mean}");
}

/// Reference values: SciPy 1.17.1 `skew`, `kurtosis(fisher=False)`, `norm.cdf`; NumPy 2.4.6 `std`.
#[test]
fn moments_and_probability_equal_scipy() {
    let returns = [0.01, -0.02, 0.015, 0.03, -0.01, 0.005, 0.02, -0.005, 0.0, 0.012];
    let moments = ReturnMoments::from_returns(&returns).unwrap();
    close(moments.sharpe, 0.40364668387581437);
    close(moments.skewness, -0.13665300227086472);
    close(moments.kurtosis, 2.291148982774346);
    for (benchmark, expected) in [(0.0, 0.8750391018117437), (0.1, 0.8066186439965151), (0.5, 0.3917956959741553)] {
        close(probabilistic_sharpe(&returns, benchmark).unwrap(), expected);
    }
}

#[test]
fn constant_or_infinite_returns_have_no_sharpe_ratio() {
    for returns in [&[][..], &[0.01], &[0.01; 100], &[0.01, f64::NAN], &[0.01, f64::INFINITY]] {
        assert_eq!((sharpe(returns), probabilistic_sharpe(returns, 0.0)), (None, None), "{returns:?}");
    }
}

/// Reference value: the definition in Python with `itertools.combinations` and SciPy 1.17.1 `rankdata`. The losses have many
/// ties, within halves and across them.
#[test]
fn overfitting_equals_the_definition_with_ties() {
    let losses: Vec<Vec<f64>> =
        (0..5_u32).map(|t| (0..6_u32).map(|b| f64::from((t * 7 + b * b * 3 + t * b * 5) % 11)).collect()).collect();
    close(overfitting_probability(&losses).unwrap(), 10.266666666666666 / 20.0);
}

/// Computed by hand: the first trial is best on block 0, the second on block 1, so either selected trial is last on the other
/// block.
#[test]
fn overfitting_is_certain_if_the_best_trial_loses_later() {
    let losses = [vec![1.0, 3.0], vec![3.0, 1.0], vec![2.0, 2.0]];
    assert_eq!(overfitting_probability(&losses), Some(1.0));
}

fn noise(trials: usize, blocks: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..trials).map(|_| (0..blocks).map(|_| 0.69 + 0.01 * rng.random::<f64>()).collect()).collect()
}

#[test]
fn overfitting_is_likely_for_noise_and_unlikely_for_a_better_trial() {
    let (mut noisy, mut skilled) = (0.0, 0.0);
    for seed in 0..20 {
        let mut losses = noise(20, 8, seed);
        noisy += overfitting_probability(&losses).unwrap() / 20.0;
        losses[7].iter_mut().for_each(|loss| *loss -= 0.008);
        skilled += overfitting_probability(&losses).unwrap() / 20.0;
    }
    assert!((0.4..0.6).contains(&noisy), "{noisy}");
    assert!(skilled < 0.02, "{skilled}");
}

#[test]
fn equal_trials_do_not_beat_their_median() {
    assert_eq!(overfitting_probability(&[vec![0.5; 4], vec![0.5; 4], vec![0.5; 4]]), Some(1.0));
    // The two best trials share the ranks above the median.
    assert_eq!(overfitting_probability(&[vec![0.1; 4], vec![0.1; 4], vec![0.5; 4]]), Some(0.0));
}

#[test]
fn blocks_that_cannot_be_halved_or_compared_have_no_result() {
    for (trials, blocks) in [(1, 8), (5, 0), (5, 1), (5, 7), (5, MAX_BLOCKS + 2)] {
        assert_eq!(overfitting_probability(&noise(trials, blocks, 1)), None, "{trials} trials, {blocks} blocks");
    }
    assert_eq!(overfitting_probability(&[]), None);
    assert!(overfitting_probability(&noise(3, MAX_BLOCKS, 1)).is_some());
    assert_eq!(overfitting_probability(&[vec![0.5; 4], vec![0.5; 6]]), None);
    assert_eq!(overfitting_probability(&[vec![0.5; 2], vec![0.5, f64::NAN]]), None);
}
