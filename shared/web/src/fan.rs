//! Fan chart: bands of successive forecasts over time, with the outcomes.

use crate::{AxisValue, Chart, ChartSpec, ValueUnit, format_percent};

/// Classes of the bands of 95, 80 and 50 %, in the order of drawing: a narrow band lies on the wide ones.
const CLASSES: [&str; 3] = ["outer", "middle", "inner"];

/// Form of the outcomes in a fan chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FanOutcomes {
    /// A line through the outcomes, such as prices.
    Line,
    /// A mark for each outcome, such as moves: a dot inside the 95 % band, a triangle above or below it.
    Marks,
}

/// Bands of one forecast with its outcome, all in the unit of the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FanPoint<X> {
    /// Position on the horizontal axis, such as the target time.
    pub x: X,
    /// Lower and upper end of the bands of 50, 80 and 95 %.
    pub bands: [[f64; 2]; 3],
    /// Outcome; absent while it is open.
    pub outcome: Option<f64>,
}

/// Fan chart of `points`, ascending along the horizontal axis. `None` for fewer than two. A band with an end that is not a
/// finite number is left out, and so is such an outcome.
#[must_use]
pub fn fan<X: AxisValue>(
    label: &'static str,
    points: &[FanPoint<X>],
    unit: ValueUnit,
    outcomes: FanOutcomes,
) -> Option<Chart> {
    let is_finite = |point: &&FanPoint<X>| point.bands.as_flattened().iter().all(|end| end.is_finite());
    let points: Vec<&FanPoint<X>> = points.iter().filter(is_finite).collect();
    let band = |index: usize| points.iter().map(|point| (point.x, point.bands[index])).collect();
    let settled = || {
        let outcome =
            |point: &&FanPoint<X>| point.outcome.filter(|value| value.is_finite()).map(|value| (point.x, value));
        points.iter().filter_map(move |point| outcome(point).map(|(x, value)| (x, value, point.bands)))
    };
    let inside = |index: usize| settled().filter(|(_, value, bands)| contains(bands[index], *value)).count();
    let description = match settled().count() {
        0 => "No outcome yet.".to_owned(),
        total => {
            format!("{} of {total} outcomes are inside the 80 % band, {} inside the 95 % band.", inside(1), inside(2))
        }
    };
    let mark = |(x, value, bands): (X, f64, [[f64; 2]; 3])| {
        let class = match bands[2] {
            [_, high] if value > high => "above",
            [low, _] if value < low => "below",
            _ => "outcome",
        };
        (class, x, value, title(x, value, bands, unit))
    };
    ChartSpec {
        label,
        description,
        bands: CLASSES.into_iter().zip([2, 1, 0]).map(|(class, index)| (class, band(index))).collect(),
        lines: match outcomes {
            FanOutcomes::Line => vec![("price", settled().map(|(x, value, _)| (x, value)).collect())],
            FanOutcomes::Marks => Vec::new(),
        },
        marks: match outcomes {
            FanOutcomes::Line => Vec::new(),
            FanOutcomes::Marks => settled().map(mark).collect(),
        },
        unit,
        ..ChartSpec::default()
    }
    .chart()
}

fn contains([low, high]: [f64; 2], value: f64) -> bool {
    (low..=high).contains(&value)
}

fn title<X: AxisValue>(x: X, value: f64, bands: [[f64; 2]; 3], unit: ValueUnit) -> String {
    let text = |value: f64| match unit {
        ValueUnit::Percent => format_percent(value),
        ValueUnit::Number | ValueUnit::Whole => format!("{value:.2}"),
    };
    let [low, high] = bands[1];
    format!("{}: {}, 80 % band {} to {}", x.label(), text(value), text(low), text(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f64, outcome: Option<f64>) -> FanPoint<f64> {
        FanPoint { x, bands: [[-0.01, 0.01], [-0.02, 0.02], [-0.04, 0.04]], outcome }
    }

    #[test]
    fn outcomes_outside_the_widest_band_have_another_shape() {
        let points = [point(0.0, Some(0.0)), point(1.0, Some(0.05)), point(2.0, Some(-0.05)), point(3.0, None)];
        let chart = fan("Moves", &points, ValueUnit::Percent, FanOutcomes::Marks).unwrap();
        let classes: Vec<_> = chart.marks.iter().map(|mark| mark.class).collect();
        assert_eq!(classes, ["outcome", "above", "below"]);
        assert_eq!(chart.marks[1].title, "1.00: 5.0 %, 80 % band -2.0 % to 2.0 %");
        assert!(chart.description.starts_with("1 of 3 outcomes are inside the 80 % band, 1 inside the 95 % band."));
        let order: Vec<_> = chart.bands.iter().map(|band| band.class).collect();
        assert_eq!(order, ["outer", "middle", "inner"], "the narrow band is drawn last");
    }

    #[test]
    fn prices_are_a_line_and_few_points_no_chart() {
        let points = [point(0.0, Some(0.0)), point(1.0, Some(0.03)), point(2.0, None)];
        let chart = fan("Prices", &points, ValueUnit::Number, FanOutcomes::Line).unwrap();
        assert_eq!((chart.lines.len(), chart.marks.len()), (1, 0));
        assert!(fan("Prices", &points[..1], ValueUnit::Number, FanOutcomes::Line).is_none());
        let open = [point(0.0, None), point(1.0, None)];
        assert!(
            fan("Prices", &open, ValueUnit::Number, FanOutcomes::Line).unwrap().description.starts_with("No outcome")
        );
    }

    #[test]
    fn a_band_without_finite_ends_is_left_out() {
        let mut points = [point(0.0, Some(0.0)), point(1.0, Some(f64::NAN)), point(2.0, Some(0.0)), point(3.0, None)];
        points[2].bands[2][1] = f64::INFINITY;
        let svg = fan("Moves", &points, ValueUnit::Percent, FanOutcomes::Marks).unwrap().to_string();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
