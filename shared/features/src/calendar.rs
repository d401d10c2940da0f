//! Phases of a bar's close within the day and the week.

use jiff::Timestamp;
use market_data::Interval;
use std::{f64::consts::TAU, sync::LazyLock};

const DAY_SECONDS: i64 = 86_400;
const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// First Monday after the Unix epoch, which was a Thursday, in seconds since the epoch.
const FIRST_MONDAY: i64 = 4 * DAY_SECONDS;

/// Sine and cosine of the phase within the day, then within the week.
pub(super) type Phases = [f64; 4];

/// Phases of all bars of a week. They are tabulated because sines cost more than most features.
#[derive(Debug)]
pub(super) struct Calendar {
    interval: Interval,
    phases: Vec<Phases>,
}

impl Calendar {
    pub(super) fn for_interval(interval: Interval) -> &'static Self {
        static HOURS: LazyLock<Calendar> = LazyLock::new(|| Calendar::new(Interval::Hour));
        static DAYS: LazyLock<Calendar> = LazyLock::new(|| Calendar::new(Interval::Day));
        match interval {
            Interval::Hour => &HOURS,
            Interval::Day => &DAYS,
        }
    }

    fn new(interval: Interval) -> Self {
        let closes = (0..WEEK_SECONDS / interval.seconds()).map(|bar| bar * interval.seconds());
        let phases = closes.map(|seconds| {
            let (day, week) = (angle(seconds, DAY_SECONDS), angle(seconds, WEEK_SECONDS));
            [day.sin(), day.cos(), week.sin(), week.cos()].map(round_phase)
        });
        Self { interval, phases: phases.collect() }
    }

    /// Phases at the closes of consecutive bars, of which the first opens at `time`.
    pub(super) fn phases_from(&self, time: Timestamp) -> impl Iterator<Item = Phases> {
        let close = time.as_second() + self.interval.seconds();
        let bar = (close - FIRST_MONDAY).rem_euclid(WEEK_SECONDS) / self.interval.seconds();
        self.phases.iter().copied().cycle().skip(usize::try_from(bar).unwrap_or_default())
    }
}

/// Rounds a phase to 12 digits. Two hours of the week may have the same cosine but for the last bit, and trees would split
/// between them. Sines also differ in that bit between machines.
fn round_phase(phase: f64) -> f64 {
    (phase * 1e12).round() / 1e12
}

/// Angle of `seconds` on a circle of `period` seconds, in radians.
#[expect(clippy::cast_precision_loss, reason = "both are at most a week, far below 2^52")]
fn angle(seconds: i64, period: i64) -> f64 {
    TAU * seconds.rem_euclid(period) as f64 / period as f64
}
