//! How far back features reach.

use super::recursive::LONGEST_SMOOTHING_PERIOD;

/// Bars without a row at the start and after each gap: the longest warm-up of the table.
pub const WARM_UP_BARS: usize = 120;

/// How many bars make the last row equal the one computed from all history to 1e-9 relative.
///
/// Windowed features need [`WARM_UP_BARS`] and the bar itself, and are then equal to the bit. Smoothed ones forget
/// their start geometrically and get as many bars on top as the slowest of them needs to keep less than 1e-10 of it.
/// That one is ADX, smoothed twice by 1/14: after `n` bars it keeps `(1 + n / 14) (13 / 14)^n` of what it started with.
///
/// ADX starts after 27 bars, not after 120. The 93 between them forget another factor of 1000: they are for a market
/// that at the window's start was as many times wilder than at its end.
pub const WINDOW_BARS: usize = WARM_UP_BARS + bars_until_decayed(LONGEST_SMOOTHING_PERIOD, 1e-10);

/// After how many bars two smoothings in a row by `1 / period` keep at most `share` of their start.
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

    /// What two smoothings keep of a start that differs by 1, with the same values after it.
    fn kept(period: usize, bars: usize) -> f64 {
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
    fn the_bars_to_forget_are_those_after_which_two_smoothings_have_forgotten() {
        for (period, share) in [(14, 1e-3), (14, 1e-10), (7, 1e-10), (2, 1e-6)] {
            let bars = bars_until_decayed(period, share);
            assert!(kept(period, bars) <= share * (1.0 + 1e-9), "{period}: {}", kept(period, bars));
            assert!(kept(period, bars - 1) > share, "{period}: one bar less would do");
        }
        assert_eq!(bars_until_decayed(LONGEST_SMOOTHING_PERIOD, 1e-10), WINDOW_BARS - WARM_UP_BARS);
    }
}
