use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn points_span_the_plot_and_stay_inside() {
    let lines = vec![("price", vec![(at(0), 1.0), (at(50), 3.0), (at(100), 2.0)])];
    let marks = vec![("up", at(50), 3.0, "inside".to_owned()), ("up", at(101), 3.0, "too late".to_owned())];
    let chart = Drawing { lines, marks, rule: Some(0.0), decimals: 2, ..Drawing::default() }.chart().unwrap();
    assert!(chart.lines[0].points.starts_with("46.0,") && chart.lines[0].points.contains("354.0,"));
    assert_eq!(chart.marks.len(), 1);
    assert!(chart.rule.is_some_and(|y| y < BOTTOM && y > chart.marks[0].y));
    assert_eq!((chart.top.as_str(), chart.bottom.as_str()), ("3.15", "-0.15"));
    assert_eq!((chart.first.as_str(), chart.last.as_str()), ("1970-01-01", "1970-01-01"));
}

#[test]
fn a_single_point_is_no_chart_and_a_flat_line_is_one() {
    let of = |points| Drawing { lines: vec![("price", points)], ..Drawing::default() }.chart();
    assert!(of(vec![(at(0), 1.0)]).is_none());
    let flat = of(vec![(at(0), 0.0), (at(9), 0.0)]).unwrap();
    assert!(!flat.lines[0].points.contains("NaN"));
}

#[test]
fn on_a_log_scale_equal_ratios_are_equally_high_and_nothing_breaks_at_zero() {
    let lines = vec![("price", vec![(0.0, 1.0), (0.5, 10.0), (1.0, 100.0)])];
    let chart = Drawing { lines, scale: Scale::Log, ..Drawing::default() }.chart().unwrap();
    let heights: Vec<f64> =
        chart.lines[0].points.split(' ').map(|point| point.split_once(',').unwrap().1.parse().unwrap()).collect();
    assert!((heights[0] - 2.0 * heights[1] + heights[2]).abs() < 0.2, "{heights:?}");
    assert_eq!((chart.first.as_str(), chart.last.as_str()), ("0.00", "1.00"));
    let ruined =
        Drawing { lines: vec![("price", vec![(0.0, 1.0), (1.0, 0.0)])], scale: Scale::Log, ..Drawing::default() };
    assert!(!ruined.chart().unwrap().to_string().contains("NaN"));
}

#[test]
fn what_a_mark_says_is_escaped() {
    let lines = vec![("price", vec![(0.0, 1.0), (1.0, 2.0)])];
    let marks = vec![("up", 0.5, 1.5, "<script>\"&".to_owned())];
    let svg = Drawing { label: "a & b", lines, marks, ..Drawing::default() }.chart().unwrap().to_string();
    assert!(svg.starts_with("<svg") && svg.contains("a &#38; b"), "{svg}");
    assert!(!svg.contains("<script") && svg.contains("&#60;script&#62;"), "{svg}");
}
