//! Settings and readings of the regime shift test.

use market_data::Interval;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Statistic of range or volume that is compared with its reference at every bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShiftStatistic {
    /// Mean log volume of the last bars.
    VolumeLevel,
    /// Mean log volume of the last bars minus that of the bars before them.
    VolumeJump,
    /// Mean log range of the last bars.
    RangeLevel,
    /// Mean log range of the last bars minus that of the bars before them.
    RangeJump,
}

impl fmt::Display for ShiftStatistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VolumeLevel => "volume level",
            Self::VolumeJump => "volume jump",
            Self::RangeLevel => "range level",
            Self::RangeJump => "range jump",
        })
    }
}

/// Settings of the regime shift test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegimeShiftConfig {
    /// Bars in a level (default 7 days or 168 hours).
    pub level_bars: usize,
    /// Bars in the recent part of a jump (default 7 days or 48 hours).
    pub jump_bars: usize,
    /// Bars in the earlier part of a jump (default 20 days or 240 hours).
    pub before_bars: usize,
    /// Least severe z-score, in standard deviations above the reference mean (default 4.1 for days, 4.5 for hours). A
    /// larger z-score within the reference replaces it.
    pub limit: f64,
    /// Maximum number of bars in the reference (default 1460 days or 17520 hours).
    pub reference_bars: usize,
    /// Minimum number of bars in the reference (default 365 days or 4380 hours).
    pub min_reference_bars: usize,
    /// Ratio of z-score to limit below which a bar counts as recovered (default 0.8).
    pub recovery_ratio: f64,
    /// Consecutive recovered bars that end a shift (default 7 days or 48 hours).
    pub recovery_bars: usize,
}

impl Default for RegimeShiftConfig {
    fn default() -> Self {
        Self::for_interval(Interval::Day)
    }
}

impl RegimeShiftConfig {
    /// Defaults for bars of this interval.
    #[must_use]
    pub fn for_interval(interval: Interval) -> Self {
        match interval {
            Interval::Day => Self {
                level_bars: 7,
                jump_bars: 7,
                before_bars: 20,
                limit: 4.1,
                reference_bars: 1460,
                min_reference_bars: 365,
                recovery_ratio: 0.8,
                recovery_bars: 7,
            },
            Interval::Hour => Self {
                level_bars: 168,
                jump_bars: 48,
                before_bars: 240,
                limit: 4.5,
                reference_bars: 17_520,
                min_reference_bars: 4380,
                recovery_ratio: 0.8,
                recovery_bars: 48,
            },
        }
    }
}

/// Value of one statistic at the last bar, compared with its reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StatisticReading {
    /// The statistic.
    pub statistic: ShiftStatistic,
    /// Bars in its recent mean.
    pub bars: usize,
    /// Its value, a mean of logarithms or a difference of such means.
    pub value: f64,
    /// Its mean in the reference.
    pub mean: f64,
    /// Its standard deviation in the reference.
    pub deviation: f64,
    /// Standard deviations above the reference mean.
    pub z: f64,
    /// Largest z-score within the reference.
    pub reference_z: f64,
    /// The larger of `reference_z` and the configured limit.
    pub limit: f64,
    /// `z / limit`; above 1 is severe.
    pub ratio: f64,
}
