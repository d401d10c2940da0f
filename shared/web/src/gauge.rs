//! Probability on a line from 0 to 100 %.

use crate::format_percent;
use askama::{Template, filters::HtmlSafe};

/// Start of the line, in units of the drawing.
const START: f64 = 10.0;
/// Length of the line, in units of the drawing.
const LENGTH: f64 = 340.0;
/// Labelled values in per cent.
const LABELS: [u32; 5] = [0, 25, 50, 75, 100];

/// Probability with its interval and the base rate.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "gauge.html")]
pub struct Gauge {
    class: &'static str,
    description: String,
    value: f64,
    base: f64,
    interval: [f64; 2],
}

impl Gauge {
    /// Gauge of a probability, its interval and the base rate, each from 0 to 1. `class` is the CSS class of the marks.
    #[must_use]
    pub fn new(class: &'static str, value: f64, interval: [f64; 2], base: f64) -> Self {
        let description = format!(
            "Probability of up {}, interval {} to {}, base rate {}",
            format_percent(value),
            format_percent(interval[0]),
            format_percent(interval[1]),
            format_percent(base)
        );
        let position = |share: f64| START + LENGTH * share.clamp(0.0, 1.0);
        Self { class, description, value: position(value), base: position(base), interval: interval.map(position) }
    }

    /// Position, height above the line, anchor and text of each label.
    fn labels(&self) -> impl Iterator<Item = (f64, u32, &'static str, String)> {
        LABELS.into_iter().map(|label| {
            let x = START + LENGTH * f64::from(label) / 100.0;
            let (top, anchor) = match label {
                0 => (22, "start"),
                // The direction changes at one half.
                50 => (6, "middle"),
                100 => (22, "end"),
                _ => (22, "middle"),
            };
            (x, top, anchor, if label % 100 == 0 { format!("{label} %") } else { label.to_string() })
        })
    }

    /// Width of the interval, at least as much as is visible.
    fn width(&self) -> f64 {
        (self.interval[1] - self.interval[0]).max(2.0)
    }
}

/// Escaped already by its template.
impl HtmlSafe for Gauge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_has_its_numbers_and_stays_on_its_line() {
        let svg = Gauge::new("abstain", 0.542, [0.5, 0.58], 0.51).to_string();
        assert!(svg.contains("Probability of up 54.2 %, interval 50.0 % to 58.0 %, base rate 51.0 %"), "{svg}");
        assert!(svg.contains("cx=\"194.3\"") && svg.contains("width=\"27.2\""), "{svg}");
        assert!(Gauge::new("up", 7.0, [-1.0, 2.0], 0.5).to_string().contains("cx=\"350.0\""));
    }
}
