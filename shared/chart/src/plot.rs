//! A finished chart: numbers that the template turns into SVG, so that all text in it is escaped.

use askama::{Template, filters::HtmlSafe};

/// Size of the drawing, in its own units: a phone's width, so that its text stays legible there.
pub(crate) const WIDTH: f64 = 360.0;
pub(crate) const HEIGHT: f64 = 150.0;
/// The plot's edges within it.
pub(crate) const LEFT: f64 = 46.0;
pub(crate) const RIGHT: f64 = 354.0;
pub(crate) const TOP: f64 = 10.0;
pub(crate) const BOTTOM: f64 = 128.0;

/// A chart. It displays as an `svg` element, and stands in a page's template as it is: `{{ chart }}`.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "chart.html")]
pub struct Chart {
    /// What it shows, for those who cannot see it.
    pub label: &'static str,
    /// The lines.
    pub lines: Vec<Line>,
    /// The dots.
    pub marks: Vec<Mark>,
    /// Height of the horizontal line at a value of note.
    pub rule: Option<f64>,
    /// Value at the upper edge.
    pub top: String,
    /// Value at the lower edge.
    pub bottom: String,
    /// Place at the left edge.
    pub first: String,
    /// Place at the right edge.
    pub last: String,
}

/// Its template has escaped it already.
impl HtmlSafe for Chart {}

/// A line through points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// CSS class.
    pub class: &'static str,
    /// `x,y x,y ...`
    pub points: String,
}

/// A dot.
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
