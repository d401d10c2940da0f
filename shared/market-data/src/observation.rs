//! What sources said about bars, and which bar counts.
//!
//! The lake keeps observations and never forgets one: a source that corrects itself adds a content. Which bar counts at
//! a time is a function of the observations alone ([`resolve`]), and their union ([`unite`]) does not depend on the
//! order, the grouping or the repetition of deliveries. So neither does the lake.

mod resolution;
mod revision;

pub use resolution::{ResolutionPolicy, ResolvedBar, Tolerance, closes_agree};
pub use revision::{Revision, RevisionReason, revisions};

use crate::{
    Bar,
    origin::Origin,
    quality::{Flags, QualityFinding, QualityRule, flag_outliers},
};
use jiff::Timestamp;
use std::cmp::Ordering;

/// One source's bar with one content.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The bar.
    pub bar: Bar,
    /// Who said so.
    pub origin: Origin,
    /// When this content was delivered first.
    pub first_seen: Timestamp,
    /// When it was delivered last.
    pub last_seen: Timestamp,
}

impl Observation {
    /// The canonical order, by time, origin and content: what is equal in it is one observation.
    #[must_use]
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        self.bar
            .time
            .cmp(&other.bar.time)
            .then_with(|| self.origin.cmp(&other.origin))
            .then_with(|| value_bits(&self.bar).cmp(&value_bits(&other.bar)))
    }
}

/// The bits of the values: equal only for equal bars, ordered only to be ordered.
pub(super) fn value_bits(bar: &Bar) -> [u64; 5] {
    [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits)
}

/// Both together, in canonical order: by time, origin and content, each content once with the earliest `first_seen` and
/// the latest `last_seen`. Commutative, associative and idempotent.
#[must_use]
pub fn merge_observations(existing: &[Observation], new: &[Observation]) -> Vec<Observation> {
    let mut all: Vec<Observation> = Vec::with_capacity(existing.len() + new.len());
    all.extend_from_slice(existing);
    all.extend_from_slice(new);
    all.sort_by(Observation::canonical_cmp);
    all.dedup_by(|later, kept| {
        let same = kept.canonical_cmp(later).is_eq();
        if same {
            kept.first_seen = kept.first_seen.min(later.first_seen);
            kept.last_seen = kept.last_seen.max(later.last_seen);
        }
        same
    });
    all
}

/// The bar that counts at each time, ascending, with the flags it gets from its neighbours. `observations` are in
/// canonical order.
///
/// Of each source the content seen last counts. The market goes before files, and files before simulations. Among those,
/// the first of [`Precedence::order`] is kept, unless its close is alone against two that agree within the tolerance, or
/// its high or low reaches further than those of the others that agree about the close. A proxy counts only where nobody
/// else has the bar.
#[must_use]
pub fn resolve(observations: &[Observation], precedence: &ResolutionPolicy) -> Vec<ResolvedBar> {
    let at_one_time = observations.chunk_by(|a, b| a.bar.time == b.bar.time);
    let mut kept: Vec<ResolvedBar> =
        at_one_time.filter_map(|same| resolution::resolve_time(same, precedence)).collect();
    let bars: Vec<Bar> = kept.iter().map(|kept| kept.bar).collect();
    for (kept, flags) in kept.iter_mut().zip(flag_outliers(&bars)) {
        kept.flags = kept.flags.union(flags);
    }
    kept
}

/// What was known at `instant`: resolve it to see the bars of that time. Only where a source had returned to an earlier
/// content by then, and was seen with it again since, is the content between the two taken for its last word.
#[must_use]
pub fn observations_as_of(observations: &[Observation], instant: Timestamp) -> Vec<Observation> {
    let known = observations.iter().filter(|one| one.first_seen <= instant);
    known
        .map(|one| Observation {
            last_seen: if one.last_seen <= instant { one.last_seen } else { one.first_seen },
            ..one.clone()
        })
        .collect()
}

/// The flags of kept bars with their numbers, for the rules that a reader should hear of. That a bar is of a stand-in or
/// of a proxy is seen from its source.
#[must_use]
pub fn flag_findings<'a>(
    kept: impl IntoIterator<Item = &'a ResolvedBar>,
    observations: &[Observation],
) -> Vec<QualityFinding> {
    let quiet = Flags::NONE.with(QualityRule::Fallback).with(QualityRule::Proxy);
    let mut findings = Vec::new();
    for one in kept {
        let time = one.bar.time;
        for rule in one.flags.iter().filter(|rule| !quiet.contains(*rule)) {
            let detail = match rule {
                QualityRule::Disagreement => values(observations, time, "closes", |bar| bar.close.to_string()),
                QualityRule::ExtremesDisagree => {
                    values(observations, time, "lows and highs", |bar| format!("{} to {}", bar.low, bar.high))
                }
                QualityRule::Outvoted => values(observations, time, "closes, lows and highs", |bar| {
                    format!("{}, {} to {}", bar.close, bar.low, bar.high)
                }),
                QualityRule::FlashWick => {
                    format!("low {}, high {}, close {}", one.bar.low, one.bar.high, one.bar.close)
                }
                QualityRule::Jump => format!("close {}", one.bar.close),
                _ => rule.meaning().to_owned(),
            };
            findings.push(QualityFinding { rule, time, source: one.origin.to_string(), detail });
        }
    }
    findings
}

/// `closes: coinbase 1236, bitstamp 1200`.
fn values(observations: &[Observation], time: Timestamp, what: &str, value: fn(&Bar) -> String) -> String {
    let start = observations.partition_point(|one| one.bar.time < time);
    let same = observations[start..].iter().take_while(|one| one.bar.time == time);
    let said: Vec<String> = same.map(|one| format!("{} {}", one.origin, value(&one.bar))).collect();
    format!("{what}: {}", said.join(", "))
}

#[cfg(test)]
mod tests;
