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

fn with_faults(mut rows: Vec<Row>, texts: &[&str]) -> Vec<Row> {
    let fault = |text: &&str| {
        let text = format!(r#"{{"source":"kraken",{text}}}"#);
        serde_json::from_str::<Fault>(&text).unwrap()
    };
    let faults: Vec<Fault> = texts.iter().map(fault).collect();
    apply_row_faults(&mut rows, &faults, Interval::Day, time(NOW));
    rows
}

fn with_fault(text: &str) -> Vec<Row> {
    with_faults(january(), &[text])
}

fn days(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| (row.time.as_second() - time("2023-01-01T00:00:00Z").as_second()) / 86_400 + 1).collect()
}

/// Indices of the rows that are not the correct ones.
fn changed(rows: &[Row]) -> Vec<usize> {
    let correct = january();
    assert_eq!(rows.len(), correct.len());
    (0..rows.len()).filter(|index| rows[*index] != correct[*index]).collect()
}

#[test]
fn only_row_faults_change_the_rows() {
    assert_eq!(with_fault(r#""kind":"empty""#), []);
    for kind in ["429", "418", "451", "500", "html", "truncated", "slow", "slow_body", "unfinished", "off_grid"] {
        assert_eq!(with_fault(&format!(r#""kind":"{kind}""#)), january(), "{kind}");
    }
}

#[test]
fn wrong_order_is_unsorted_and_reproducible() {
    let rows = with_fault(r#""kind":"wrong_order""#);
    assert!(!rows.is_sorted_by_key(|row| row.time));
    assert!(!rows.iter().rev().is_sorted_by_key(|row| row.time));
    assert_eq!(rows, with_fault(r#""kind":"wrong_order""#));
    let mut sorted = rows;
    sorted.sort_by_key(|row| row.time);
    assert_eq!(sorted, january());
    let two = with_faults(january()[..2].to_vec(), &[r#""kind":"wrong_order""#]);
    assert_eq!(days(&two), [2, 1]);
}

#[test]
fn duplicates_are_identical_neighbours() {
    let rows = with_fault(r#""kind":"duplicates""#);
    assert_eq!(days(&rows)[..4], [1, 1, 2, 3]);
    let mut unique = rows.clone();
    unique.dedup();
    assert_eq!((rows.len(), unique), (33, january()));
}

#[test]
fn a_conflict_is_two_valid_bars_of_one_time() {
    let rows = with_fault(r#""kind":"conflict","at":"2023-01-07T00:00:00Z""#);
    assert_eq!(days(&rows)[5..9], [6, 7, 7, 8]);
    assert_eq!(rows[6], january()[6]);
    assert!(rows[7].close > rows[6].close && rows[7].close <= rows[7].high);
}

#[test]
fn nulls_remove_one_value_of_every_fifth_row() {
    let rows = with_fault(r#""kind":"nulls""#);
    assert_eq!(changed(&rows), [0, 5, 10, 15, 20, 25]);
    assert_eq!(rows[0], Row { open: None, ..january()[0] });
    assert_eq!(rows[15], Row { close: None, ..january()[15] });
    assert_eq!(rows[20], Row { volume: None, quote_volume: None, ..january()[20] });
}

#[test]
fn the_middle_or_the_given_bars_are_missing() {
    assert_eq!(days(&with_fault(r#""kind":"missing""#))[13..16], [14, 16, 17]);
    assert_eq!(days(&with_fault(r#""kind":"missing","at":"2023-01-03T00:00:00Z""#))[..3], [1, 2, 4]);
    assert_eq!(days(&with_fault(r#""kind":"missing","at":"2023-01-03T00:00:00Z","bars":3"#))[..3], [1, 2, 6]);
    assert_eq!(with_fault(r#""kind":"missing","at":"2022-01-03T00:00:00Z""#), january(), "not in this response");
    assert_eq!(with_faults(january()[..1].to_vec(), &[r#""kind":"missing""#]), []);
    assert_eq!(days(&with_faults(january()[..2].to_vec(), &[r#""kind":"missing""#])), [2]);
}

#[test]
fn one_value_of_one_bar_is_changed() {
    let rows = with_fault(r#""kind":"nulls","field":"low","at":"2023-01-03T00:00:00Z""#);
    assert_eq!((changed(&rows), rows[2].low), (vec![2], None));
    let rows = with_fault(r#""kind":"off_by","field":"close","share":1.0,"at":"2023-01-03T00:00:00Z""#);
    assert_eq!((changed(&rows), rows[2].close), (vec![2], january()[2].close.map(|close| close * 2.0)));
    let rows = with_fault(r#""kind":"swapped_volume","at":"2023-01-03T00:00:00Z""#);
    assert_eq!((changed(&rows), rows[2].volume), (vec![2], january()[2].quote_volume));
    let rows = with_fault(r#""kind":"shifted","seconds":60,"at":"2023-01-03T00:00:00Z""#);
    assert_eq!((changed(&rows), rows[2].time.to_string().as_str()), (vec![2], "2023-01-03T00:01:00Z"));
}

#[test]
fn swapped_volumes_are_exchanged_in_every_row() {
    for (row, correct) in with_fault(r#""kind":"swapped_volume""#).iter().zip(january()) {
        assert_eq!((row.volume, row.quote_volume), (correct.quote_volume, correct.volume));
        assert_eq!((row.open, row.close), (correct.open, correct.close));
    }
}

#[test]
fn all_prices_are_off_by_the_share() {
    for (fault, factor) in [(r#""kind":"off_by""#, 1.03), (r#""kind":"off_by","share":-0.2"#, 0.8)] {
        for (row, correct) in with_fault(fault).iter().zip(january()) {
            for (value, correct) in [(row.open, correct.open), (row.close, correct.close), (row.low, correct.low)] {
                assert!((value.unwrap() / correct.unwrap() - factor).abs() < 1e-12, "{fault}");
            }
            assert_eq!(row.volume, correct.volume);
        }
    }
}

#[test]
fn a_stale_source_lacks_only_the_newest_bars() {
    assert_eq!(days(&with_fault(r#""kind":"stale""#)).last(), Some(&29));
    assert_eq!(days(&with_fault(r#""kind":"stale","bars":10"#)).last(), Some(&20));
    let old = january()[..12].to_vec();
    assert_eq!(with_faults(old.clone(), &[r#""kind":"stale","bars":5"#]), old, "an old page stays complete");
}

#[test]
fn one_bar_has_inverted_extremes_or_a_flash_wick() {
    let rows = with_fault(r#""kind":"high_below_low""#);
    assert_eq!(changed(&rows), [14]);
    assert!(rows[14].high < rows[14].low);
    let rows = with_fault(r#""kind":"flash_wick","at":"2023-01-03T00:00:00Z""#);
    assert_eq!(changed(&rows), [2]);
    assert_eq!(rows[2].low, rows[2].open.map(|open| open * 0.01));
}

#[test]
fn a_future_bar_opens_next_or_at_the_given_time() {
    let last = |rows: Vec<Row>| rows.last().unwrap().time.to_string();
    let rows = with_fault(r#""kind":"future""#);
    assert_eq!((rows.len(), last(rows)), (31, "2023-02-01T00:00:00Z".to_owned()));
    let given = r#""kind":"future","at":"2100-01-01T00:00:00Z""#;
    assert_eq!(last(with_fault(given)), "2100-01-01T00:00:00Z");
    assert_eq!(with_faults(Vec::new(), &[given]), []);
}

#[test]
fn several_faults_are_applied_in_their_order() {
    let (missing, duplicates) = (r#""kind":"missing","at":"2023-01-01T00:00:00Z""#, r#""kind":"duplicates""#);
    assert_eq!(days(&with_faults(january(), &[missing, duplicates]))[..3], [2, 2, 3]);
    assert_eq!(days(&with_faults(january(), &[duplicates, missing]))[..3], [2, 3, 4]);
}
