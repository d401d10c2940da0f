//! Bars to Parquet, and what every kind of object shares on the way there.

use crate::{
    LakeError,
    check::Ascending,
    schema::{FLAGS, REVISION, SOURCE, TIME, VALUES},
};
use domain::{Bar, observation::Kept, origin::Origin};
use polars::{
    polars_utils::compression::ZstdLevel,
    prelude::{
        Column, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, ParquetCompression, ParquetWriter, UInt32Chunked,
    },
};

/// A year of real bars becomes no smaller by zstd's default of 3, and is written sooner.
const COMPRESSION_LEVEL: i32 = 1;

/// Encodes bars. The same bars give the same bytes.
///
/// # Errors
/// When a bar is not valid, times do not ascend or are not in whole seconds, or polars fails.
///
/// ```
/// use domain::{
///     Bar,
///     observation::Kept,
///     origin::{History, Origin},
///     quality::Flags,
/// };
/// let time = "2023-01-01T00:00:00Z".parse().unwrap();
/// let bar = Bar { time, open: 1196.1, high: 1203.5, low: 1191.0, close: 1200.0, volume: 81_234.5 };
/// let kept = [Kept { bar, origin: Origin::new("coinbase", History::Live), revision: 0, flags: Flags::NONE }];
/// let bytes = lake::write_bars(&kept)?;
/// assert_eq!(lake::read_kept(&bytes)?, kept);
/// assert_eq!(lake::read_bars(&bytes)?, [bar]);
/// # Ok::<(), lake::LakeError>(())
/// ```
pub fn write_bars(bars: &[Kept]) -> Result<Vec<u8>, LakeError> {
    let mut values = Values::with_capacity(bars.len());
    let mut revisions = Vec::with_capacity(bars.len());
    let mut flags = Vec::with_capacity(bars.len());
    let mut order = Ascending::default();
    for (row, kept) in bars.iter().enumerate() {
        order.check(row, &kept.bar)?;
        values.push(&kept.bar);
        revisions.push(kept.revision);
        flags.push(kept.flags.bits());
    }
    let (time, prices_and_volume) = values.into_columns();
    let mut columns = vec![time];
    columns.extend(prices_and_volume);
    columns.push(sources(bars.iter().map(|kept| &kept.origin)));
    columns.push(UInt32Chunked::from_vec(REVISION.into(), revisions).into_column());
    columns.push(UInt32Chunked::from_vec(FLAGS.into(), flags).into_column());
    encode(bars.len(), columns)
}

/// The columns of bars, filled in one pass over them.
pub(crate) struct Values {
    times: Vec<i64>,
    values: [Vec<f64>; VALUES.len()],
}

impl Values {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { times: Vec::with_capacity(rows), values: std::array::from_fn(|_| Vec::with_capacity(rows)) }
    }

    pub(crate) fn push(&mut self, bar: &Bar) {
        self.times.push(bar.time.as_second());
        for (column, value) in self.values.iter_mut().zip([bar.open, bar.high, bar.low, bar.close, bar.volume]) {
            column.push(value);
        }
    }

    /// The times; prices and volume in their order.
    pub(crate) fn into_columns(self) -> (Column, Vec<Column>) {
        let values = VALUES.into_iter().zip(self.values);
        (
            instants(TIME, self.times),
            values.map(|(name, values)| Float64Chunked::from_vec(name.into(), values).into_column()).collect(),
        )
    }
}

/// A column of Unix times, in whatever unit the schema says.
pub(crate) fn instants(name: &'static str, values: Vec<i64>) -> Column {
    Int64Chunked::from_vec(name.into(), values).into_column()
}

/// The labels of the origins, of which there are few: polars stores them as a dictionary.
pub(crate) fn sources<'a>(origins: impl ExactSizeIterator<Item = &'a Origin>) -> Column {
    let mut distinct: Vec<&Origin> = Vec::new();
    let mut places = Vec::with_capacity(origins.len());
    for origin in origins {
        let place = distinct.iter().position(|known| *known == origin).unwrap_or_else(|| {
            distinct.push(origin);
            distinct.len() - 1
        });
        places.push(place);
    }
    let labels: Vec<String> = distinct.into_iter().map(ToString::to_string).collect();
    let rows: Vec<&str> = places.into_iter().map(|place| labels[place].as_str()).collect();
    Column::new(SOURCE.into(), rows)
}

/// Parquet of columns that all have `rows` rows.
pub(crate) fn encode(rows: usize, columns: Vec<Column>) -> Result<Vec<u8>, LakeError> {
    let failed = |source| LakeError::Write { source };
    let mut frame = DataFrame::new(rows, columns).map_err(failed)?;
    let level = ZstdLevel::try_new(COMPRESSION_LEVEL).map_err(failed)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(Some(level)))
        .finish(&mut frame)
        .map_err(failed)?;
    Ok(bytes)
}
