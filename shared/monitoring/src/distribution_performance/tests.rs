use super::*;
use contracts::distribution::{DistributionEvidence, LEVELS, Quantiles};
use evaluation::distribution::PIT_BINS;
use statrs::distribution::{ContinuousCDF as _, Normal};

fn normal(deviation: f64) -> Quantiles {
    let normal = Normal::new(0.0, deviation).unwrap();
    Quantiles::new(LEVELS.map(|level| normal.inverse_cdf(level))).unwrap()
}

fn stored(quantiles: Quantiles, baseline: Quantiles) -> StoredDistribution {
    let evidence = DistributionEvidence::NONE;
    StoredDistribution { basis: DistributionBasis::Model, close: 100.0, quantiles, baseline, evidence }
}

/// Outcomes in even shares of a normal distribution with a deviation of 2 %, in a scattered order.
fn settled(n: u32, forecast: Quantiles, baseline: Quantiles) -> Vec<ScoredDistribution> {
    let truth = Normal::new(0.0, 0.02).unwrap();
    (0..n)
        .map(|i| {
            let outcome = truth.inverse_cdf((f64::from(i * 7 % n) + 0.5) / f64::from(n));
            let stored = stored(forecast, baseline);
            let time = Timestamp::from_second(86_400 * i64::from(i)).unwrap();
            let settled = ScoredDistribution::new(time, &stored, stored.score(outcome), outcome, &[0.03]);
            ScoredDistribution { recent_crps: Some(baseline.crps(outcome)), ..settled }
        })
        .collect()
}

fn measure(settled: &[ScoredDistribution], horizon: u32) -> DistributionPerformance {
    DistributionPerformance::measure(settled, horizon, &MonitoringConfig::default()).unwrap().unwrap()
}

#[test]
fn the_true_distribution_has_skill_coverage_and_even_pit() {
    let performance = measure(&settled(200, normal(0.02), normal(0.04)), 1);
    assert!(performance.crps_skill > 0.05 && performance.crps_skill_ci.is_some_and(|[lo, _]| lo > 0.0));
    assert_eq!(performance.crps_skill_recent, Some(performance.crps_skill));
    assert!(performance.coverage.iter().zip(BAND_LEVELS).all(|(share, level)| (share - level).abs() < 1e-12));
    assert_eq!(performance.pit, [20; PIT_BINS]);
    // The 80 % band of a normal distribution is 2.563 deviations wide, and the CRPS is 0.5642 deviations.
    assert!((performance.width[1] - 0.05126).abs() < 1e-4);
    assert!((performance.crps - 0.01128).abs() < 2e-4, "{}", performance.crps);
    let odds = performance.odds[0];
    // ln 1.03 is 1.478 deviations, ln 0.97 is -1.523.
    assert!((odds.expected - 0.1338).abs() < 8e-3 && (odds.happened - 0.1338).abs() < 6e-3, "{odds:?}");
    assert!(odds.brier_skill > 0.0 && odds.brier_skill_ci.is_some());
}

#[test]
fn climatology_itself_has_no_skill() {
    let performance = measure(&settled(200, normal(0.02), normal(0.02)), 1);
    assert!(performance.crps_skill.abs() < 1e-12 && performance.odds[0].brier_skill.abs() < 1e-12);
}

#[test]
fn below_thirty_independent_outcomes_no_skill_has_an_interval() {
    let settled = settled(210, normal(0.02), normal(0.04));
    for (n, horizon, has_interval) in [(29, 1, false), (30, 1, true), (209, 7, false), (210, 7, true)] {
        let performance = measure(&settled[..n], horizon);
        let intervals = [
            performance.crps_skill_ci.is_some(),
            performance.crps_skill_recent_ci.is_some(),
            performance.odds[0].brier_skill_ci.is_some(),
        ];
        assert_eq!(intervals, [has_interval; 3], "{n} at horizon {horizon}");
    }
    assert_eq!(DistributionPerformance::measure(&[], 1, &MonitoringConfig::default()).unwrap(), None);
}

#[test]
fn an_unknown_recent_baseline_leaves_its_skill_absent() {
    let mut settled = settled(40, normal(0.02), normal(0.04));
    settled[7].recent_crps = None;
    let performance = measure(&settled, 1);
    assert_eq!((performance.crps_skill_recent, performance.crps_skill_recent_ci), (None, None));
}

/// A market that never moved, and then one absurd move.
#[test]
fn a_flat_market_and_huge_move_have_finite_scores() {
    let flat = Quantiles::from_ascending(&[0.0]).unwrap();
    let stored = stored(flat, flat);
    let forecast = |n: i64, outcome: f64| {
        let time = Timestamp::from_second(86_400 * n).unwrap();
        ScoredDistribution::new(time, &stored, stored.score(outcome), outcome, &[0.03])
    };
    let mut settled: Vec<_> = (0..40).map(|n| forecast(n, 0.0)).collect();
    for outcome in [1400.0, -1400.0] {
        settled.push(forecast(40, outcome));
        let json = serde_json::to_value(measure(&settled, 1)).unwrap();
        assert!(json["crps"].is_number() && json["crps_skill"].is_number() && json["odds"][0]["happened"].is_number());
    }
    assert!(measure(&settled[..40], 1).crps_skill.abs() < 1e-12);
}
