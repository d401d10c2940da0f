//! Revisions of the bar that counts for an open time.

use super::{
    Observation,
    policy::ResolutionPolicy,
    selection::{SelectedObservation, select_observation},
    value_bits,
};
use crate::{Bar, origin::Origin, quality::QualityRule};
use jiff::Timestamp;

/// Reason for which a bar counts from some time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionReason {
    /// It was the first bar.
    Initial,
    /// Its source corrected itself.
    Corrected,
    /// A source of higher priority delivered.
    HigherPriority,
    /// The sources of higher priority were outvoted.
    Outvoted,
}

/// Bar that counted from some time on.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Time from which the bar counted.
    pub known_since: Timestamp,
    /// The bar.
    pub bar: Bar,
    /// Origin of the bar.
    pub origin: Origin,
    /// Reason of the revision.
    pub reason: RevisionReason,
}

/// Bars that counted for one open time, in order of time. `observations` are those of the open time, in canonical order.
#[must_use]
pub fn revisions(observations: &[Observation], policy: &ResolutionPolicy) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (known_since, SelectedObservation { observation, flags }) in selections_over_time(observations, policy) {
        let previous = revisions.last();
        if previous.is_some_and(|previous| value_bits(&previous.bar) == value_bits(&observation.bar)) {
            continue;
        }
        let reason = match previous {
            None => RevisionReason::Initial,
            Some(_) if flags.contains(QualityRule::Outvoted) => RevisionReason::Outvoted,
            Some(previous) if previous.origin == observation.origin => RevisionReason::Corrected,
            Some(_) => RevisionReason::HigherPriority,
        };
        revisions.push(Revision { known_since, bar: observation.bar, origin: observation.origin.clone(), reason });
    }
    revisions
}

/// Number of bars that counted before the present one.
pub(super) fn revision_count(observations: &[Observation], policy: &ResolutionPolicy) -> u32 {
    let mut changes = 0;
    let mut previous = None;
    for (_, selected) in selections_over_time(observations, policy) {
        let current = value_bits(&selected.observation.bar);
        changes += u32::from(previous.is_some_and(|previous| previous != current));
        previous = Some(current);
    }
    changes
}

/// Selection at each time at which a source delivered something.
fn selections_over_time<'a>(
    observations: &'a [Observation],
    policy: &ResolutionPolicy,
) -> impl Iterator<Item = (Timestamp, SelectedObservation<'a>)> {
    let mut times: Vec<Timestamp> =
        observations.iter().flat_map(|observation| [observation.first_seen, observation.last_seen]).collect();
    times.sort_unstable();
    times.dedup();
    times.into_iter().filter_map(move |time| Some((time, select_observation(observations, policy, time)?)))
}
