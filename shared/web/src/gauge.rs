//! A probability on the line from 0 to 100 %.

use askama::{Template, filters::HtmlSafe};

/// Where the line begins and how long it is, in the drawing's units.
const START: f64 = 10.0;
const LENGTH: f64 = 340.0;
/// What is labelled, per cent.
const LABELS: [u32; 5] = [0, 25, 50, 75, 100];

/// A probability with its interval and the base rate.
#[derive(Debug, Clone, PartialEq, Template)]
#[template(path = "gauge.html")]
pub struct Gauge {
    class: &'static str,
    about: String,
    value: f64,
    base: f64,
    interval: [f64; 2],
}

impl Gauge {
    /// The gauge of shares from 0 to 1; marks have the class.
    #[must_use]
    pub fn new(class: &'static str, value: f64, interval: [f64; 2], base: f64) -> Self {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let about = format!(
            "Probability of up {}, interval {} to {}, base rate {}",
            percent(value),
            percent(interval[0]),
            percent(interval[1]),
            percent(base)
        );
        let place = |share: f64| START + LENGTH * share.clamp(0.0, 1.0);
        Self { class, about, value: place(value), base: place(base), interval: interval.map(place) }
    }

    /// Place, height above the line, anchor and text of each label.
    fn labels(&self) -> impl Iterator<Item = (f64, u32, &'static str, String)> {
        LABELS.into_iter().map(|label| {
            let place = START + LENGTH * f64::from(label) / 100.0;
            let (top, anchor) = match label {
                0 => (22, "start"),
                // One half is where the direction changes.
                50 => (6, "middle"),
                100 => (22, "end"),
                _ => (22, "middle"),
            };
            (place, top, anchor, if label % 100 == 0 { format!("{label} %") } else { label.to_string() })
        })
    }

    /// The interval's width; what is too thin to be seen is widened.
    fn width(&self) -> f64 {
        (self.interval[1] - self.interval[0]).max(2.0)
    }
}

/// Its template has escaped it already.
impl HtmlSafe for Gauge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_says_its_numbers_and_stays_on_its_line() {
        let svg = Gauge::new("abstain", 0.542, [0.5, 0.58], 0.51).to_string();
        assert!(svg.contains("Probability of up 54.2 %, interval 50.0 % to 58.0 %, base rate 51.0 %"), "{svg}");
        assert!(svg.contains("cx=\"194.3\"") && svg.contains("width=\"27.2\""), "{svg}");
        assert!(Gauge::new("up", 7.0, [-1.0, 2.0], 0.5).to_string().contains("cx=\"350.0\""));
    }
}
