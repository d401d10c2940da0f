//! Parquet to bars, and what every kind of object shares on the way there.

use crate::{
    LakeError,
    check::Ascending,
    schema::{FLAGS, REVISION, SOURCE, TIME, VALUES},
};
use domain::{Bar, observation::Kept, origin::Origin, quality::Flags};
use jiff::Timestamp;
use polars::prelude::{
    ChunkedArray, Column, DataFrame, ParallelStrategy, ParquetReader, PolarsError, PolarsNumericType, SerReader,
};
use std::{borrow::Cow, io::Cursor};

const BARS: [&str; 6] = [TIME, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4]];
const KEPT: [&str; 9] = [TIME, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4], SOURCE, REVISION, FLAGS];

/// Decodes and checks bars without their provenance, and reads no other column: those of other people's files are no
/// matter.
///
/// # Errors
/// When the bytes are not Parquet, one of the six columns is missing, of another type or has nulls, a bar is not valid,
/// or times do not ascend.
pub fn read_bars(bytes: &[u8]) -> Result<Vec<Bar>, LakeError> {
    let frame = read(bytes, &BARS, Others::Skipped)?;
    let mut order = Ascending::default();
    bars(&frame, |row, bar| order.check(row, bar))
}

/// Decodes and checks bars with their provenance.
///
/// # Errors
/// As [`read_bars`], and when there are other columns than those of [`crate::write_bars`], or flags that stand for no
/// rule.
pub fn read_kept(bytes: &[u8]) -> Result<Vec<Kept>, LakeError> {
    let frame = read(bytes, &KEPT, Others::Refused)?;
    let mut order = Ascending::default();
    let bars = bars(&frame, |row, bar| order.check(row, bar))?;
    let (origins, revisions, flags) = (origins(&frame)?, naturals(&frame, REVISION)?, naturals(&frame, FLAGS)?);
    let provenance = origins.zip(revisions.iter().zip(flags.iter()));
    bars.into_iter()
        .zip(provenance)
        .enumerate()
        .map(|(row, (bar, (origin, (&revision, &bits))))| {
            let flags = Flags::from_bits(bits).ok_or(LakeError::Flags { row, bits })?;
            Ok(Kept { bar, origin, revision, flags })
        })
        .collect()
}

/// What becomes of columns that nobody asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// They are not read.
    Skipped,
    /// The file is not of the lake.
    Refused,
}

/// Reads the named columns.
pub(crate) fn read(bytes: &[u8], columns: &[&'static str], others: Others) -> Result<DataFrame, LakeError> {
    let failed = |source| LakeError::Read { source };
    let mut reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::Columns);
    let schema = reader.schema().map_err(failed)?;
    if let Some(&column) = columns.iter().find(|column| !schema.contains(column)) {
        return Err(LakeError::MissingColumn { column });
    }
    let asked_for = |name: &str| columns.contains(&name);
    if others == Others::Refused
        && let Some(column) = schema.iter_names().find(|name| !asked_for(name.as_str()))
    {
        return Err(LakeError::UnexpectedColumn { column: column.to_string() });
    }
    let names = columns.iter().map(|&column| column.to_owned()).collect();
    reader.with_columns(Some(names)).finish().map_err(failed)
}

/// The bars of a frame, each of which passes `check`.
pub(crate) fn bars(
    frame: &DataFrame,
    mut check: impl FnMut(usize, &Bar) -> Result<(), LakeError>,
) -> Result<Vec<Bar>, LakeError> {
    let times = integers(frame, TIME)?;
    let [open, high, low, close, volume] = VALUES.map(|name| floats(frame, name));
    let (open, high, low, close, volume) = (open?, high?, low?, close?, volume?);
    let mut bars = Vec::with_capacity(times.len());
    for (row, &second) in times.iter().enumerate() {
        let time = Timestamp::from_second(second).map_err(|_| LakeError::Time { row, text: second.to_string() })?;
        let bar = Bar { time, open: open[row], high: high[row], low: low[row], close: close[row], volume: volume[row] };
        check(row, &bar)?;
        bars.push(bar);
    }
    Ok(bars)
}

/// The origins of a frame's rows.
pub(crate) fn origins(frame: &DataFrame) -> Result<impl Iterator<Item = Origin> + '_, LakeError> {
    let column = column(frame, SOURCE)?;
    let labels = column.try_str().ok_or_else(|| wrong_type(SOURCE, "string", column))?;
    Ok(labels.no_null_iter().map(Origin::from))
}

/// A column of 64-bit integers.
pub(crate) fn integers<'a>(frame: &'a DataFrame, name: &'static str) -> Result<Cow<'a, [i64]>, LakeError> {
    numbers(frame, name, "64-bit integer", Column::try_i64)
}

fn naturals<'a>(frame: &'a DataFrame, name: &'static str) -> Result<Cow<'a, [u32]>, LakeError> {
    numbers(frame, name, "32-bit unsigned integer", Column::try_u32)
}

fn floats<'a>(frame: &'a DataFrame, name: &'static str) -> Result<Cow<'a, [f64]>, LakeError> {
    numbers(frame, name, "64-bit float", Column::try_f64)
}

/// The values of a column, copied only when they lie in several pieces.
fn numbers<'a, T: PolarsNumericType>(
    frame: &'a DataFrame,
    name: &'static str,
    expected: &'static str,
    typed: fn(&Column) -> Option<&ChunkedArray<T>>,
) -> Result<Cow<'a, [T::Native]>, LakeError> {
    let column = column(frame, name)?;
    let values = typed(column).ok_or_else(|| wrong_type(name, expected, column))?;
    Ok(match values.cont_slice() {
        Ok(slice) => Cow::Borrowed(slice),
        Err(_) => Cow::Owned(values.into_no_null_iter().collect()),
    })
}

/// A column without nulls, as long as the others: a broken file may promise rows that it has not.
fn column<'a>(frame: &'a DataFrame, name: &'static str) -> Result<&'a Column, LakeError> {
    let failed = |source| LakeError::Read { source };
    let column = frame.column(name).map_err(failed)?;
    if column.len() != frame.height() {
        return Err(failed(PolarsError::ShapeMismatch(format!("column `{name}` is cut off").into())));
    }
    match column.null_count() {
        0 => Ok(column),
        count => Err(LakeError::Nulls { column: name, count }),
    }
}

fn wrong_type(name: &'static str, expected: &'static str, column: &Column) -> LakeError {
    LakeError::ColumnType { column: name, expected, found: column.dtype().to_string() }
}
