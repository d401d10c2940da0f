//! A horizontal bar, for a table's cell.

use askama::{Template, filters::HtmlSafe};

/// Length of the track, in the drawing's units.
const LENGTH: f64 = 120.0;

/// A bar on a track, with a line at a value of note. The number that it shows stands beside it as text.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "bar.html")]
pub struct MeterBar {
    class: &'static str,
    length: f64,
    marker: f64,
}

impl MeterBar {
    /// A bar of `value` on a track from zero to `full`, with a line at `note`.
    #[must_use]
    pub fn new(class: &'static str, value: f64, note: f64, full: f64) -> Self {
        let place = |value: f64| {
            let share = value / full;
            // Beside `clamp`, which lets it pass, no number is no length.
            LENGTH * if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
        };
        Self { class, length: place(value), marker: place(note) }
    }
}

/// Its template has escaped it already.
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
