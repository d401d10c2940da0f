use super::*;
use market_data::Bar;

const NOW: &str = "2023-01-31T10:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// January 2023 up to the 30th, each day 1 % above the one before.
fn january() -> Vec<Row> {
    let mut close = 1000.0;
    (0..30)
        .map(|day| {
            let open = close;
            close *= 1.01;
            let time = Interval::Day.step(time("2023-01-01T00:00:00Z"), day);
            Row::from(&Bar { time, open, high: close + 5.0, low: open - 5.0, close, volume: 300.0 })
        })
        .collect()
}

fn spoilt_by(mut rows: Vec<Row>, orders: &[&str]) -> Vec<Row> {
    let order = |text: &&str| {
        let text = format!(r#"{{"source":"kraken",{text}}}"#);
        serde_json::from_str::<Fault>(&text).unwrap()
    };
    let faults: Vec<Fault> = orders.iter().map(order).collect();
    apply_row_faults(&mut rows, &faults, Interval::Day, time(NOW));
    rows
}

fn spoilt(order: &str) -> Vec<Row> {
    spoilt_by(january(), &[order])
}

fn days(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| (row.time.as_second() - time("2023-01-01T00:00:00Z").as_second()) / 86_400 + 1).collect()
}

/// Places whose row is not the right one.
fn changed(rows: &[Row]) -> Vec<usize> {
    let right = january();
    assert_eq!(rows.len(), right.len());
    (0..rows.len()).filter(|place| rows[*place] != right[*place]).collect()
}

#[test]
fn an_empty_answer_has_no_rows_and_other_kinds_leave_the_rows_alone() {
    assert_eq!(spoilt(r#""kind":"empty""#), []);
    for kind in ["429", "418", "451", "500", "html", "truncated", "slow", "slow_body", "unfinished", "off_grid"] {
        assert_eq!(spoilt(&format!(r#""kind":"{kind}""#)), january(), "{kind}");
    }
}

#[test]
fn in_the_wrong_order_the_same_rows_stand_in_neither_direction_and_always_in_the_same_places() {
    let rows = spoilt(r#""kind":"wrong_order""#);
    assert!(!rows.is_sorted_by_key(|row| row.time));
    assert!(!rows.iter().rev().is_sorted_by_key(|row| row.time));
    assert_eq!(rows, spoilt(r#""kind":"wrong_order""#));
    let mut sorted = rows;
    sorted.sort_by_key(|row| row.time);
    assert_eq!(sorted, january());
    let two = spoilt_by(january()[..2].to_vec(), &[r#""kind":"wrong_order""#]);
    assert_eq!(days(&two), [2, 1]);
}

#[test]
fn duplicates_are_identical_and_next_to_each_other() {
    let rows = spoilt(r#""kind":"duplicates""#);
    assert_eq!(days(&rows)[..4], [1, 1, 2, 3]);
    let mut unique = rows.clone();
    unique.dedup();
    assert_eq!((rows.len(), unique), (33, january()));
}

#[test]
fn a_conflict_is_two_valid_bars_of_one_time() {
    let rows = spoilt(r#""kind":"conflict","at":"2023-01-07T00:00:00Z""#);
    assert_eq!(days(&rows)[5..9], [6, 7, 7, 8]);
    assert_eq!(rows[6], january()[6]);
    assert!(rows[7].close > rows[6].close && rows[7].close <= rows[7].high);
}

#[test]
fn nulls_take_one_value_of_every_fifth_row_in_turn() {
    let rows = spoilt(r#""kind":"nulls""#);
    assert_eq!(changed(&rows), [0, 5, 10, 15, 20, 25]);
    assert_eq!(rows[0], Row { open: None, ..january()[0] });
    assert_eq!(rows[15], Row { close: None, ..january()[15] });
    assert_eq!(rows[20], Row { volume: None, quote_volume: None, ..january()[20] });
}

#[test]
fn one_bar_is_missing_the_middle_one_or_the_one_named() {
    assert_eq!(days(&spoilt(r#""kind":"missing""#))[13..16], [14, 16, 17]);
    assert_eq!(days(&spoilt(r#""kind":"missing","at":"2023-01-03T00:00:00Z""#))[..3], [1, 2, 4]);
    assert_eq!(spoilt(r#""kind":"missing","at":"2022-01-03T00:00:00Z""#), january(), "not in this answer");
    assert_eq!(spoilt_by(january()[..1].to_vec(), &[r#""kind":"missing""#]), []);
    assert_eq!(days(&spoilt_by(january()[..2].to_vec(), &[r#""kind":"missing""#])), [2]);
}

#[test]
fn swapped_volumes_are_exchanged_in_every_row() {
    for (row, right) in spoilt(r#""kind":"swapped_volume""#).iter().zip(january()) {
        assert_eq!((row.volume, row.quote_volume), (right.quote_volume, right.volume));
        assert_eq!((row.open, row.close), (right.open, right.close));
    }
}

#[test]
fn all_prices_are_off_by_the_share() {
    for (order, factor) in [(r#""kind":"off_by""#, 1.03), (r#""kind":"off_by","share":-0.2"#, 0.8)] {
        for (row, right) in spoilt(order).iter().zip(january()) {
            for (value, right) in [(row.open, right.open), (row.close, right.close), (row.low, right.low)] {
                assert!((value.unwrap() / right.unwrap() - factor).abs() < 1e-12, "{order}");
            }
            assert_eq!(row.volume, right.volume);
        }
    }
}

#[test]
fn a_stale_source_lacks_the_newest_bars_and_only_those() {
    assert_eq!(days(&spoilt(r#""kind":"stale""#)).last(), Some(&29));
    assert_eq!(days(&spoilt(r#""kind":"stale","bars":10"#)).last(), Some(&20));
    let old = january()[..12].to_vec();
    assert_eq!(spoilt_by(old.clone(), &[r#""kind":"stale","bars":5"#]), old, "an old page has nothing to lose");
}

#[test]
fn one_bar_is_upside_down_or_has_a_wick_to_nearly_nothing() {
    let rows = spoilt(r#""kind":"high_below_low""#);
    assert_eq!(changed(&rows), [14]);
    assert!(rows[14].high < rows[14].low);
    let rows = spoilt(r#""kind":"flash_wick","at":"2023-01-03T00:00:00Z""#);
    assert_eq!(changed(&rows), [2]);
    assert_eq!(rows[2].low, rows[2].open.map(|open| open * 0.01));
}

#[test]
fn a_bar_from_the_future_opens_after_now_or_when_it_is_told() {
    let last = |rows: Vec<Row>| rows.last().unwrap().time.to_string();
    let rows = spoilt(r#""kind":"future""#);
    assert_eq!((rows.len(), last(rows)), (31, "2023-02-01T00:00:00Z".to_owned()));
    let told = r#""kind":"future","at":"2100-01-01T00:00:00Z""#;
    assert_eq!(last(spoilt(told)), "2100-01-01T00:00:00Z");
    assert_eq!(spoilt_by(Vec::new(), &[told]), []);
}

#[test]
fn several_faults_are_applied_in_their_order() {
    let (missing, duplicates) = (r#""kind":"missing","at":"2023-01-01T00:00:00Z""#, r#""kind":"duplicates""#);
    assert_eq!(days(&spoilt_by(january(), &[missing, duplicates]))[..3], [2, 2, 3]);
    assert_eq!(days(&spoilt_by(january(), &[duplicates, missing]))[..3], [1, 2, 3]);
}
