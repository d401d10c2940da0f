//! Rows from the cells of any kind of table.

use super::{MAX_ROWS, Rows, ScoringError, columns::Columns};
use crate::{
    cell::{A_NUMBER, Cell},
    truncate::{MAX_VALUE_CHARS, truncate},
};
use jiff::Timestamp;
use market_data::{Bar, Series, bar::validate_bars};
use std::collections::HashMap;

/// Reader of rows, one after the other.
#[derive(Debug)]
pub(super) struct Reader {
    columns: Columns,
    rows: Rows,
}

impl Reader {
    pub(super) fn new(columns: Columns) -> Self {
        let rows = match columns {
            Columns::Features => Rows::Features(Vec::new()),
            Columns::Bars(_) => Rows::Bars(Vec::new()),
        };
        Self { columns, rows }
    }

    /// Reader of bars whose columns are detected elsewhere.
    pub(super) fn of_bars() -> Self {
        Self::new(Columns::BARS)
    }

    /// Reader of a table with these columns, with the index of each column that it reads.
    pub(super) fn with_columns<'a>(names: impl Iterator<Item = &'a str>) -> Result<(Self, Vec<usize>), ScoringError> {
        let mut indices = HashMap::new();
        for (index, name) in names.enumerate() {
            if indices.insert(name, index).is_some() {
                return Err(ScoringError::unreadable(format!(
                    "there are two columns `{}`",
                    truncate(name, MAX_VALUE_CHARS)
                )));
            }
        }
        let reader = Self::new(Columns::detect(|name| indices.contains_key(name))?);
        let columns = reader.names().iter().filter_map(|name| indices.get(name).copied()).collect();
        Ok((reader, columns))
    }

    /// Names of the columns that are read.
    pub(super) fn names(&self) -> &[&'static str] {
        self.columns.names()
    }

    /// Reads a row; `cell` returns the cell of a column by its index in [`names`](Self::names).
    pub(super) fn push<'a>(&mut self, cell: impl Fn(usize) -> Cell<'a>) -> Result<(), ScoringError> {
        let index = self.rows.len();
        check_count(index + 1)?;
        let names = self.columns.names();
        let number = |column: usize| number(index, names[column], cell(column));
        match &mut self.rows {
            Rows::Features(rows) => rows.push((0..names.len()).map(number).collect::<Result<_, _>>()?),
            Rows::Bars(bars) => bars.push(Bar {
                time: time(index, names[0], cell(0))?,
                open: number(1)?,
                high: number(2)?,
                low: number(3)?,
                close: number(4)?,
                volume: number(5)?,
            }),
        }
        Ok(())
    }

    /// All rows. Bars must be valid and ascend on the grid of `series`.
    ///
    /// # Errors
    /// There are no rows, or a bar is invalid.
    pub(super) fn finish(self, series: &Series) -> Result<Rows, ScoringError> {
        if self.rows.is_empty() {
            return Err(ScoringError::invalid_values("there are no rows"));
        }
        if let Rows::Bars(bars) = &self.rows {
            validate_bars(bars, series.interval).map_err(|error| ScoringError::invalid_values(error.to_string()))?;
        }
        Ok(self.rows)
    }
}

/// Rejects more than [`MAX_ROWS`] rows.
pub(super) fn check_count(rows: usize) -> Result<(), ScoringError> {
    if rows > MAX_ROWS {
        return Err(ScoringError::invalid_values(format!("{rows} rows or more, at most {MAX_ROWS} are read")));
    }
    Ok(())
}

fn number(row: usize, name: &str, cell: Cell<'_>) -> Result<f64, ScoringError> {
    cell.number().ok_or_else(|| invalid_row(row, name, cell, A_NUMBER))
}

fn time(row: usize, name: &str, cell: Cell<'_>) -> Result<Timestamp, ScoringError> {
    cell.time(name).map_err(|reason| ScoringError::invalid_values(format!("row {row}: {reason}")))
}

fn invalid_row(row: usize, name: &str, cell: Cell<'_>, expected: &str) -> ScoringError {
    ScoringError::invalid_values(format!("row {row}: {}", cell.invalid_value(name, expected)))
}
