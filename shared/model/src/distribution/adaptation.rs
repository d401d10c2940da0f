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
const MAX_LOG_FACTOR: f64 = 0.7;

/// Number of decision times whose factors are computed together.
const LANES: usize = 8;

/// Logarithm of the reach of a move: of its size in units of the band's end on its side, above 0 outside the band. It is infinite
/// outside a band whose end is zero or has the other sign, and minus infinity inside such a band and for a move of zero.
#[must_use]
pub fn log_reach(value: f64, [low, high]: [f64; 2]) -> f64 {
    let end = if value < 0.0 { low } else { high };
    let is_outside = if value < 0.0 { value < low } else { value > high };
    match value / end {
        ratio if ratio.is_finite() && ratio > 0.0 => ratio.ln(),
        _ if is_outside => f64::INFINITY,
        _ => f64::NEG_INFINITY,
    }
}

/// Factors on the quantiles at successive decision times. `reaches` are those of all bars ([`log_reach`]), oldest first, NaN
/// for a bar without a move; `settled` is the number of them that are settled at each decision time and does not descend. The
/// last [`ADAPTATION_BARS`] of them count.
#[must_use]
pub fn adaptation_factors(reaches: &[f64], settled: &[usize], step: f64) -> Vec<f64> {
    let mut factors = Vec::with_capacity(settled.len());
    // Until there are enough, all begin with the first.
    let (few, enough) = settled.split_at(settled.partition_point(|end| *end < ADAPTATION_BARS));
    let (mut log_factor, mut counted) = ([0.0], 0);
    for end in few {
        adapt(&mut log_factor, &reaches[counted..*end], step);
        counted = *end;
        factors.push(log_factor[0].exp());
    }
    for settled in enough.chunks(LANES) {
        let start = settled[0] - ADAPTATION_BARS;
        let follow = settled.iter().enumerate().all(|(lane, end)| *end == start + lane + ADAPTATION_BARS);
        if follow && settled.len() == LANES {
            let mut log_factors = [0.0; LANES];
            adapt(&mut log_factors, &reaches[start..start + ADAPTATION_BARS + LANES - 1], step);
            factors.extend(log_factors.map(f64::exp));
        } else {
            factors.extend(settled.iter().map(|end| {
                let mut log_factor = [0.0];
                adapt(&mut log_factor, &reaches[end - ADAPTATION_BARS..*end], step);
                log_factor[0].exp()
            }));
        }
    }
    factors
}

/// Adapts the logarithms of factors to windows of equal length that begin one bar apart. `reaches` are those of all windows.
fn adapt<const WINDOWS: usize>(log_factors: &mut [f64; WINDOWS], reaches: &[f64], step: f64) {
    let (miss, hit) = (step * (1.0 - TARGET_MISSES), step * (0.0 - TARGET_MISSES));
    for newest in reaches.windows(WINDOWS) {
        for (log_factor, reach) in log_factors.iter_mut().zip(newest) {
            let change = if *reach > *log_factor { miss } else { hit };
            let change = if reach.is_nan() { 0.0 } else { change };
            *log_factor = (*log_factor + change).clamp(-MAX_LOG_FACTOR, MAX_LOG_FACTOR);
        }
    }
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
