//! Validation of the rows of one source.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn bar(time: &str) -> Bar {
    Bar { time: at(time), open: 100.0, high: 120.0, low: 90.0, close: 110.0, volume: 5.0 }
}

const DAYS: [&str; 3] = ["2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z", "2023-01-03T00:00:00Z"];

fn context(as_of: &str) -> ValidationContext<'static> {
    ValidationContext {
        source: "coinbase",
        interval: Interval::Day,
        from: at(DAYS[0]),
        to: at("2023-01-04T00:00:00Z"),
        as_of: at(as_of),
        now: at("2023-01-10T00:00:00Z"),
        recent: &[],
    }
}

fn validated(bars: &[Bar], as_of: &str) -> Result<ValidatedRows, BatchRejected> {
    validate_rows(bars.iter().map(|bar| RawRow::from(*bar)).collect(), &context(as_of))
}

fn rules(rows: &ValidatedRows) -> Vec<(QualityRule, Timestamp)> {
    rows.findings.iter().map(|finding| (finding.rule, finding.time)).collect()
}

#[test]
fn order_and_repeats_of_rows_do_not_change_the_bars() {
    let [a, b, c] = DAYS.map(bar);
    let rows = validated(&[c, a, b, a], "2023-01-04T00:00:00Z").unwrap();
    assert_eq!(rows.bars, [a, b, c]);
    assert_eq!(rules(&rows), [(QualityRule::Duplicate, a.time)]);
}

#[test]
fn conflicting_bars_of_one_time_are_both_left_out() {
    let [a, b, c] = DAYS.map(bar);
    let rows = validated(&[a, b, Bar { close: 105.0, ..b }, c], "2023-01-04T00:00:00Z").unwrap();
    assert_eq!(rows.bars, [a, c]);
    assert_eq!(rules(&rows), [(QualityRule::Conflict, b.time)]);
}

#[test]
fn a_bar_counts_from_its_close_on() {
    let [a, b, _] = DAYS.map(bar);
    let open = validated(&[a, b], "2023-01-02T23:59:59.999Z").unwrap();
    assert_eq!((open.bars.as_slice(), rules(&open)), ([a].as_slice(), vec![(QualityRule::Unfinished, b.time)]));
    assert_eq!(validated(&[a, b], "2023-01-03T00:00:00Z").unwrap().bars, [a, b]);
}

#[test]
fn an_off_grid_row_is_dropped_last_but_rejects_elsewhere() {
    let (a, live) = (bar(DAYS[0]), bar("2023-01-02T14:32:17Z"));
    assert_eq!(validated(&[a, live], "2023-01-02T14:32:20Z").unwrap().bars, [a]);
    let rows = validated(&[a, live], "2023-01-03T00:00:01Z").unwrap();
    assert_eq!((rows.bars.as_slice(), rules(&rows)), ([a].as_slice(), vec![(QualityRule::LiveQuote, live.time)]));
    let rejected = validated(&[a, live, bar(DAYS[2])], "2023-01-04T00:00:00Z").unwrap_err();
    assert_eq!((rejected.rule, rejected.time), (QualityRule::OffGrid, live.time));
}

#[test]
fn a_bar_from_the_future_rejects_the_batch() {
    let a = bar(DAYS[0]);
    let rejected = validated(&[a, bar("2023-01-11T00:00:00Z")], "2023-01-10T00:00:00Z").unwrap_err();
    assert_eq!(rejected.rule, QualityRule::ClockSkew);
    assert_eq!(validated(&[a, bar("2023-01-10T00:00:00Z")], "2023-01-10T00:00:00Z").unwrap().bars, [a]);
}

#[test]
fn an_invalid_bar_is_left_out_with_a_finding() {
    let [a, b, c] = DAYS.map(bar);
    for (invalid, rule) in [
        (Bar { low: f64::NAN, ..b }, QualityRule::Missing),
        (Bar { volume: f64::INFINITY, ..b }, QualityRule::Missing),
        (Bar { open: 0.0, ..b }, QualityRule::NotPositive),
        (Bar { volume: -1.0, ..b }, QualityRule::NotPositive),
        (Bar { high: 80.0, ..b }, QualityRule::HighBelowLow),
        (Bar { close: 121.0, ..b }, QualityRule::OutsideRange),
    ] {
        let rows = validated(&[a, invalid, c], "2023-01-04T00:00:00Z").unwrap();
        assert_eq!((rows.bars.as_slice(), rules(&rows)), ([a, c].as_slice(), vec![(rule, b.time)]), "{invalid:?}");
        let beside_valid = validated(&[a, invalid, b, c], "2023-01-04T00:00:00Z").unwrap();
        assert_eq!(beside_valid.bars, [a, b, c], "a valid row of the same time counts");
    }
}

#[test]
fn swapped_volume_columns_are_swapped_back() {
    let day = bar(DAYS[0]);
    let row = |base: f64, quote: f64| RawRow { bar: Bar { volume: base, ..day }, quote_volume: Some(quote) };
    let validate = |row: RawRow| validate_rows(vec![row], &context("2023-01-04T00:00:00Z")).unwrap();
    let right = validate(row(5.0, 525.0));
    assert_eq!((right.bars[0].volume, right.findings.len()), (5.0, 0));
    let swapped = validate(row(525.0, 5.0));
    assert_eq!((swapped.bars[0].volume, swapped.findings[0].rule), (5.0, QualityRule::SwappedVolume));
}

#[test]
fn a_bar_with_volume_in_quote_currency_is_left_out() {
    let dear = Bar { open: 1000.0, high: 1200.0, low: 900.0, close: 1100.0, ..bar(DAYS[0]) };
    let start = at("2022-12-01T00:00:00Z");
    let recent: Vec<Bar> = (0..30).map(|n| Bar { time: Interval::Day.step(start, n), ..dear }).collect();
    let context = ValidationContext { recent: &recent, ..context("2023-01-04T00:00:00Z") };
    let volume = |bar: Bar| validate_rows(vec![bar.into()], &context).unwrap();
    assert_eq!(volume(Bar { volume: 2000.0, ..dear }).bars.len(), 1, "a wild day");
    let rows = volume(Bar { volume: 5500.0, ..dear });
    assert_eq!((rows.bars.len(), rows.findings[0].rule), (0, QualityRule::SwappedVolume));
    assert_eq!(volume(Bar { volume: 5500.0, ..bar(DAYS[0]) }).bars.len(), 1, "too low a price to tell the units apart");
}

#[test]
fn rows_outside_the_range_are_dropped_without_a_finding() {
    let outside = [bar("2022-12-31T00:00:00Z"), bar("2023-01-04T00:00:00Z")];
    assert_eq!(validated(&outside, "2023-01-06T00:00:00Z").unwrap(), ValidatedRows::default());
    assert_eq!(validated(&[], "2023-01-06T00:00:00Z").unwrap(), ValidatedRows::default());
}
