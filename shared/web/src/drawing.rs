//! What a chart is drawn from.

use crate::{
    downsample::downsample,
    plot::{BOTTOM, Chart, CountBar, LEFT, Label, Line, Mark, RIGHT, TOP},
    scale::{Axis, AxisValue, Scale, ValueUnit},
};

/// How much of the plot's height the largest column takes.
const COLUMN_SHARE: f64 = 0.22;

/// An area: places, each with the lower and upper end.
pub type Band<X> = Vec<(X, [f64; 2])>;

/// Lines and marks in their own measures. The points of a line or band ascend along the horizontal axis.
#[derive(Debug, Clone, Default)]
pub struct ChartSpec<X> {
    /// What the chart shows, for those who cannot see it.
    pub label: &'static str,
    /// What is to be seen in it, for them; where the axes end is added.
    pub description: String,
    /// Class, and places with the lower and upper end, of each area.
    pub bands: Vec<(&'static str, Band<X>)>,
    /// Class and points of each line.
    pub lines: Vec<(&'static str, Vec<(X, f64)>)>,
    /// Class, place and title of each mark; those outside the span of lines and bands are left out.
    pub marks: Vec<(&'static str, X, f64, String)>,
    /// Place, size and title of columns on the lower edge, which have a scale of their own.
    pub columns: Vec<(X, f64, String)>,
    /// The value of note.
    pub reference_line: Option<f64>,
    /// How values are written.
    pub unit: ValueUnit,
    /// How values become heights.
    pub scale: Scale,
}

impl<X: AxisValue> ChartSpec<X> {
    /// The chart; `None` when lines and bands do not span anything.
    #[must_use]
    pub fn chart(self) -> Option<Chart> {
        let Self { label, description, bands, lines, marks, columns, reference_line, unit, scale } = self;
        let on_lines = lines.iter().flat_map(|(_, points)| points);
        let in_bands = bands.iter().flat_map(|(_, points)| points);
        let places = || on_lines.clone().map(|(place, _)| *place).chain(in_bands.clone().map(|(place, _)| *place));
        let from = places().reduce(|a, b| if b < a { b } else { a })?;
        let to = places().reduce(|a, b| if b > a { b } else { a })?;
        if from >= to {
            return None;
        }
        let marks: Vec<_> = marks.into_iter().filter(|(_, place, ..)| (from..=to).contains(place)).collect();
        let values = on_lines.clone().map(|(_, value)| *value).chain(in_bands.clone().flat_map(|(_, ends)| *ends));
        let values = values.chain(marks.iter().map(|(_, _, value, _)| *value)).chain(reference_line);
        let axis = Axis::fitting(values, scale, unit);

        let x =
            |place: X| LEFT + (RIGHT - LEFT) * (place.position() - from.position()) / (to.position() - from.position());
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * axis.share(value);
        let written = |points: Vec<(f64, f64)>| {
            let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            points.join(" ")
        };
        let line = |(class, points): (&'static str, Vec<(X, f64)>)| {
            let points = downsample(points.into_iter().map(|(place, value)| (x(place), y(value))).collect());
            Line { class, points: written(points) }
        };
        let band = |(class, points): (&'static str, Vec<(X, [f64; 2])>)| {
            let edge = |end: usize| downsample(points.iter().map(|(place, ends)| (x(*place), y(ends[end]))).collect());
            Line { class, points: written(edge(0).into_iter().chain(edge(1).into_iter().rev()).collect()) }
        };
        let largest = columns.iter().map(|(_, size, _)| *size).fold(f64::MIN_POSITIVE, f64::max);
        let column = |(place, size, title): (X, f64, String)| {
            let height = COLUMN_SHARE * (BOTTOM - TOP) * size / largest;
            CountBar { x: x(place), height, title }
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
            x_ticks: labels(X::ticks(from, to).into_iter().map(|(place, text)| (x(place), text))),
            bands: bands.into_iter().map(band).collect(),
            columns: columns.into_iter().filter(|(place, ..)| (from..=to).contains(place)).map(column).collect(),
            lines: lines.into_iter().map(line).collect(),
            marks: marks
                .into_iter()
                .map(|(class, place, value, title)| Mark { class, x: x(place), y: y(value), title })
                .collect(),
            reference_line: reference_line.map(y),
        })
    }
}

/// Width of a letter of a label, about, in the drawing's units.
const LETTER: f64 = 5.8;

/// Labels at places from the left, shifted so that all of each is inside the drawing; one that would touch the label before
/// it is left out.
fn labels(places: impl Iterator<Item = (f64, String)>) -> Vec<Label> {
    let mut end = f64::NEG_INFINITY;
    places
        .filter_map(|(x, text)| {
            let width: f64 = text.chars().map(|_| LETTER).sum();
            let (anchor, start) = match x {
                x if x - width / 2.0 < LEFT - 8.0 => ("start", x),
                x if x + width / 2.0 > RIGHT + 4.0 => ("end", x - width),
                _ => ("middle", x - width / 2.0),
            };
            let fits = start > end + LETTER;
            if fits {
                end = start + width;
            }
            fits.then_some(Label { x, anchor, text })
        })
        .collect()
}

/// The points of a line that stays at each value until the next one, and at the last until `end`.
#[must_use]
pub fn step_line<X: AxisValue>(points: &[(X, f64)], end: X) -> Vec<(X, f64)> {
    let next = points.iter().skip(1).map(|(place, _)| *place).chain([end]);
    points.iter().zip(next).flat_map(|((place, value), next)| [(*place, *value), (next, *value)]).collect()
}

#[cfg(test)]
mod tests;
