//! Specification of a chart, and its layout.

use crate::{
    downsample::downsample,
    plot::{BOTTOM, Chart, CountBar, LEFT, Label, Line, Mark, RIGHT, TOP},
    scale::{Axis, AxisValue, Scale, ValueUnit},
};

/// Share of the plot's height that the largest column takes.
const COLUMN_SHARE: f64 = 0.22;

/// Points of an area: horizontal value with the lower and upper end.
pub type Band<X> = Vec<(X, [f64; 2])>;

/// Chart in the units of its values. The points of each line or band ascend along the horizontal axis.
#[derive(Debug, Clone)]
pub struct ChartSpec<X> {
    /// Name of the chart, for screen readers.
    pub label: &'static str,
    /// Description of the content, for screen readers. The ranges of the axes are added.
    pub description: String,
    /// Class and points of each area.
    pub bands: Vec<(&'static str, Band<X>)>,
    /// Class and points of each line.
    pub lines: Vec<(&'static str, Vec<(X, f64)>)>,
    /// Class, point and title of each mark. Marks outside the horizontal range of lines and bands are left out.
    pub marks: Vec<(&'static str, X, f64, String)>,
    /// Horizontal value, size and title of each column on the lower edge. Columns have their own scale.
    pub columns: Vec<(X, f64, String)>,
    /// Value of the horizontal reference line.
    pub reference_line: Option<f64>,
    /// Unit of the values.
    pub unit: ValueUnit,
    /// Scale of the vertical axis.
    pub scale: Scale,
}

impl<X> Default for ChartSpec<X> {
    fn default() -> Self {
        Self {
            label: "",
            description: String::new(),
            bands: Vec::new(),
            lines: Vec::new(),
            marks: Vec::new(),
            columns: Vec::new(),
            reference_line: None,
            unit: ValueUnit::default(),
            scale: Scale::default(),
        }
    }
}

impl<X: AxisValue> ChartSpec<X> {
    /// Lays out the chart. `None` if lines and bands have no horizontal extent.
    #[must_use]
    pub fn chart(self) -> Option<Chart> {
        let Self { label, description, bands, lines, marks, columns, reference_line, unit, scale } = self;
        let on_lines = lines.iter().flat_map(|(_, points)| points);
        let in_bands = bands.iter().flat_map(|(_, points)| points);
        let positions = || on_lines.clone().map(|(x, _)| *x).chain(in_bands.clone().map(|(x, _)| *x));
        let from = positions().reduce(|a, b| if b < a { b } else { a })?;
        let to = positions().reduce(|a, b| if b > a { b } else { a })?;
        if from >= to {
            return None;
        }
        let marks: Vec<_> = marks.into_iter().filter(|(_, x, ..)| (from..=to).contains(x)).collect();
        let values = on_lines.clone().map(|(_, value)| *value).chain(in_bands.clone().flat_map(|(_, ends)| *ends));
        let values = values.chain(marks.iter().map(|(_, _, value, _)| *value)).chain(reference_line);
        let axis = Axis::fitting(values, scale, unit);

        let x =
            |value: X| LEFT + (RIGHT - LEFT) * (value.position() - from.position()) / (to.position() - from.position());
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * axis.share(value);
        let format_points = |points: Vec<(f64, f64)>| {
            let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            points.join(" ")
        };
        let line = |(class, points): (&'static str, Vec<(X, f64)>)| {
            let points = downsample(points.into_iter().map(|(point, value)| (x(point), y(value))).collect());
            Line { class, points: format_points(points) }
        };
        let band = |(class, points): (&'static str, Vec<(X, [f64; 2])>)| {
            let edge = |end: usize| downsample(points.iter().map(|(point, ends)| (x(*point), y(ends[end]))).collect());
            Line { class, points: format_points(edge(0).into_iter().chain(edge(1).into_iter().rev()).collect()) }
        };
        let largest = columns.iter().map(|(_, size, _)| *size).fold(f64::MIN_POSITIVE, f64::max);
        let column = |(point, size, title): (X, f64, String)| {
            let height = COLUMN_SHARE * (BOTTOM - TOP) * size / largest;
            CountBar { x: x(point), height, title }
        };
        let description = format!(
            "{description}{}Across: {} to {}. Up: {}.",
            if description.is_empty() { "" } else { " " },
            from.label(),
            to.label(),
            axis.span()
        );
        Some(Chart {
            label,
            description,
            y_ticks: axis.ticks().into_iter().map(|(value, text)| (y(value), text)).collect(),
            x_ticks: labels(X::ticks(from, to).into_iter().map(|(tick, text)| (x(tick), text))),
            bands: bands.into_iter().map(band).collect(),
            columns: columns.into_iter().filter(|(point, ..)| (from..=to).contains(point)).map(column).collect(),
            lines: lines.into_iter().map(line).collect(),
            marks: marks
                .into_iter()
                .map(|(class, point, value, title)| Mark { class, x: x(point), y: y(value), title })
                .collect(),
            reference_line: reference_line.map(y),
        })
    }
}

/// Approximate width of a character of a label, in units of the drawing.
const CHARACTER_WIDTH: f64 = 5.8;

/// Labels of the horizontal axis, aligned so that each is inside the drawing. A label that would touch the one before it is
/// left out.
fn labels(ticks: impl Iterator<Item = (f64, String)>) -> Vec<Label> {
    let mut end = f64::NEG_INFINITY;
    ticks
        .filter_map(|(x, text)| {
            let width: f64 = text.chars().map(|_| CHARACTER_WIDTH).sum();
            let (anchor, start) = match x {
                x if x - width / 2.0 < LEFT - 8.0 => ("start", x),
                x if x + width / 2.0 > RIGHT + 4.0 => ("end", x - width),
                _ => ("middle", x - width / 2.0),
            };
            let fits = start > end + CHARACTER_WIDTH;
            if fits {
                end = start + width;
            }
            fits.then_some(Label { x, anchor, text })
        })
        .collect()
}

/// Points of a line that keeps each value until the next point, and the last one until `end`.
#[must_use]
pub fn step_line<X: AxisValue>(points: &[(X, f64)], end: X) -> Vec<(X, f64)> {
    let next = points.iter().skip(1).map(|(x, _)| *x).chain([end]);
    points.iter().zip(next).flat_map(|((x, value), next)| [(*x, *value), (next, *value)]).collect()
}

#[cfg(test)]
mod tests;
