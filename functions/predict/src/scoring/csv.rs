//! Tables in CSV: a line of names, then feature rows or bars, parsed by the shared CSV reader.

use super::{Rows, ScoringError, rows::Reader};
use crate::{cell::Cell, text::Unreadable};
use features::feature_names;
use market_data::{
    Series,
    csv::{BarColumns, CsvError, Records, delimiter_of},
};

/// Rows of a CSV body.
pub(super) fn rows(body: &str, series: &Series) -> Result<Rows, ScoringError> {
    let records = Records::new(body, ',');
    let mut records = records.clone().with_delimiter(delimiter_of(records.peek_line()));
    let header = records.next().transpose()?.ok_or_else(|| ScoringError::unreadable(Unreadable::Empty.to_string()))?;
    let names = || header.cells.iter().map(|name| name.trim());
    let (mut reader, indices) = if names().any(|name| feature_names().contains(&name)) {
        Reader::with_columns(names())?
    } else {
        let columns = BarColumns::from_header(&header)?;
        if columns.clock().is_some() {
            let detail = "there is a column `date` and a column `time`: expected one, with date and time";
            return Err(ScoringError::invalid_values(detail));
        }
        (Reader::of_bars(), columns.indices().to_vec())
    };
    while let Some(record) = records.next().transpose()? {
        if record.cells.len() != header.cells.len() {
            let (line, found, expected) = (record.line, record.cells.len(), header.cells.len());
            let detail = format!("line {line} has {found} cells, but the first names {expected} columns");
            return Err(ScoringError::unreadable(detail));
        }
        reader.push(|column| Cell::Text(&record.cells[indices[column]]))?;
    }
    reader.finish(series)
}

/// A text that is not a table is unreadable. A table without the columns of a bar has invalid values.
impl From<CsvError> for ScoringError {
    fn from(error: CsvError) -> Self {
        match error {
            CsvError::OpenQuote { .. }
            | CsvError::TextAfterQuote { .. }
            | CsvError::TooManyCells { .. }
            | CsvError::Doubled { .. } => Self::unreadable(error.to_string()),
            _ => Self::invalid_values(error.to_string()),
        }
    }
}
