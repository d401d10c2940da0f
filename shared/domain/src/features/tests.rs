//! What a forecast relies on: no look-ahead, no look-back across a gap, and the same row from a window as from all
//! history.

use super::*;
use crate::{Bar, Interval, bar::check_sequence};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn bars(seed: u64, n: usize, interval: Interval) -> Vec<Bar> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut close: f64 = 1_800.0;
    let mut time: Timestamp = "2021-03-04T00:00:00Z".parse().unwrap();
    let bars: Vec<Bar> = (0..n)
        .map(|_| {
            let open = close;
            close *= (0.06 * (rng.random::<f64>() - 0.5)).exp();
            let high = open.max(close) * (0.01 * rng.random::<f64>()).exp();
            let low = open.min(close) * (-0.01 * rng.random::<f64>()).exp();
            let bar = Bar { time, open, high, low, close, volume: 1_000.0 * rng.random::<f64>() };
            time = interval.step(time, 1);
            bar
        })
        .collect();
    check_sequence(&bars, interval).unwrap();
    bars
}

fn bits(row: &FeatureRow) -> Vec<u64> {
    row.values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_row_has_one_finite_value_per_name_once_warm() {
    let bars = bars(1, 200, Interval::Hour);
    let rows = compute(&bars, Interval::Hour);
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
fn the_future_changes_no_row_by_a_single_bit() {
    let original = bars(2, 300, Interval::Day);
    let rows = compute(&original, Interval::Day);
    for t in [60, 61, 100, 150, 298] {
        let mut mutated = original.clone();
        for (bar, other) in mutated[t + 1..].iter_mut().zip(bars(99, 300, Interval::Day)) {
            *bar = Bar { time: bar.time, volume: other.volume * 1e6, ..other };
        }
        let mutated = compute(&mutated, Interval::Day);
        for i in 0..=t {
            assert_eq!(rows[i].as_ref().map(bits), mutated[i].as_ref().map(bits), "row {i}, future from {t}");
        }
        assert_ne!(rows[t + 1].as_ref().map(bits), mutated[t + 1].as_ref().map(bits), "the mutation shows after {t}");
        let truncated = compute(&original[..=t], Interval::Day);
        assert_eq!(truncated[t].as_ref().map(bits), rows[t].as_ref().map(bits), "row {t} without a future");
    }
}

#[test]
fn no_look_back_reaches_across_a_missing_bar() {
    let mut gapped = bars(3, 300, Interval::Hour);
    gapped.remove(150);
    let rows = compute(&gapped, Interval::Hour);
    for (i, row) in rows.iter().enumerate() {
        let since_gap = if i < 150 { i } else { i - 150 };
        assert_eq!(row.is_some(), since_gap >= WARM_UP_BARS, "row {i}");
    }
    let alone = compute(&gapped[150..], Interval::Hour);
    assert_eq!(rows[150..], alone[..], "rows after the gap know nothing from before it");
}

#[test]
fn the_last_row_of_the_window_is_the_last_row_of_all_history() {
    for seed in 0..20 {
        let bars = bars(seed, 2_000, Interval::Day);
        let full = compute(&bars, Interval::Day).pop().flatten().unwrap();
        let window = last_row(&bars, Interval::Day).unwrap();
        for ((name, full), window) in feature_names().iter().zip(&full.values).zip(&window.values) {
            assert!((full - window).abs() <= 1e-9 * full.abs(), "{name}, seed {seed}: {window}, all history {full}");
        }
    }
}

#[test]
fn features_do_not_depend_on_the_unit_of_price_or_volume() {
    let original = bars(4, 120, Interval::Day);
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
    let rows = compute(&original, Interval::Day);
    assert_eq!(rows.last().unwrap().as_ref().map(bits), compute(&scaled, Interval::Day)[119].as_ref().map(bits));
}

#[test]
fn a_market_that_does_not_move_has_neutral_rows() {
    let still: Vec<Bar> = bars(5, 80, Interval::Hour)
        .iter()
        .map(|b| Bar { time: b.time, open: 0.1, high: 0.1, low: 0.1, close: 0.1, volume: 0.0 })
        .collect();
    let row = last_row(&still, Interval::Hour).unwrap();
    let value = |name: &str| row.values[feature_names().iter().position(|n| *n == name).unwrap()];
    let expected = [
        ("return_60", 0.0),
        ("momentum_5", 0.0),
        ("sma_50_distance", 0.0),
        ("rsi_14", 0.5),
        ("stochastic_14", 0.5),
        ("bollinger_place", 0.5),
        ("volatility_ratio", 1.0),
        ("range", 0.0),
        ("body", 0.0),
        ("volume_ratio", 1.0),
        ("volume_z_score", 0.0),
    ];
    for (name, expected) in expected {
        assert!((value(name) - expected).abs() < 1e-15, "{name} is {}", value(name));
    }
}

#[test]
fn phases_are_those_of_the_close() {
    let value = |row: &FeatureRow, name: &str| row.values[feature_names().iter().position(|n| *n == name).unwrap()];
    let hourly = compute(&bars(6, 300, Interval::Hour), Interval::Hour);
    // A bar that opens on Sunday at 23:00 closes on Monday at 00:00: both phases are 0.
    let monday = "2021-03-14T23:00:00Z".parse::<Timestamp>().unwrap();
    let row = hourly.iter().flatten().find(|row| row.time == monday).unwrap();
    for (name, expected) in [("day_sin", 0.0), ("day_cos", 1.0), ("week_sin", 0.0), ("week_cos", 1.0)] {
        assert!((value(row, name) - expected).abs() < 1e-12, "{name}");
    }
    // Six hours later the day has turned by a quarter.
    let morning = hourly.iter().flatten().find(|row| row.time == Interval::Hour.step(monday, 6)).unwrap();
    assert!((value(morning, "day_sin") - 1.0).abs() < 1e-12);
    let daily = compute(&bars(6, 80, Interval::Day), Interval::Day);
    assert!(daily.iter().flatten().all(|row| (value(row, "day_cos") - 1.0).abs() < 1e-15));
}
