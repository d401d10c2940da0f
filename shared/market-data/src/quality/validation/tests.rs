//! Rows of one source, and what is left of them.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn bar(time: &str) -> Bar {
    Bar { time: at(time), open: 100.0, high: 120.0, low: 90.0, close: 110.0, volume: 5.0 }
}

const DAYS: [&str; 3] = ["2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z", "2023-01-03T00:00:00Z"];

fn frame(known: &str) -> ValidationContext<'static> {
    ValidationContext {
        source: "coinbase",
        interval: Interval::Day,
        from: at(DAYS[0]),
        to: at("2023-01-04T00:00:00Z"),
        as_of: at(known),
        now: at("2023-01-10T00:00:00Z"),
        recent: &[],
    }
}

fn screened(bars: &[Bar], known: &str) -> Result<ValidatedRows, BatchRejected> {
    validate_rows(bars.iter().map(|bar| RawRow::from(*bar)).collect(), &frame(known))
}

fn rules(screened: &ValidatedRows) -> Vec<(QualityRule, Timestamp)> {
    screened.findings.iter().map(|finding| (finding.rule, finding.time)).collect()
}

#[test]
fn any_order_and_repeats_give_the_same_bars() {
    let [a, b, c] = DAYS.map(bar);
    let kept = screened(&[c, a, b, a], "2023-01-04T00:00:00Z").unwrap();
    assert_eq!(kept.bars, [a, b, c]);
    assert_eq!(rules(&kept), [(QualityRule::Duplicate, a.time)]);
}

#[test]
fn two_different_bars_at_one_time_are_both_left_for_another_source() {
    let [a, b, c] = DAYS.map(bar);
    let kept = screened(&[a, b, Bar { close: 105.0, ..b }, c], "2023-01-04T00:00:00Z").unwrap();
    assert_eq!(kept.bars, [a, c]);
    assert_eq!(rules(&kept), [(QualityRule::Conflict, b.time)]);
}

#[test]
fn a_bar_counts_from_the_instant_of_its_close() {
    let [a, b, _] = DAYS.map(bar);
    let open = screened(&[a, b], "2023-01-02T23:59:59.999Z").unwrap();
    assert_eq!((open.bars.as_slice(), rules(&open)), ([a].as_slice(), vec![(QualityRule::Unfinished, b.time)]));
    assert_eq!(screened(&[a, b], "2023-01-03T00:00:00Z").unwrap().bars, [a, b]);
}

#[test]
fn a_live_last_row_is_left_out_but_an_odd_time_before_it_refuses_the_batch() {
    let (a, live) = (bar(DAYS[0]), bar("2023-01-02T14:32:17Z"));
    assert_eq!(screened(&[a, live], "2023-01-02T14:32:20Z").unwrap().bars, [a]);
    let kept = screened(&[a, live], "2023-01-03T00:00:01Z").unwrap();
    assert_eq!((kept.bars.as_slice(), rules(&kept)), ([a].as_slice(), vec![(QualityRule::LiveQuote, live.time)]));
    let refusal = screened(&[a, live, bar(DAYS[2])], "2023-01-04T00:00:00Z").unwrap_err();
    assert_eq!((refusal.rule, refusal.time), (QualityRule::OffGrid, live.time));
}

#[test]
fn a_bar_from_the_future_refuses_the_batch() {
    let a = bar(DAYS[0]);
    let refusal = screened(&[a, bar("2023-01-11T00:00:00Z")], "2023-01-10T00:00:00Z").unwrap_err();
    assert_eq!(refusal.rule, QualityRule::ClockSkew);
    assert_eq!(screened(&[a, bar("2023-01-10T00:00:00Z")], "2023-01-10T00:00:00Z").unwrap().bars, [a]);
}

#[test]
fn a_broken_bar_is_left_for_another_source_and_named() {
    let [a, b, c] = DAYS.map(bar);
    for (broken, rule) in [
        (Bar { low: f64::NAN, ..b }, QualityRule::Missing),
        (Bar { volume: f64::INFINITY, ..b }, QualityRule::Missing),
        (Bar { open: 0.0, ..b }, QualityRule::NotPositive),
        (Bar { volume: -1.0, ..b }, QualityRule::NotPositive),
        (Bar { high: 80.0, ..b }, QualityRule::HighBelowLow),
        (Bar { close: 121.0, ..b }, QualityRule::OutsideRange),
    ] {
        let kept = screened(&[a, broken, c], "2023-01-04T00:00:00Z").unwrap();
        assert_eq!((kept.bars.as_slice(), rules(&kept)), ([a, c].as_slice(), vec![(rule, b.time)]), "{broken:?}");
        let beside = screened(&[a, broken, b, c], "2023-01-04T00:00:00Z").unwrap();
        assert_eq!(beside.bars, [a, b, c], "a sound row at the same time is kept");
    }
}

#[test]
fn exchanged_volume_columns_are_exchanged_back_where_the_price_proves_it() {
    let day = bar(DAYS[0]);
    let row = |base: f64, quote: f64| RawRow { bar: Bar { volume: base, ..day }, quote_volume: Some(quote) };
    let kept = |row: RawRow| validate_rows(vec![row], &frame("2023-01-04T00:00:00Z")).unwrap();
    let right = kept(row(5.0, 525.0));
    assert_eq!((right.bars[0].volume, right.findings.len()), (5.0, 0));
    let swapped = kept(row(525.0, 5.0));
    assert_eq!((swapped.bars[0].volume, swapped.findings[0].rule), (5.0, QualityRule::SwappedVolume));
}

#[test]
fn a_volume_of_another_size_by_the_price_is_left_for_another_source() {
    let dear = Bar { open: 1000.0, high: 1200.0, low: 900.0, close: 1100.0, ..bar(DAYS[0]) };
    let start = at("2022-12-01T00:00:00Z");
    let recent: Vec<Bar> = (0..30).map(|n| Bar { time: Interval::Day.step(start, n), ..dear }).collect();
    let frame = ValidationContext { recent: &recent, ..frame("2023-01-04T00:00:00Z") };
    let volume = |bar: Bar| validate_rows(vec![bar.into()], &frame).unwrap();
    assert_eq!(volume(Bar { volume: 2000.0, ..dear }).bars.len(), 1, "a wild day");
    let kept = volume(Bar { volume: 5500.0, ..dear });
    assert_eq!((kept.bars.len(), kept.findings[0].rule), (0, QualityRule::SwappedVolume));
    assert_eq!(volume(Bar { volume: 5500.0, ..bar(DAYS[0]) }).bars.len(), 1, "at a lower price nobody can tell");
}

#[test]
fn rows_outside_of_the_range_are_not_spoken_of() {
    let outside = [bar("2022-12-31T00:00:00Z"), bar("2023-01-04T00:00:00Z")];
    assert_eq!(screened(&outside, "2023-01-06T00:00:00Z").unwrap(), ValidatedRows::default());
    assert_eq!(screened(&[], "2023-01-06T00:00:00Z").unwrap(), ValidatedRows::default());
}
