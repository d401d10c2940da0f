//! Directional movement.

use super::{atr::true_range_of, ema::Smoothing};
use market_data::Bar;
use market_data::numbers::as_f64;

/// Result of [`directional_movement`], each vector aligned with the bars.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionalMovement {
    /// Positive directional indicator, +DI.
    pub plus: Vec<f64>,
    /// Negative directional indicator, -DI.
    pub minus: Vec<f64>,
    /// Average directional index, the strength of the trend in either direction.
    pub adx: Vec<f64>,
}

/// Directional indicators and the average directional index.
///
/// ```text
/// up = high(t) - high(t-1);  down = low(t-1) - low(t)
/// +DM = up if up > down and up > 0, else 0;  -DM = down if down > up and down > 0, else 0
/// S(x, t) = S(x, t-1) - S(x, t-1) / period + x(t), starting from the sum of the first `period - 1`
/// +DI, -DI = 100 * S(+DM) / S(TR), 100 * S(-DM) / S(TR);  DX = 100 * |+DI - -DI| / (+DI + -DI)
/// ADX(t) = ADX(t-1) + (DX(t) - ADX(t-1)) / period, seeded with the mean of the first `period` values of DX
/// ```
///
/// * `period`: usually 14.
/// * Unit: none. Range: 0 to 100 each; 0 if nothing has moved.
/// * Warm-up: `period` bars for +DI and -DI, `2 * period - 1` for ADX.
/// * Source: Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib `PLUS_DI`, `MINUS_DI`, `ADX`.
///
/// ```
/// # use features::indicators::directional_movement;
/// # use market_data::Bar;
/// # let bar = |low: f64, high: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: low, high, low, close: high, volume: 0.0,
/// # };
/// let trend = directional_movement(&[bar(1.0, 2.0), bar(2.0, 3.0), bar(3.0, 4.0), bar(4.0, 5.0)], 2);
/// assert!(trend.plus[1].is_nan() && trend.adx[2].is_nan());
/// assert_eq!((trend.plus[2], trend.minus[2], trend.adx[3]), (100.0, 0.0, 100.0));
/// ```
#[must_use]
pub fn directional_movement(bars: &[Bar], period: usize) -> DirectionalMovement {
    let mut state = DirectionalMovementState::new(period);
    let mut movement = DirectionalMovement { plus: Vec::new(), minus: Vec::new(), adx: Vec::new() };
    for bar in bars {
        let [plus, minus, adx] = state.next(bar);
        movement.plus.push(plus);
        movement.minus.push(minus);
        movement.adx.push(adx);
    }
    movement
}

/// State of the directional movement, advanced one bar at a time.
#[derive(Debug, Clone)]
pub(crate) struct DirectionalMovementState {
    period: usize,
    previous: Option<Bar>,
    moves: usize,
    /// Smoothed sums of +DM, -DM and the true range.
    sums: [f64; 3],
    adx: Smoothing,
}

impl DirectionalMovementState {
    pub(crate) fn new(period: usize) -> Self {
        Self { period, previous: None, moves: 0, sums: [0.0; 3], adx: Smoothing::wilder(period) }
    }

    /// Advances by a bar and returns +DI, -DI and ADX; NaN during the warm-up.
    pub(crate) fn next(&mut self, bar: &Bar) -> [f64; 3] {
        let Some(previous) = self.previous.replace(*bar) else { return [f64::NAN; 3] };
        let (up, down) = (bar.high - previous.high, previous.low - bar.low);
        let plus = if up > down { up.max(0.0) } else { 0.0 };
        let minus = if down > up { down.max(0.0) } else { 0.0 };
        let latest = [plus, minus, true_range_of(bar, previous.close)];
        self.moves = self.moves.saturating_add(1);
        if self.moves < self.period {
            for (sum, latest) in self.sums.iter_mut().zip(latest) {
                *sum += latest;
            }
            return [f64::NAN; 3];
        }
        let period = as_f64(self.period);
        for (sum, latest) in self.sums.iter_mut().zip(latest) {
            *sum += latest - *sum / period;
        }
        let [plus, minus, range] = self.sums;
        let adx = self.adx.next(percent((plus - minus).abs(), plus + minus));
        [percent(plus, range), percent(minus, range), adx]
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { 100.0 * part / whole }
}
