//! Feature row of the bar window against the row of the whole history, on histories of many kinds.

use features::{WINDOW_BARS, feature_names, feature_rows, latest_feature_row};
use jiff::Timestamp;
use market_data::{Bar, Interval};
use market_simulator::{Continuation, MarketModel, Regime};
use std::{fs, path::Path};

/// Compares the last row of the window with the row of the whole history at every `step`-th bar. Values below 1e-3, which
/// carry no information, are compared with an absolute tolerance.
fn assert_window_equals_history(case: &str, bars: &[Bar], interval: Interval, step: usize) {
    let rows = feature_rows(bars, interval);
    let mut compared = 0;
    for end in (WINDOW_BARS + 1..=bars.len()).rev().step_by(step) {
        let window = latest_feature_row(&bars[..end], interval);
        assert_eq!(window.is_some(), rows[end - 1].is_some(), "{case}, bar {end}");
        let Some((full, window)) = rows[end - 1].as_ref().zip(window) else { continue };
        for ((name, full), window) in feature_names().iter().zip(&full.values).zip(&window.values) {
            let error = (full - window).abs() / full.abs().max(1e-3);
            assert!(error <= 1e-9, "{case}, bar {end}, {name}: {window}, all history {full}");
        }
        compared += 1;
    }
    assert!(compared > 10, "{case}: only {compared} rows compared");
}

#[test]
fn window_rows_equal_those_of_simulated_histories() {
    for seed in 0..6 {
        for interval in [Interval::Day, Interval::Hour] {
            let market = MarketModel { signal: 0.3, ..MarketModel::new(seed, interval, Timestamp::UNIX_EPOCH) };
            assert_window_equals_history(&format!("seed {seed} {interval}"), &market.bars(3_000), interval, 29);
        }
    }
}

#[test]
fn window_rows_equal_those_across_regime_changes() {
    for seed in 0..6 {
        let crisis =
            MarketModel { regime: Regime::Crisis, ..MarketModel::new(seed, Interval::Hour, Timestamp::UNIX_EPOCH) };
        let mut bars = crisis.bars(600);
        let calm = MarketModel { daily_volatility: 0.01, regime: Regime::Calm, ..crisis.clone() };
        let shift = |bar: Bar| Bar { time: Interval::Hour.step(bar.time, 600), ..bar };
        bars.extend(calm.bars(600).into_iter().map(shift));
        assert_window_equals_history(&format!("seed {seed}, to calm"), &bars, Interval::Hour, 7);
        let crisis = Continuation { seed, interval: Interval::Hour, signal: 0.0, regime: Regime::Crisis };
        let more: Vec<Bar> = crisis.generate(&bars).unwrap().take(600).map(|simulated| simulated.bar).collect();
        bars.extend(more);
        assert_window_equals_history(&format!("seed {seed}, to crisis"), &bars, Interval::Hour, 7);
    }
}

/// Real bars are beside the repository on some machines; without them this test does nothing.
#[test]
fn window_rows_equal_those_of_real_histories() {
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

/// Parses a row of `timestamp,open,high,low,close,volume`.
#[expect(clippy::unwrap_used, clippy::panic, reason = "a malformed row fails the test")]
fn parse(line: &str) -> Bar {
    let (time, values) = line.split_once(',').unwrap();
    let time = if time.contains('T') { time.to_owned() } else { format!("{time}T00:00:00Z") };
    let values: Vec<f64> = values.split(',').map(|value| value.parse().unwrap()).collect();
    let [open, high, low, close, volume] = values[..] else { panic!("malformed row: {line}") };
    Bar { time: time.parse().unwrap(), open, high, low, close, volume }
}
