//! Change of the on-balance volume over a window.

use super::rolling::means;
use market_data::Bar;

/// Share of the last `period` bars' volume in rising bars minus that in falling bars: the change of on-balance volume over
/// the window, divided by the window's volume.
///
/// ```text
/// OBV(t) = OBV(t-1) + sign(close(t) - close(t-1)) * volume(t)
/// share(t) = (OBV(t) - OBV(t-period)) / sum(volume of the last `period` bars)
/// ```
///
/// * `period`: usually 20.
/// * Unit: none. Range: -1 to 1; 0 if nothing was traded.
/// * Warm-up: `period` bars.
/// * Source: Granville (1963); TA-Lib `OBV` and `SUM`.
///
/// ```
/// # use features::indicators::signed_volume;
/// # use market_data::Bar;
/// # let bar = |close: f64, volume: f64| Bar {
/// #     time: jiff::Timestamp::UNIX_EPOCH, open: close, high: close, low: close, close, volume,
/// # };
/// let share = signed_volume(&[bar(1.0, 9.0), bar(2.0, 3.0), bar(1.5, 1.0)], 2);
/// assert!(share[1].is_nan());
/// assert_eq!(share[2], 0.5);
/// ```
#[must_use]
pub fn signed_volume(bars: &[Bar], period: usize) -> Vec<f64> {
    let signed = bars.windows(2).map(|pair| {
        let (previous, current) = (pair[0].close, pair[1].close);
        if current > previous {
            pair[1].volume
        } else if current < previous {
            -pair[1].volume
        } else {
            0.0
        }
    });
    let signed: Vec<f64> = std::iter::repeat_n(f64::NAN, bars.len().min(1)).chain(signed).collect();
    let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume).collect();
    // Zero, or NaN during the warm-up.
    let share = |(signed, volume): (&f64, &f64)| if *volume == 0.0 { signed * 0.0 } else { signed / volume };
    means(&signed, period).iter().zip(&means(&volumes, period)).map(share).collect()
}
