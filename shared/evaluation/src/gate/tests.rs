use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Outcomes drawn from hidden probabilities around one half, with those probabilities.
fn market(n: usize, swing: f64, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let truth: Vec<f64> = (0..n).map(|_| 0.5 + swing * (rng.random::<f64>() * 2.0 - 1.0)).collect();
    let outcomes = truth.iter().map(|&p| rng.random::<f64>() < p).collect();
    (truth, outcomes)
}

fn verdict(challenger: &[f64], champion: &[f64], climatology: &[f64], outcomes: &[bool], horizon: u32) -> GateDecision {
    evaluate_gate(&GateInput { challenger, champion, climatology, outcomes, horizon }, &GateConfig::default()).unwrap()
}

#[test]
fn promotes_a_clear_improvement_and_says_by_how_much() {
    let (truth, outcomes) = market(730, 0.3, 1);
    let half = vec![0.5; 730];
    let verdict = verdict(&truth, &half, &half, &outcomes, 1);
    assert!(verdict.promoted, "{verdict:?}");
    assert!(verdict.gain_over_champion.lo > 0.0);
    assert!(verdict.reasons[0].starts_with("better than the champion: log loss lower by 0.0"), "{:?}", verdict.reasons);
}

/// A noisy challenger without skill must not pass more often than chance allows.
#[test]
fn refuses_noise() {
    let promoted = (0..40)
        .filter(|&seed| {
            let (_, outcomes) = market(365, 0.0, seed);
            let (noise, _) = market(365, 0.05, seed + 1000);
            let half = vec![0.5; 365];
            verdict(&noise, &half, &half, &outcomes, 1).promoted
        })
        .count();
    assert!(promoted <= 4, "{promoted} of 40 noise models passed a one-sided 5 % test");
}

#[test]
fn a_tie_keeps_the_champion() {
    let (truth, outcomes) = market(730, 0.3, 2);
    let verdict = verdict(&truth, &truth, &vec![0.5; 730], &outcomes, 1);
    assert!(!verdict.promoted);
    assert!(verdict.gain_over_climatology.lo > 0.0);
    assert!(verdict.reasons[0].starts_with("not better than the champion"), "{:?}", verdict.reasons);
}

/// A bad champion must not make a merely less bad challenger look good.
#[test]
fn refuses_better_than_the_champion_but_worse_than_climatology() {
    let (truth, outcomes) = market(730, 0.3, 3);
    let wrong = |share: f64| truth.iter().map(|p| 0.5 - share * (p - 0.5)).collect::<Vec<_>>();
    let verdict = verdict(&wrong(0.3), &wrong(1.0), &vec![0.5; 730], &outcomes, 1);
    assert!(verdict.gain_over_champion.lo > 0.0);
    assert!(!verdict.promoted);
    assert!(verdict.reasons[1].starts_with("not better than climatology"), "{:?}", verdict.reasons);
}

/// Equal to climatology is no evidence of skill, however bad the champion is.
#[test]
fn a_tie_with_climatology_is_refused() {
    let (truth, outcomes) = market(730, 0.3, 5);
    let wrong: Vec<f64> = truth.iter().map(|p| 1.0 - p).collect();
    let half = vec![0.5; 730];
    let verdict = verdict(&half, &wrong, &half, &outcomes, 1);
    assert!(verdict.gain_over_champion.lo > 0.0);
    assert_eq!(verdict.gain_over_climatology, BootstrapInterval { estimate: 0.0, lo: 0.0, hi: 0.0 });
    assert!(!verdict.promoted);
}

/// The stored numbers are those of the inputs, and the sentences say them.
#[test]
fn the_verdict_holds_its_numbers() {
    let (truth, outcomes) = market(700, 0.3, 6);
    let (half, sure) = (vec![0.5; 700], vec![0.6; 700]);
    let verdict = verdict(&truth, &sure, &half, &outcomes, 7);
    assert_eq!((verdict.n, verdict.n_effective.to_bits()), (700, 100.0_f64.to_bits()));
    let loss = |p: &[f64]| crate::metrics::log_loss(p, &outcomes);
    for (got, expected) in [
        (verdict.log_loss_challenger, loss(&truth)),
        (verdict.log_loss_champion, loss(&sure)),
        (verdict.log_loss_climatology, loss(&half)),
        (verdict.gain_over_champion.estimate, loss(&sure) - loss(&truth)),
        (verdict.gain_over_climatology.estimate, loss(&half) - loss(&truth)),
    ] {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }
    assert!(verdict.reasons[0].ends_with("at 95 %"), "{}", verdict.reasons[0]);
    let gain = verdict.gain_over_climatology;
    let said = format!("lower by {:.5} on average, lower bound {:.5}", gain.estimate, gain.lo);
    assert!(verdict.reasons[1].contains(&said), "{}", verdict.reasons[1]);
}

/// 730 weekly labels that overlap are about 104 independent ones, 690 are fewer than 100.
#[test]
fn overlapping_labels_count_once() {
    let (truth, outcomes) = market(690, 0.4, 4);
    let half = vec![0.5; 690];
    assert!(verdict(&truth, &half, &half, &outcomes, 1).promoted);
    let weekly = verdict(&truth, &half, &half, &outcomes, 7);
    assert!(!weekly.promoted);
    assert_eq!(weekly.reasons[2], "690 labels at horizon 7 count as 99 independent ones, fewer than the 100 required");
}

#[test]
fn inputs_that_do_not_fit_together_are_errors() {
    let input = GateInput {
        challenger: &[0.5, 0.5],
        champion: &[0.5],
        climatology: &[0.5, 0.5],
        outcomes: &[true, false],
        horizon: 1,
    };
    let config = GateConfig::default();
    assert_eq!(evaluate_gate(&input, &config), Err(GateError::Length { name: "champion", length: 1, outcomes: 2 }));
    let bad = GateInput { champion: &[0.5, 1.5], ..input };
    assert_eq!(evaluate_gate(&bad, &config), Err(GateError::Probability { name: "champion", row: 1, value: 1.5 }));
    let empty = GateInput { challenger: &[], champion: &[], climatology: &[], outcomes: &[], horizon: 1 };
    assert_eq!(evaluate_gate(&empty, &config), Err(GateError::Bootstrap { source: BootstrapError::Empty }));
}
