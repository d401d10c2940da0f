//! What bars must be like on both ways.

use crate::LakeError;
use domain::{Bar, BarError};
use jiff::Timestamp;

/// The bar valid, its time in whole seconds.
pub(crate) fn valid(row: usize, bar: &Bar) -> Result<(), LakeError> {
    bar.check(row).map_err(|source| LakeError::Bars { source })?;
    if bar.time.subsec_nanosecond() != 0 {
        return Err(LakeError::Time { row, text: bar.time.to_string() });
    }
    Ok(())
}

/// Checks bars one after the other: every bar valid, times ascending without duplicates and in whole seconds.
#[derive(Default)]
pub(crate) struct Ascending {
    previous: Option<Timestamp>,
}

impl Ascending {
    pub(crate) fn check(&mut self, row: usize, bar: &Bar) -> Result<(), LakeError> {
        valid(row, bar)?;
        if let Some(previous) = self.previous
            && bar.time <= previous
        {
            return Err(LakeError::Bars { source: BarError::Order { index: row, time: bar.time, previous } });
        }
        self.previous = Some(bar.time);
        Ok(())
    }
}
