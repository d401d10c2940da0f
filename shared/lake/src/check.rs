//! Validation of bars, the same for writing and reading.

use crate::LakeError;
use jiff::Timestamp;
use market_data::{Bar, BarError};

/// Validates a bar, whose time must be in whole seconds.
pub(crate) fn validate_bar(row: usize, bar: &Bar) -> Result<(), LakeError> {
    bar.validate(row).map_err(|source| LakeError::Bars { source })?;
    if bar.time.subsec_nanosecond() != 0 {
        return Err(LakeError::Time { row, text: bar.time.to_string() });
    }
    Ok(())
}

/// Validation of bars in sequence: each bar valid, times in whole seconds and strictly ascending.
#[derive(Default)]
pub(crate) struct AscendingTimes {
    previous: Option<Timestamp>,
}

impl AscendingTimes {
    pub(crate) fn check(&mut self, row: usize, bar: &Bar) -> Result<(), LakeError> {
        validate_bar(row, bar)?;
        if let Some(previous) = self.previous
            && bar.time <= previous
        {
            return Err(LakeError::Bars { source: BarError::Order { index: row, time: bar.time, previous } });
        }
        self.previous = Some(bar.time);
        Ok(())
    }
}
