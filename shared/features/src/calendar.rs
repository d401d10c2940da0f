//! Where a bar's close stands in the day and in the week.

use jiff::Timestamp;
use market_data::Interval;
use std::{f64::consts::TAU, sync::LazyLock};

const DAY_SECONDS: i64 = 86_400;
const WEEK_SECONDS: i64 = 7 * DAY_SECONDS;
/// The first Monday after the Unix epoch, a Thursday.
const FIRST_MONDAY: i64 = 4 * DAY_SECONDS;

/// Sine and cosine of the phase within the day, then within the week.
pub(super) type Phases = [f64; 4];

/// The phases of each bar of a week: a table, as sines cost more than most features.
#[derive(Debug)]
pub(super) struct Calendar {
    interval: Interval,
    phases: Vec<Phases>,
}

impl Calendar {
    pub(super) fn of(interval: Interval) -> &'static Self {
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
            [day.sin(), day.cos(), week.sin(), week.cos()].map(rounded)
        });
        Self { interval, phases: phases.collect() }
    }

    /// The phases at the closes of bars without a gap, of which the first opens at `time`.
    pub(super) fn from(&self, time: Timestamp) -> impl Iterator<Item = Phases> {
        let close = time.as_second() + self.interval.seconds();
        let bar = (close - FIRST_MONDAY).rem_euclid(WEEK_SECONDS) / self.interval.seconds();
        self.phases.iter().copied().cycle().skip(usize::try_from(bar).unwrap_or_default())
    }
}

/// Two hours of the week may have the same cosine but for the last bit, and trees would split between them; and sines
/// differ in that bit from machine to machine.
fn rounded(phase: f64) -> f64 {
    (phase * 1e12).round() / 1e12
}

/// The angle of `seconds` on a circle of `period` seconds.
#[expect(clippy::cast_precision_loss, reason = "both are at most a week, far below 2^52")]
fn angle(seconds: i64, period: i64) -> f64 {
    TAU * seconds.rem_euclid(period) as f64 / period as f64
}
