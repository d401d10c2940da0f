//! Comparison of the indicators with TA-Lib's values for the same bars (see testdata/README.md), and edge cases.

use super::*;
use jiff::Timestamp;
use market_data::Bar;
use std::collections::HashMap;

const REFERENCE: &str = include_str!("../../testdata/indicators.csv");

struct Reference {
    bars: Vec<Bar>,
    columns: HashMap<&'static str, Vec<f64>>,
}

fn reference() -> Reference {
    let mut lines = REFERENCE.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: HashMap<&str, Vec<f64>> = HashMap::new();
    for line in lines {
        for (name, field) in names.iter().zip(line.split(',')) {
            let value = if field.is_empty() { f64::NAN } else { field.parse().unwrap() };
            columns.entry(name).or_default().push(value);
        }
    }
    let bars = (0..columns["close"].len())
        .map(|i| Bar {
            time: Timestamp::UNIX_EPOCH,
            open: columns["open"][i],
            high: columns["high"][i],
            low: columns["low"][i],
            close: columns["close"][i],
            volume: columns["volume"][i],
        })
        .collect();
    Reference { bars, columns }
}

/// Asserts that the values equal TA-Lib's to 1e-9 of the larger of the value and `unit`, after a warm-up of `warm_up`.
fn assert_matches(name: &str, actual: &[f64], warm_up: usize, unit: f64) {
    let expected = &reference().columns[name];
    assert_eq!(actual.len(), expected.len(), "{name}");
    assert_eq!(actual.iter().take_while(|v| v.is_nan()).count(), warm_up, "warm-up of {name}");
    let mut compared = 0;
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate().filter(|(_, (_, e))| !e.is_nan()) {
        let tolerance = 1e-9 * expected.abs().max(unit);
        assert!((actual - expected).abs() <= tolerance, "{name}[{i}]: {actual}, TA-Lib {expected}");
        compared += 1;
    }
    assert!(compared >= 60, "{name}: only {compared} values compared");
}

#[test]
fn prices_and_returns_match_ta_lib() {
    let Reference { bars, columns } = reference();
    let close = &columns["close"];
    assert_matches("sma_20", &sma(close, 20), 19, 0.0);
    assert_matches("ema_20", &ema(close, 20), 19, 0.0);
    let bands = bollinger(close, 20, 2.0);
    assert_matches("bollinger_lower", &bands.lower, 19, 0.0);
    assert_matches("bollinger_middle", &bands.middle, 19, 0.0);
    assert_matches("bollinger_upper", &bands.upper, 19, 0.0);
    assert_matches("roc_10", &roc(close, 10), 10, 0.0);
    assert_matches("log_return_5", &log_return(close, 5), 5, 0.0);
    let highs: Vec<f64> = bars.iter().map(|b| b.high).collect();
    let lows: Vec<f64> = bars.iter().map(|b| b.low).collect();
    assert_matches("highest_60", &highest(&highs, 60), 59, 0.0);
    assert_matches("lowest_60", &lowest(&lows, 60), 59, 0.0);
}

#[test]
fn oscillators_match_ta_lib() {
    let Reference { bars, columns } = reference();
    let close = &columns["close"];
    // The histogram crosses zero, so its tolerance is 1e-9 of the unit it is read in, one quote-currency unit.
    let macd = macd(close, MacdPeriods::default());
    assert_matches("macd_line", &macd.line, 25, 1.0);
    assert_matches("macd_signal", &macd.signal, 33, 1.0);
    assert_matches("macd_histogram", &macd.histogram, 33, 1.0);
    assert_matches("rsi_14", &rsi(close, 14), 14, 0.0);
    assert_matches("stochastic_14", &stochastic(&bars, 14), 13, 0.0);
}

#[test]
fn ranges_volatility_and_volume_match_ta_lib() {
    let Reference { bars, columns } = reference();
    let (close, volume) = (&columns["close"], &columns["volume"]);
    assert_matches("true_range", &true_range(&bars), 1, 0.0);
    assert_matches("atr_14", &atr(&bars, 14), 14, 0.0);
    assert_matches("volatility_20", &volatility(close, 20), 20, 0.0);
    assert_matches("parkinson_20", &parkinson(&bars, 20), 19, 0.0);
    assert_matches("volume_ratio_20", &volume_ratio(volume, 20), 19, 0.0);
    assert_matches("volume_z_score_20", &z_score(volume, 20), 19, 0.0);
}

#[test]
fn directional_movement_matches_ta_lib() {
    let Reference { bars, .. } = reference();
    let trend = directional_movement(&bars, 14);
    assert_matches("plus_di_14", &trend.plus, 14, 0.0);
    assert_matches("minus_di_14", &trend.minus, 14, 0.0);
    assert_matches("adx_14", &trend.adx, 27, 0.0);
}

#[test]
fn more_oscillators_match_ta_lib() {
    let Reference { bars, columns } = reference();
    let close = &columns["close"];
    assert_matches("rsi_7", &rsi(close, 7), 7, 0.0);
    assert_matches("block_rsi_7_14", &block_rsi(close, 7, 14), 98, 0.0);
    assert_matches("mfi_14", &mfi(&bars, 14), 14, 0.0);
    assert_matches("aroon_25", &aroon(&bars, 25), 25, 0.0);
    // CCI crosses zero, so its tolerance is 1e-9 of one.
    assert_matches("cci_20", &cci(&bars, 20), 19, 1.0);
    assert_matches("up_share_10", &up_share(close, 10), 10, 0.0);
}

#[test]
fn return_and_volume_statistics_match_ta_lib() {
    let Reference { bars, columns } = reference();
    let (returns, volume) = (log_return(&columns["close"], 1), &columns["volume"]);
    let change = volume.windows(2).map(|pair| (pair[1] - pair[0]) / (pair[1] + pair[0]));
    let change: Vec<f64> = std::iter::once(f64::NAN).chain(change).collect();
    let before: Vec<f64> = std::iter::once(f64::NAN).chain(returns.iter().copied()).collect();
    assert_matches("skewness_20", &skewness(&returns, 20), 20, 1.0);
    assert_matches("correlation_20", &correlation(&returns, &change, 20), 20, 1.0);
    assert_matches("autocorrelation_20", &correlation(&returns, &before, 20), 21, 1.0);
    assert_matches("downside_20", &downside(&returns, 20), 20, 0.0);
    assert_matches("variance_ratio_7_60", &variance_ratio(&returns, 7, 60), 60, 0.0);
    assert_matches("garman_klass_20", &garman_klass(&bars, 20), 19, 0.0);
    assert_matches("vwap_20", &vwap(&bars, 20), 19, 0.0);
    assert_matches("signed_volume_20", &signed_volume(&bars, 20), 20, 1.0);
    assert_matches("illiquidity_5_60", &illiquidity(&bars, 5, 60), 60, 0.0);
}

/// Indicator of values, bars and a period.
type Indicator = fn(&[f64], &[Bar], usize) -> Vec<f64>;

const ALL: [(&str, Indicator); 28] = [
    ("sma", |v, _, n| sma(v, n)),
    ("ema", |v, _, n| ema(v, n)),
    ("macd", |v, _, n| macd(v, MacdPeriods { fast: n / 2, slow: n, signal: n }).histogram),
    ("rsi", |v, _, n| rsi(v, n)),
    ("bollinger", |v, _, n| bollinger(v, n, 2.0).upper),
    ("atr", |_, b, n| atr(b, n)),
    ("roc", |v, _, n| roc(v, n)),
    ("log_return", |v, _, n| log_return(v, n)),
    ("volatility", |v, _, n| volatility(v, n)),
    ("parkinson", |_, b, n| parkinson(b, n)),
    ("stochastic", |_, b, n| stochastic(b, n)),
    ("ratio", |v, _, n| volume_ratio(v, n)),
    ("z_score", |v, _, n| z_score(v, n)),
    ("highest", |v, _, n| highest(v, n)),
    ("directional", |_, b, n| directional_movement(b, n).adx),
    ("plus", |_, b, n| directional_movement(b, n).plus),
    ("cci", |_, b, n| cci(b, n)),
    ("mfi", |_, b, n| mfi(b, n)),
    ("aroon", |_, b, n| aroon(b, n)),
    ("block_rsi", |v, _, n| block_rsi(v, n, 2)),
    ("skewness", |v, _, n| skewness(v, n)),
    ("correlation", |v, _, n| correlation(v, v, n)),
    ("downside", |v, _, n| downside(v, n)),
    ("variance_ratio", |v, _, n| variance_ratio(v, 2, n)),
    ("garman_klass", |_, b, n| garman_klass(b, n)),
    ("vwap", |_, b, n| vwap(b, n)),
    ("signed_volume", |_, b, n| signed_volume(b, n)),
    ("illiquidity", |_, b, n| illiquidity(b, 2, n)),
];

#[test]
fn an_input_shorter_than_the_period_gives_nan() {
    let Reference { bars, columns } = reference();
    let close = &columns["close"];
    for (name, indicator) in ALL {
        for (length, period) in [(0, 5), (1, 5), (4, 5), (10, 0), (10, 11), (10, usize::MAX)] {
            let values = indicator(&close[..length], &bars[..length], period);
            assert_eq!(values.len(), length, "{name} of {length} by {period}");
            assert!(values.iter().all(|v| v.is_nan()), "{name} of {length} by {period}: {values:?}");
        }
    }
}

#[test]
fn a_market_that_does_not_move_gives_neutral_values() {
    // 0.1 is not a binary fraction: a mean taken by plain summing would differ from it.
    let bar = Bar { time: Timestamp::UNIX_EPOCH, open: 0.1, high: 0.1, low: 0.1, close: 0.1, volume: 0.0 };
    let (bars, values) = ([bar; 60], [0.1; 60]);
    let last = |values: Vec<f64>| values.last().copied().unwrap();
    let bands = bollinger(&values, 20, 2.0);
    let neutral = [
        (last(rsi(&values, 14)), 50.0),
        (last(stochastic(&bars, 14)), 50.0),
        (last(z_score(&values, 20)), 0.0),
        (last(volume_ratio(&[0.0; 60], 20)), 1.0),
        (last(volatility(&values, 20)), 0.0),
        (last(atr(&bars, 14)), 0.0),
        (last(macd(&values, MacdPeriods::default()).histogram), 0.0),
        (last(bands.upper), 0.1),
        (last(bands.lower), 0.1),
        (last(directional_movement(&bars, 14).plus), 0.0),
        (last(directional_movement(&bars, 14).adx), 0.0),
        (last(cci(&bars, 20)), 0.0),
        (last(mfi(&bars, 14)), 50.0),
        (last(aroon(&bars, 25)), 0.0),
        (last(block_rsi(&values, 7, 5)), 50.0),
        (last(skewness(&values, 20)), 0.0),
        (last(correlation(&values, &values, 20)), 0.0),
        (last(downside(&[0.0; 60], 20)), 0.5),
        (last(variance_ratio(&[0.0; 60], 7, 50)), 1.0),
        (last(garman_klass(&bars, 20)), 0.0),
        (last(vwap(&bars, 20)), 0.1),
        (last(signed_volume(&bars, 20)), 0.0),
        (last(up_share(&values, 10)), 0.5),
        (last(illiquidity(&bars, 5, 50)), 0.5),
    ];
    for (i, (actual, expected)) in neutral.iter().enumerate() {
        assert_eq!(actual.to_bits(), f64::to_bits(*expected), "case {i}: {actual}, expected {expected}");
    }
}
