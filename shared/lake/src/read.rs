//! Parquet to bars.

use crate::{
    LakeError,
    schema::{TIME, VALUES},
    write::check,
};
use domain::Bar;
use jiff::Timestamp;
use polars::prelude::{DataFrame, ParallelStrategy, ParquetReader, PolarsError, SerReader};
use std::io::Cursor;

/// Decodes and checks bars: exactly the lake's columns and types, no nulls, every bar valid, times ascending.
///
/// # Errors
/// When the bytes are not Parquet, the columns differ, or a bar is not valid.
pub fn from_parquet(bytes: &[u8]) -> Result<Vec<Bar>, LakeError> {
    let frame = ParquetReader::new(Cursor::new(bytes))
        .read_parallel(ParallelStrategy::None)
        .finish()
        .map_err(|source| LakeError::Read { source })?;
    let known = |name: &str| name == TIME || VALUES.iter().any(|(value, _)| *value == name);
    if let Some(column) = frame.get_column_names().into_iter().find(|name| !known(name)) {
        return Err(LakeError::UnexpectedColumn { column: column.to_string() });
    }
    let times = times(&frame)?;
    let [open, high, low, close, volume] = VALUES.map(|(name, _)| floats(&frame, name));
    let (open, high, low, close, volume) = (open?, high?, low?, close?, volume?);
    let bars: Vec<Bar> = times
        .into_iter()
        .enumerate()
        .map(|(i, time)| Bar { time, open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i] })
        .collect();
    check(&bars)?;
    Ok(bars)
}

fn times(frame: &DataFrame) -> Result<Vec<Timestamp>, LakeError> {
    let wrong = |source: PolarsError| LakeError::Column { column: TIME, expected: "64-bit integer", source };
    let column = frame.column(TIME).map_err(wrong)?;
    let values = column.i64().map_err(wrong)?;
    no_nulls(TIME, column.null_count())?;
    values
        .into_no_null_iter()
        .enumerate()
        .map(|(row, second)| {
            Timestamp::from_second(second).map_err(|_| LakeError::Time { row, text: second.to_string() })
        })
        .collect()
}

fn floats(frame: &DataFrame, name: &'static str) -> Result<Vec<f64>, LakeError> {
    let wrong = |source: PolarsError| LakeError::Column { column: name, expected: "64-bit float", source };
    let column = frame.column(name).map_err(wrong)?;
    let values = column.f64().map_err(wrong)?;
    no_nulls(name, column.null_count())?;
    Ok(values.into_no_null_iter().collect())
}

fn no_nulls(column: &'static str, count: usize) -> Result<(), LakeError> {
    if count == 0 { Ok(()) } else { Err(LakeError::Nulls { column, count }) }
}
