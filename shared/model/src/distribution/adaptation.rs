//! Adaptation of the width to recent coverage: adaptive conformal inference (Gibbs and Candès 2021) with a bounded memory.
//!
//! A factor `exp(w)` multiplies all quantiles. It starts at one, [`ADAPTATION_BARS`] settled bars before the decision, and each
//! settled move changes it: `w` grows by `step * 0.8` if the move lay outside the 80 % band of that time, and falls by
//! `step * 0.2` if it lay inside. So the band holds 80 % in the long run. Older moves have no
//! influence.

use market_data::Series;

/// Number of settled bars that the factor depends on.
pub const ADAPTATION_BARS: usize = 365;

/// Level of the band whose coverage the factor keeps.
pub const ADAPTED_BAND: f64 = 0.8;

/// Share of moves that are to lie outside the band.
const TARGET_MISSES: f64 = 0.2;

/// Largest logarithm of the factor: it lies between 0.5 and 2.
const LARGEST_LOG_FACTOR: f64 = 0.7;

/// Reach of a move: its size in units of the band's end on its side, at least 0, and above 1 outside the band. It is
/// infinite outside a band whose end is zero or has the other sign.
#[must_use]
pub fn reach(value: f64, [low, high]: [f64; 2]) -> f64 {
    let end = if value < 0.0 { low } else { high };
    let is_outside = if value < 0.0 { value < low } else { value > high };
    match value / end {
        ratio if ratio.is_finite() && ratio > 0.0 => ratio,
        _ if is_outside => f64::INFINITY,
        _ => 0.0,
    }
}

/// Factor on the quantiles after the reaches of the settled moves, oldest first. `None` stands for a bar without a move.
#[must_use]
pub fn adaptation_factor(reaches: &[Option<f64>], step: f64) -> f64 {
    let mut log_factor = 0.0_f64;
    let mut factor = 1.0;
    for reach in reaches.iter().copied().flatten() {
        let miss = if reach > factor { 1.0 } else { 0.0 };
        log_factor = (log_factor + step * (miss - TARGET_MISSES)).clamp(-LARGEST_LOG_FACTOR, LARGEST_LOG_FACTOR);
        factor = log_factor.exp();
    }
    factor
}

/// Default step of a series: 0.02 a day or 0.01 an hour, divided by the root of the horizon, because misses of overlapping moves
/// are correlated.
#[must_use]
pub fn default_step(series: &Series) -> f64 {
    let step = match series.interval {
        market_data::Interval::Day => 0.02,
        market_data::Interval::Hour => 0.01,
    };
    step / f64::from(series.horizon).sqrt()
}
