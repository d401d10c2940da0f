use super::*;
use crate::bootstrap::{BootstrapError, BootstrapInterval};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// True probabilities around one half, with outcomes drawn from them.
fn simulate(n: usize, swing: f64, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let truth: Vec<f64> = (0..n).map(|_| 0.5 + swing * (rng.random::<f64>() * 2.0 - 1.0)).collect();
    let outcomes = truth.iter().map(|&p| rng.random::<f64>() < p).collect();
    (truth, outcomes)
}

fn decide(challenger: &[f64], champion: &[f64], climatology: &[f64], outcomes: &[bool], horizon: u32) -> GateDecision {
    evaluate_gate(&GateInput { challenger, champion, climatology, outcomes, horizon }, &GateConfig::default()).unwrap()
}

#[test]
fn a_clear_improvement_is_promoted_with_its_gain_stated() {
    let (truth, outcomes) = simulate(730, 0.3, 1);
    let half = vec![0.5; 730];
    let decision = decide(&truth, &half, &half, &outcomes, 1);
    assert!(decision.promoted, "{decision:?}");
    assert!(decision.gain_over_champion.lo > 0.0);
    assert!(
        decision.reasons[0].starts_with("better than the champion: log loss lower by 0.0"),
        "{:?}",
        decision.reasons
    );
}

/// A challenger without skill must not pass more often than the level of the test.
#[test]
fn challengers_without_skill_are_rarely_promoted() {
    let promoted = (0..40)
        .filter(|&seed| {
            let (_, outcomes) = simulate(365, 0.0, seed);
            let (noise, _) = simulate(365, 0.05, seed + 1000);
            let half = vec![0.5; 365];
            decide(&noise, &half, &half, &outcomes, 1).promoted
        })
        .count();
    assert!(promoted <= 4, "{promoted} of 40 noise models passed a one-sided 5 % test");
}

#[test]
fn a_tie_keeps_the_champion() {
    let (truth, outcomes) = simulate(730, 0.3, 2);
    let decision = decide(&truth, &truth, &vec![0.5; 730], &outcomes, 1);
    assert!(!decision.promoted);
    assert!(decision.gain_over_climatology.lo > 0.0);
    assert!(decision.reasons[0].starts_with("not better than the champion"), "{:?}", decision.reasons);
}

/// A bad champion must not make a less bad challenger pass.
#[test]
fn better_than_the_champion_but_worse_than_climatology_is_rejected() {
    let (truth, outcomes) = simulate(730, 0.3, 3);
    let wrong = |share: f64| truth.iter().map(|p| 0.5 - share * (p - 0.5)).collect::<Vec<_>>();
    let decision = decide(&wrong(0.3), &wrong(1.0), &vec![0.5; 730], &outcomes, 1);
    assert!(decision.gain_over_champion.lo > 0.0);
    assert!(!decision.promoted);
    assert!(decision.reasons[1].starts_with("not better than climatology"), "{:?}", decision.reasons);
}

/// Equal to climatology is no evidence of skill, however bad the champion is.
#[test]
fn a_tie_with_climatology_is_rejected() {
    let (truth, outcomes) = simulate(730, 0.3, 5);
    let wrong: Vec<f64> = truth.iter().map(|p| 1.0 - p).collect();
    let half = vec![0.5; 730];
    let decision = decide(&half, &wrong, &half, &outcomes, 1);
    assert!(decision.gain_over_champion.lo > 0.0);
    assert_eq!(decision.gain_over_climatology, BootstrapInterval { estimate: 0.0, lo: 0.0, hi: 0.0 });
    assert!(!decision.promoted);
}

/// The stored numbers are those of the inputs, and the reasons state them.
#[test]
fn the_decision_states_the_numbers_of_its_inputs() {
    let (truth, outcomes) = simulate(700, 0.3, 6);
    let (half, confident) = (vec![0.5; 700], vec![0.6; 700]);
    let decision = decide(&truth, &confident, &half, &outcomes, 7);
    assert_eq!((decision.n, decision.n_effective.to_bits()), (700, 100.0_f64.to_bits()));
    let loss = |p: &[f64]| crate::metrics::log_loss(p, &outcomes);
    for (got, expected) in [
        (decision.log_loss_challenger, loss(&truth)),
        (decision.log_loss_champion, loss(&confident)),
        (decision.log_loss_climatology, loss(&half)),
        (decision.gain_over_champion.estimate, loss(&confident) - loss(&truth)),
        (decision.gain_over_climatology.estimate, loss(&half) - loss(&truth)),
    ] {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }
    assert!(decision.reasons[0].ends_with("at 95 %"), "{}", decision.reasons[0]);
    let gain = decision.gain_over_climatology;
    let expected = format!("lower by {:.5} on average, lower bound {:.5}", gain.estimate, gain.lo);
    assert!(decision.reasons[1].contains(&expected), "{}", decision.reasons[1]);
}

/// 690 overlapping weekly labels count as fewer than 100 independent ones.
#[test]
fn of_overlapping_labels_one_per_horizon_counts() {
    let (truth, outcomes) = simulate(690, 0.4, 4);
    let half = vec![0.5; 690];
    assert!(decide(&truth, &half, &half, &outcomes, 1).promoted);
    let weekly = decide(&truth, &half, &half, &outcomes, 7);
    assert!(!weekly.promoted);
    assert_eq!(weekly.reasons[2], "690 labels at horizon 7 count as 99 independent ones, fewer than the 100 required");
}

#[test]
fn inconsistent_or_empty_inputs_are_errors() {
    let input = GateInput {
        challenger: &[0.5, 0.5],
        champion: &[0.5],
        climatology: &[0.5, 0.5],
        outcomes: &[true, false],
        horizon: 1,
    };
    let config = GateConfig::default();
    assert_eq!(evaluate_gate(&input, &config), Err(GateError::Length { name: "champion", length: 1, outcomes: 2 }));
    let improbable = GateInput { champion: &[0.5, 1.5], ..input };
    assert_eq!(
        evaluate_gate(&improbable, &config),
        Err(GateError::Probability { name: "champion", row: 1, value: 1.5 })
    );
    let empty = GateInput { challenger: &[], champion: &[], climatology: &[], outcomes: &[], horizon: 1 };
    assert_eq!(evaluate_gate(&empty, &config), Err(GateError::Bootstrap { source: BootstrapError::Empty }));
}

/// CRPS of challenger and champion that differ by a share of it, with the same noise.
fn crps(n: usize, gain: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|_| {
            let (other, noise) = (0.01 + 0.04 * rng.random::<f64>(), 0.004 * (rng.random::<f64>() - 0.5));
            (other * (1.0 - gain) + noise, other)
        })
        .unzip()
}

fn decide_distribution(
    challenger: &[f64],
    champion: &[f64],
    climatology: &[f64],
    horizon: u32,
) -> DistributionGateDecision {
    let input = DistributionGateInput { challenger, champion, climatology, horizon };
    evaluate_distribution_gate(&input, &GateConfig::default()).unwrap()
}

#[test]
fn a_better_distribution_is_promoted_with_its_gain() {
    let (challenger, base) = crps(730, 0.05, 1);
    let decision = decide_distribution(&challenger, &base, &base, 1);
    assert!(decision.promoted, "{decision:?}");
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / 730.0;
    let gain = 1.0 - mean(&challenger) / mean(&base);
    assert!((decision.gain_over_champion.estimate / decision.crps_champion - gain).abs() < 1e-12);
    let expected = format!("better than the champion: CRPS lower by {:.2} % on average", 100.0 * gain);
    assert!(decision.reasons[0].starts_with(&expected), "{:?}", decision.reasons);
    assert!(decision.reasons[2].starts_with("730 moves at horizon 1 count as 730"), "{:?}", decision.reasons);
    assert!(!decide_distribution(&challenger, &base, &base, 30).promoted, "24 independent moves are too few");
}

#[test]
fn distributions_without_skill_are_rarely_promoted() {
    let promoted = (0..100)
        .filter(|&seed| {
            let (challenger, base) = crps(365, 0.0, seed);
            decide_distribution(&challenger, &base, &base, 1).promoted
        })
        .count();
    assert!(promoted <= 9, "{promoted} of 100 passed a one-sided 5 % test");
}

#[test]
fn a_distribution_worse_than_climatology_is_rejected() {
    let (challenger, base) = crps(730, -0.05, 2);
    let bad: Vec<f64> = challenger.iter().map(|crps| crps * 1.2).collect();
    let decision = decide_distribution(&challenger, &bad, &base, 1);
    assert!(decision.gain_over_champion.lo > 0.0 && !decision.promoted);
    assert!(
        decision.reasons[1].starts_with("not better than climatology: CRPS higher by 4.8"),
        "{:?}",
        decision.reasons
    );
}

#[test]
fn infinite_or_unpaired_crps_is_an_error() {
    let input =
        DistributionGateInput { challenger: &[0.1, 0.1], champion: &[0.1], climatology: &[0.1, 0.1], horizon: 1 };
    let config = GateConfig::default();
    let length = GateError::Length { name: "champion", length: 1, outcomes: 2 };
    assert_eq!(evaluate_distribution_gate(&input, &config), Err(length));
    let infinite = DistributionGateInput { champion: &[0.1, f64::INFINITY], ..input };
    let error = GateError::Loss { name: "champion", row: 1, value: f64::INFINITY };
    assert_eq!(evaluate_distribution_gate(&infinite, &config), Err(error));
    let still = DistributionGateInput { champion: &[0.1; 2], horizon: 0, ..input };
    assert_eq!(evaluate_distribution_gate(&still, &config), Err(GateError::Horizon));
}

/// Each part is taken alone where it alone is better.
#[test]
fn a_version_may_promote_one_part_alone() {
    let (truth, outcomes) = simulate(730, 0.3, 1);
    let half = vec![0.5; 730];
    let direction = |better: bool| decide(if better { &truth } else { &half }, &half, &half, &outcomes, 1);
    let distribution = |better: bool| {
        let (challenger, base) = crps(730, if better { 0.05 } else { -0.05 }, 3);
        decide_distribution(&challenger, &base, &base, 1)
    };
    for (of_direction, of_distribution, parts) in [
        (true, true, PromotedParts::Both),
        (true, false, PromotedParts::Direction),
        (false, true, PromotedParts::Distribution),
        (false, false, PromotedParts::None),
    ] {
        let decision = VersionDecision::new(direction(of_direction), Some(distribution(of_distribution)), true);
        assert_eq!((decision.parts, decision.promoted), (parts, of_direction || of_distribution));
        assert_eq!(decision.has_own_direction(), of_direction || !of_distribution);
        assert_eq!(decision.has_own_distribution(), of_distribution || !of_direction);
        assert_eq!(decision.reasons.len(), 7);
        assert!(decision.reasons[0].starts_with("promoted: ") == decision.promoted, "{:?}", decision.reasons);
        assert!(decision.reasons[1].starts_with("direction: ") && decision.reasons[4].starts_with("distribution: "));
        let stored = serde_json::to_value(&decision).unwrap();
        assert_eq!(stored["promoted"], decision.promoted);
        assert_eq!(serde_json::from_value::<VersionDecision>(stored).unwrap().parts, parts);
    }
    assert!(!VersionDecision::new(direction(false), None, false).promoted);
}
