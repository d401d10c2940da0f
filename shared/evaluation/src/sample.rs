//! What every score is taken over.

use crate::bootstrap::{BootstrapConfig, BootstrapError, BootstrapInterval, block_bootstrap};

/// Outcomes, and how to resample their rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BootstrapSample<'a> {
    pub(crate) up: &'a [bool],
    pub(crate) resampling: BootstrapConfig,
    /// True if there are enough outcomes for intervals.
    pub(crate) enough: bool,
}

impl BootstrapSample<'_> {
    /// The interval of a statistic of some rows.
    pub(crate) fn interval(&self, statistic: impl Fn(&[usize]) -> f64) -> Result<[f64; 2], BootstrapError> {
        let BootstrapInterval { lo, hi, .. } = block_bootstrap(self.up.len(), &self.resampling, statistic)?;
        Ok([lo, hi])
    }
}
