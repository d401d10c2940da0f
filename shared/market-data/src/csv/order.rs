//! Conversion of the rows of a text to a history of bars.

use super::{CsvBars, CsvError};
use crate::{Bar, Interval};

impl CsvBars {
    /// True if the first row is later than the last.
    #[must_use]
    pub fn is_newest_first(&self) -> bool {
        matches!(&self.rows[..], [(_, first), .., (_, last)] if first.time > last.time)
    }

    /// Description of the format that the text was read as, in one line.
    #[must_use]
    pub fn description(&self) -> String {
        let Self { format, volume, rows } = self;
        let order = if self.is_newest_first() { ", newest first" } else { "" };
        format!("read as {format}: {} bars{order}, volume from {volume}", rows.len())
    }

    /// Valid bars in ascending order, on the grid of `interval`. Rows that all descend are reversed.
    ///
    /// # Errors
    /// [`CsvError`] at the first line that violates a rule.
    pub fn history(self, interval: Interval) -> Result<Vec<Bar>, CsvError> {
        let descends = self.is_newest_first();
        let mut bars: Vec<Bar> = Vec::with_capacity(self.rows.len());
        for (line, bar) in self.rows {
            let time = bar.time;
            if let Some(previous) = bars.last().map(|bar| bar.time) {
                if previous == time {
                    return Err(CsvError::Duplicate { line, time, hourly: interval == Interval::Hour });
                }
                if (previous > time) != descends {
                    let direction = if descends { "down" } else { "up" };
                    return Err(CsvError::Order { line, time, previous, direction });
                }
            }
            if !interval.is_aligned(time) {
                return Err(CsvError::Grid { line, time, interval });
            }
            bar.validate(bars.len()).map_err(|source| CsvError::Bar { line, source })?;
            bars.push(bar);
        }
        if descends {
            bars.reverse();
        }
        Ok(bars)
    }
}
