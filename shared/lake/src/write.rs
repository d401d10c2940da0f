//! Bars to Parquet.

use crate::{
    LakeError,
    schema::{TIME, VALUES},
};
use domain::{Bar, BarError};
use polars::prelude::{Column, DataFrame, ParquetCompression, ParquetWriter};

/// Encodes bars. The same bars give the same bytes.
///
/// # Errors
/// When a bar is not valid, times do not ascend or are not in whole seconds, or polars fails.
///
/// ```
/// use domain::Bar;
/// let time = "2023-01-01T00:00:00Z".parse().unwrap();
/// let bars = [Bar { time, open: 1196.1, high: 1203.5, low: 1191.0, close: 1200.0, volume: 81_234.5 }];
/// let bytes = lake::to_parquet(&bars)?;
/// assert_eq!(lake::from_parquet(&bytes)?, bars);
/// # Ok::<(), lake::LakeError>(())
/// ```
pub fn to_parquet(bars: &[Bar]) -> Result<Vec<u8>, LakeError> {
    check(bars)?;
    let mut columns = Vec::with_capacity(1 + VALUES.len());
    let times: Vec<i64> = bars.iter().map(|bar| bar.time.as_second()).collect();
    columns.push(Column::new(TIME.into(), times));
    for (name, value) in VALUES {
        columns.push(Column::new(name.into(), bars.iter().map(value).collect::<Vec<f64>>()));
    }
    let mut frame = DataFrame::new(bars.len(), columns).map_err(|source| LakeError::Write { source })?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .set_parallel(false)
        .finish(&mut frame)
        .map_err(|source| LakeError::Write { source })?;
    Ok(bytes)
}

/// Every bar valid, times ascending without duplicates and in whole seconds.
pub(crate) fn check(bars: &[Bar]) -> Result<(), LakeError> {
    for (index, bar) in bars.iter().enumerate() {
        bar.check(index).map_err(|source| LakeError::Bars { source })?;
        if bar.time.subsec_nanosecond() != 0 {
            return Err(LakeError::Time { row: index, text: bar.time.to_string() });
        }
        if let Some(previous) = index.checked_sub(1).map(|before| bars[before].time)
            && bar.time <= previous
        {
            return Err(LakeError::Bars { source: BarError::Order { index, time: bar.time, previous } });
        }
    }
    Ok(())
}
