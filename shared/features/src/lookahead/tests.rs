//! Nothing looks ahead: no feature, no label, no baseline, no split. And what does look ahead is named.

use super::{Leak, LookAheadCheck, Perturbation, find_leak, perturb_after};
use crate::testing::{OPENS, simulated_bars};
use crate::{
    FeatureRow, WARM_UP_BARS,
    baselines::{climatology, persistence},
    feature_names, feature_rows, indicators,
    labels::labels,
    latest_feature_row,
};
use evaluation::splits::{Fold, WalkForward, holdout_split};
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};

const HORIZON: u32 = 7;

/// A market whose bars are missing here and there, at least one run being longer than the warm-up.
fn gapped(seed: u64, interval: Interval) -> Vec<Bar> {
    let mut bars = simulated_bars(seed, 420, interval);
    bars.retain(|bar| {
        let index = (bar.time.as_second() - OPENS.parse::<Timestamp>().unwrap().as_second()) / interval.seconds();
        !matches!(index, 20 | 171 | 172 | 400)
    });
    bars
}

type Columns = Vec<(&'static str, Vec<f64>)>;

/// The feature set by column; NaN where a bar has no row.
fn features(bars: &[Bar], interval: Interval) -> Columns {
    let rows = feature_rows(bars, interval);
    let column = |(i, name): (usize, &&'static str)| {
        (*name, rows.iter().map(|row| row.as_ref().map_or(f64::NAN, |row| row.values[i])).collect())
    };
    feature_names().iter().enumerate().map(column).collect()
}

fn as_numbers(labels: &[Option<bool>]) -> Vec<f64> {
    labels.iter().map(|label| label.map_or(f64::NAN, |up| f64::from(u8::from(up)))).collect()
}

fn none(leak: Option<Leak>, what: &str) {
    assert!(leak.is_none(), "{what}: {}", leak.unwrap());
}

#[test]
fn no_feature_looks_ahead() {
    for interval in [Interval::Day, Interval::Hour] {
        let bars = simulated_bars(1, WARM_UP_BARS + 100, interval);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: 0 };
        none(find_leak(&check, |bars| features(bars, interval)), interval.as_str());
        // Longer than the blocks that rows are made in.
        let bars = simulated_bars(2, 1_300, interval);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 37, known_after: 0 };
        none(find_leak(&check, |bars| features(bars, interval)), interval.as_str());
        let bars = gapped(3, interval);
        assert!(features(&bars, interval)[0].1.iter().filter(|value| !value.is_nan()).count() > 100);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 3, known_after: 0 };
        none(find_leak(&check, |bars| features(bars, interval)), &format!("{interval} with gaps"));
    }
}

#[test]
fn the_row_that_predict_serves_has_no_other_source_than_the_bars_so_far() {
    let bars = simulated_bars(4, 700, Interval::Hour);
    let bits = |row: FeatureRow| row.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for present in [120, 300, 474, 600] {
        let row = latest_feature_row(&bars[..=present], Interval::Hour).unwrap();
        let other = perturb_after(&bars, present, Perturbation::Rise);
        assert_eq!(bits(latest_feature_row(&other[..=present], Interval::Hour).unwrap()), bits(row));
    }
}

/// The real features and one more.
fn with_leak(name: &'static str, leaking: impl Fn(&[Bar]) -> Vec<f64>) -> impl Fn(&[Bar]) -> Columns {
    move |bars| {
        let mut columns = features(bars, Interval::Hour);
        columns.push((name, leaking(bars)));
        columns
    }
}

#[test]
fn a_feature_that_peeks_at_the_next_close_is_named() {
    let bars = simulated_bars(5, 300, Interval::Hour);
    let peek = |bars: &[Bar]| {
        let mut values: Vec<f64> = bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect();
        values.push(f64::NAN);
        values
    };
    let check = LookAheadCheck { bars: &bars, first_cutoff: 200, cutoff_step: 9, known_after: 0 };
    let leak = find_leak(&check, with_leak("next_return", peek)).unwrap();
    assert_eq!((leak.column.as_str(), leak.bar, leak.cutoff), ("next_return", 200, 200));
    assert_eq!(
        leak.to_string(),
        "column `next_return` looks ahead: its value at bar 200 changes when the bars after 200 are replaced by a rise"
    );
    // The same values are no leak where they may be known a bar later.
    none(find_leak(&LookAheadCheck { known_after: 1, ..check }, with_leak("next_return", peek)), "a bar later");
}

#[test]
fn a_centred_average_is_named_with_the_first_bar_that_it_spoils() {
    let bars = simulated_bars(6, 300, Interval::Hour);
    let centred = |bars: &[Bar]| {
        let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        let mut average = indicators::sma(&closes, 5);
        average.drain(..2);
        average.extend([f64::NAN; 2]);
        average
    };
    let check = LookAheadCheck { bars: &bars, first_cutoff: 150, cutoff_step: 1, known_after: 0 };
    let leak = find_leak(&check, with_leak("centred_5", centred)).unwrap();
    assert_eq!((leak.column.as_str(), leak.bar, leak.cutoff), ("centred_5", 149, 150));
    assert!(leak.to_string().contains("`centred_5`") && leak.to_string().contains("bar 149"), "{leak}");
}

#[test]
fn a_column_scaled_by_all_history_is_named() {
    let bars = simulated_bars(7, 200, Interval::Hour);
    let scaled = |bars: &[Bar]| {
        let mean = bars.iter().map(|bar| bar.volume).sum::<f64>() / bars.len() as f64;
        bars.iter().map(|bar| bar.volume / mean).collect()
    };
    let leak = find_leak(
        &LookAheadCheck { bars: &bars, first_cutoff: 130, cutoff_step: 1, known_after: 0 },
        with_leak("scaled", scaled),
    );
    assert_eq!(leak.map(|leak| (leak.column, leak.bar)), Some(("scaled".to_owned(), 0)));
    // Which knows only how many bars there are, and so shows in a shorter history alone.
    let aged = |bars: &[Bar]| (0..bars.len()).map(|bar| (bars.len() - bar) as f64).collect();
    let leak = find_leak(
        &LookAheadCheck { bars: &bars, first_cutoff: 130, cutoff_step: 1, known_after: 0 },
        with_leak("age", aged),
    )
    .unwrap();
    assert_eq!((leak.column.as_str(), leak.bar, leak.future), ("age", 0, Perturbation::Truncate));
}

#[test]
fn a_label_is_settled_by_its_horizon_and_not_before() {
    for interval in [Interval::Day, Interval::Hour] {
        for bars in [simulated_bars(8, 200, interval), gapped(9, interval)] {
            let label = |bars: &[Bar]| vec![("label", as_numbers(&labels(bars, interval, HORIZON)))];
            let settled =
                LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: HORIZON as usize };
            none(find_leak(&settled, label), "labels");
            let early = LookAheadCheck { known_after: HORIZON as usize - 1, ..settled };
            assert_eq!(find_leak(&early, label).unwrap().column, "label", "it is the future that a label tells");
        }
    }
}

#[test]
fn a_baseline_knows_settled_labels_only() {
    for interval in [Interval::Day, Interval::Hour] {
        for bars in [simulated_bars(10, 200, interval), gapped(11, interval)] {
            let base_rate =
                |bars: &[Bar]| vec![("climatology", climatology(&labels(bars, interval, HORIZON), HORIZON))];
            let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: 0 };
            none(find_leak(&check, base_rate), "climatology");
            let series: Series = format!("eth-usd-{interval}-h{HORIZON}").parse().unwrap();
            let persistence = |bars: &[Bar]| {
                let labels = labels(bars, interval, HORIZON);
                vec![("persistence", persistence(&series, bars, &labels, &climatology(&labels, HORIZON)))]
            };
            none(find_leak(&check, persistence), "persistence");
            // One that settles labels a bar too early.
            let early = |bars: &[Bar]| vec![("early", climatology(&labels(bars, interval, HORIZON), HORIZON - 1))];
            assert_eq!(find_leak(&check, early).unwrap().column, "early");
        }
    }
}

/// Everything that training on a fold reads: features and labels of its rows.
fn training_data(bars: &[Bar], fold: &Fold, interval: Interval) -> Vec<Vec<u64>> {
    let mut columns = features(bars, interval);
    columns.push(("label", as_numbers(&labels(bars, interval, HORIZON))));
    columns.iter().map(|(_, values)| values[fold.train.clone()].iter().map(|value| value.to_bits()).collect()).collect()
}

fn folds(bars: usize, embargo: usize) -> Vec<Fold> {
    let horizon = HORIZON as usize;
    let mut folds = WalkForward { folds: 4, min_train: 200, horizon, embargo }.split(bars).unwrap();
    folds.push(holdout_split(bars, 100, horizon, embargo).unwrap());
    folds
}

/// Whether training on the fold is the same with another future after the last bar that closes before the test range.
fn knows_nothing_of(future: Perturbation, bars: &[Bar], fold: &Fold) -> bool {
    let other = perturb_after(bars, fold.test.start - 1, future);
    training_data(&other, fold, Interval::Day) == training_data(bars, fold, Interval::Day)
}

#[test]
fn no_fold_trains_on_what_is_known_after_its_first_test_bar() {
    let (gapped, whole) = (gapped(12, Interval::Day), simulated_bars(13, 700, Interval::Day));
    for (bars, embargo) in [(&gapped, 0), (&whole, 0), (&whole, 5)] {
        for fold in folds(bars.len(), embargo) {
            assert!(Perturbation::ALL.into_iter().all(|future| knows_nothing_of(future, bars, &fold)), "{fold:?}");
            // Without the purge the last labels would tell.
            let unpurged = Fold { train: 0..fold.test.start, ..fold.clone() };
            assert!(!knows_nothing_of(Perturbation::Truncate, bars, &unpurged), "{fold:?}");
        }
    }
}

#[test]
fn the_purge_leaves_out_no_row_that_is_known() {
    let bars = simulated_bars(14, 700, Interval::Day);
    for embargo in [0, 5] {
        for fold in folds(bars.len(), embargo) {
            let longer = Fold { train: 0..fold.train.end + embargo + 1, ..fold.clone() };
            assert!(!knows_nothing_of(Perturbation::Truncate, &bars, &longer), "{fold:?}");
        }
    }
}
