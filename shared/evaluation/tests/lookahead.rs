//! Look-ahead checks. Training rows of a fold do not depend on bars that close after its test range begins, and the purge
//! removes no more rows than that needs. A record of distributions does not depend on bars after the last target.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

use contracts::distribution::{OddsSizes, Quantiles};
use evaluation::{
    distribution::{DistributionEvaluation, DistributionInput, SettledDistribution},
    splits::{Fold, WalkForward, holdout_split},
};
use features::{
    baselines::{SettledMoves, moves},
    feature_names, feature_rows,
    labels::labels,
    lookahead::{Perturbation, perturb_after},
};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HORIZON: u32 = 7;

/// Valid consecutive daily bars with random prices and volumes.
fn simulated_bars(seed: u64, count: i64) -> Vec<Bar> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let first: Timestamp = "2021-03-04T00:00:00Z".parse().unwrap();
    let mut close: f64 = 1_800.0;
    (0..count)
        .map(|day| {
            let open = close;
            close *= (0.06 * (rng.random::<f64>() - 0.5)).exp();
            let high = open.max(close) * (0.01 * rng.random::<f64>()).exp();
            let low = open.min(close) * (-0.01 * rng.random::<f64>()).exp();
            let volume = 1_000.0 * rng.random::<f64>();
            Bar { time: Interval::Day.step(first, day), open, high, low, close, volume }
        })
        .collect()
}

/// Bars with gaps, of which at least one run is longer than the warm-up.
fn gapped_bars(seed: u64) -> Vec<Bar> {
    let bars = simulated_bars(seed, 420).into_iter().enumerate();
    bars.filter(|(index, _)| !matches!(index, 20 | 171 | 172 | 400)).map(|(_, bar)| bar).collect()
}

/// Everything that training on a fold reads: bits of the features and labels of its training rows, by column.
fn training_data(bars: &[Bar], fold: &Fold) -> Vec<Vec<u64>> {
    let rows = feature_rows(bars, Interval::Day);
    let label = |label: &Option<bool>| label.map_or(f64::NAN, |up| f64::from(u8::from(up)));
    let mut columns: Vec<Vec<f64>> = (0..feature_names().len())
        .map(|index| rows.iter().map(|row| row.as_ref().map_or(f64::NAN, |row| row.values[index])).collect())
        .collect();
    columns.push(labels(bars, Interval::Day, HORIZON).iter().map(label).collect());
    columns.iter().map(|values| values[fold.train.clone()].iter().map(|value| value.to_bits()).collect()).collect()
}

fn folds(bars: usize, embargo: usize) -> Vec<Fold> {
    let horizon = HORIZON as usize;
    let mut folds = WalkForward { folds: 4, min_train: 200, horizon, embargo }.split(bars).unwrap();
    folds.push(holdout_split(bars, 100, horizon, embargo).unwrap());
    folds
}

/// True if a perturbation after the last bar that closes before the test range leaves the training data unchanged.
fn is_independent_of(perturbation: Perturbation, bars: &[Bar], fold: &Fold) -> bool {
    let perturbed = perturb_after(bars, fold.test.start - 1, perturbation);
    training_data(&perturbed, fold) == training_data(bars, fold)
}

#[test]
fn no_fold_trains_on_bars_after_its_test_range_begins() {
    let (gapped, complete) = (gapped_bars(12), simulated_bars(13, 700));
    for (bars, embargo) in [(&gapped, 0), (&complete, 0), (&complete, 5)] {
        for fold in folds(bars.len(), embargo) {
            for perturbation in Perturbation::ALL {
                assert!(is_independent_of(perturbation, bars, &fold), "{perturbation:?} {fold:?}");
            }
            // Without the purge the last labels depend on the test range.
            let unpurged = Fold { train: 0..fold.test.start, ..fold.clone() };
            assert!(!is_independent_of(Perturbation::Truncate, bars, &unpurged), "{fold:?}");
        }
    }
}

#[test]
fn the_purge_removes_no_row_that_is_known() {
    let bars = simulated_bars(14, 700);
    for embargo in [0, 5] {
        for fold in folds(bars.len(), embargo) {
            let longer = Fold { train: 0..fold.train.end + embargo + 1, ..fold.clone() };
            assert!(!is_independent_of(Perturbation::Truncate, &bars, &longer), "{fold:?}");
        }
    }
}

/// Record of the distributions of climatology that are settled by the close of bar `end`, as JSON. The forecast is the recent
/// baseline.
fn distribution_record(bars: &[Bar], end: usize) -> String {
    let series = "eth-usd-1d-h7".parse().unwrap();
    let moves = moves(bars, Interval::Day, HORIZON);
    let mut known = SettledMoves::new(&series, &moves);
    let settled: Vec<SettledDistribution> = (100..=end - HORIZON as usize)
        .filter_map(|bar| {
            known.advance_to(bar);
            let recent = Quantiles::from_ascending(known.recent());
            let baseline = Quantiles::from_ascending(known.all())?;
            let decision_time = series.decision_time(bars[bar].time);
            Some(SettledDistribution { decision_time, quantiles: recent?, baseline, recent, outcome: moves[bar]? })
        })
        .collect();
    let sizes = OddsSizes::for_series(&series);
    let input = DistributionInput {
        series: &series,
        settled: &settled,
        from_model: true,
        sizes: &sizes,
        resamples: 100,
        seed: 1,
    };
    serde_json::to_string(&DistributionEvaluation::new(&input).unwrap().unwrap()).unwrap()
}

#[test]
fn no_record_of_distributions_depends_on_later_bars() {
    let bars = simulated_bars(15, 700);
    for perturbation in Perturbation::ALL {
        let perturbed = perturb_after(&bars, 620, perturbation);
        assert_eq!(distribution_record(&perturbed, 620), distribution_record(&bars, 620), "{perturbation:?}");
    }
    let perturbed = perturb_after(&bars, 619, Perturbation::Rise);
    assert_ne!(
        distribution_record(&perturbed, 620),
        distribution_record(&bars, 620),
        "a change of the last target shows"
    );
}
