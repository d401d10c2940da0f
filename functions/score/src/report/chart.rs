//! Small line charts, as numbers: the template turns them into SVG, so that all text in them is escaped.

use jiff::{Timestamp, tz::Offset};

/// Size of the drawing, in its own units: a phone's width, so that its text stays legible there.
pub(crate) const WIDTH: f64 = 360.0;
pub(crate) const HEIGHT: f64 = 150.0;
/// The plot's edges within it.
pub(crate) const LEFT: f64 = 46.0;
pub(crate) const RIGHT: f64 = 354.0;
const TOP: f64 = 10.0;
pub(crate) const BOTTOM: f64 = 128.0;

/// Points in time and value.
pub(super) type Points = Vec<(Timestamp, f64)>;

/// A chart.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) lines: Vec<Line>,
    pub(crate) marks: Vec<Mark>,
    /// Height of the horizontal line at a value of note.
    pub(crate) rule: Option<f64>,
    /// Values at the upper and lower edge.
    pub(crate) top: String,
    pub(crate) bottom: String,
    /// Dates at the left and right edge.
    pub(crate) first: String,
    pub(crate) last: String,
}

/// A line through points.
#[derive(Debug)]
pub(crate) struct Line {
    /// CSS class.
    pub(crate) class: &'static str,
    /// `x,y x,y ...`
    pub(crate) points: String,
}

/// A dot.
#[derive(Debug)]
pub(crate) struct Mark {
    /// CSS class.
    pub(crate) class: &'static str,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// What it says when pointed at.
    pub(crate) title: String,
}

/// What a chart is drawn from.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    /// Class and points of each line.
    pub(super) lines: Vec<(&'static str, Points)>,
    /// Class, place and title of each mark; those outside the lines' time are left out.
    pub(super) marks: Vec<(&'static str, Timestamp, f64, String)>,
    /// The value of note.
    pub(super) rule: Option<f64>,
    /// Decimals of the edges' values.
    pub(super) decimals: usize,
}

impl Drawing {
    /// The chart; `None` without two points in time.
    pub(super) fn chart(self) -> Option<Chart> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let (from, to) = (points().map(|(time, _)| *time).min()?, points().map(|(time, _)| *time).max()?);
        if from == to {
            return None;
        }
        let inside = |time: Timestamp| (from..=to).contains(&time);
        let marks = || self.marks.iter().filter(|(_, time, ..)| inside(*time));
        let values =
            || points().map(|(_, value)| *value).chain(marks().map(|(_, _, value, _)| *value)).chain(self.rule);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let margin = if high > low { 0.05 * (high - low) } else { 0.05 * high.abs().max(1e-3) };
        let (low, high) = (low - margin, high + margin);

        let seconds = |time: Timestamp| time.duration_since(from).as_secs_f64();
        let x = |time| LEFT + (RIGHT - LEFT) * seconds(time) / seconds(to);
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low);
        let place = |(time, value): &(Timestamp, f64)| format!("{:.1},{:.1}", x(*time), y(*value));
        let decimals = self.decimals;
        Some(Chart {
            lines: self
                .lines
                .iter()
                .map(|(class, points)| Line { class, points: points.iter().map(place).collect::<Vec<_>>().join(" ") })
                .collect(),
            marks: marks()
                .map(|(class, time, value, title)| Mark { class, x: x(*time), y: y(*value), title: title.clone() })
                .collect(),
            rule: self.rule.map(y),
            top: format!("{high:.decimals$}"),
            bottom: format!("{low:.decimals$}"),
            first: date(from),
            last: date(to),
        })
    }
}

/// `2023-05-06`, UTC.
pub(super) fn date(time: Timestamp) -> String {
    Offset::UTC.to_datetime(time).date().to_string()
}

/// `2023-05-06 07:00`, UTC.
pub(super) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn points_span_the_plot_and_stay_inside() {
        let lines = vec![("price", vec![(at(0), 1.0), (at(50), 3.0), (at(100), 2.0)])];
        let marks = vec![("up", at(50), 3.0, "inside".to_owned()), ("up", at(101), 3.0, "too late".to_owned())];
        let chart = Drawing { lines, marks, rule: Some(0.0), decimals: 2 }.chart().unwrap();
        assert!(chart.lines[0].points.starts_with("46.0,") && chart.lines[0].points.contains("354.0,"));
        assert_eq!(chart.marks.len(), 1);
        assert!(chart.rule.is_some_and(|y| y < BOTTOM && y > chart.marks[0].y));
        assert_eq!((chart.top.as_str(), chart.bottom.as_str()), ("3.15", "-0.15"));
    }

    #[test]
    fn a_single_point_is_no_chart_and_a_flat_line_is_one() {
        let of = |points| Drawing { lines: vec![("price", points)], ..Drawing::default() }.chart();
        assert!(of(vec![(at(0), 1.0)]).is_none());
        let flat = of(vec![(at(0), 0.0), (at(9), 0.0)]).unwrap();
        assert!(!flat.lines[0].points.contains("NaN"));
    }
}
