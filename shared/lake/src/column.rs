//! Encoded columns.
//!
//! The encoding of each kind of column is fixed, so that polars neither builds its own columns nor estimates the benefit
//! of dictionaries.

use crate::schema::Column;
use market_data::origin::Origin;
use polars_arrow::array::PrimitiveArray;
use polars_error::PolarsResult;
use polars_parquet::{
    parquet::{
        CowBuffer,
        encoding::{Encoding, hybrid_rle},
        error::ParquetResult,
        metadata::Descriptor,
        page::{DataPage, DataPageHeader, DataPageHeaderV1, DictPage, Page},
    },
    read::ParquetError,
    write::{WriteOptions, array_to_page_simple},
};

/// Column and its values.
pub(crate) struct EncodedColumn {
    pub(crate) column: Column,
    values: Values,
}

enum Values {
    Integers(Vec<i64>),
    /// Numbers as little-endian bytes.
    Plain(Vec<u8>),
    /// Distinct labels, and the index of the label of each row.
    Labels(DictPage, Vec<u8>),
}

/// Column of integers with similar differences, of which only the differences are stored.
pub(crate) fn delta_encoded(column: Column, values: impl Iterator<Item = i64>) -> EncodedColumn {
    EncodedColumn { column, values: Values::Integers(values.collect()) }
}

/// Column of numbers in little-endian bytes.
pub(crate) fn plain_encoded<const N: usize>(
    column: Column,
    values: impl ExactSizeIterator<Item = [u8; N]>,
) -> EncodedColumn {
    let mut data = vec![0; values.len() * N];
    for (target, value) in data.chunks_exact_mut(N).zip(values) {
        target.copy_from_slice(&value);
    }
    EncodedColumn { column, values: Values::Plain(data) }
}

/// Column of the labels of origins, which has few distinct values.
pub(crate) fn dictionary_encoded<'a>(
    column: Column,
    origins: impl ExactSizeIterator<Item = &'a Origin>,
) -> ParquetResult<EncodedColumn> {
    let mut distinct: Vec<&Origin> = Vec::new();
    let mut indices = Vec::with_capacity(origins.len());
    for origin in origins {
        let index = distinct.iter().position(|other| *other == origin).unwrap_or_else(|| {
            distinct.push(origin);
            distinct.len() - 1
        });
        indices.push(u32::try_from(index)?);
    }

    let mut labels = Vec::new();
    for label in distinct.iter().map(ToString::to_string) {
        labels.extend(u32::try_from(label.len())?.to_le_bytes());
        labels.extend(label.into_bytes());
    }
    let bits = u32::try_from(distinct.len().saturating_sub(1))?.checked_ilog2().map_or(0, |highest| highest + 1);
    let mut data = vec![u8::try_from(bits)?];
    hybrid_rle::encode::<u32, _, _>(&mut data, indices.into_iter(), bits)?;
    let dictionary = DictPage::new(CowBuffer::Owned(labels), distinct.len(), false);
    Ok(EncodedColumn { column, values: Values::Labels(dictionary, data) })
}

impl EncodedColumn {
    /// Pages of the column: the dictionary, if there is one, and one page of all rows.
    pub(crate) fn pages(
        self,
        rows: usize,
        descriptor: Descriptor,
        options: WriteOptions,
    ) -> PolarsResult<impl Iterator<Item = Page>> {
        let (dictionary, data) = match self.values {
            Values::Integers(values) => {
                let values = PrimitiveArray::from_vec(values);
                let encoding = Encoding::DeltaBinaryPacked;
                (None, array_to_page_simple(&values, descriptor.primitive_type, options, encoding)?)
            }
            Values::Plain(data) => (None, page(rows, data, Encoding::Plain, descriptor)?),
            Values::Labels(dictionary, data) => {
                (Some(Page::Dict(dictionary)), page(rows, data, Encoding::RleDictionary, descriptor)?)
            }
        };
        Ok(dictionary.into_iter().chain([data]))
    }
}

fn page(rows: usize, data: Vec<u8>, encoding: Encoding, descriptor: Descriptor) -> ParquetResult<Page> {
    let header = DataPageHeaderV1 {
        num_values: i32::try_from(rows).map_err(ParquetError::from)?,
        encoding: encoding.into(),
        // Without nulls and lists there are no levels.
        definition_level_encoding: Encoding::Rle.into(),
        repetition_level_encoding: Encoding::Rle.into(),
        statistics: None,
    };
    Ok(Page::Data(DataPage::new(DataPageHeader::V1(header), CowBuffer::Owned(data), descriptor, rows)))
}
