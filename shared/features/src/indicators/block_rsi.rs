//! Relative strength index of blocks of bars.

use super::{rolling::RollingSums, rsi::strength_index};

/// RSI over `blocks` blocks of `span` values: momentum on a longer interval.
///
/// ```text
/// change(k) = v(t - k * span) - v(t - (k+1) * span), k = 0 ..< blocks
/// RSI(t) = 100 * sum of gains / (sum of gains + sum of losses)
/// ```
///
/// The blocks end at the latest value, so no block is incomplete and none depends on later values.
///
/// * `span`, `blocks`: usually 7 and 14.
/// * Unit: none. Range: 0 to 100; 50 if nothing has moved.
/// * Warm-up: `span * blocks` values.
/// * Source: Cutler's form of Wilder's RSI, with plain sums; checked against NumPy.
///
/// ```
/// let rsi = features::indicators::block_rsi(&[1.0, 9.0, 4.0, 9.0, 3.0], 2, 2);
/// assert!(rsi[3].is_nan());
/// assert_eq!(rsi[4], 75.0);
/// ```
#[must_use]
pub fn block_rsi(values: &[f64], span: usize, blocks: usize) -> Vec<f64> {
    let changes = |side: f64| -> Vec<f64> {
        let moves = values.iter().skip(span).zip(values).map(|(later, earlier)| (side * (later - earlier)).max(0.0));
        std::iter::repeat_n(f64::NAN, values.len().min(span)).chain(moves).collect()
    };
    let average = |side: f64| RollingSums::new(&changes(side), span, blocks).means(blocks);
    average(1.0).iter().zip(&average(-1.0)).map(|(gain, loss)| strength_index(*gain, *loss)).collect()
}
