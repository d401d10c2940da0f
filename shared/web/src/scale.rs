//! From values to places on an axis.

use crate::{
    format_date,
    ticks::Ticks,
    time::{self},
};
use jiff::Timestamp;

/// Labels of the horizontal and of the vertical axis, about.
const ACROSS: u32 = 4;
const UP: u32 = 5;

/// What the horizontal axis can show.
pub trait AxisValue: Copy + PartialOrd {
    /// How far along it is.
    fn position(self) -> f64;
    /// How it is written.
    fn label(self) -> String;
    /// Round places within `from..=to`, as they are written.
    fn ticks(from: Self, to: Self) -> Vec<(Self, String)>;
}

impl AxisValue for Timestamp {
    fn position(self) -> f64 {
        self.duration_since(Self::UNIX_EPOCH).as_secs_f64()
    }

    fn label(self) -> String {
        format_date(self)
    }

    fn ticks(from: Self, to: Self) -> Vec<(Self, String)> {
        time::ticks(from, to, i64::from(ACROSS))
    }
}

impl AxisValue for f64 {
    fn position(self) -> f64 {
        self
    }

    fn label(self) -> String {
        format!("{self:.2}")
    }

    fn ticks(from: Self, to: Self) -> Vec<(Self, String)> {
        let ticks = Ticks::linear(from, to, ACROSS);
        ticks.values.iter().map(|value| (*value, ticks.written(*value))).collect()
    }
}

/// How values become heights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally high.
    #[default]
    Linear,
    /// Equal ratios are equally high; values of zero or less stand at the lowest that can be written.
    Log,
}

impl Scale {
    fn height(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.max(f64::MIN_POSITIVE).ln(),
        }
    }

    fn value(self, height: f64) -> f64 {
        match self {
            Self::Linear => height,
            Self::Log => height.exp(),
        }
    }
}

/// How values are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ValueUnit {
    /// As they are.
    #[default]
    Number,
    /// Shares, as per cent.
    Percent,
    /// Whole numbers, between which there is nothing.
    Whole,
}

impl ValueUnit {
    fn factor(self) -> f64 {
        match self {
            Self::Number | Self::Whole => 1.0,
            Self::Percent => 100.0,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Number | Self::Whole => "",
            Self::Percent => " %",
        }
    }
}

/// The vertical axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    scale: Scale,
    unit: ValueUnit,
    /// Heights of the edges.
    low: f64,
    high: f64,
    /// Heights of the lowest and highest value.
    ends: [f64; 2],
}

impl Axis {
    /// One that shows all `values`, with a margin.
    pub(crate) fn fitting(values: impl Iterator<Item = f64>, scale: Scale, unit: ValueUnit) -> Self {
        let heights = values.map(|value| scale.height(value));
        let (lowest, highest) =
            heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        let margin = if highest > lowest { 0.06 * (highest - lowest) } else { 0.05 * highest.abs().max(1e-3) };
        Self { scale, unit, low: lowest - margin, high: highest + margin, ends: [lowest, highest] }
    }

    /// How far up `value` is, from 0 at the lower edge to 1 at the upper one.
    pub(crate) fn share(&self, value: f64) -> f64 {
        (self.scale.height(value) - self.low) / (self.high - self.low)
    }

    /// Round values, as they are written.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let Self { scale, unit, low, high, .. } = *self;
        let (low, high) = (unit.factor() * scale.value(low), unit.factor() * scale.value(high));
        let ticks = match scale {
            Scale::Linear => Ticks::linear(low, high, UP),
            Scale::Log => Ticks::log(low, high, UP),
        };
        let written = |value: f64| match unit {
            ValueUnit::Whole => format!("{value:.0}"),
            ValueUnit::Number | ValueUnit::Percent => format!("{}{}", ticks.written(value), unit.sign()),
        };
        let shown = |value: &&f64| unit != ValueUnit::Whole || (*value - value.round()).abs() < 1e-9;
        ticks.values.iter().filter(shown).map(|value| (value / unit.factor(), written(*value))).collect()
    }

    /// From where to where the values go, in words.
    pub(crate) fn span(&self) -> String {
        let value = |height: f64| {
            let value = self.unit.factor() * self.scale.value(height);
            let digits = if self.unit == ValueUnit::Whole { 0 } else { digits(value) };
            format!("{value:.digits$}{}", self.unit.sign())
        };
        format!("{} to {}", value(self.ends[0]), value(self.ends[1]))
    }
}

/// Decimals that show three or four digits of a value.
fn digits(value: f64) -> usize {
    match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    }
}
