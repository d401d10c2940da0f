//! Amihud's illiquidity.

use super::{log_return, rolling::means};
use market_data::Bar;

/// Amihud's illiquidity of the last `short` bars relative to that of the last `long`: the recent price move per traded
/// money.
///
/// ```text
/// I_n = mean(|ln(close(t) / close(t-1))|) / mean(close * volume), both over n bars
/// share(t) = I_short / (I_short + I_long)
/// ```
///
/// * `short`, `long`: usually 5 and 60.
/// * Unit: none. Range: 0 to 1; one half if both are equal, or if nothing has moved or nothing was traded.
/// * Warm-up: `max(short, long)` bars.
/// * Source: Amihud (2002), Journal of Financial Markets 5, as a ratio of means; checked against TA-Lib `SMA`.
///
/// ```
/// # use features::indicators::illiquidity;
/// # use market_data::Bar;
/// # let bar = |close: f64, volume: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: close, high: close, low: close, close, volume,
/// # };
/// // Twice the move in the last bar as in the mean of both, for the same money.
/// let share = illiquidity(&[bar(1.0, 1.0), bar(1.0, 2.0), bar(2.0, 1.0)], 1, 2);
/// assert!((share[2] - 2.0 / 3.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn illiquidity(bars: &[Bar], short: usize, long: usize) -> Vec<f64> {
    let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
    illiquidity_from_returns(bars, &log_return(&closes, 1), short, long)
}

/// [`illiquidity`] of bars with their one-bar log returns.
pub(crate) fn illiquidity_from_returns(bars: &[Bar], returns: &[f64], short: usize, long: usize) -> Vec<f64> {
    let moves: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
    let money: Vec<f64> = bars.iter().map(|bar| bar.close * bar.volume).collect();
    let (short_move, short_money) = (means(&moves, short), means(&money, short));
    let (long_move, long_money) = (means(&moves, long), means(&money, long));
    let share = |(short, long): (f64, f64)| if short + long == 0.0 { 0.5 } else { short / (short + long) };
    // Both ratios are multiplied by both denominators, because these are zero without trades.
    let short = short_move.iter().zip(&long_money).map(|(moved, money)| moved * money);
    let long = long_move.iter().zip(&short_money).map(|(moved, money)| moved * money);
    short.zip(long).map(share).collect()
}
