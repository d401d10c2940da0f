//! Bollinger bands.

use super::{moments::deviations, sma};

/// Result of [`bollinger`], each vector aligned with the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Bollinger {
    /// Middle minus `width` standard deviations.
    pub lower: Vec<f64>,
    /// Simple moving average.
    pub middle: Vec<f64>,
    /// Middle plus `width` standard deviations.
    pub upper: Vec<f64>,
}

/// Bollinger bands: a moving average and `width` population standard deviations on both sides.
///
/// ```text
/// middle = SMA(v, period);  upper, lower = middle +- width * sqrt(mean((v - middle)^2))
/// ```
///
/// * `period`, `width`: usually 20 and 2.
/// * Unit and range: those of the input; lower <= middle <= upper.
/// * Warm-up: `period - 1` values.
/// * Source: Bollinger on Bollinger Bands (2001); TA-Lib `BBANDS` with a simple average.
///
/// ```
/// let bands = features::indicators::bollinger(&[1.0, 3.0], 2, 2.0);
/// assert!(bands.middle[0].is_nan());
/// assert_eq!((bands.lower[1], bands.middle[1], bands.upper[1]), (0.0, 2.0, 4.0));
/// ```
#[must_use]
pub fn bollinger(values: &[f64], period: usize, width: f64) -> Bollinger {
    let middle = sma(values, period);
    let spread = deviations(values, &middle, period);
    let band = |side: f64| middle.iter().zip(&spread).map(|(middle, spread)| middle + side * width * spread).collect();
    Bollinger { lower: band(-1.0), upper: band(1.0), middle }
}
