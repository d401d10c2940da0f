//! How the bar that counts has changed.

use super::{
    Observation, Precedence,
    choice::{Choice, choose},
    content,
};
use crate::{Bar, origin::Origin, quality::Rule};
use jiff::Timestamp;

/// Why a bar counts from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was the first one.
    First,
    /// Its source corrected itself.
    Corrected,
    /// A preferred source delivered.
    Preferred,
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
    pub reason: Reason,
}

/// The bars that counted at one time, the first one first. `same` are observations of one time in canonical order.
#[must_use]
pub fn revisions(same: &[Observation], precedence: &Precedence) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (known_at, Choice { chosen, flags }) in choices(same, precedence) {
        let before = revisions.last();
        if before.is_some_and(|before| content(&before.bar) == content(&chosen.bar)) {
            continue;
        }
        let reason = match before {
            None => Reason::First,
            Some(_) if flags.contains(Rule::Outvoted) => Reason::Outvoted,
            Some(before) if before.origin == chosen.origin => Reason::Corrected,
            Some(_) => Reason::Preferred,
        };
        revisions.push(Revision { known_at, bar: chosen.bar, origin: chosen.origin.clone(), reason });
    }
    revisions
}

/// How many bars counted before the one that counts now.
pub(super) fn count(same: &[Observation], precedence: &Precedence) -> u32 {
    let mut changes = 0;
    let mut before = None;
    for (_, choice) in choices(same, precedence) {
        let now = content(&choice.chosen.bar);
        changes += u32::from(before.is_some_and(|before| before != now));
        before = Some(now);
    }
    changes
}

/// The choice at each instant at which something was delivered.
fn choices<'a>(same: &'a [Observation], precedence: &Precedence) -> impl Iterator<Item = (Timestamp, Choice<'a>)> {
    let mut instants: Vec<Timestamp> = same.iter().flat_map(|one| [one.first_seen, one.last_seen]).collect();
    instants.sort_unstable();
    instants.dedup();
    instants.into_iter().filter_map(move |instant| Some((instant, choose(same, precedence, instant)?)))
}
