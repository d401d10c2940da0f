//! Parquet to bars, and what every kind of object shares on the way there.

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
const KEPT: [Column; 9] = [TIME, VALUES[0], VALUES[1], VALUES[2], VALUES[3], VALUES[4], SOURCE, REVISION, FLAGS];

/// Decodes and checks bars without their provenance, and reads no other column: those of other people's files are no
/// matter.
///
/// # Errors
/// When the bytes are not Parquet, one of the six columns is missing, of another type or has nulls, a bar is not valid,
/// or times do not ascend.
pub fn read_bars(bytes: &[u8]) -> Result<Vec<Bar>, LakeError> {
    let frame = read(bytes, &BARS, ExtraColumns::Ignore)?;
    let mut order = AscendingTimes::default();
    bars(&frame, |row, bar| order.check(row, bar))
}

/// Decodes and checks bars with their provenance.
///
/// # Errors
/// As [`read_bars`], and when there are other columns than those of [`crate::write_bars`], or flags that stand for no
/// rule.
pub fn read_resolved_bars(bytes: &[u8]) -> Result<Vec<ResolvedBar>, LakeError> {
    let frame = read(bytes, &KEPT, ExtraColumns::Reject)?;
    let mut order = AscendingTimes::default();
    let bars = bars(&frame, |row, bar| order.check(row, bar))?;
    let (revisions, flags) = (frame.numbers::<u32>(REVISION), frame.numbers::<u32>(FLAGS));
    let provenance = frame.origins().zip(revisions.iter().zip(flags.iter()));
    bars.into_iter()
        .zip(provenance)
        .enumerate()
        .map(|(row, (bar, (origin, (&revision, &bits))))| {
            let flags = Flags::from_bits(bits).ok_or(LakeError::Flags { row, bits })?;
            Ok(ResolvedBar { bar, origin, revision, flags })
        })
        .collect()
}

/// What becomes of columns that nobody asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraColumns {
    /// They are not read.
    Ignore,
    /// The file is not of the lake.
    Reject,
}

/// Columns of a file, each of its type, without nulls, and as long as the others.
pub(crate) struct DecodedColumns {
    columns: Vec<(Column, Vec<Box<dyn Array>>)>,
}

/// Reads the given columns.
pub(crate) fn read(bytes: &[u8], columns: &[Column], others: ExtraColumns) -> Result<DecodedColumns, LakeError> {
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
    let asked_for = |name: &str| columns.iter().any(|column| column.name == name);
    if others == ExtraColumns::Reject
        && let Some(column) = schema.iter_names().find(|name| !asked_for(name.as_str()))
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

/// What a column holds in all row groups.
fn column_arrays(bytes: &[u8], metadata: &FileMetadata, column: Column) -> PolarsResult<Vec<Box<dyn Array>>> {
    let mut chunks = Vec::with_capacity(metadata.row_groups.len());
    for group in &metadata.row_groups {
        let arrays = decode(bytes, group, column)?;
        // A broken file may promise rows that it has not.
        if arrays.iter().map(|array| array.len()).sum::<usize>() != group.num_rows() {
            return Err(PolarsError::ShapeMismatch(format!("column `{}` is cut off", column.name).into()));
        }
        chunks.extend(arrays);
    }
    Ok(chunks)
}

/// What a column holds in a row group.
fn decode(bytes: &[u8], group: &RowGroupMetadata, column: Column) -> PolarsResult<Vec<Box<dyn Array>>> {
    let nowhere = || PolarsError::ComputeError(format!("column `{}` is nowhere in the file", column.name).into());
    let metadata = group.columns_under_root_iter(column.name).and_then(|mut all| all.next()).ok_or_else(nowhere)?;
    let range = metadata.byte_range();
    let range = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
    let pages = range.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(nowhere)?;
    let pages = PageReader::new(Cursor::new(Buffer::from(pages.to_vec())), metadata, Vec::new(), usize::MAX);
    let pages = BasicDecompressor::new(pages, Vec::new());
    let type_ = &metadata.descriptor().descriptor.primitive_type;
    let field = Field::new(column.name.into(), column.kind.data_type(), false);
    // The column's own number of rows may be broken as well.
    let rows = Filter::new_ranged(0, group.num_rows());
    Ok(column_iter_to_arrays(vec![pages], vec![type_], field, Some(rows))?.0)
}

impl DecodedColumns {
    /// The values of a column of numbers, copied only when they lie in several pieces.
    pub(crate) fn numbers<T: NativeType>(&self, column: Column) -> Cow<'_, [T]> {
        let chunks = || self.chunks::<PrimitiveArray<T>>(column).map(|chunk| chunk.values().as_slice());
        let mut first = chunks();
        match (first.next(), first.next()) {
            (Some(only), None) => Cow::Borrowed(only),
            _ => Cow::Owned(chunks().flatten().copied().collect()),
        }
    }

    /// The origins of the rows. Those of neighbours share their name.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin> + '_ {
        let mut last: Option<(&str, Origin)> = None;
        self.chunks::<Utf8ViewArray>(SOURCE).flat_map(|chunk| chunk.values_iter()).map(move |label| match &last {
            Some((known, origin)) if *known == label => origin.clone(),
            _ => {
                let origin = Origin::from(label);
                last = Some((label, origin.clone()));
                origin
            }
        })
    }

    /// What [`read`] made sure of: `A` is how Arrow keeps what the column holds.
    fn chunks<A: 'static>(&self, column: Column) -> impl Iterator<Item = &A> {
        let chunks = self.columns.iter().filter(move |(known, _)| *known == column).flat_map(|(_, chunks)| chunks);
        chunks.filter_map(|chunk| chunk.as_any().downcast_ref())
    }
}

/// The bars of a frame, each of which passes `check`.
pub(crate) fn bars(
    frame: &DecodedColumns,
    mut check: impl FnMut(usize, &Bar) -> Result<(), LakeError>,
) -> Result<Vec<Bar>, LakeError> {
    let times = frame.numbers::<i64>(TIME);
    let [open, high, low, close, volume] = VALUES.map(|column| frame.numbers::<f64>(column));
    let mut bars = Vec::with_capacity(times.len());
    for (row, &second) in times.iter().enumerate() {
        let time = Timestamp::from_second(second).map_err(|_| LakeError::Time { row, text: second.to_string() })?;
        let bar = Bar { time, open: open[row], high: high[row], low: low[row], close: close[row], volume: volume[row] };
        check(row, &bar)?;
        bars.push(bar);
    }
    Ok(bars)
}
