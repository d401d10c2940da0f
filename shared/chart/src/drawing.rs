//! What a chart is drawn from.

use crate::{
    date,
    plot::{BOTTOM, Chart, LEFT, Line, Mark, RIGHT, TOP},
    thin::thin,
};
use jiff::Timestamp;

/// What the horizontal axis can show.
pub trait Place: Copy + PartialOrd {
    /// How far along it is.
    fn along(self) -> f64;
    /// How the ends of the axis are written.
    fn written(self) -> String;
}

impl Place for Timestamp {
    fn along(self) -> f64 {
        self.duration_since(Self::UNIX_EPOCH).as_secs_f64()
    }

    fn written(self) -> String {
        date(self)
    }
}

impl Place for f64 {
    fn along(self) -> f64 {
        self
    }

    fn written(self) -> String {
        format!("{self:.2}")
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

/// Lines and marks in their own measures. A line's points ascend along the horizontal axis.
#[derive(Debug, Clone, Default)]
pub struct Drawing<X> {
    /// What the chart shows, for those who cannot see it.
    pub label: &'static str,
    /// Class and points of each line.
    pub lines: Vec<(&'static str, Vec<(X, f64)>)>,
    /// Class, place and title of each mark; those outside the lines' span are left out.
    pub marks: Vec<(&'static str, X, f64, String)>,
    /// The value of note.
    pub rule: Option<f64>,
    /// Decimals of the values at the edges.
    pub decimals: usize,
    /// How values become heights.
    pub scale: Scale,
}

impl<X: Place> Drawing<X> {
    /// The chart; `None` when the lines do not span anything.
    #[must_use]
    pub fn chart(self) -> Option<Chart> {
        let Self { label, lines, marks, rule, decimals, scale } = self;
        let places = || lines.iter().flat_map(|(_, points)| points).map(|(place, _)| *place);
        let from = places().reduce(|a, b| if b < a { b } else { a })?;
        let to = places().reduce(|a, b| if b > a { b } else { a })?;
        if from >= to {
            return None;
        }
        let marks: Vec<_> = marks.into_iter().filter(|(_, place, ..)| (from..=to).contains(place)).collect();
        let values = lines.iter().flat_map(|(_, points)| points).map(|(_, value)| *value);
        let values = values.chain(marks.iter().map(|(_, _, value, _)| *value)).chain(rule);
        let heights: Vec<f64> = values.map(|value| scale.height(value)).collect();
        let (low, high) =
            heights.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
        let margin = if high > low { 0.05 * (high - low) } else { 0.05 * high.abs().max(1e-3) };
        let (low, high) = (low - margin, high + margin);

        let x = |place: X| LEFT + (RIGHT - LEFT) * (place.along() - from.along()) / (to.along() - from.along());
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (scale.height(value) - low) / (high - low);
        let line = |(class, points): (&'static str, Vec<(X, f64)>)| {
            let points = thin(points.into_iter().map(|(place, value)| (x(place), y(value))).collect());
            let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            Line { class, points: points.join(" ") }
        };
        let mark = |(class, place, value, title)| Mark { class, x: x(place), y: y(value), title };
        let edge = |height: f64| format!("{:.decimals$}", scale.value(height));
        Some(Chart {
            label,
            lines: lines.into_iter().map(line).collect(),
            marks: marks.into_iter().map(mark).collect(),
            rule: rule.map(y),
            top: edge(high),
            bottom: edge(low),
            first: from.written(),
            last: to.written(),
        })
    }
}

#[cfg(test)]
mod tests;
