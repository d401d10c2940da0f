//! The columns of the feature table, each computed over one run of bars without a gap.

use crate::{
    Bar, Interval,
    indicators::{
        MacdPeriods, atr, bollinger, ema, highest, log_return, macd, parkinson, ratio, roc, rsi, sma, stochastic,
        volatility, z_score,
    },
};
use std::f64::consts::TAU;

/// Names in the order of [`columns`].
pub(super) const NAMES: [&str; 36] = [
    "return_1",
    "return_3",
    "return_7",
    "return_14",
    "return_30",
    "return_60",
    "momentum_1",
    "momentum_5",
    "momentum_20",
    "roc_10",
    "sma_10_distance",
    "sma_20_distance",
    "sma_50_distance",
    "ema_12_distance",
    "ema_26_distance",
    "macd_line",
    "macd_histogram",
    "rsi_14",
    "stochastic_14",
    "bollinger_place",
    "bollinger_width",
    "drawdown_60",
    "atr_14",
    "volatility_20",
    "volatility_ratio",
    "parkinson_20",
    "range",
    "body",
    "upper_wick",
    "lower_wick",
    "volume_ratio",
    "volume_z_score",
    "day_sin",
    "day_cos",
    "week_sin",
    "week_cos",
];

const DAY_SECONDS: i64 = 86_400;
const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// The first Monday after the Unix epoch, a Thursday.
const FIRST_MONDAY: i64 = 4 * DAY_SECONDS;

/// One column per name, each as long as `bars` and NaN during its warm-up. `bars` must have no gap.
pub(super) fn columns(bars: &[Bar], interval: Interval) -> [Vec<f64>; NAMES.len()] {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    let highs: Vec<f64> = bars.iter().map(|bar| bar.high).collect();
    let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume).collect();

    let atr = atr(bars, 14);
    let volatility_20 = volatility(&closes, 20);
    let parkinson_20 = parkinson(bars, 20);
    let bands = bollinger(&closes, 20, 2.0);
    let macd = macd(&closes, MacdPeriods::default());

    let momentum = |span: u32| {
        let root = f64::from(span).sqrt();
        let returns = log_return(&closes, span as usize);
        zip(&returns, &volatility_20, |r, vol| quotient(r, vol * root, 0.0))
    };
    let distance =
        |average: Vec<f64>| zip(&zip(&closes, &average, |c, a| c - a), &atr, |gap, atr| quotient(gap, atr, 0.0));
    let share = |part: fn(&Bar) -> f64| bars.iter().map(|b| quotient(part(b), b.high - b.low, 0.0)).collect();
    let phase = |wave: fn(f64) -> f64, origin: i64, period: i64| {
        bars.iter().map(|bar| wave(angle(interval.step(bar.time, 1).as_second() - origin, period))).collect()
    };

    [
        log_return(&closes, 1),
        log_return(&closes, 3),
        log_return(&closes, 7),
        log_return(&closes, 14),
        log_return(&closes, 30),
        log_return(&closes, 60),
        momentum(1),
        momentum(5),
        momentum(20),
        roc(&closes, 10),
        distance(sma(&closes, 10)),
        distance(sma(&closes, 20)),
        distance(sma(&closes, 50)),
        distance(ema(&closes, 12)),
        distance(ema(&closes, 26)),
        zip(&macd.line, &closes, |line, c| line / c),
        zip(&macd.histogram, &closes, |histogram, c| histogram / c),
        rsi(&closes, 14).iter().map(|rsi| rsi / 100.0).collect(),
        stochastic(bars, 14).iter().map(|k| k / 100.0).collect(),
        zip(&zip(&closes, &bands.lower, |c, low| c - low), &zip(&bands.upper, &bands.lower, |u, l| u - l), |a, b| {
            quotient(a, b, 0.5)
        }),
        zip(&zip(&bands.upper, &bands.lower, |u, l| u - l), &bands.middle, |width, middle| width / middle),
        zip(&closes, &highest(&highs, 60), |c, high| (c / high).ln()),
        zip(&atr, &closes, |atr, c| atr / c),
        volatility_20.clone(),
        zip(&volatility(&closes, 5), &volatility(&closes, 60), |short, long| quotient(short, long, 1.0)),
        parkinson_20.clone(),
        zip(&bars.iter().map(|b| (b.high / b.low).ln()).collect::<Vec<_>>(), &parkinson_20, |range, usual| {
            quotient(range, usual, 0.0)
        }),
        share(|b| b.close - b.open),
        share(|b| b.high - b.open.max(b.close)),
        share(|b| b.open.min(b.close) - b.low),
        ratio(&volumes, 20),
        z_score(&volumes, 20),
        phase(f64::sin, 0, DAY_SECONDS),
        phase(f64::cos, 0, DAY_SECONDS),
        phase(f64::sin, FIRST_MONDAY, WEEK_SECONDS),
        phase(f64::cos, FIRST_MONDAY, WEEK_SECONDS),
    ]
}

fn zip(left: &[f64], right: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    left.iter().zip(right).map(|(l, r)| f(*l, *r)).collect()
}

/// `numerator / denominator`, or `neutral` in a market that does not move.
fn quotient(numerator: f64, denominator: f64, neutral: f64) -> f64 {
    if denominator == 0.0 { neutral } else { numerator / denominator }
}

/// The angle of `seconds` on a circle of `period` seconds.
#[expect(clippy::cast_precision_loss, reason = "both are below a week, far below 2^52")]
fn angle(seconds: i64, period: i64) -> f64 {
    TAU * seconds.rem_euclid(period) as f64 / period as f64
}
