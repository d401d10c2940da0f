//! Look-back of the features.

use super::recursive::LONGEST_SMOOTHING_PERIOD;

/// Number of bars without a row at the start and after each gap: the longest warm-up of the table.
pub const WARM_UP_BARS: usize = 120;

/// Number of bars from which the last row equals the one computed from all history to 1e-9 relative.
///
/// Windowed features need [`WARM_UP_BARS`] and the bar itself, and are then equal to the bit. In recursive features the
/// weight of the start decays geometrically. They get as many bars on top as the slowest one needs to reduce it below
/// 1e-10. That one is ADX, smoothed twice with factor 1/14: after `n` bars the weight is `(1 + n / 14) (13 / 14)^n`.
///
/// ADX starts after 27 bars, not after 120. The 93 bars between reduce the weight by another factor of 1000, for a market
/// that was as many times more volatile at the window's start than at its end.
pub const WINDOW_BARS: usize = WARM_UP_BARS + bars_until_decayed(LONGEST_SMOOTHING_PERIOD, 1e-10);

/// Number of bars after which two consecutive smoothings with factor `1 / period` keep at most `share` of their start.
#[expect(clippy::cast_precision_loss, reason = "periods and counts of bars are far below 2^52")]
const fn bars_until_decayed(period: usize, share: f64) -> usize {
    let factor = 1.0 - 1.0 / period as f64;
    let (mut bars, mut once) = (0, 1.0);
    while (1.0 + bars as f64 / period as f64) * once > share {
        once *= factor;
        bars += 1;
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::ema::Smoothing;

    // Predict reads the window on each cold start.
    const _: () = assert!(WINDOW_BARS <= 600);

    /// Difference after two smoothings of two sequences whose starts differ by 1 and whose later values are equal.
    fn remaining_share(period: usize, bars: usize) -> f64 {
        let chain = |start: f64| {
            let (mut first, mut second) = (Smoothing::wilder(period), Smoothing::wilder(period));
            let mut last = f64::NAN;
            for _ in 0..period {
                // Both are seeded with the start.
                (_, last) = (first.next(start), second.next(start));
            }
            for _ in 0..bars {
                last = second.next(first.next(0.0));
            }
            last
        };
        chain(1.0) - chain(0.0)
    }

    #[test]
    fn two_smoothings_have_decayed_after_that_many_bars() {
        for (period, share) in [(14, 1e-3), (14, 1e-10), (7, 1e-10), (2, 1e-6)] {
            let bars = bars_until_decayed(period, share);
            let remaining = remaining_share(period, bars);
            assert!(remaining <= share * (1.0 + 1e-9), "{period}: {remaining}");
            assert!(remaining_share(period, bars - 1) > share, "{period}: one bar less suffices");
        }
        assert_eq!(bars_until_decayed(LONGEST_SMOOTHING_PERIOD, 1e-10), WINDOW_BARS - WARM_UP_BARS);
    }
}
