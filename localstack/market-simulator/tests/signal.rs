//! Predictability: none without a signal, and with a signal as much as the reported probabilities have.

use evaluation::metrics::{auc, expected_calibration_error, log_loss};
use features::{feature_names, feature_rows, labels::labels};
use market_data::Interval;
use market_simulator::{MarketModel, Simulated};

const BARS: usize = 20_000;

fn simulate(seed: u64, signal: f64) -> Simulated {
    MarketModel { signal, ..MarketModel::new(seed, Interval::Hour, jiff::Timestamp::UNIX_EPOCH) }.simulate(BARS)
}

/// Predictions and labels of the bars that have both.
fn pairs(predictions: &[Option<f64>], labels: &[Option<bool>]) -> (Vec<f64>, Vec<bool>) {
    predictions.iter().zip(labels).filter_map(|(p, label)| p.zip(*label)).unzip()
}

/// AUC of each feature as a forecast of its own.
fn feature_aucs(simulated: &Simulated, horizon: u32) -> Vec<(&'static str, f64)> {
    let rows = feature_rows(&simulated.bars, Interval::Hour);
    let labels = labels(&simulated.bars, Interval::Hour, horizon);
    let auc_of = |i: usize| {
        let column: Vec<Option<f64>> = rows.iter().map(|row| row.as_ref().map(|row| row.values[i])).collect();
        let (values, labels) = pairs(&column, &labels);
        auc(&values, &labels)
    };
    feature_names().iter().enumerate().filter_map(|(i, name)| Some((*name, auc_of(i)?))).collect()
}

#[test]
fn without_a_signal_no_feature_predicts_the_next_sign() {
    // The AUC of a random forecast of n labels has standard deviation 1 / sqrt(3 n): .0041 here; 4 of them allow for
    // the choice of the best of 60 features.
    for seed in [1, 2, 3] {
        let simulated = simulate(seed, 0.0);
        assert!(simulated.probability_up.iter().all(|p| (p - 0.5).abs() < 1e-15));
        for (name, auc) in feature_aucs(&simulated, 1) {
            assert!((auc - 0.5).abs() < 0.0165, "seed {seed}, {name}: {auc}");
        }
    }
}

#[test]
fn without_a_signal_signs_are_fair_even_in_a_crisis() {
    let crisis = MarketModel {
        regime: market_simulator::Regime::Crisis,
        ..MarketModel::new(4, Interval::Day, jiff::Timestamp::UNIX_EPOCH)
    };
    let labels: Vec<bool> = labels(&crisis.bars(BARS), Interval::Day, 1).into_iter().flatten().collect();
    let share =
        |hits: usize, of: usize| f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(of).unwrap());
    let ups = share(labels.iter().filter(|up| **up).count(), labels.len());
    let repeats = share(labels.windows(2).filter(|pair| pair[0] == pair[1]).count(), labels.len() - 1);
    for (name, share) in [("ups", ups), ("repeats", repeats)] {
        assert!((share - 0.5).abs() < 4.0 * 0.5 / 20_000.0_f64.sqrt(), "{name}: {share}");
    }
}

#[test]
fn with_a_signal_the_true_probability_is_calibrated() {
    for (signal, floor) in [(0.3, 0.55), (0.5, 0.59), (1.0, 0.67)] {
        let simulated = simulate(5, signal);
        let labels = labels(&simulated.bars, Interval::Hour, 1);
        let truth: Vec<Option<f64>> = simulated.probability_up.iter().map(|p| Some(*p)).collect();
        let (p, labels) = pairs(&truth, &labels);
        let auc = auc(&p, &labels).unwrap();
        assert!(auc > floor, "signal {signal}: {auc}");
        let error = expected_calibration_error(&p, &labels, 10);
        assert!(error < 0.02, "signal {signal}: {error}");
        assert!(log_loss(&p, &labels) < std::f64::consts::LN_2 - 0.005, "signal {signal}");
    }
}

#[test]
fn one_feature_has_the_whole_signal_also_at_longer_horizons() {
    let simulated = simulate(6, 0.5);
    let best = |horizon| {
        let aucs = feature_aucs(&simulated, horizon);
        aucs.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
    };
    let (name, best_auc) = best(1);
    let labels = labels(&simulated.bars, Interval::Hour, 1);
    let truth: Vec<Option<f64>> = simulated.probability_up.iter().map(|p| Some(*p)).collect();
    let (p, labels) = pairs(&truth, &labels);
    assert_eq!(name, "momentum_5");
    assert!((best_auc - auc(&p, &labels).unwrap()).abs() < 0.01, "{best_auc}");
    let (_, auc_at_7_bars) = best(7);
    assert!(auc_at_7_bars > 0.55, "{auc_at_7_bars}");
}
