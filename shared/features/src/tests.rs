//! Properties of the feature table: no look-back across a gap, no dependence on units, and warm-ups, neutral values and
//! ranges as documented. The tests of [`crate::lookahead`] check that nothing looks ahead.

use super::*;
use crate::testing::simulated_bars as bars;
use jiff::Timestamp;
use market_data::{Bar, Interval};
use std::collections::BTreeMap;
use window::calmed;

mod window;

fn bits(row: &FeatureRow) -> Vec<u64> {
    row.values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_row_has_one_finite_value_per_name_once_warm() {
    let bars = bars(1, 200, Interval::Hour);
    let rows = feature_rows(&bars, Interval::Hour);
    assert_eq!(rows.len(), bars.len());
    for (i, (row, bar)) in rows.iter().zip(&bars).enumerate() {
        assert_eq!(row.is_some(), i >= WARM_UP_BARS, "row {i}");
        if let Some(row) = row {
            assert_eq!((row.time, row.values.len()), (bar.time, feature_names().len()));
            assert!(row.values.iter().all(|v| v.is_finite()));
        }
    }
    let mut names = feature_names().to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), feature_names().len(), "names are distinct");
}

#[test]
fn each_column_has_the_warm_up_of_the_table() {
    let bars = bars(2, 150, Interval::Hour);
    let mut indicators = recursive::RecursiveIndicators::new();
    let recursive: Vec<_> = bars.iter().map(|bar| indicators.next(bar)).collect();
    let columns = columns::columns(&bars, &recursive, Interval::Hour);
    let warm_ups: Vec<(&str, usize)> =
        columns.iter().map(|(name, values)| (*name, values.iter().take_while(|v| v.is_nan()).count())).collect();
    let documented: BTreeMap<&str, usize> =
        feature_descriptions().map(|feature| (feature.name, feature.warm_up.parse().unwrap())).collect();
    assert_eq!(warm_ups.iter().copied().collect::<BTreeMap<_, _>>(), documented);
    assert_eq!(warm_ups.iter().map(|(_, bars)| *bars).max(), Some(WARM_UP_BARS));
}

#[test]
fn no_look_back_reaches_across_a_missing_bar() {
    let mut gapped = bars(3, 300, Interval::Hour);
    gapped.remove(150);
    let rows = feature_rows(&gapped, Interval::Hour);
    for (i, row) in rows.iter().enumerate() {
        let since_gap = if i < 150 { i } else { i - 150 };
        assert_eq!(row.is_some(), since_gap >= WARM_UP_BARS, "row {i}");
    }
    let alone = feature_rows(&gapped[150..], Interval::Hour);
    assert_eq!(rows[150..], alone[..], "rows after the gap do not depend on bars before it");
}

#[test]
fn features_are_independent_of_price_and_volume_units() {
    let original = bars(4, 160, Interval::Day);
    // Powers of two scale without rounding.
    let scaled: Vec<Bar> = original
        .iter()
        .map(|b| Bar {
            time: b.time,
            open: b.open / 1024.0,
            high: b.high / 1024.0,
            low: b.low / 1024.0,
            close: b.close / 1024.0,
            volume: b.volume * 4096.0,
        })
        .collect();
    let rows = feature_rows(&original, Interval::Day);
    assert_eq!(rows.last().unwrap().as_ref().map(bits), feature_rows(&scaled, Interval::Day)[159].as_ref().map(bits));
}

#[test]
fn a_market_that_does_not_move_has_neutral_rows() {
    let flat: Vec<Bar> = bars(5, 130, Interval::Hour)
        .iter()
        .map(|b| Bar { time: b.time, open: 0.1, high: 0.1, low: 0.1, close: 0.1, volume: 0.0 })
        .collect();
    let row = latest_feature_row(&flat, Interval::Hour).unwrap();
    let value = |name: &str| row.values[feature_names().iter().position(|n| *n == name).unwrap()];
    let not_zero = [
        ("rsi_7", 0.5),
        ("rsi_14", 0.5),
        ("block_7_rsi_14", 0.5),
        ("stochastic_14", 0.5),
        ("up_share_10", 0.5),
        ("bollinger_place", 0.5),
        ("place_120", 0.5),
        ("volatility_ratio", 1.0),
        ("volatility_ratio_120", 1.0),
        ("variance_ratio_7", 1.0),
        ("downside_20", 0.5),
        ("garman_klass_20", 0.5),
        ("volume_ratio", 1.0),
        ("mfi_14", 0.5),
        ("illiquidity", 0.5),
    ];
    for name in feature_names().iter().filter(|name| !name.starts_with("day_") && !name.starts_with("week_")) {
        let expected = not_zero.iter().find(|(other, _)| other == name).map_or(0.0, |(_, value)| *value);
        assert!((value(name) - expected).abs() < 1e-15, "{name} is {}", value(name));
    }
}

#[test]
fn features_stay_bounded_long_after_the_last_move() {
    let mut bars = bars(7, 1_400, Interval::Hour);
    let price = bars[150].close;
    for bar in &mut bars[151..] {
        *bar = Bar { time: bar.time, open: price, high: price, low: price, close: price, volume: 0.0 };
    }
    for row in feature_rows(&bars, Interval::Hour).iter().flatten() {
        for (name, value) in feature_names().iter().zip(&row.values) {
            assert!(value.abs() < 50.0, "{name} is {value} at {}", row.time);
        }
    }
}

#[test]
fn values_stay_within_the_documented_ranges() {
    let volatile = calmed(8, 700, 5.0, Interval::Hour);
    let range = |name: &str| -> (f64, f64) {
        match name {
            "momentum_1" | "momentum_5" | "momentum_20" | "volume_z_score" => (-4.5, 4.5),
            "momentum_120" => (-11.0, 11.0),
            "skewness_20" => (-4.2, 4.2),
            "cci_20" => (-6.7, 6.7),
            "bollinger_place" => (-0.6, 1.6),
            "volatility_ratio" => (0.0, 3.5),
            "volatility_ratio_120" => (0.0, 2.5),
            "variance_ratio_7" => (0.0, 7.8),
            "range" => (0.0, 7.5),
            "volume_ratio" => (0.0, 20.0),
            "drawdown_60" | "drawdown_120" => (f64::MIN, 0.0),
            "bollinger_width" | "atr_14" | "volatility_20" | "parkinson_20" => (0.0, f64::MAX),
            "adx_14" | "rsi_7" | "rsi_14" | "block_7_rsi_14" | "stochastic_14" | "up_share_10" | "place_120"
            | "downside_20" | "garman_klass_20" | "upper_wick" | "lower_wick" | "mfi_14" | "illiquidity" => (0.0, 1.0),
            "directional_14"
            | "aroon_25"
            | "autocorrelation_20"
            | "body"
            | "signed_volume_20"
            | "volume_correlation_20"
            | "day_sin"
            | "day_cos"
            | "week_sin"
            | "week_cos" => (-1.0, 1.0),
            _ => (f64::MIN, f64::MAX),
        }
    };
    for row in feature_rows(&volatile, Interval::Hour).iter().flatten() {
        for (name, value) in feature_names().iter().zip(&row.values) {
            let (low, high) = range(name);
            assert!((low..=high).contains(value), "{name} is {value} at {}", row.time);
        }
    }
}

#[test]
fn phases_are_measured_at_the_close() {
    let value = |row: &FeatureRow, name: &str| row.values[feature_names().iter().position(|n| *n == name).unwrap()];
    let hourly = feature_rows(&bars(6, 300, Interval::Hour), Interval::Hour);
    // A bar that opens on Sunday at 23:00 closes on Monday at 00:00: both phases are 0.
    let monday = "2021-03-14T23:00:00Z".parse::<Timestamp>().unwrap();
    let row = hourly.iter().flatten().find(|row| row.time == monday).unwrap();
    for (name, expected) in [("day_sin", 0.0), ("day_cos", 1.0), ("week_sin", 0.0), ("week_cos", 1.0)] {
        assert!((value(row, name) - expected).abs() < 1e-12, "{name}");
    }
    // Six hours later the day has turned by a quarter.
    let morning = hourly.iter().flatten().find(|row| row.time == Interval::Hour.step(monday, 6)).unwrap();
    assert!((value(morning, "day_sin") - 1.0).abs() < 1e-12);
    let daily = feature_rows(&bars(6, 130, Interval::Day), Interval::Day);
    assert!(daily.iter().flatten().all(|row| (value(row, "day_cos") - 1.0).abs() < 1e-15));
}
