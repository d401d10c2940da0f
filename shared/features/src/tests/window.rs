//! Comparison of the last row of a bar window with the last row of all history.

use super::*;

/// Largest relative difference of a feature between the last row of the last `window` bars and that of all bars, with its
/// name. Values below 1e-3, which may cross zero, are compared on the scale of 1e-3.
fn window_error(window: usize, bars: &[Bar], interval: Interval) -> (f64, &'static str) {
    let full = feature_rows(bars, interval).pop().flatten().unwrap();
    let window = feature_rows(&bars[bars.len() - window..], interval).pop().flatten().unwrap();
    let errors =
        full.values.iter().zip(&window.values).map(|(full, window)| (full - window).abs() / full.abs().max(1e-3));
    errors.zip(feature_names().iter().copied()).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

/// Bars of which the last `calm` are as simulated and those before `times` as volatile.
pub(super) fn calmed(seed: u64, calm: usize, times: f64, interval: Interval) -> Vec<Bar> {
    let mut bars = bars(seed, 1_500, interval);
    let from = bars.len() - calm;
    let (mut close, wide) = (bars[0].open, |b: &Bar, x: f64| (x / b.open).ln() * times);
    for bar in &mut bars[..from] {
        let path = [bar.high, bar.low, bar.close].map(|x| close * wide(bar, x).exp());
        *bar = Bar { open: close, high: path[0], low: path[1], close: path[2], ..*bar };
        close = path[2];
    }
    // The calm bars continue at the last close.
    let shift = close / bars[from].open;
    for bar in &mut bars[from..] {
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|x| x * shift);
        *bar = Bar { open, high, low, close, ..*bar };
    }
    bars
}

#[test]
fn the_last_row_is_equal_for_window_and_history() {
    for interval in [Interval::Day, Interval::Hour] {
        for seed in 0..20 {
            let bars = bars(seed, 2_000, interval);
            let (error, name) = window_error(WINDOW_BARS, &bars, interval);
            assert!(error <= 1e-9, "{name}, seed {seed}: off by {error}");
            let full = feature_rows(&bars, interval).pop().flatten();
            let mut window = feature_rows(&bars[bars.len() - WINDOW_BARS..], interval);
            assert_eq!(
                latest_feature_row(&bars, interval).as_ref().map(bits),
                window.pop().flatten().as_ref().map(bits)
            );
            assert_eq!(latest_feature_row(&bars, interval).map(|row| row.time), full.map(|row| row.time));
        }
    }
}

#[test]
fn half_the_decay_bars_are_not_enough() {
    let half = WARM_UP_BARS + (WINDOW_BARS - WARM_UP_BARS) / 2;
    let errors = (0..20).map(|seed| window_error(half, &bars(seed, 2_000, Interval::Day), Interval::Day).0);
    let worst = errors.fold(0.0, f64::max);
    assert!(worst > 1e-8, "{half} bars are off by {worst} only");
}

#[test]
fn the_window_suffices_after_twentyfold_volatility() {
    for seed in 0..20 {
        let bars = calmed(seed, WINDOW_BARS - 30, 20.0, Interval::Hour);
        let (error, name) = window_error(WINDOW_BARS, &bars, Interval::Hour);
        assert!(error <= 1e-9, "{name}, seed {seed}: off by {error}");
    }
}

#[test]
fn windowed_features_do_not_depend_on_the_start_of_history() {
    let bars = bars(21, 1_400, Interval::Hour);
    let (all, late) = (feature_rows(&bars, Interval::Hour), feature_rows(&bars[333..], Interval::Hour));
    let smoothed = ["sma_", "ema_", "vwap_", "macd_", "adx_", "directional_", "rsi_", "atr_"];
    let mut compared = 0;
    for (row, late) in all[333..].iter().zip(&late).filter_map(|(row, late)| row.as_ref().zip(late.as_ref())) {
        for ((name, value), late) in feature_names().iter().zip(&row.values).zip(&late.values) {
            if !smoothed.iter().any(|prefix| name.starts_with(prefix)) {
                assert_eq!(value.to_bits(), late.to_bits(), "{name} at {}", row.time);
                compared += 1;
            }
        }
    }
    assert!(compared > 40_000, "{compared}");
}
