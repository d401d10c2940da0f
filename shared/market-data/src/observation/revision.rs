//! How the bar that counts has changed.

use super::{
    Observation, ResolutionPolicy,
    resolution::{SelectedObservation, select_observation},
    value_bits,
};
use crate::{Bar, origin::Origin, quality::QualityRule};
use jiff::Timestamp;

/// Why a bar counts from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionReason {
    /// It was the first one.
    Initial,
    /// Its source corrected itself.
    Corrected,
    /// A preferred source delivered.
    HigherPriority,
    /// The preferred source turned out to be alone.
    Outvoted,
}

/// A bar that counted from an instant on.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Since when.
    pub known_at: Timestamp,
    /// The bar.
    pub bar: Bar,
    /// Whose it was.
    pub origin: Origin,
    /// Why it counted.
    pub reason: RevisionReason,
}

/// The bars that counted at one time, the first one first. `same` are observations of one time in canonical order.
#[must_use]
pub fn revisions(same: &[Observation], precedence: &ResolutionPolicy) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (known_at, SelectedObservation { chosen, flags }) in selections_over_time(same, precedence) {
        let before = revisions.last();
        if before.is_some_and(|before| value_bits(&before.bar) == value_bits(&chosen.bar)) {
            continue;
        }
        let reason = match before {
            None => RevisionReason::Initial,
            Some(_) if flags.contains(QualityRule::Outvoted) => RevisionReason::Outvoted,
            Some(before) if before.origin == chosen.origin => RevisionReason::Corrected,
            Some(_) => RevisionReason::HigherPriority,
        };
        revisions.push(Revision { known_at, bar: chosen.bar, origin: chosen.origin.clone(), reason });
    }
    revisions
}

/// How many bars counted before the one that counts now.
pub(super) fn revision_count(same: &[Observation], precedence: &ResolutionPolicy) -> u32 {
    let mut changes = 0;
    let mut before = None;
    for (_, choice) in selections_over_time(same, precedence) {
        let now = value_bits(&choice.chosen.bar);
        changes += u32::from(before.is_some_and(|before| before != now));
        before = Some(now);
    }
    changes
}

/// The choice at each instant at which something was delivered.
fn selections_over_time<'a>(
    same: &'a [Observation],
    precedence: &ResolutionPolicy,
) -> impl Iterator<Item = (Timestamp, SelectedObservation<'a>)> {
    let mut instants: Vec<Timestamp> = same.iter().flat_map(|one| [one.first_seen, one.last_seen]).collect();
    instants.sort_unstable();
    instants.dedup();
    instants.into_iter().filter_map(move |instant| Some((instant, select_observation(same, precedence, instant)?)))
}
