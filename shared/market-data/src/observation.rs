//! Observations of bars by sources, and the bar that counts for each open time.
//!
//! The lake keeps every observation. A source that corrects itself adds one with other values. The bar that counts is a
//! function of the observations alone ([`resolve`]). Their union ([`merge_observations`]) does not depend on the order,
//! grouping or repetition of source batches, so neither does the lake.

mod policy;
mod resolution;
mod revision;
mod selection;

pub use policy::{ResolutionPolicy, Tolerance, closes_agree};
pub use resolution::ResolvedBar;
pub use revision::{Revision, RevisionReason, revisions};

use crate::{
    Bar,
    origin::Origin,
    quality::{Flags, QualityFinding, QualityRule, flag_outliers},
};
use jiff::Timestamp;
use std::cmp::Ordering;

/// Bar of one source with one set of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The bar.
    pub bar: Bar,
    /// Origin of the bar.
    pub origin: Origin,
    /// Time of the first batch with these values.
    pub first_seen: Timestamp,
    /// Time of the last batch with these values.
    pub last_seen: Timestamp,
}

impl Observation {
    /// Canonical order: by open time, origin and values. Observations that are equal in it are one observation.
    #[must_use]
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        self.bar
            .time
            .cmp(&other.bar.time)
            .then_with(|| self.origin.cmp(&other.origin))
            .then_with(|| value_bits(&self.bar).cmp(&value_bits(&other.bar)))
    }
}

/// Bits of a bar's values: equal for equal values only. Their order has no meaning but is total.
pub(super) fn value_bits(bar: &Bar) -> [u64; 5] {
    [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits)
}

/// Union of two sets of observations in canonical order. Each observation occurs once, with the earliest `first_seen` and
/// the latest `last_seen`. Commutative, associative and idempotent.
#[must_use]
pub fn merge_observations(existing: &[Observation], new: &[Observation]) -> Vec<Observation> {
    let mut all: Vec<Observation> = Vec::with_capacity(existing.len() + new.len());
    all.extend_from_slice(existing);
    all.extend_from_slice(new);
    all.sort_by(Observation::canonical_cmp);
    all.dedup_by(|later, earlier| {
        let same = earlier.canonical_cmp(later).is_eq();
        if same {
            earlier.first_seen = earlier.first_seen.min(later.first_seen);
            earlier.last_seen = earlier.last_seen.max(later.last_seen);
        }
        same
    });
    all
}

/// Bar that counts for each open time, ascending, with its flags. `observations` are in canonical order.
///
/// 1. The values that each source sent last count.
/// 2. Live bars go before stored ones, and stored ones before simulated ones.
/// 3. Among those, the first source of [`ResolutionPolicy::priority`] counts, with two exceptions: its close is alone
///    against two that agree within the tolerance, or its high or low reaches further than those of the sources with the
///    same close.
/// 4. A proxy counts only where no other source has the bar.
#[must_use]
pub fn resolve(observations: &[Observation], policy: &ResolutionPolicy) -> Vec<ResolvedBar> {
    let by_time = observations.chunk_by(|a, b| a.bar.time == b.bar.time);
    let mut resolved: Vec<ResolvedBar> =
        by_time.filter_map(|observations| resolution::resolve_time(observations, policy)).collect();
    let bars: Vec<Bar> = resolved.iter().map(|resolved| resolved.bar).collect();
    for (resolved, flags) in resolved.iter_mut().zip(flag_outliers(&bars)) {
        resolved.flags = resolved.flags.union(flags);
    }
    resolved
}

/// Observations as they were known at `as_of`; [`resolve`] gives the bars of that time.
///
/// One case is not exact: a source had returned to earlier values by then and was seen with them again since. Then the
/// values between the two count as its last ones.
#[must_use]
pub fn observations_as_of(observations: &[Observation], as_of: Timestamp) -> Vec<Observation> {
    let known = observations.iter().filter(|observation| observation.first_seen <= as_of);
    known
        .map(|observation| Observation {
            last_seen: if observation.last_seen <= as_of { observation.last_seen } else { observation.first_seen },
            ..observation.clone()
        })
        .collect()
}

/// Findings for the flags of resolved bars, with the values that explain them. `Fallback` and `Proxy` give no finding,
/// because the source already shows them.
#[must_use]
pub fn flag_findings<'a>(
    bars: impl IntoIterator<Item = &'a ResolvedBar>,
    observations: &[Observation],
) -> Vec<QualityFinding> {
    let quiet = Flags::NONE.with(QualityRule::Fallback).with(QualityRule::Proxy);
    let mut findings = Vec::new();
    for ResolvedBar { bar, origin, flags, .. } in bars {
        let time = bar.time;
        for rule in flags.iter().filter(|rule| !quiet.contains(*rule)) {
            let detail = match rule {
                QualityRule::Disagreement => describe_values(observations, time, "closes", |bar| bar.close.to_string()),
                QualityRule::ExtremesDisagree => {
                    describe_values(observations, time, "lows and highs", |bar| format!("{} to {}", bar.low, bar.high))
                }
                QualityRule::Outvoted => describe_values(observations, time, "closes, lows and highs", |bar| {
                    format!("{}, {} to {}", bar.close, bar.low, bar.high)
                }),
                QualityRule::FlashWick => format!("low {}, high {}, close {}", bar.low, bar.high, bar.close),
                QualityRule::Jump => format!("close {}", bar.close),
                _ => rule.meaning().to_owned(),
            };
            findings.push(QualityFinding { rule, time, source: origin.to_string(), detail });
        }
    }
    findings
}

/// Values of all sources at one open time: `closes: coinbase 1236, bitstamp 1200`.
fn describe_values(observations: &[Observation], time: Timestamp, title: &str, describe: fn(&Bar) -> String) -> String {
    let start = observations.partition_point(|observation| observation.bar.time < time);
    let at_time = observations[start..].iter().take_while(|observation| observation.bar.time == time);
    let values: Vec<String> =
        at_time.map(|observation| format!("{} {}", observation.origin, describe(&observation.bar))).collect();
    format!("{title}: {}", values.join(", "))
}

#[cfg(test)]
mod tests;
