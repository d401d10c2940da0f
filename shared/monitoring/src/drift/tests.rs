use super::*;
use crate::{MonitoringConfig, RealisedPerformance};
use features::{FeatureRow, feature_names};
use jiff::Timestamp;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) fn window(evidence: bool, severe: bool) -> WindowDrift {
    WindowDrift {
        from: Timestamp::UNIX_EPOCH,
        through: Timestamp::UNIX_EPOCH,
        bars: 30,
        features: vec![],
        forecasts: None,
        share_drifted: 0.5,
        share_threshold: 0.2,
        psi_share: None,
        jensen_shannon_share: None,
        severity: 3.1,
        severity_threshold: 1.5,
        evidence,
        severe,
    }
}

pub(crate) fn performance(worse: bool) -> RealisedPerformance {
    RealisedPerformance {
        n: 90,
        independent: 90,
        from: Timestamp::UNIX_EPOCH,
        through: Timestamp::UNIX_EPOCH,
        log_loss: 0.71,
        log_loss_climatology: 0.693,
        excess: 0.017,
        excess_ci: Some([0.006, 0.03]),
        excess_lower: Some(0.005),
        worse,
        brier: 0.26,
        brier_climatology: 0.25,
        brier_skill: -0.04,
        brier_skill_ci: Some([-0.06, -0.01]),
        auc: None,
        calibration_error: 0.1,
        calibration_in_the_large: 0.02,
        called: 0,
        hit_rate: None,
    }
}

/// Rows of autocorrelated features: noise averaged over `memory` bars, with this level and spread.
fn rows(n: usize, level: f64, spread: f64, seed: u64) -> Vec<FeatureRow> {
    let mut noise = ChaCha8Rng::seed_from_u64(seed);
    let memory = [1, 3, 5, 10, 14, 20].into_iter().cycle().take(feature_names().len()).collect::<Vec<_>>();
    let mut states = vec![0.0_f64; memory.len()];
    (0..n)
        .map(|i| {
            for (state, memory) in states.iter_mut().zip(&memory) {
                let keep = 1.0 - 1.0 / f64::from(*memory);
                *state = keep * *state + (1.0 - keep * keep).sqrt() * uniform(&mut noise);
            }
            FeatureRow {
                time: Timestamp::from_second(86_400 * i64::try_from(i).unwrap()).unwrap(),
                values: states.iter().map(|state| level + spread * state).collect(),
            }
        })
        .collect()
}

fn uniform(noise: &mut impl Rng) -> f64 {
    noise.random_range(-1.0..1.0)
}

#[test]
fn only_windows_of_another_process_drift() {
    let config = MonitoringConfig::default();
    let reference = DriftReference::fit(&rows(1500, 0.0, 1.0, 1), &[], &config).unwrap();
    let evidence = |level: f64, spread: f64, seed: u64| {
        let later = rows(60, level, spread, seed);
        compare_window(&reference, &later[30..], &[], &config).unwrap().evidence
    };
    let false_alarms = (100..300).filter(|seed| evidence(0.0, 1.0, *seed)).count();
    assert!(false_alarms <= 10, "{false_alarms} of 200");
    assert!((100..300).all(|seed| evidence(3.0, 1.0, seed)));
    assert!((100..300).all(|seed| evidence(0.0, 5.0, seed)));
}

#[test]
fn forecasts_outside_their_range_are_evidence_but_constant_ones_are_not() {
    let config = MonitoringConfig::default();
    let rows = rows(600, 0.0, 1.0, 3);
    let forecasts: Vec<f64> = rows.iter().map(|row| 0.5 + 0.02 * row.values[0]).collect();
    let reference = DriftReference::fit(&rows, &forecasts, &config).unwrap();
    let drifted = (0..20).filter(|window| {
        let window = 30 * window..30 * window + 30;
        compare_window(&reference, &rows[window.clone()], &forecasts[window], &config).unwrap().evidence
    });
    assert!(drifted.count() <= 2);
    let recent = &rows[200..230];
    assert!(compare_window(&reference, recent, &[0.9; 30], &config).unwrap().evidence);

    let constant = DriftReference::fit(&rows, &[0.52; 600], &config).unwrap();
    let window = compare_window(&constant, recent, &[0.52; 30], &config).unwrap();
    assert!(!window.forecasts.unwrap().drifted);
}

#[test]
fn a_reference_round_trips_through_json() {
    let reference = DriftReference::fit(&rows(400, 0.0, 1.0, 5), &[], &MonitoringConfig::default()).unwrap();
    let text = serde_json::to_string(&reference).unwrap();
    assert_eq!(serde_json::from_str::<DriftReference>(&text).unwrap(), reference);
}

/// References of older releases have no thresholds for the binned distances.
#[test]
fn a_reference_of_an_older_release_gives_the_same_drift() {
    let config = MonitoringConfig::default();
    let rows = rows(400, 0.0, 1.0, 5);
    let reference = DriftReference::fit(&rows, &[], &config).unwrap();
    let mut old = serde_json::to_value(&reference).unwrap();
    for field in ["psi_share_threshold", "jensen_shannon_share_threshold"] {
        old.as_object_mut().unwrap().remove(field).unwrap();
    }
    for feature in old["features"].as_array_mut().unwrap() {
        feature.as_object_mut().unwrap().remove("binned").unwrap();
    }
    let old: DriftReference = serde_json::from_value(old).unwrap();
    let [without, with] =
        [old, reference].map(|reference| compare_window(&reference, &rows[300..330], &[], &config).unwrap());
    assert_eq!((without.share_drifted.to_bits(), without.severe), (with.share_drifted.to_bits(), with.severe));
    assert_eq!((without.psi_share, without.features[0].psi.threshold), (None, None));
    assert!(with.psi_share.is_some() && with.features[0].psi.threshold.is_some());
}

#[test]
fn too_few_rows_have_no_reference_and_no_drift() {
    let config = MonitoringConfig::default();
    let few = rows(119, 0.0, 1.0, 7);
    assert!(matches!(DriftReference::fit(&few, &[], &config), Err(ReferenceError::TooFewRows { needed: 120, .. })));
    let reference = DriftReference::fit(&rows(400, 0.0, 1.0, 7), &[], &config).unwrap();
    assert!(compare_window(&reference, &few[..14], &[], &config).is_none());
    let narrow = FeatureRow { time: few[0].time, values: vec![1.0] };
    assert!(compare_window(&reference, &vec![narrow; 30], &[], &config).is_none());
}
