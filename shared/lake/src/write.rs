//! Encoding of bars, and the functions that all kinds of objects share.

use crate::{
    LakeError,
    check::AscendingTimes,
    column::{EncodedColumn, delta_encoded, dictionary_encoded, plain_encoded},
    schema::{FLAGS, REVISION, SOURCE, TIME, VALUES},
};
use market_data::{Bar, observation::ResolvedBar};
use polars_arrow::datatypes::{ArrowSchema, Field};
use polars_error::{PolarsError, PolarsResult};
use polars_parquet::write::{
    CompressionOptions, Compressor, DynIter, DynStreamingIterator, FallibleStreamingIterator, FileWriter,
    StatisticsOptions, Version, WriteOptions,
};

/// Encodes bars. The same bars give the same bytes.
///
/// # Errors
/// A bar is not valid, times do not ascend or are not in whole seconds, or polars fails.
///
/// ```
/// use market_data::{Bar, observation::ResolvedBar, origin::{Origin, Provenance}, quality::Flags};
/// let time = "2023-01-01T00:00:00Z".parse().unwrap();
/// let bar = Bar { time, open: 1196.1, high: 1203.5, low: 1191.0, close: 1200.0, volume: 81_234.5 };
/// let origin = Origin::new("coinbase", Provenance::Live);
/// let bars = [ResolvedBar { bar, origin, revision: 0, flags: Flags::NONE }];
/// let bytes = lake::write_bars(&bars)?;
/// assert_eq!(lake::read_resolved_bars(&bytes)?, bars);
/// assert_eq!(lake::read_bars(&bytes)?, [bar]);
/// # Ok::<(), lake::LakeError>(())
/// ```
pub fn write_bars(bars: &[ResolvedBar]) -> Result<Vec<u8>, LakeError> {
    let mut order = AscendingTimes::default();
    for (row, resolved) in bars.iter().enumerate() {
        order.check(row, &resolved.bar)?;
    }
    let [time, values @ ..] = columns(bars.iter().map(|resolved| &resolved.bar));
    let sources = dictionary_encoded(SOURCE, bars.iter().map(|resolved| &resolved.origin)).map_err(failed)?;
    let revisions = plain_encoded(REVISION, bars.iter().map(|resolved| resolved.revision.to_le_bytes()));
    let flags = plain_encoded(FLAGS, bars.iter().map(|resolved| resolved.flags.bits().to_le_bytes()));
    encode(bars.len(), [time].into_iter().chain(values).chain([sources, revisions, flags]).collect())
}

/// Columns of the open times, prices and volumes of bars.
pub(crate) fn columns<'a>(bars: impl ExactSizeIterator<Item = &'a Bar> + Clone) -> [EncodedColumn; 1 + VALUES.len()] {
    let [open, high, low, close, volume] = VALUES;
    [
        delta_encoded(TIME, bars.clone().map(|bar| bar.time.as_second())),
        plain_encoded(open, bars.clone().map(|bar| bar.open.to_le_bytes())),
        plain_encoded(high, bars.clone().map(|bar| bar.high.to_le_bytes())),
        plain_encoded(low, bars.clone().map(|bar| bar.low.to_le_bytes())),
        plain_encoded(close, bars.clone().map(|bar| bar.close.to_le_bytes())),
        plain_encoded(volume, bars.map(|bar| bar.volume.to_le_bytes())),
    ]
}

/// Encodes columns of `rows` rows each.
pub(crate) fn encode(rows: usize, columns: Vec<EncodedColumn>) -> Result<Vec<u8>, LakeError> {
    write(rows, columns).map_err(failed)
}

/// Writes one row group on one thread, because a year is small.
fn write(rows: usize, columns: Vec<EncodedColumn>) -> PolarsResult<Vec<u8>> {
    let options = WriteOptions {
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        compression: CompressionOptions::Lz4Raw,
        data_page_size: None,
    };
    let fields = columns.iter().map(|EncodedColumn { column, .. }| {
        let name = column.name.into();
        (column.name.into(), Field::new(name, column.kind.data_type(), false))
    });
    let mut file = FileWriter::try_new(Vec::new(), fields.collect::<ArrowSchema>(), options)?;
    if rows > 0 {
        let descriptors = file.parquet_schema().columns().iter().map(|column| column.descriptor.clone());
        let descriptors: Vec<_> = descriptors.collect();
        let group = columns.into_iter().zip(descriptors).map(|(column, descriptor)| {
            let pages = column.pages(rows, descriptor, options)?.map(Ok);
            let compressed = Compressor::new_from_vec(DynIter::new(pages), options.compression, Vec::new());
            Ok(DynStreamingIterator::new(compressed.map_err(PolarsError::from)))
        });
        file.write(rows as u64, DynIter::new(group))?;
    }
    // The Arrow schema is omitted: it has no more information than that of Parquet.
    file.end(Some(Vec::new()))?;
    Ok(file.into_inner())
}

pub(crate) fn failed(source: impl Into<PolarsError>) -> LakeError {
    LakeError::Write { source: source.into() }
}
