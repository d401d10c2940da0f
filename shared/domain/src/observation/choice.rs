//! Which source's bar is kept at one time.

use super::{Observation, content, revision};
use crate::{
    Bar,
    origin::Origin,
    quality::{Flags, Rule},
};
use jiff::Timestamp;

/// The bar that counts at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The bar.
    pub bar: Bar,
    /// Whose it is.
    pub origin: Origin,
    /// How often the bar that counts has changed since the first one.
    pub revision: u32,
    /// The rules that hit it.
    pub flags: Flags,
}

/// How sources are weighed against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Precedence {
    /// Sources by name, the preferred one first. Others come after them, by name.
    pub order: Vec<String>,
    /// Sources whose quotes are not in the quote currency itself.
    pub proxies: Vec<String>,
    /// The share by which two closes may differ, above 0.
    pub tolerance: f64,
}

impl Precedence {
    fn rank(&self, source: &str) -> usize {
        self.order.iter().position(|name| name == source).unwrap_or(self.order.len())
    }

    fn is_proxy(&self, source: &str) -> bool {
        self.proxies.iter().any(|name| name == source)
    }
}

/// Whether two closes are the same as far as sources can be: they differ by at most this share of the lower one.
#[must_use]
pub fn agree(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.min(b)
}

/// What counts of observations of one time; none of none.
pub(super) fn keep(same: &[Observation], precedence: &Precedence) -> Option<Kept> {
    let Choice { chosen, flags } = choose(same, precedence, Timestamp::MAX)?;
    let revision = if same.len() == 1 { 0 } else { revision::count(same, precedence) };
    Some(Kept { bar: chosen.bar, origin: chosen.origin.clone(), revision, flags })
}

/// A chosen observation, and what its choice says about it.
pub(super) struct Choice<'a> {
    pub(super) chosen: &'a Observation,
    pub(super) flags: Flags,
}

/// The choice among observations of one time, by what was known at `instant`.
pub(super) fn choose<'a>(same: &'a [Observation], precedence: &Precedence, instant: Timestamp) -> Option<Choice<'a>> {
    let known = || same.iter().filter(|one| one.first_seen <= instant);
    let history = known().map(|one| one.origin.history).min()?;
    let seen = |one: &Observation| if one.last_seen <= instant { one.last_seen } else { one.first_seen };
    // Observations of one origin stand together; the one seen last speaks for it.
    let mut latest: Vec<&Observation> = Vec::new();
    for one in known().filter(|one| one.origin.history == history) {
        match latest.last_mut().filter(|before| before.origin == one.origin) {
            Some(before) => {
                let newer = |one: &Observation| (seen(one), one.first_seen, content(&one.bar));
                if newer(one) > newer(before) {
                    *before = one;
                }
            }
            None => latest.push(one),
        }
    }
    latest.sort_by_key(|one| (precedence.is_proxy(&one.origin.source), precedence.rank(&one.origin.source)));
    let voters = latest.partition_point(|one| !precedence.is_proxy(&one.origin.source));
    if voters == 0 {
        let chosen = *latest.first()?;
        return Some(Choice {
            chosen,
            flags: Flags::NONE.with(Rule::Proxy).with_if(Rule::StandIn, !is_first(chosen, precedence)),
        });
    }
    let voters = &latest[..voters];
    let same_close = |a: &Observation, b: &Observation| agree(a.bar.close, b.bar.close, precedence.tolerance);
    let disagreement = voters.iter().enumerate().any(|(i, a)| voters[i + 1..].iter().any(|b| !same_close(a, b)));
    let alone = |one: &Observation| {
        let against: Vec<_> = voters.iter().filter(|other| !same_close(one, other)).collect();
        against.len() + 1 == voters.len()
            && against.iter().enumerate().any(|(i, a)| against[i + 1..].iter().any(|b| same_close(a, b)))
    };
    let chosen = voters.iter().find(|one| !alone(one)).or_else(|| voters.first())?;
    let outvoted = !std::ptr::eq(*chosen, voters[0]);
    let stand_in = !outvoted && !is_first(chosen, precedence);
    let flags = Flags::NONE
        .with_if(Rule::Disagreement, disagreement)
        .with_if(Rule::Outvoted, outvoted)
        .with_if(Rule::StandIn, stand_in);
    Some(Choice { chosen, flags })
}

fn is_first(one: &Observation, precedence: &Precedence) -> bool {
    precedence.rank(&one.origin.source) == 0
}
