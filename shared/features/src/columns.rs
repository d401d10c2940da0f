//! Columns of the feature table over a block of consecutive bars.

use super::{
    calendar::{Calendar, Phases},
    recursive::RecursiveValues,
};
use crate::indicators::{
    aroon, block_rsi, bollinger, cci, correlation, downside, garman_klass::garman_klass_from_log_ranges, highest,
    illiquidity::illiquidity_from_returns, log_return, mfi, parkinson::parkinson_from_log_ranges, roc,
    rolling::RollingSums, signed_volume, skewness, sma, stochastic, up_share, variance_ratio,
    volatility::volatility_from_squares, volume_ratio, vwap, z_score,
};
use market_data::{Bar, Interval};

/// Number of features.
pub(super) const COUNT: usize = 60;

/// Name of a feature and its values, one per bar.
pub(super) type FeatureColumn = (&'static str, Vec<f64>);

/// Smallest average true range of a market that moves, as a fraction of the price. A smaller one is rounding error.
const MIN_RELATIVE_RANGE: f64 = 1e-12;

/// Columns of all features, each as long as `bars` and NaN during its warm-up. `recursive` is aligned with `bars`.
pub(super) fn columns(bars: &[Bar], recursive: &[RecursiveValues], interval: Interval) -> [FeatureColumn; COUNT] {
    let column = |field: fn(&Bar) -> f64| -> Vec<f64> { bars.iter().map(field).collect() };
    let (closes, highs, volumes) = (column(|bar| bar.close), column(|bar| bar.high), column(|bar| bar.volume));
    let state = |field: fn(&RecursiveValues) -> f64| -> Vec<f64> { recursive.iter().map(field).collect() };
    let atr = state(|values| values.atr_14);
    let percent = |values: Vec<f64>| values.iter().map(|value| value / 100.0).collect();

    let returns = log_return(&closes, 1);
    let squares: Vec<f64> = returns.iter().map(|r| r * r).collect();
    let (return_sums, square_sums) = (RollingSums::new(&returns, 1, 120), RollingSums::new(&squares, 1, 120));
    let volatility = |period: usize| volatility_from_squares(&square_sums, period);
    let (volatility_20, volatility_120) = (volatility(20), volatility(120));
    let ranges = column(|bar| (bar.high / bar.low).ln());
    let parkinson_20 = parkinson_from_log_ranges(&ranges, 20);
    let bands = bollinger(&closes, 20, 2.0);
    let band_width = zip(&bands.upper, &bands.lower, |upper, lower| upper - lower);
    let volume_change = relative_changes(&volumes);
    let previous_returns: Vec<f64> = std::iter::once(f64::NAN).chain(returns.iter().copied()).collect();

    let momentum = |returns: &[f64], volatility: &[f64], span: f64| {
        zip(returns, volatility, |r, vol| quotient(r, vol * span.sqrt(), 0.0))
    };
    // NaN stays NaN.
    let unit = zip(&atr, &closes, |atr, c| if atr <= MIN_RELATIVE_RANGE * c { 0.0 } else { atr });
    let distance = |average: &[f64]| {
        zip(&zip(&closes, average, |c, a| c - a), &unit, |difference, unit| quotient(difference, unit, 0.0))
    };
    let share = |part: fn(&Bar) -> f64| bars.iter().map(|bar| quotient(part(bar), bar.high - bar.low, 0.0)).collect();
    let drawdown = |period: usize| zip(&closes, &highest(&highs, period), |c, high| (c / high).ln());
    let phases: Vec<Phases> = bars.first().map_or_else(Vec::new, |first| {
        Calendar::for_interval(interval).phases_from(first.time).take(bars.len()).collect()
    });
    let phase = |index: usize| phases.iter().map(|phases| phases[index]).collect();

    [
        ("return_1", returns.clone()),
        ("return_3", return_sums.sums(3)),
        ("return_7", return_sums.sums(7)),
        ("return_14", return_sums.sums(14)),
        ("return_30", return_sums.sums(30)),
        ("return_60", return_sums.sums(60)),
        ("direction_1", direction(&closes, 1)),
        ("direction_7", direction(&closes, 7)),
        ("direction_24", direction(&closes, 24)),
        ("momentum_1", momentum(&returns, &volatility_20, 1.0)),
        ("momentum_5", momentum(&return_sums.sums(5), &volatility_20, 5.0)),
        ("momentum_20", momentum(&return_sums.sums(20), &volatility_20, 20.0)),
        ("momentum_120", momentum(&return_sums.sums(120), &volatility_120, 120.0)),
        ("roc_10", roc(&closes, 10)),
        ("sma_10_distance", distance(&sma(&closes, 10))),
        ("sma_20_distance", distance(&bands.middle)),
        ("sma_50_distance", distance(&sma(&closes, 50))),
        ("ema_12_distance", distance(&state(|values| values.ema_12))),
        ("ema_26_distance", distance(&state(|values| values.ema_26))),
        ("vwap_20_distance", distance(&vwap(bars, 20))),
        ("macd_line", zip(&state(|values| values.macd_line), &closes, |line, c| line / c)),
        ("macd_histogram", zip(&state(|values| values.macd_histogram), &closes, |histogram, c| histogram / c)),
        ("adx_14", percent(state(|values| values.adx_14))),
        ("directional_14", percent(state(|values| values.plus_14 - values.minus_14))),
        ("aroon_25", percent(aroon(bars, 25))),
        ("rsi_7", percent(state(|values| values.rsi_7))),
        ("rsi_14", percent(state(|values| values.rsi_14))),
        ("block_7_rsi_14", percent(block_rsi(&closes, 7, 14))),
        ("stochastic_14", percent(stochastic(bars, 14))),
        ("cci_20", percent(cci(bars, 20))),
        ("up_share_10", up_share(&closes, 10)),
        (
            "bollinger_place",
            zip(&zip(&closes, &bands.lower, |c, low| c - low), &band_width, |above, width| quotient(above, width, 0.5)),
        ),
        ("bollinger_width", zip(&band_width, &bands.middle, |width, middle| width / middle)),
        ("drawdown_60", drawdown(60)),
        ("drawdown_120", drawdown(120)),
        ("place_120", percent(stochastic(bars, 120))),
        ("atr_14", zip(&atr, &closes, |atr, c| atr / c)),
        ("volatility_ratio", zip(&volatility(5), &volatility(60), |short, long| quotient(short, long, 1.0))),
        ("volatility_ratio_120", zip(&volatility_20, &volatility_120, |short, long| quotient(short, long, 1.0))),
        ("variance_ratio_7", variance_ratio(&returns, 7, 60)),
        ("autocorrelation_20", correlation(&returns, &previous_returns, 20)),
        ("skewness_20", skewness(&returns, 20)),
        ("downside_20", downside(&returns, 20)),
        (
            "garman_klass_20",
            zip(&garman_klass_from_log_ranges(bars, &ranges, 20), &volatility_20, |gk, vol| {
                quotient(gk, gk + vol, 0.5)
            }),
        ),
        ("volatility_20", volatility_20),
        ("range", zip(&ranges, &parkinson_20, |range, average| quotient(range, average, 0.0))),
        ("parkinson_20", parkinson_20),
        ("body", share(|bar| bar.close - bar.open)),
        ("upper_wick", share(|bar| bar.high - bar.open.max(bar.close))),
        ("lower_wick", share(|bar| bar.open.min(bar.close) - bar.low)),
        ("volume_ratio", volume_ratio(&volumes, 20)),
        ("volume_z_score", z_score(&volumes, 20)),
        ("signed_volume_20", signed_volume(bars, 20)),
        ("mfi_14", percent(mfi(bars, 14))),
        ("volume_correlation_20", correlation(&returns, &volume_change, 20)),
        ("illiquidity", illiquidity_from_returns(bars, &returns, 5, 60)),
        ("day_sin", phase(0)),
        ("day_cos", phase(1)),
        ("week_sin", phase(2)),
        ("week_cos", phase(3)),
    ]
}

fn zip(left: &[f64], right: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    left.iter().zip(right).map(|(l, r)| f(*l, *r)).collect()
}

/// Direction over the last `span` values: 1 where a value is above the one `span` before, -1 where below, 0 at a tie.
fn direction(values: &[f64], span: usize) -> Vec<f64> {
    let sign = |(earlier, later): (&f64, &f64)| f64::from(i8::from(later > earlier) - i8::from(later < earlier));
    let signs = values.iter().zip(values.iter().skip(span)).map(sign);
    std::iter::repeat_n(f64::NAN, span.min(values.len())).chain(signs).collect()
}

/// Quotient `numerator / denominator`, or `neutral` in a market that does not move.
fn quotient(numerator: f64, denominator: f64, neutral: f64) -> f64 {
    if denominator == 0.0 { neutral } else { numerator / denominator }
}

/// Change of each value, divided by the sum of it and the one before: within +-1, and 0 where both are 0.
fn relative_changes(values: &[f64]) -> Vec<f64> {
    let change = |pair: &[f64]| quotient(pair[1] - pair[0], pair[1] + pair[0], 0.0);
    std::iter::repeat_n(f64::NAN, values.len().min(1)).chain(values.windows(2).map(change)).collect()
}
