//! Axes: positions and labels of values.

use crate::{format::digits, format_date, ticks::Ticks, time};
use jiff::Timestamp;

/// Approximate number of labels of the horizontal axis.
const X_LABELS: u32 = 4;
/// Approximate number of labels of the vertical axis.
const Y_LABELS: u32 = 5;

/// Value of the horizontal axis.
pub trait AxisValue: Copy + PartialOrd {
    /// Position as a number.
    fn position(self) -> f64;
    /// Text of the value.
    fn label(self) -> String;
    /// Round values within `from..=to` with their texts.
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
        time::ticks(from, to, i64::from(X_LABELS))
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
        let ticks = Ticks::linear(from, to, X_LABELS);
        ticks.values.iter().map(|value| (*value, ticks.label(*value))).collect()
    }
}

/// Scale of the vertical axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences have equal heights.
    #[default]
    Linear,
    /// Equal ratios have equal heights. Values of zero or less have the lowest height.
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

/// Unit of the values of the vertical axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ValueUnit {
    /// Plain numbers.
    #[default]
    Number,
    /// Shares, written in per cent.
    Percent,
    /// Integers; only these are labelled.
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

/// Vertical axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    scale: Scale,
    unit: ValueUnit,
    /// Height of the lower edge.
    low: f64,
    /// Height of the upper edge.
    high: f64,
    /// Heights of the lowest and highest value.
    ends: [f64; 2],
}

impl Axis {
    /// Axis that includes all `values`, with a margin.
    pub(crate) fn fitting(values: impl Iterator<Item = f64>, scale: Scale, unit: ValueUnit) -> Self {
        let heights = values.map(|value| scale.height(value));
        let (lowest, highest) =
            heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        let margin = if highest > lowest { 0.06 * (highest - lowest) } else { 0.05 * highest.abs().max(1e-3) };
        Self { scale, unit, low: lowest - margin, high: highest + margin, ends: [lowest, highest] }
    }

    /// Position of `value` from 0 at the lower edge to 1 at the upper edge.
    pub(crate) fn share(&self, value: f64) -> f64 {
        (self.scale.height(value) - self.low) / (self.high - self.low)
    }

    /// Round values with their texts.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let Self { scale, unit, low, high, .. } = *self;
        let (low, high) = (unit.factor() * scale.value(low), unit.factor() * scale.value(high));
        let ticks = match scale {
            Scale::Linear => Ticks::linear(low, high, Y_LABELS),
            Scale::Log => Ticks::log(low, high, Y_LABELS),
        };
        let text = |value: f64| match unit {
            ValueUnit::Whole => format!("{value:.0}"),
            ValueUnit::Number | ValueUnit::Percent => format!("{}{}", ticks.label(value), unit.sign()),
        };
        let is_labelled = |value: &&f64| unit != ValueUnit::Whole || (*value - value.round()).abs() < 1e-9;
        ticks.values.iter().filter(is_labelled).map(|value| (value / unit.factor(), text(*value))).collect()
    }

    /// Range of the values as text.
    pub(crate) fn span(&self) -> String {
        let value = |height: f64| {
            let value = self.unit.factor() * self.scale.value(height);
            let digits = if self.unit == ValueUnit::Whole { 0 } else { digits(value) };
            format!("{value:.digits$}{}", self.unit.sign())
        };
        format!("{} to {}", value(self.ends[0]), value(self.ends[1]))
    }
}
