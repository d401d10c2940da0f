//! Bars in Parquet: they are read exactly as written, the same bars give the same bytes, and anything that is not an
//! object of the lake is an error.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "in a test a failed unwrap is the assertion, and lengths are small"
)]

use jiff::Timestamp;
use lake::{LakeError, read_bars, read_resolved_bars, write_bars};
use market_data::{
    Bar, BarField,
    observation::ResolvedBar,
    origin::{Origin, Provenance},
    quality::{Flags, QualityRule},
};
use polars::prelude::{Column, DataFrame, ParquetCompression, ParquetWriter};
use proptest::prelude::*;

fn valid_rows() -> impl Strategy<Value = Vec<ResolvedBar>> {
    let volume = prop_oneof![8 => 0.0..1e12_f64, 1 => Just(0.0), 1 => Just(-0.0)];
    let bar = (1e-6..1e9_f64, 1e-6..1e9_f64, 0.0..1.0_f64, 0.0..1.0_f64, volume, 1..5_i64);
    let origin =
        ("[a-z]{1,16}", prop_oneof![Just(Provenance::Live), Just(Provenance::Stored), Just(Provenance::Simulated)]);
    let flags = (0..1_u32 << 16).prop_map(|bits| Flags::from_bits(bits).unwrap());
    prop::collection::vec((bar, origin, any::<u32>(), flags), 0..300).prop_map(|rows| {
        let mut second = 1_400_000_000 / 3600 * 3600;
        rows.into_iter()
            .map(|((a, b, x, y, volume, hours), (source, provenance), revision, flags)| {
                second += hours * 3600;
                let (low, high) = (a.min(b), a.max(b));
                let within = |share: f64| (low + (high - low) * share).clamp(low, high);
                let time = Timestamp::from_second(second).unwrap();
                let bar = Bar { time, open: within(x), high, low, close: within(y), volume };
                ResolvedBar { bar, origin: Origin::new(source, provenance), revision, flags }
            })
            .collect()
    })
}

fn bars(rows: &[ResolvedBar]) -> Vec<Bar> {
    rows.iter().map(|resolved| resolved.bar).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bars_are_read_exactly_as_written(rows in valid_rows()) {
        let bytes = write_bars(&rows).unwrap();
        prop_assert_eq!(read_bars(&bytes).unwrap(), bars(&rows));
        prop_assert_eq!(read_resolved_bars(&bytes).unwrap(), rows);
    }

    #[test]
    fn the_same_bars_give_the_same_bytes(rows in valid_rows()) {
        let bytes = write_bars(&rows).unwrap();
        prop_assert_eq!(&write_bars(&rows).unwrap(), &bytes);
        prop_assert_eq!(&write_bars(&read_resolved_bars(&bytes).unwrap()).unwrap(), &bytes);
    }

    #[test]
    fn a_truncated_object_is_an_error(rows in valid_rows(), keep in 0.0..1.0_f64) {
        let bytes = write_bars(&rows).unwrap();
        let keep = (bytes.len() as f64 * keep) as usize;
        prop_assert!(read_bars(&bytes[..keep]).is_err());
        prop_assert!(read_resolved_bars(&bytes[..keep]).is_err());
    }
}

#[test]
fn many_bars_are_read_exactly_as_written() {
    let first = a_row();
    let row = |hour: i64| {
        let time = Timestamp::from_second(hour * 3600).unwrap();
        ResolvedBar { bar: Bar { time, ..first.bar }, ..first.clone() }
    };
    let rows: Vec<ResolvedBar> = (0..270_000).map(row).collect();
    let bytes = write_bars(&rows).unwrap();
    assert_eq!(read_bars(&bytes).unwrap(), bars(&rows));
    assert_eq!(read_resolved_bars(&bytes).unwrap(), rows);
}

fn a_bar() -> Bar {
    let time = "2023-01-01T00:00:00Z".parse().unwrap();
    Bar { time, open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 5.0 }
}

fn a_row() -> ResolvedBar {
    let origin = Origin::new("kraken", Provenance::Stored);
    ResolvedBar { bar: a_bar(), origin, revision: 2, flags: Flags::NONE.with(QualityRule::FlashWick) }
}

#[test]
fn invalid_bars_are_not_written() {
    let with = |bar: Bar| ResolvedBar { bar, ..a_row() };
    match write_bars(&[a_row(), with(Bar { close: f64::NAN, ..a_bar() })]) {
        Err(LakeError::Bars { source }) => assert_eq!((source.index(), source.field()), (1, BarField::Close)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(write_bars(&[a_row(), a_row()]), Err(LakeError::Bars { .. })));
    let fractional = Bar { time: "2023-01-01T00:00:00.5Z".parse().unwrap(), ..a_bar() };
    assert!(matches!(write_bars(&[with(fractional)]), Err(LakeError::Time { row: 0, .. })));
}

fn parquet(columns: Vec<Column>) -> Vec<u8> {
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn six_columns() -> Vec<Column> {
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

fn nine_columns() -> Vec<Column> {
    let mut columns = six_columns();
    columns.push(Column::new("source".into(), vec!["kraken (stored)"]));
    columns.push(Column::new("revision".into(), vec![2_u32]));
    columns.push(Column::new("flags".into(), vec![Flags::NONE.with(QualityRule::FlashWick).bits()]));
    columns
}

/// Nine valid columns, one of them replaced by name.
fn with(column: Column) -> Vec<u8> {
    let mut columns = nine_columns();
    let index = columns.iter().position(|other| other.name() == column.name()).unwrap();
    columns[index] = column;
    parquet(columns)
}

/// Nine valid columns without one of them.
fn without(name: &str) -> Vec<u8> {
    let mut columns = nine_columns();
    columns.retain(|column| column.name().as_str() != name);
    parquet(columns)
}

#[test]
fn a_file_of_another_program_is_read() {
    assert_eq!(read_resolved_bars(&parquet(nine_columns())).unwrap(), [a_row()]);
    assert_eq!(read_bars(&parquet(nine_columns())).unwrap(), [a_bar()]);
}

#[test]
fn several_row_groups_and_any_compression_are_read() {
    let columns: Vec<Column> = nine_columns().iter().map(|column| column.new_from_index(0, 1000)).collect();
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    let times: Vec<i64> = (0..1000).map(|hour| 1_672_531_200 + hour * 3600).collect();
    frame.with_column(Column::new("time".into(), times.clone())).unwrap();
    for compression in [ParquetCompression::Snappy, ParquetCompression::Zstd(None), ParquetCompression::Uncompressed] {
        let mut bytes = Vec::new();
        let writer = ParquetWriter::new(&mut bytes).with_compression(compression).with_row_group_size(Some(300));
        writer.finish(&mut frame).unwrap();
        let kept = read_resolved_bars(&bytes).unwrap();
        assert_eq!(kept.iter().map(|resolved| resolved.bar.time.as_second()).collect::<Vec<_>>(), times);
        assert!(
            kept.iter().all(|kept| *kept == ResolvedBar { bar: Bar { time: kept.bar.time, ..a_bar() }, ..a_row() })
        );
        assert_eq!(read_bars(&bytes).unwrap(), bars(&kept));
    }
}

#[test]
fn bars_need_six_columns_in_any_order() {
    assert_eq!(read_bars(&parquet(six_columns())).unwrap(), [a_bar()]);
    let mut more = six_columns();
    more.insert(0, Column::new("vwap".into(), vec![None::<f64>]));
    more.reverse();
    assert_eq!(read_bars(&parquet(more)).unwrap(), [a_bar()]);
}

#[test]
fn provenance_needs_exactly_its_columns() {
    assert!(matches!(read_resolved_bars(&parquet(six_columns())), Err(LakeError::MissingColumn { column: "source" })));
    assert!(matches!(read_resolved_bars(&without("flags")), Err(LakeError::MissingColumn { column: "flags" })));

    let mut extra = nine_columns();
    extra.push(Column::new("vwap".into(), vec![1.0]));
    assert!(
        matches!(read_resolved_bars(&parquet(extra)), Err(LakeError::UnexpectedColumn { column }) if column == "vwap")
    );

    let number = with(Column::new("source".into(), vec![1.0]));
    assert!(matches!(read_resolved_bars(&number), Err(LakeError::ColumnType { column: "source", .. })));
    let nobody = with(Column::new("source".into(), vec![None::<&str>]));
    assert!(matches!(read_resolved_bars(&nobody), Err(LakeError::Nulls { column: "source", count: 1 })));
    let unknown = with(Column::new("flags".into(), vec![1_u32 << 31]));
    assert!(matches!(read_resolved_bars(&unknown), Err(LakeError::Flags { row: 0, bits: 0x8000_0000 })));
}

#[test]
fn a_wrong_column_is_reported_with_name_and_type() {
    assert!(matches!(read_bars(&without("close")), Err(LakeError::MissingColumn { column: "close" })));

    let text = read_bars(&with(Column::new("volume".into(), vec!["5.0"]))).unwrap_err();
    assert_eq!(text.to_string(), "column `volume` is of type Utf8View, expected a 64-bit float");
    let short = with(Column::new("time".into(), vec![1_672_531_200_i32]));
    assert!(matches!(read_bars(&short), Err(LakeError::ColumnType { column: "time", .. })));

    let null = with(Column::new("open".into(), vec![None::<f64>]));
    assert!(matches!(read_bars(&null), Err(LakeError::Nulls { column: "open", count: 1 })));
    let far = with(Column::new("time".into(), vec![i64::MAX]));
    assert!(matches!(read_bars(&far), Err(LakeError::Time { row: 0, .. })));
    let invalid = with(Column::new("low".into(), vec![-1.0]));
    assert!(matches!(read_bars(&invalid), Err(LakeError::Bars { .. })));

    assert!(matches!(read_bars(b"<html>not parquet</html>"), Err(LakeError::Read { .. })));
    assert!(matches!(read_bars(b""), Err(LakeError::Read { .. })));
}
