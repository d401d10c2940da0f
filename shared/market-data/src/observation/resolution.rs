//! Resolution of the observations of one open time to one bar.

use super::{
    Observation,
    policy::ResolutionPolicy,
    revision,
    selection::{SelectedObservation, select_observation},
};
use crate::{
    Bar,
    origin::Origin,
    quality::{DoubtfulBar, Flags},
};
use jiff::Timestamp;

/// Bar that counts for an open time.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedBar {
    /// The bar.
    pub bar: Bar,
    /// Origin of the bar.
    pub origin: Origin,
    /// Number of changes of the bar that counts since the first one.
    pub revision: u32,
    /// Quality rules that hit the bar.
    pub flags: Flags,
}

impl ResolvedBar {
    /// The bar as one that a forecast has to warn of; `None` if it is not doubtful.
    #[must_use]
    pub fn doubtful(&self) -> Option<DoubtfulBar> {
        DoubtfulBar::from_flags(self.bar.time, self.flags)
    }
}

/// Resolves the observations of one open time; `None` if there is no observation, or only a proxy's that the policy
/// refuses.
pub(super) fn resolve_time(observations: &[Observation], policy: &ResolutionPolicy) -> Option<ResolvedBar> {
    let SelectedObservation { observation, flags } = select_observation(observations, policy, Timestamp::MAX)?;
    let revision = if observations.len() == 1 { 0 } else { revision::revision_count(observations, policy) };
    Some(ResolvedBar { bar: observation.bar, origin: observation.origin.clone(), revision, flags })
}
