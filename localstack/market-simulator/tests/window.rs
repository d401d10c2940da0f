//! The row that predict serves from the latest window equals the row of all history, on histories of every kind.

use features::{WINDOW_BARS, feature_names, feature_rows, latest_feature_row};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use market_simulator::{Continuation, MarketModel, Regime};
use std::{fs, path::Path};

/// Compares the last row of the window with the row of all history at every `step`-th bar. A value near zero, where a
/// difference of two averages crosses it, is compared on the scale of 1e-3, below which no feature means anything.
fn assert_window_equals_history(what: &str, bars: &[Bar], interval: Interval, step: usize) {
    let rows = feature_rows(bars, interval);
    let mut compared = 0;
    for end in (WINDOW_BARS + 1..=bars.len()).rev().step_by(step) {
        let window = latest_feature_row(&bars[..end], interval);
        assert_eq!(window.is_some(), rows[end - 1].is_some(), "{what}, bar {end}");
        let Some((full, window)) = rows[end - 1].as_ref().zip(window) else { continue };
        for ((name, full), window) in feature_names().iter().zip(&full.values).zip(&window.values) {
            let error = (full - window).abs() / full.abs().max(1e-3);
            assert!(error <= 1e-9, "{what}, bar {end}, {name}: {window}, all history {full}");
        }
        compared += 1;
    }
    assert!(compared > 10, "{what}: only {compared} rows compared");
}

#[test]
fn on_simulated_histories() {
    for seed in 0..6 {
        for interval in [Interval::Day, Interval::Hour] {
            let market = MarketModel { signal: 0.3, ..MarketModel::new(seed, interval, Timestamp::UNIX_EPOCH) };
            assert_window_equals_history(&format!("seed {seed} {interval}"), &market.bars(3_000), interval, 29);
        }
    }
}

#[test]
fn from_a_crisis_into_calm() {
    for seed in 0..6 {
        let crisis =
            MarketModel { regime: Regime::Crisis, ..MarketModel::new(seed, Interval::Hour, Timestamp::UNIX_EPOCH) };
        let mut bars = crisis.bars(600);
        let calm = MarketModel { daily_volatility: 0.01, regime: Regime::Calm, ..crisis.clone() };
        let shift = |bar: Bar| Bar { time: Interval::Hour.step(bar.time, 600), ..bar };
        bars.extend(calm.bars(600).into_iter().map(shift));
        assert_window_equals_history(&format!("seed {seed}, to calm"), &bars, Interval::Hour, 7);
        let storm = Continuation { seed, interval: Interval::Hour, signal: 0.0, regime: Regime::Crisis };
        let more: Vec<Bar> = storm.generate(&bars).unwrap().take(600).map(|step| step.bar).collect();
        bars.extend(more);
        assert_window_equals_history(&format!("seed {seed}, to crisis"), &bars, Interval::Hour, 7);
    }
}

/// Real history lies beside the repository on some machines; where it does not, the simulated ones stand alone.
#[test]
fn on_real_histories_where_present() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    for (file, interval, step) in [
        ("eth_usd_1d.csv", Interval::Day, 1),
        ("btc_usd_1d.csv", Interval::Day, 1),
        ("eth_usd_1h.csv", Interval::Hour, 31),
    ] {
        let Ok(text) = fs::read_to_string(folder.join(file)) else { continue };
        let bars: Vec<Bar> = text.lines().skip(1).map(parse).collect();
        assert_window_equals_history(file, &bars, interval, step);
    }
}

/// A row of `timestamp,open,high,low,close,volume`.
#[expect(clippy::unwrap_used, clippy::panic, reason = "a malformed row fails the test")]
fn parse(line: &str) -> Bar {
    let (time, values) = line.split_once(',').unwrap();
    let time = if time.contains('T') { time.to_owned() } else { format!("{time}T00:00:00Z") };
    let values: Vec<f64> = values.split(',').map(|value| value.parse().unwrap()).collect();
    let [open, high, low, close, volume] = values[..] else { panic!("malformed row: {line}") };
    Bar { time: time.parse().unwrap(), open, high, low, close, volume }
}
