//! Horizontal bar for a table cell.

use askama::{Template, filters::HtmlSafe};

/// Length of the track, in units of the drawing.
const LENGTH: f64 = 120.0;

/// Bar on a track, with a marker line. The value is written beside it as text.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "bar.html")]
pub struct MeterBar {
    class: &'static str,
    length: f64,
    marker: f64,
}

impl MeterBar {
    /// Bar of `value` on a track from zero to `full`, with a line at `marker`.
    #[must_use]
    pub fn new(class: &'static str, value: f64, marker: f64, full: f64) -> Self {
        let position = |value: f64| {
            let share = value / full;
            // `clamp` would return NaN unchanged.
            LENGTH * if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
        };
        Self { class, length: position(value), marker: position(marker) }
    }
}

/// Escaped already by its template.
impl HtmlSafe for MeterBar {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stays_on_its_track() {
        let length = |value| MeterBar::new("fine", value, 1.0, 3.0).length;
        for (value, expected) in [(0.0, 0.0), (1.5, 60.0), (9.0, 120.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
            assert!((length(value) - expected).abs() < 1e-9, "{value}");
        }
        let svg = MeterBar::new("severe", 2.0, 1.0, 3.0).to_string();
        assert!(
            svg.contains("class=\"severe\"") && svg.contains("width=\"80.0\"") && svg.contains("x1=\"40.0\""),
            "{svg}"
        );
    }
}
