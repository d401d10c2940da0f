use super::*;
use jiff::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn points_span_the_plot_and_later_marks_are_left_out() {
    let lines = vec![("price", vec![(at(0), 1.0), (at(50), 3.0), (at(100), 2.0)])];
    let marks = vec![("up", at(50), 3.0, "inside".to_owned()), ("up", at(101), 3.0, "too late".to_owned())];
    let chart = ChartSpec { lines, marks, reference_line: Some(0.0), ..ChartSpec::default() }.chart().unwrap();
    assert!(chart.lines[0].points.starts_with("42.0,") && chart.lines[0].points.contains("354.0,"));
    assert_eq!(chart.marks.len(), 1);
    assert!(chart.reference_line.is_some_and(|y| y < BOTTOM && y > chart.marks[0].y));
    let labels: Vec<&str> = chart.y_ticks.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(labels, ["0", "1", "2", "3"]);
    assert!(chart.y_ticks.windows(2).all(|pair| pair[0].0 > pair[1].0), "the lowest is below");
    assert_eq!(chart.description, "Across: 1970-01-01 to 1970-01-01. Up: 0.000 to 3.00.");
}

#[test]
fn a_band_encloses_its_lower_and_upper_ends() {
    let bands = vec![("forecast", vec![(0.0, [0.1, 0.3]), (1.0, [0.2, 0.4])])];
    let chart = ChartSpec { bands, unit: ValueUnit::Percent, ..ChartSpec::default() }.chart().unwrap();
    let points: Vec<&str> = chart.bands[0].points.split(' ').collect();
    assert_eq!(points.len(), 4);
    let positions: Vec<&str> = points.iter().map(|point| point.split(',').next().unwrap()).collect();
    assert_eq!(positions, ["42.0", "354.0", "354.0", "42.0"]);
    assert_eq!(chart.y_ticks.first().map(|(_, text)| text.as_str()), Some("10 %"));
}

#[test]
fn a_single_point_is_no_chart_and_a_flat_line_is_one() {
    let chart = |points| ChartSpec { lines: vec![("price", points)], ..ChartSpec::default() }.chart();
    assert!(chart(vec![(at(0), 1.0)]).is_none());
    let flat = chart(vec![(at(0), 0.0), (at(9), 0.0)]).unwrap();
    assert!(!flat.lines[0].points.contains("NaN"));
}

#[test]
fn a_log_scale_has_equal_ratios_and_accepts_zero() {
    let lines = vec![("price", vec![(0.0, 1.0), (0.5, 10.0), (1.0, 100.0)])];
    let chart = ChartSpec { lines, scale: Scale::Log, ..ChartSpec::default() }.chart().unwrap();
    let heights: Vec<f64> =
        chart.lines[0].points.split(' ').map(|point| point.split_once(',').unwrap().1.parse().unwrap()).collect();
    assert!((heights[0] - 2.0 * heights[1] + heights[2]).abs() < 0.2, "{heights:?}");
    assert_eq!(chart.x_ticks.iter().map(|label| label.text.as_str()).collect::<Vec<_>>(), ["0.0", "0.5", "1.0"]);
    let with_zero =
        ChartSpec { lines: vec![("price", vec![(0.0, 1.0), (1.0, 0.0)])], scale: Scale::Log, ..ChartSpec::default() };
    assert!(!with_zero.chart().unwrap().to_string().contains("NaN"));
}

#[test]
fn a_step_line_keeps_each_value_until_the_next() {
    assert_eq!(step_line(&[(0.0, 1.0), (2.0, 3.0)], 5.0), [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (5.0, 3.0)]);
    assert_eq!(step_line::<f64>(&[], 5.0), []);
}

#[test]
fn whole_units_have_no_labels_between_integers() {
    let labels = |last: f64| {
        let lines = vec![("price", vec![(0.0, 1.0), (1.0, last)])];
        let chart = ChartSpec { lines, unit: ValueUnit::Whole, ..ChartSpec::default() }.chart().unwrap();
        chart.y_ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
    };
    assert_eq!((labels(1.0), labels(2.0)), (vec!["1".to_owned()], vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(labels(12.0), ["5", "10"]);
}

#[test]
fn labels_stay_inside_the_drawing_and_apart() {
    let ticks = |days: i64| {
        let lines = vec![("price", vec![(at(0), 1.0), (at(days * 86_400), 2.0)])];
        ChartSpec { lines, ..ChartSpec::default() }.chart().unwrap().x_ticks
    };
    let anchors: Vec<&str> = ticks(3).iter().map(|label| label.anchor).collect();
    assert_eq!(anchors, ["start", "middle", "middle", "end"]);
    for days in 1..400 {
        let labels = ticks(days);
        assert!(!labels.is_empty(), "{days}");
        for pair in labels.windows(2) {
            let ends = |label: &Label| {
                let width = label.text.chars().map(|_| CHARACTER_WIDTH).sum::<f64>();
                let start = match label.anchor {
                    "start" => label.x,
                    "end" => label.x - width,
                    _ => label.x - width / 2.0,
                };
                (start, start + width)
            };
            assert!(ends(&pair[0]).1 < ends(&pair[1]).0, "{days}: {pair:?}");
        }
    }
}

#[test]
fn a_mark_has_an_escaped_title_and_a_directional_shape() {
    let lines = vec![("price", vec![(0.0, 1.0), (1.0, 2.0)])];
    let mark = |class| (class, 0.5, 1.5, "<script>\"&".to_owned());
    let chart = ChartSpec { label: "a & b", lines, marks: vec![mark("up"), mark("down")], ..ChartSpec::default() };
    let svg = chart.chart().unwrap().to_string();
    assert!(svg.starts_with("<svg") && svg.contains("<title>a &#38; b</title>"), "{svg}");
    assert!(!svg.contains("<script") && svg.contains("&#60;script&#62;"), "{svg}");
    let outlines: Vec<&str> = svg.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(outlines.len() == 2 && outlines[0] != outlines[1], "{outlines:?}");
}
