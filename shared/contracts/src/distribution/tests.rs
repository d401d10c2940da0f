use super::*;
use statrs::distribution::{ContinuousCDF, Normal};

fn normal(mean: f64, deviation: f64) -> Quantiles {
    let normal = Normal::new(mean, deviation).unwrap();
    Quantiles::new(LEVELS.map(|level| normal.inverse_cdf(level))).unwrap()
}

#[test]
fn levels_ascend_and_are_symmetric() {
    assert!(LEVELS.is_sorted());
    for (low, high) in LEVELS.iter().zip(LEVELS.iter().rev()) {
        assert!((low + high - 1.0).abs() < 1e-12);
    }
}

#[test]
fn moments_of_a_normal_distribution_are_found() {
    let quantiles = normal(0.01, 0.04);
    assert!((quantiles.mean_absolute() / 0.0329 - 1.0).abs() < 0.02, "{}", quantiles.mean_absolute());
    assert!((quantiles.standard_deviation() / 0.04 - 1.0).abs() < 0.02, "{}", quantiles.standard_deviation());
    // Gneiting and Raftery (2007), equation 21, at the mean: (sqrt(2) - 1) / sqrt(pi) deviations.
    assert!((quantiles.crps(0.01) / (0.04 * 0.23370) - 1.0).abs() < 0.02, "{}", quantiles.crps(0.01));
}

/// The closed forms of the moments, compared with sums over a fine grid of levels.
#[test]
fn moments_agree_with_a_fine_grid_of_levels() {
    const CELLS: u32 = 400_000;
    let all_up = normal(0.2, 0.04);
    let all_down = Quantiles::new(all_up.values().map(|value| value - 0.28)).unwrap();
    for quantiles in [normal(0.0, 0.05), normal(-0.02, 0.03), all_up, all_down, normal(0.094, 0.04)] {
        let grid = || (0..CELLS).map(|cell| quantiles.at((f64::from(cell) + 0.5) / f64::from(CELLS)));
        let mean = grid().sum::<f64>() / f64::from(CELLS);
        let size = grid().map(f64::abs).sum::<f64>() / f64::from(CELLS);
        let deviation = (grid().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(CELLS)).sqrt();
        assert!((quantiles.mean_absolute() / size - 1.0).abs() < 1e-4, "{} {size}", quantiles.mean_absolute());
        assert!((quantiles.standard_deviation() / deviation - 1.0).abs() < 1e-4, "{deviation}");
    }
}

#[test]
fn level_and_probability_are_inverse_in_body_and_tails() {
    let quantiles = normal(0.0, 0.05);
    for level in [1e-4, 0.003, 0.01, 0.07, 0.5, 0.77, 0.99, 0.999] {
        assert!((quantiles.cumulative(quantiles.at(level)) - level).abs() < 1e-12, "{level}");
    }
}

#[test]
fn another_probability_of_up_moves_both_sides_in_proportion() {
    let before = normal(0.002, 0.03);
    for probability in [0.01, 0.2, 0.4983, 0.5, 0.55, 0.61, 0.9, 0.99] {
        let after = before.with_probability_up(probability);
        assert!((after.probability_up() - probability).abs() < 1e-9, "{probability}: {}", after.probability_up());
        if !(0.1..=0.9).contains(&probability) {
            // A side of one level at most has no shape left.
            continue;
        }
        let tail = |quantiles: &Quantiles| 1.0 - quantiles.cumulative(0.05);
        let expected = tail(&before) / before.probability_up() * probability;
        assert!((tail(&after) / expected - 1.0).abs() < 0.15, "{probability}: {} not {expected}", tail(&after));
    }
}

#[test]
fn a_market_that_never_moved_has_finite_scores() {
    let flat = Quantiles::new([0.0; LEVEL_COUNT]).unwrap();
    assert!((flat.probability_up() - 0.5).abs() < 1e-12);
    assert_eq!(flat.with_probability_up(0.6), flat);
    let stored = StoredDistribution {
        basis: DistributionBasis::Climatology,
        close: 100.0,
        quantiles: flat,
        baseline: flat,
        evidence: DistributionEvidence::NONE,
    };
    let scores = stored.score(0.0);
    assert!((scores.pit - 0.5).abs() < 1e-12 && scores.in_band == [true; 3], "{scores:?}");
    let scores = stored.score(0.1);
    assert!(scores.crps > 0.0 && scores.in_band == [false; 3] && (scores.pit - 1.0).abs() < 1e-12, "{scores:?}");
    let series = "eth-usd-1d-h1".parse().unwrap();
    let response = Distribution::new(&series, &stored, &OddsSizes::for_series(&series));
    assert!(response.odds.iter().all(|odds| odds.either.abs() < 1e-12) && response.expected_move.abs() < 1e-12);
}

#[test]
fn odds_count_moves_of_the_price_on_each_side() {
    let odds = Odds::new(&normal(0.0, 0.05), 0.05);
    // ln 1.05 and ln 0.95 are 0.976 and -1.026 deviations.
    assert!((odds.up - 0.1646).abs() < 4e-3 && (odds.down - 0.1525).abs() < 4e-3, "{odds:?}");
    assert!((odds.either - odds.up - odds.down).abs() < 1e-12);
    assert!(Odds::new(&normal(0.0, 0.05), 1.0).down.abs() < 1e-12, "a price cannot fall by more than all of it");
}

#[test]
fn invalid_sizes_and_quantiles_are_rejected() {
    for size in [0.0, -0.1, 1.01, f64::NAN] {
        assert!(OddsSizes::try_from(vec![0.05, size]).is_err(), "{size}");
    }
    let sizes: OddsSizes = serde_json::from_str("[0.1, 0.05, 0.1]").unwrap();
    assert_eq!(sizes.as_slice(), [0.05, 0.1]);
    assert!(serde_json::from_str::<Quantiles>("[1.0]").is_err());
    let mut values = [0.0; LEVEL_COUNT];
    values[3] = -1.0;
    assert_eq!(Quantiles::new(values), Err(InvalidQuantiles::Decreasing { index: 3 }));
    values[3] = f64::INFINITY;
    assert!(Quantiles::new(values).is_err() && Quantiles::rearranged(values).is_none());
}

#[test]
fn empirical_quantiles_interpolate_as_numpy_does() {
    let moves: Vec<f64> = (0..=100).map(f64::from).collect();
    let quantiles = Quantiles::from_ascending(&moves).unwrap();
    for (value, level) in quantiles.values().iter().zip(LEVELS) {
        assert!((value - level * 100.0).abs() < 1e-9);
    }
    assert_eq!(Quantiles::from_ascending(&[]), None);
    assert_eq!(Quantiles::from_ascending(&[0.2]), Quantiles::new([0.2; LEVEL_COUNT]).ok());
}

/// The bands and the transform of draws from the forecast distribution itself are right on average.
#[test]
fn outcomes_from_the_distribution_are_uniform_and_covered() {
    let quantiles = normal(0.0, 0.03);
    let stored = StoredDistribution {
        basis: DistributionBasis::Model,
        close: 100.0,
        quantiles,
        baseline: quantiles,
        evidence: DistributionEvidence::NONE,
    };
    let scores: Vec<_> = (0..1000).map(|i| stored.score(quantiles.at((f64::from(i) + 0.5) / 1000.0))).collect();
    let inside = |band: usize| scores.iter().filter(|score| score.in_band[band]).count();
    assert_eq!([inside(0), inside(1), inside(2)], [500, 800, 950]);
    let mean = scores.iter().map(|score| score.pit).sum::<f64>() / 1000.0;
    assert!((mean - 0.5).abs() < 1e-6, "{mean}");
}

#[test]
fn no_outcome_exceeds_the_largest_crps_difference() {
    let (narrow, wide) = (normal(0.01, 0.02), normal(0.0, 0.05));
    let bound = narrow.largest_crps_difference(&wide);
    let differences = (-400..=400).map(|i| (narrow.crps(f64::from(i) / 100.0) - wide.crps(f64::from(i) / 100.0)).abs());
    let largest = differences.fold(0.0, f64::max);
    assert!(largest <= bound && largest > 0.2 * bound, "{largest} of {bound}");
    assert!(narrow.largest_crps_difference(&narrow).abs() < 1e-15);
}
