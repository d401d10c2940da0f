//! Decoding of bars, and the functions that all kinds of objects share.

use crate::{
    LakeError,
    check::AscendingTimes,
    schema::{Column, FLAGS, REVISION, SOURCE, TIME, VALUES},
};
use jiff::Timestamp;
use market_data::{Bar, observation::ResolvedBar, origin::Origin, quality::Flags};
use polars_arrow::{
    array::{Array, PrimitiveArray, Utf8ViewArray},
    datatypes::Field,
    types::NativeType,
};
use polars_buffer::Buffer;
use polars_error::{PolarsError, PolarsResult};
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, Filter, PageReader, RowGroupMetadata, column_iter_to_arrays, infer_schema,
    read_metadata,
};
use std::{borrow::Cow, io::Cursor};

const BARS: [Column; 6] = [TIME, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4]];
const RESOLVED_BARS: [Column; 9] =
    [TIME, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4], SOURCE, REVISION, FLAGS];

/// Decodes and validates bars without their provenance. Other columns of the file are ignored.
///
/// # Errors
/// The bytes are not Parquet, one of the six columns is missing, has another type or nulls, a bar is not valid, or times
/// do not ascend.
pub fn read_bars(bytes: &[u8]) -> Result<Vec<Bar>, LakeError> {
    let columns = read(bytes, &BARS, ExtraColumns::Ignore)?;
    let mut order = AscendingTimes::default();
    bars(&columns, |row, bar| order.check(row, bar))
}

/// Decodes and validates bars with their provenance.
///
/// # Errors
/// As [`read_bars`]; also if there are other columns than those of [`crate::write_bars`], or flags of no rule.
pub fn read_resolved_bars(bytes: &[u8]) -> Result<Vec<ResolvedBar>, LakeError> {
    let columns = read(bytes, &RESOLVED_BARS, ExtraColumns::Reject)?;
    let mut order = AscendingTimes::default();
    let bars = bars(&columns, |row, bar| order.check(row, bar))?;
    let (revisions, flags) = (columns.numbers::<u32>(REVISION), columns.numbers::<u32>(FLAGS));
    let provenance = columns.origins().zip(revisions.iter().zip(flags.iter()));
    bars.into_iter()
        .zip(provenance)
        .enumerate()
        .map(|(row, (bar, (origin, (&revision, &bits))))| {
            let flags = Flags::from_bits(bits).ok_or(LakeError::Flags { row, bits })?;
            Ok(ResolvedBar { bar, origin, revision, flags })
        })
        .collect()
}

/// Treatment of columns that were not requested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraColumns {
    /// They are ignored.
    Ignore,
    /// They are an error, because the file is not an object of the lake.
    Reject,
}

/// Columns of a file with the expected types, without nulls, and of equal length.
pub(crate) struct DecodedColumns {
    columns: Vec<(Column, Vec<Box<dyn Array>>)>,
}

/// Decodes the given columns.
pub(crate) fn read(bytes: &[u8], columns: &[Column], extra_columns: ExtraColumns) -> Result<DecodedColumns, LakeError> {
    let failed = |source| LakeError::Read { source };
    let metadata = read_metadata(&mut Cursor::new(bytes)).map_err(failed)?;
    let schema = infer_schema(&metadata).map_err(failed)?;
    for &Column { name, kind } in columns {
        let field = schema.get(name).ok_or(LakeError::MissingColumn { column: name })?;
        if field.dtype != kind.data_type() {
            let found = format!("{:?}", field.dtype);
            return Err(LakeError::ColumnType { column: name, expected: kind.name(), found });
        }
    }
    let is_requested = |name: &str| columns.iter().any(|column| column.name == name);
    if extra_columns == ExtraColumns::Reject
        && let Some(column) = schema.iter_names().find(|name| !is_requested(name.as_str()))
    {
        return Err(LakeError::UnexpectedColumn { column: column.to_string() });
    }
    let read = |&column: &Column| {
        let chunks = column_arrays(bytes, &metadata, column).map_err(failed)?;
        match chunks.iter().map(|chunk| chunk.null_count()).sum() {
            0 => Ok((column, chunks)),
            count => Err(LakeError::Nulls { column: column.name, count }),
        }
    };
    Ok(DecodedColumns { columns: columns.iter().map(read).collect::<Result<_, _>>()? })
}

/// Arrays of a column in all row groups.
fn column_arrays(bytes: &[u8], metadata: &FileMetadata, column: Column) -> PolarsResult<Vec<Box<dyn Array>>> {
    let mut chunks = Vec::with_capacity(metadata.row_groups.len());
    for group in &metadata.row_groups {
        let arrays = decode(bytes, group, column)?;
        // The metadata of a broken file may count more rows than there are.
        if arrays.iter().map(|array| array.len()).sum::<usize>() != group.num_rows() {
            return Err(PolarsError::ShapeMismatch(format!("column `{}` is cut off", column.name).into()));
        }
        chunks.extend(arrays);
    }
    Ok(chunks)
}

/// Arrays of a column in one row group.
fn decode(bytes: &[u8], group: &RowGroupMetadata, column: Column) -> PolarsResult<Vec<Box<dyn Array>>> {
    let no_data = || PolarsError::ComputeError(format!("column `{}` has no data in the file", column.name).into());
    let metadata = group.columns_under_root_iter(column.name).and_then(|mut all| all.next()).ok_or_else(no_data)?;
    let range = metadata.byte_range();
    let range = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
    let pages = range.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(no_data)?;
    let pages = PageReader::new(Cursor::new(Buffer::from(pages.to_vec())), metadata, Vec::new(), usize::MAX);
    let pages = BasicDecompressor::new(pages, Vec::new());
    let type_ = &metadata.descriptor().descriptor.primitive_type;
    let field = Field::new(column.name.into(), column.kind.data_type(), false);
    // The number of rows of the column may be wrong as well.
    let rows = Filter::new_ranged(0, group.num_rows());
    Ok(column_iter_to_arrays(vec![pages], vec![type_], field, Some(rows))?.0)
}

impl DecodedColumns {
    /// Values of a numeric column, copied only if it has several arrays.
    pub(crate) fn numbers<T: NativeType>(&self, column: Column) -> Cow<'_, [T]> {
        let chunks = || self.chunks::<PrimitiveArray<T>>(column).map(|chunk| chunk.values().as_slice());
        let mut first = chunks();
        match (first.next(), first.next()) {
            (Some(only), None) => Cow::Borrowed(only),
            _ => Cow::Owned(chunks().flatten().copied().collect()),
        }
    }

    /// Origins of the rows. Equal neighbours share their name.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin> + '_ {
        let mut last: Option<(&str, Origin)> = None;
        self.chunks::<Utf8ViewArray>(SOURCE).flat_map(|chunk| chunk.values_iter()).map(move |label| match &last {
            Some((previous, origin)) if *previous == label => origin.clone(),
            _ => {
                let origin = Origin::from(label);
                last = Some((label, origin.clone()));
                origin
            }
        })
    }

    /// Arrays of a column as `A`, which is the Arrow type of the column as [`read`] has checked.
    fn chunks<A: 'static>(&self, column: Column) -> impl Iterator<Item = &A> {
        let chunks = self.columns.iter().filter(move |(other, _)| *other == column).flat_map(|(_, chunks)| chunks);
        chunks.filter_map(|chunk| chunk.as_any().downcast_ref())
    }
}

/// Bars of the decoded columns; `check` validates each of them.
pub(crate) fn bars(
    decoded: &DecodedColumns,
    mut check: impl FnMut(usize, &Bar) -> Result<(), LakeError>,
) -> Result<Vec<Bar>, LakeError> {
    let times = decoded.numbers::<i64>(TIME);
    let [open, high, low, close, volume] = VALUES.map(|column| decoded.numbers::<f64>(column));
    let mut bars = Vec::with_capacity(times.len());
    for (row, &second) in times.iter().enumerate() {
        let time = Timestamp::from_second(second).map_err(|_| LakeError::Time { row, text: second.to_string() })?;
        let bar = Bar { time, open: open[row], high: high[row], low: low[row], close: close[row], volume: volume[row] };
        check(row, &bar)?;
        bars.push(bar);
    }
    Ok(bars)
}
