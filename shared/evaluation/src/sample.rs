//! Outcomes of the evaluated rows, with their resampling.

use crate::bootstrap::{BootstrapConfig, BootstrapError, BootstrapInterval, block_bootstrap};

/// Outcomes of the evaluated rows, with the settings for their resampling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BootstrapSample<'a> {
    pub(crate) outcomes: &'a [bool],
    pub(crate) resampling: BootstrapConfig,
    /// True if there are enough outcomes for intervals.
    pub(crate) enough: bool,
}

impl BootstrapSample<'_> {
    /// Interval of a statistic of the rows, low and high.
    pub(crate) fn interval(&self, statistic: impl Fn(&[usize]) -> f64) -> Result<[f64; 2], BootstrapError> {
        let BootstrapInterval { lo, hi, .. } = block_bootstrap(self.outcomes.len(), &self.resampling, statistic)?;
        Ok([lo, hi])
    }
}
