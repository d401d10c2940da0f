//! What the lake promises: nothing changes on the way through, the same bars give the same bytes, and anything that is
//! not an object of the lake is an error.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "in a test a failed unwrap is the assertion, and lengths are small"
)]

use domain::{Bar, Field, merge::merge};
use jiff::Timestamp;
use lake::{LakeError, from_parquet, to_parquet};
use polars::prelude::{Column, DataFrame, ParquetWriter};
use proptest::prelude::*;

fn valid_bars() -> impl Strategy<Value = Vec<Bar>> {
    let bar = (1e-6..1e9_f64, 1e-6..1e9_f64, 0.0..1.0_f64, 0.0..1.0_f64, 0.0..1e12_f64, 1..5_i64);
    prop::collection::vec(bar, 0..300).prop_map(|rows| {
        let mut second = 1_400_000_000 / 3600 * 3600;
        rows.into_iter()
            .map(|(a, b, x, y, volume, hours)| {
                second += hours * 3600;
                let (low, high) = (a.min(b), a.max(b));
                let within = |share: f64| (low + (high - low) * share).clamp(low, high);
                let time = Timestamp::from_second(second).unwrap();
                Bar { time, open: within(x), high, low, close: within(y), volume }
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bars_come_back_bit_for_bit(bars in valid_bars()) {
        prop_assert_eq!(from_parquet(&to_parquet(&bars).unwrap()).unwrap(), bars);
    }

    #[test]
    fn however_they_are_delivered_the_same_bars_give_the_same_bytes(bars in valid_bars(), cut in 0..300_usize) {
        let cut = cut.min(bars.len());
        let stored = from_parquet(&to_parquet(&bars[cut..]).unwrap()).unwrap();
        let merged = merge(&stored, &bars[..cut]).bars;
        prop_assert_eq!(to_parquet(&merged).unwrap(), to_parquet(&bars).unwrap());
    }

    #[test]
    fn a_cut_off_object_is_an_error(bars in valid_bars(), keep in 0.0..1.0_f64) {
        let bytes = to_parquet(&bars).unwrap();
        let keep = (bytes.len() as f64 * keep) as usize;
        prop_assert!(from_parquet(&bytes[..keep]).is_err());
    }
}

fn a_bar() -> Bar {
    let time = "2023-01-01T00:00:00Z".parse().unwrap();
    Bar { time, open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 5.0 }
}

#[test]
fn invalid_bars_are_refused_before_anything_is_written() {
    let bad = Bar { close: f64::NAN, ..a_bar() };
    match to_parquet(&[a_bar(), bad]) {
        Err(LakeError::Bars { source }) => assert_eq!((source.index(), source.field()), (1, Field::Close)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(to_parquet(&[a_bar(), a_bar()]), Err(LakeError::Bars { .. })));
    let late = Bar { time: "2023-01-01T00:00:00.5Z".parse().unwrap(), ..a_bar() };
    assert!(matches!(to_parquet(&[late]), Err(LakeError::Time { row: 0, .. })));
}

fn parquet(columns: Vec<Column>) -> Vec<u8> {
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn good_columns() -> Vec<Column> {
    let float = |name: &str, value: f64| Column::new(name.into(), vec![value]);
    vec![
        Column::new("time".into(), vec![1_672_531_200_i64]),
        float("open", 2.0),
        float("high", 4.0),
        float("low", 1.0),
        float("close", 3.0),
        float("volume", 5.0),
    ]
}

#[test]
fn a_file_written_elsewhere_with_the_same_columns_is_read() {
    assert_eq!(from_parquet(&parquet(good_columns())).unwrap(), [a_bar()]);
}

#[test]
fn another_schema_is_refused_by_column() {
    let mut missing = good_columns();
    missing.remove(4);
    assert!(matches!(from_parquet(&parquet(missing)), Err(LakeError::Column { column: "close", .. })));

    let mut wrong_type = good_columns();
    wrong_type[5] = Column::new("volume".into(), vec!["5.0"]);
    assert!(matches!(from_parquet(&parquet(wrong_type)), Err(LakeError::Column { column: "volume", .. })));

    let mut null = good_columns();
    null[1] = Column::new("open".into(), vec![None::<f64>]);
    assert!(matches!(from_parquet(&parquet(null)), Err(LakeError::Nulls { column: "open", count: 1 })));

    let mut extra = good_columns();
    extra.push(Column::new("vwap".into(), vec![1.0]));
    assert!(matches!(from_parquet(&parquet(extra)), Err(LakeError::UnexpectedColumn { column }) if column == "vwap"));

    let mut invalid = good_columns();
    invalid[3] = Column::new("low".into(), vec![-1.0]);
    assert!(matches!(from_parquet(&parquet(invalid)), Err(LakeError::Bars { .. })));

    assert!(matches!(from_parquet(b"<html>not parquet</html>"), Err(LakeError::Read { .. })));
    assert!(matches!(from_parquet(b""), Err(LakeError::Read { .. })));
}
