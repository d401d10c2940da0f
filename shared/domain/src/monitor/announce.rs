//! What is told, and what is not told again.
//!
//! The memory is the log of what was announced; nothing else is kept, so that a replayed day finds what it found then. An
//! alert is *open* for a rule until a recovery names the rule. Of the rules that fire:
//!
//! * those that ask for a training are one alert, those that only warn one notice;
//! * it goes out when none of its kind is open; then again when its cool-down is over, which doubles with each repetition
//!   up to `max_cooldown_bars` while the champion stays the same, because a training that was rejected will hardly pass on
//!   nearly the same data; earlier, but not within the first cool-down, when another rule has joined; at once when the
//!   action has become stronger;
//! * whatever happens, two alerts of a kind are a first cool-down apart, unless the action has become stronger.
//!
//! A recovery goes out when all rules of what is open are over, or the champion they were about is replaced.

use super::{Action, AlertKind, Decision, Finding, RuleId, State};
use crate::{Series, drift::DriftConfig};
use jiff::Timestamp;

/// What was announced before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// When.
    pub as_of: Timestamp,
    /// Why.
    pub kind: AlertKind,
    /// What was done.
    pub action: Action,
    /// The rules; of a recovery, those that are over.
    pub rules: Vec<RuleId>,
    /// The champion then.
    pub version: u32,
    /// How often the same was announced, this time included.
    pub repeats: u32,
    /// Until when it is not announced again.
    pub quiet_until: Option<Timestamp>,
}

/// What is to be announced about a series at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Announcements {
    /// To be sent, the recovery first; at most one of each kind.
    pub due: Vec<Announcement>,
    /// What fires and is not told again before this.
    pub held_until: Option<Timestamp>,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// What will be remembered of it.
    pub announced: Announced,
    /// Why a recovery.
    pub recovery: Option<Recovery>,
    /// Of an alert, the findings that led to it.
    pub findings: Vec<Finding>,
    /// Since when there is evidence; of a recovery, when the alert was sent that it ends.
    pub since: Option<Timestamp>,
}

/// Why something is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// The evidence is gone.
    EvidenceGone,
    /// Another champion serves.
    NewChampion,
}

/// What is announced about a champion `version` at `as_of`. `log` is what was announced before; later and simultaneous
/// entries are ignored, so that a repeated delivery comes to the same conclusion.
#[must_use]
pub fn announce(
    series: &Series,
    as_of: Timestamp,
    version: u32,
    decision: &Decision,
    log: &[Announced],
    config: &DriftConfig,
) -> Announcements {
    let mut log: Vec<&Announced> = log.iter().filter(|one| one.as_of < as_of).collect();
    log.sort_by_key(|one| one.as_of);
    let memory = Memory { series, as_of, version, decision, log, config };
    let mut announcements = Announcements::default();
    announcements.due.extend(memory.recovery());
    for kind in [AlertKind::Drift, AlertKind::Notice] {
        match memory.alert(kind) {
            Some(Ok(due)) => announcements.due.push(due),
            Some(Err(until)) => announcements.held_until = announcements.held_until.max(Some(until)),
            None => {}
        }
    }
    announcements
}

struct Memory<'a> {
    series: &'a Series,
    as_of: Timestamp,
    version: u32,
    decision: &'a Decision,
    /// Ascending.
    log: Vec<&'a Announced>,
    config: &'a DriftConfig,
}

impl Memory<'_> {
    /// What was announced and not ended since, with the rules of it that are open; ascending.
    fn open(&self, kind: AlertKind) -> Vec<(&Announced, Vec<RuleId>)> {
        let ended_after = |index: usize, rule: &RuleId| {
            self.log[index + 1..].iter().any(|one| one.kind == AlertKind::Recovery && one.rules.contains(rule))
        };
        let open = |(index, one): (usize, &&Announced)| {
            one.rules.iter().copied().filter(|rule| !ended_after(index, rule)).collect::<Vec<_>>()
        };
        (self.log.iter().enumerate().filter(|(_, one)| one.kind == kind))
            .map(|entry| (*entry.1, open(entry)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect()
    }

    fn recovery(&self) -> Option<Announcement> {
        let mut rules = Vec::new();
        let mut since = None;
        let mut replaced = false;
        for kind in [AlertKind::Drift, AlertKind::Notice] {
            let open = self.open(kind);
            let new_champion = |version: u32, rule: RuleId| rule.is_of_champion() && version != self.version;
            let over = |version, rule| new_champion(version, rule) || self.decision.state(rule) == State::Clear;
            // The newest word on each rule counts: it names the champion that it is about now.
            let mut newest: Vec<(RuleId, u32)> = Vec::new();
            for (one, open) in open.iter().rev() {
                let unseen = open.iter().filter(|rule| !newest.iter().any(|(seen, _)| seen == *rule)).copied();
                newest.extend(unseen.collect::<Vec<_>>().into_iter().map(|rule| (rule, one.version)));
            }
            if newest.is_empty() || !newest.iter().all(|(rule, version)| over(*version, *rule)) {
                continue;
            }
            replaced |= newest.iter().any(|(rule, version)| new_champion(*version, *rule));
            rules.extend(newest.into_iter().map(|(rule, _)| rule));
            since = open.first().map(|(one, _)| one.as_of).into_iter().chain(since).min();
        }
        rules.sort_unstable();
        (!rules.is_empty()).then(|| Announcement {
            announced: Announced {
                as_of: self.as_of,
                kind: AlertKind::Recovery,
                action: Action::None,
                rules,
                version: self.version,
                repeats: 1,
                quiet_until: None,
            },
            recovery: Some(if replaced { Recovery::NewChampion } else { Recovery::EvidenceGone }),
            findings: Vec::new(),
            since,
        })
    }

    /// `None` when nothing of this kind fires, the end of its silence when it is not told again yet.
    fn alert(&self, kind: AlertKind) -> Option<Result<Announcement, Timestamp>> {
        let findings: Vec<Finding> = (self.decision.fired())
            .filter(|finding| finding.action.is_announced() && (kind == AlertKind::Drift) == finding.action.retrains())
            .cloned()
            .collect();
        let action = findings.iter().map(|finding| finding.action).max()?;
        let cooldown = findings.iter().map(|finding| self.config.rule(finding.rule).cooldown_bars).min()?;
        let after = |time: Timestamp, bars: u32| self.series.interval.step(time, i64::from(bars));

        let open = self.open(kind);
        let about =
            |one: &Announced| one.version == self.version || one.rules.iter().any(|rule| !rule.is_of_champion());
        let last = open.iter().rev().map(|(one, _)| *one).find(|one| about(one));
        let newest = self.log.iter().rev().find(|one| one.kind == kind);
        let stronger = newest.is_some_and(|newest| action > newest.action && last.is_some());
        let joined = findings.iter().any(|finding| !open.iter().any(|(_, rules)| rules.contains(&finding.rule)));
        let apart = newest.map(|newest| after(newest.as_of, cooldown));
        let free = match (last, joined) {
            (Some(last), false) => last.quiet_until.max(apart),
            _ => apart,
        };
        if let Some(until) = free.filter(|until| *until > self.as_of && !stronger) {
            return Some(Err(until));
        }
        let repeats = last.map_or(1, |last| last.repeats.saturating_add(1));
        let doubled = cooldown.saturating_mul(2_u32.saturating_pow(repeats - 1));
        let bars = doubled.min(self.config.max_cooldown_bars.max(cooldown));
        Some(Ok(Announcement {
            announced: Announced {
                as_of: self.as_of,
                kind,
                action,
                rules: findings.iter().map(|finding| finding.rule).collect(),
                version: self.version,
                repeats,
                quiet_until: Some(after(self.as_of, bars)),
            },
            recovery: None,
            since: findings.iter().filter_map(|finding| finding.since).min(),
            findings,
        }))
    }
}

#[cfg(test)]
mod tests;
