//! Rows, from the cells of any kind of table.

use super::{MAX_ROWS, Rows, ScoringError, columns::Columns};
use crate::{
    bars::clipped,
    cell::{A_NUMBER, Cell},
};
use jiff::Timestamp;
use market_data::{Bar, Series, bar::validate_bars};
use std::collections::HashMap;

/// Reads rows one after the other.
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

    /// A reader of bars, whose columns are found elsewhere.
    pub(super) fn of_bars() -> Self {
        Self::new(Columns::BARS)
    }

    /// A reader of a table with these columns, and the place in it of each column that is read.
    pub(super) fn with_columns<'a>(names: impl Iterator<Item = &'a str>) -> Result<(Self, Vec<usize>), ScoringError> {
        let mut places = HashMap::new();
        for (place, name) in names.enumerate() {
            if places.insert(name, place).is_some() {
                return Err(ScoringError::unreadable(format!("there are two columns `{}`", clipped(name))));
            }
        }
        let reader = Self::new(Columns::detect(|name| places.contains_key(name))?);
        let chosen = reader.names().iter().filter_map(|name| places.get(name).copied()).collect();
        Ok((reader, chosen))
    }

    /// The columns whose cells are read.
    pub(super) fn names(&self) -> &[&'static str] {
        self.columns.names()
    }

    /// Reads a row; `cell` gives the cell of the n-th of the columns.
    pub(super) fn push<'a>(&mut self, cell: impl Fn(usize) -> Cell<'a>) -> Result<(), ScoringError> {
        let index = self.rows.len();
        check_count(index + 1)?;
        let names = self.columns.names();
        let number = |place: usize| number(index, names[place], cell(place));
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

    /// The rows, if there are any; bars if they are valid and ascend on the grid of `series`.
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

/// Refuses more than [`MAX_ROWS`].
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
    cell.time(name).map_err(|words| ScoringError::invalid_values(format!("row {row}: {words}")))
}

fn invalid_row(row: usize, name: &str, cell: Cell<'_>, expected: &str) -> ScoringError {
    ScoringError::invalid_values(format!("row {row}: {}", cell.invalid_value(name, expected)))
}
