//! Look-ahead checks of features, labels and baselines. Columns that look ahead on purpose are found and named. Splits are
//! checked in the crate `evaluation`.

use super::{Leak, LookAheadCheck, Perturbation, find_leak, perturb_after};
use crate::testing::{FIRST_OPEN, simulated_bars};
use crate::{
    FeatureRow, WARM_UP_BARS,
    baselines::{climatology, persistence},
    feature_names, feature_rows, indicators,
    labels::labels,
    latest_feature_row,
};
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};

const HORIZON: u32 = 7;

/// Bars with gaps, of which at least one run is longer than the warm-up.
fn gapped(seed: u64, interval: Interval) -> Vec<Bar> {
    let mut bars = simulated_bars(seed, 420, interval);
    bars.retain(|bar| {
        let index = (bar.time.as_second() - FIRST_OPEN.parse::<Timestamp>().unwrap().as_second()) / interval.seconds();
        !matches!(index, 20 | 171 | 172 | 400)
    });
    bars
}

type Columns = Vec<(&'static str, Vec<f64>)>;

/// Feature set by column; NaN where a bar has no row.
fn features(bars: &[Bar], interval: Interval) -> Columns {
    let rows = feature_rows(bars, interval);
    let column = |(index, name): (usize, &&'static str)| {
        (*name, rows.iter().map(|row| row.as_ref().map_or(f64::NAN, |row| row.values[index])).collect())
    };
    feature_names().iter().enumerate().map(column).collect()
}

fn as_numbers(labels: &[Option<bool>]) -> Vec<f64> {
    labels.iter().map(|label| label.map_or(f64::NAN, |up| f64::from(u8::from(up)))).collect()
}

fn assert_no_leak(leak: Option<Leak>, columns: &str) {
    assert!(leak.is_none(), "{columns}: {}", leak.unwrap());
}

#[test]
fn no_feature_looks_ahead() {
    for interval in [Interval::Day, Interval::Hour] {
        let bars = simulated_bars(1, WARM_UP_BARS + 100, interval);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: 0 };
        assert_no_leak(find_leak(&check, |bars| features(bars, interval)), interval.as_str());
        // Longer than the blocks in which rows are computed.
        let bars = simulated_bars(2, 1_300, interval);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 37, known_after: 0 };
        assert_no_leak(find_leak(&check, |bars| features(bars, interval)), interval.as_str());
        let bars = gapped(3, interval);
        assert!(features(&bars, interval)[0].1.iter().filter(|value| !value.is_nan()).count() > 100);
        let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 3, known_after: 0 };
        assert_no_leak(find_leak(&check, |bars| features(bars, interval)), &format!("{interval} with gaps"));
    }
}

#[test]
fn the_latest_row_depends_on_past_bars_only() {
    let bars = simulated_bars(4, 700, Interval::Hour);
    let bits = |row: FeatureRow| row.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for cutoff in [120, 300, 474, 600] {
        let row = latest_feature_row(&bars[..=cutoff], Interval::Hour).unwrap();
        let other = perturb_after(&bars, cutoff, Perturbation::Rise);
        assert_eq!(bits(latest_feature_row(&other[..=cutoff], Interval::Hour).unwrap()), bits(row));
    }
}

/// The real features and one column that looks ahead.
fn with_leak(name: &'static str, leaking: impl Fn(&[Bar]) -> Vec<f64>) -> impl Fn(&[Bar]) -> Columns {
    move |bars| {
        let mut columns = features(bars, Interval::Hour);
        columns.push((name, leaking(bars)));
        columns
    }
}

#[test]
fn a_feature_that_uses_the_next_close_is_found() {
    let bars = simulated_bars(5, 300, Interval::Hour);
    let next_return = |bars: &[Bar]| {
        let mut values: Vec<f64> = bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect();
        values.push(f64::NAN);
        values
    };
    let check = LookAheadCheck { bars: &bars, first_cutoff: 200, cutoff_step: 9, known_after: 0 };
    let leak = find_leak(&check, with_leak("next_return", next_return)).unwrap();
    assert_eq!((leak.column.as_str(), leak.bar, leak.cutoff), ("next_return", 200, 200));
    assert_eq!(
        leak.to_string(),
        "column `next_return` looks ahead: its value at bar 200 changes when the bars after 200 are replaced by a rise"
    );
    // The same values are no leak if they are known one bar later.
    let later = LookAheadCheck { known_after: 1, ..check };
    assert_no_leak(find_leak(&later, with_leak("next_return", next_return)), "one bar later");
}

#[test]
fn a_centred_average_is_found_at_its_first_changed_bar() {
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
fn a_column_scaled_by_all_history_is_found() {
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
    // This column depends only on the number of bars, so only truncation shows the leak.
    let age = |bars: &[Bar]| (0..bars.len()).map(|bar| (bars.len() - bar) as f64).collect();
    let leak = find_leak(
        &LookAheadCheck { bars: &bars, first_cutoff: 130, cutoff_step: 1, known_after: 0 },
        with_leak("age", age),
    )
    .unwrap();
    assert_eq!((leak.column.as_str(), leak.bar, leak.perturbation), ("age", 0, Perturbation::Truncate));
}

#[test]
fn a_label_is_settled_after_its_horizon_and_not_before() {
    for interval in [Interval::Day, Interval::Hour] {
        for bars in [simulated_bars(8, 200, interval), gapped(9, interval)] {
            let label = |bars: &[Bar]| vec![("label", as_numbers(&labels(bars, interval, HORIZON)))];
            let settled =
                LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: HORIZON as usize };
            assert_no_leak(find_leak(&settled, label), "labels");
            let early = LookAheadCheck { known_after: HORIZON as usize - 1, ..settled };
            assert_eq!(find_leak(&early, label).unwrap().column, "label");
        }
    }
}

#[test]
fn a_baseline_depends_on_settled_labels_only() {
    for interval in [Interval::Day, Interval::Hour] {
        for bars in [simulated_bars(10, 200, interval), gapped(11, interval)] {
            let base_rate =
                |bars: &[Bar]| vec![("climatology", climatology(&labels(bars, interval, HORIZON), HORIZON))];
            let check = LookAheadCheck { bars: &bars, first_cutoff: 0, cutoff_step: 1, known_after: 0 };
            assert_no_leak(find_leak(&check, base_rate), "climatology");
            let series: Series = format!("eth-usd-{interval}-h{HORIZON}").parse().unwrap();
            let persistence = |bars: &[Bar]| {
                let labels = labels(bars, interval, HORIZON);
                vec![("persistence", persistence(&series, bars, &labels, &climatology(&labels, HORIZON)))]
            };
            assert_no_leak(find_leak(&check, persistence), "persistence");
            // This baseline settles labels one bar too early.
            let early = |bars: &[Bar]| vec![("early", climatology(&labels(bars, interval, HORIZON), HORIZON - 1))];
            assert_eq!(find_leak(&check, early).unwrap().column, "early");
        }
    }
}
