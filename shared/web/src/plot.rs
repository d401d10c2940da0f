//! Finished chart: coordinates and texts, from which the template writes SVG. The template escapes all texts.

use askama::{Template, filters::HtmlSafe};

/// Width of the drawing in its own units: that of a phone, so that texts stay legible there.
pub(crate) const WIDTH: f64 = 360.0;
/// Height of the drawing.
pub(crate) const HEIGHT: f64 = 176.0;
/// Edges of the plot within the drawing.
pub(crate) const LEFT: f64 = 42.0;
pub(crate) const RIGHT: f64 = 354.0;
pub(crate) const TOP: f64 = 6.0;
pub(crate) const BOTTOM: f64 = 156.0;

/// Chart, displayed as an `svg` element. A page's template includes it as `{{ chart }}`.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "chart.html")]
pub struct Chart {
    /// Name of the chart, for screen readers.
    pub label: &'static str,
    /// Description of the content, for screen readers.
    pub description: String,
    /// Areas, behind all other elements.
    pub bands: Vec<Line>,
    /// Columns on the lower edge.
    pub columns: Vec<CountBar>,
    /// Lines of values.
    pub lines: Vec<Line>,
    /// Marks of single values.
    pub marks: Vec<Mark>,
    /// Vertical position of the reference line.
    pub reference_line: Option<f64>,
    /// Vertical positions and texts of the labels, from the lowest value.
    pub y_ticks: Vec<(f64, String)>,
    /// Labels of the horizontal axis, from the left.
    pub x_ticks: Vec<Label>,
}

/// Escaped already by its template.
impl HtmlSafe for Chart {}

/// Line through points, or area that they enclose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// CSS class of the element.
    pub class: &'static str,
    /// Points as `x,y x,y ...`
    pub points: String,
}

/// Column on the lower edge.
#[derive(Debug, Clone, PartialEq)]
pub struct CountBar {
    /// Distance of its centre from the left.
    pub x: f64,
    /// Height of the column.
    pub height: f64,
    /// Text of the tooltip.
    pub title: String,
}

/// Label below the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Distance of its anchor from the left.
    pub x: f64,
    /// Part of the text at the anchor: `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// Text of the label.
    pub text: String,
}

/// Mark at a point. Shape and colour have the same meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// CSS class of the element.
    pub class: &'static str,
    /// Distance from the left.
    pub x: f64,
    /// Distance from the top.
    pub y: f64,
    /// Text of the tooltip.
    pub title: String,
}

impl Mark {
    /// Outline as SVG path: a triangle that points up or down, else a dot.
    fn path(&self) -> String {
        let Self { x, y, .. } = self;
        match self.class {
            "up" | "above" => format!("M{x:.1} {:.1}l2.9 5h-5.8z", y - 3.2),
            "down" | "below" => format!("M{x:.1} {:.1}l2.9-5h-5.8z", y + 3.2),
            _ => format!("M{:.1} {y:.1}a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0z", x - 2.4),
        }
    }
}
