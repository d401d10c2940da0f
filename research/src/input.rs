//! Files of bars.

use crate::{cli::BarFileArgs, error::ResearchError};
use jiff::Timestamp;
use lake::FileBars;
use market_data::{Interval, csv::CsvOptions, time::TimeBounds};
use std::fs;

/// Reads and validates the bars of a file.
pub(crate) fn read_bars(file: &BarFileArgs, interval: Interval) -> Result<FileBars, ResearchError> {
    let path = || file.data.clone();
    let bytes = fs::read(&file.data).map_err(|source| ResearchError::Read { path: path(), source })?;
    let options = CsvOptions { bounds: TimeBounds::at(Timestamp::now()), format: file.format };
    lake::read_file(&bytes, interval, options).map_err(|source| ResearchError::Bars { path: path(), source })
}
