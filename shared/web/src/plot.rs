//! A finished chart: numbers that the template turns into SVG, so that all text in it is escaped.

use askama::{Template, filters::HtmlSafe};

/// Size of the drawing, in its own units: a phone's width, so that its text stays legible there.
pub(crate) const WIDTH: f64 = 360.0;
pub(crate) const HEIGHT: f64 = 176.0;
/// The plot's edges within it.
pub(crate) const LEFT: f64 = 42.0;
pub(crate) const RIGHT: f64 = 354.0;
pub(crate) const TOP: f64 = 6.0;
pub(crate) const BOTTOM: f64 = 156.0;

/// A chart. It displays as an `svg` element, and stands in a page's template as it is: `{{ chart }}`.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "chart.html")]
pub struct Chart {
    /// What it shows, for those who cannot see it.
    pub label: &'static str,
    /// What is to be seen in it, for them.
    pub description: String,
    /// Areas, behind all else.
    pub bands: Vec<Line>,
    /// Columns that stand on the lower edge.
    pub columns: Vec<CountBar>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The marks.
    pub marks: Vec<Mark>,
    /// Height of the horizontal line at a value of note.
    pub reference_line: Option<f64>,
    /// Heights that are labelled, from the lowest.
    pub y_ticks: Vec<(f64, String)>,
    /// Places that are labelled, from the left.
    pub x_ticks: Vec<Label>,
}

/// Its template has escaped it already.
impl HtmlSafe for Chart {}

/// A line through points, or the area inside of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// CSS class.
    pub class: &'static str,
    /// `x,y x,y ...`
    pub points: String,
}

/// A column that stands on the lower edge.
#[derive(Debug, Clone, PartialEq)]
pub struct CountBar {
    /// Distance of its middle from the left.
    pub x: f64,
    /// How high it is.
    pub height: f64,
    /// What it says when pointed at.
    pub title: String,
}

/// A label below the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Distance of its place from the left.
    pub x: f64,
    /// Which part of the text is there.
    pub anchor: &'static str,
    /// The text.
    pub text: String,
}

/// A sign at a place. Its shape says what its colour says.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// CSS class.
    pub class: &'static str,
    /// Distance from the left.
    pub x: f64,
    /// Distance from the top.
    pub y: f64,
    /// What it says when pointed at.
    pub title: String,
}

impl Mark {
    /// The outline: a triangle that points up or down, else a dot.
    fn path(&self) -> String {
        let Self { x, y, .. } = self;
        match self.class {
            "up" => format!("M{x:.1} {:.1}l2.9 5h-5.8z", y - 3.2),
            "down" => format!("M{x:.1} {:.1}l2.9-5h-5.8z", y + 3.2),
            _ => format!("M{:.1} {y:.1}a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0z", x - 2.4),
        }
    }
}
