//! Selection of one observation among those of one open time.

use super::{Observation, policy::ResolutionPolicy, value_bits};
use crate::{
    Bar,
    quality::{Flags, QualityRule},
};
use jiff::Timestamp;

/// Observation that counts at an open time, with the flags that the comparison of the sources gives it.
pub(super) struct SelectedObservation<'a> {
    pub(super) observation: &'a Observation,
    pub(super) flags: Flags,
}

/// Selects one of the observations of one open time, by what was known at `as_of`. `None` if nothing was known then, or
/// only proxies had the bar and the policy refuses them.
pub(super) fn select_observation<'a>(
    observations: &'a [Observation],
    policy: &ResolutionPolicy,
    as_of: Timestamp,
) -> Option<SelectedObservation<'a>> {
    let mut latest = latest_by_origin(observations, as_of);
    latest.sort_by_key(|observation| {
        let source = &observation.origin.source;
        (policy.is_proxy(source), policy.priority_of(source))
    });
    let voter_count = latest.partition_point(|observation| !policy.is_proxy(&observation.origin.source));
    if voter_count == 0 {
        if !policy.proxy_bars {
            return None;
        }
        let observation = *latest.first()?;
        let is_fallback = !policy.is_primary(&observation.origin.source);
        let flags = Flags::NONE.with(QualityRule::Proxy).with_if(QualityRule::Fallback, is_fallback);
        return Some(SelectedObservation { observation, flags });
    }
    select_voter(&latest[..voter_count], policy)
}

/// Latest observation of each origin that was known at `as_of`, of the best provenance among them.
fn latest_by_origin(observations: &[Observation], as_of: Timestamp) -> Vec<&Observation> {
    let known = || observations.iter().filter(|observation| observation.first_seen <= as_of);
    let Some(provenance) = known().map(|observation| observation.origin.provenance).min() else { return Vec::new() };
    let recency = |observation: &Observation| {
        let last_seen = observation.last_seen;
        let seen = if last_seen <= as_of { last_seen } else { observation.first_seen };
        (seen, observation.first_seen, value_bits(&observation.bar))
    };
    // Observations of one origin are neighbours in canonical order.
    let mut latest: Vec<&Observation> = Vec::new();
    for observation in known().filter(|observation| observation.origin.provenance == provenance) {
        match latest.last_mut().filter(|previous| previous.origin == observation.origin) {
            Some(previous) => {
                if recency(observation) > recency(previous) {
                    *previous = observation;
                }
            }
            None => latest.push(observation),
        }
    }
    latest
}

/// Selects one of the observations in the quote currency itself, which are in order of priority.
fn select_voter<'a>(voters: &[&'a Observation], policy: &ResolutionPolicy) -> Option<SelectedObservation<'a>> {
    let tolerance = &policy.tolerance;
    let same_close = |a: &Observation, b: &Observation| tolerance.same_close(&a.bar, &b.bar);
    let differ = |same: &dyn Fn(&Bar, &Bar) -> bool| {
        voters.iter().enumerate().any(|(index, a)| voters[index + 1..].iter().any(|b| !same(&a.bar, &b.bar)))
    };
    let is_alone = |voter: &Observation| {
        let against: Vec<_> = voters.iter().filter(|other| !same_close(voter, other)).collect();
        against.len() + 1 == voters.len()
            && against.iter().enumerate().any(|(index, a)| against[index + 1..].iter().any(|b| same_close(a, b)))
    };
    let by_close = voters.iter().find(|voter| !is_alone(voter)).or_else(|| voters.first())?;
    // The first of those with the same close whose high and low are no outliers.
    let peers: Vec<&&Observation> = voters.iter().filter(|voter| same_close(voter, by_close)).collect();
    let bars: Vec<&Bar> = peers.iter().map(|peer| &peer.bar).collect();
    let selected = **peers.iter().find(|peer| !tolerance.outreaches(&peer.bar, &bars)).unwrap_or(&by_close);
    let outvoted = !std::ptr::eq(selected, voters[0]);
    let is_fallback = !outvoted && !policy.is_primary(&selected.origin.source);
    let flags = Flags::NONE
        .with_if(QualityRule::Disagreement, differ(&|a, b| tolerance.same_close(a, b)))
        .with_if(QualityRule::Outvoted, outvoted)
        .with_if(QualityRule::Fallback, is_fallback)
        .with_if(QualityRule::ExtremesDisagree, differ(&|a, b| tolerance.same_extremes(a, b)));
    Some(SelectedObservation { observation: selected, flags })
}
