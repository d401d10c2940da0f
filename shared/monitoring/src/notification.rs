//! What is told, and what is not told again.
//!
//! The memory is the log of what was announced; nothing else is kept, so that a replayed day finds what it found then. An
//! alert is *open* for a rule until a recovery names the rule. Of the rules that fire:
//!
//! * those that ask for a training are one alert, those that only warn one notice;
//! * it goes out when a rule fires that is not open; then again when the silence of a rule is over: the rule's cool-down,
//!   which doubles with each time that the rule was told, up to `max_cooldown_bars`, while the champion stays the same,
//!   because a training that was rejected will hardly pass on nearly the same data; at once when the action is stronger
//!   than that of the last alert, whichever rule asks for it;
//! * whatever happens, two alerts of a kind are a first cool-down apart, unless the action is stronger.
//!
//! Each rule closes by itself, with a recovery that names it: when it is over, when the champion that it was about does not
//! serve any more, or when its action is now below a warning. What closes at the same moment is one recovery.

use super::{MonitoringDecision, RuleFinding, RuleId, RuleState};
use crate::MonitoringConfig;
use contracts::action::{AlertAction, AlertKind};
use jiff::Timestamp;
use market_data::Series;
use std::collections::BTreeMap;

/// What was announced before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRecord {
    /// When.
    pub as_of: Timestamp,
    /// Why.
    pub kind: AlertKind,
    /// What was done.
    pub action: AlertAction,
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
pub struct NotificationPlan {
    /// To be sent, the recovery first; at most one of each kind.
    pub due: Vec<Notification>,
    /// What fires and is not told again before this.
    pub suppressed_until: Option<Timestamp>,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// What will be remembered of it.
    pub announced: NotificationRecord,
    /// Of a recovery, why each of its rules is over.
    pub recovery: Vec<(RuleId, RecoveryReason)>,
    /// Of an alert, the findings that led to it.
    pub findings: Vec<RuleFinding>,
    /// Since when there is evidence; of a recovery, when the alert was sent that it ends.
    pub since: Option<Timestamp>,
}

/// Why a rule is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryReason {
    /// The evidence is gone.
    EvidenceGone,
    /// Another champion serves: a new one, or an older one again.
    ChampionChanged,
    /// The same, and there is evidence against that one, too; it is told when the silence is over.
    FiringForNewChampion,
    /// The rule is off, or does no more than note.
    NotificationsDisabled,
}

/// What is announced about a champion `version` at `as_of`. `log` is what was announced before; later and simultaneous
/// entries are ignored, so that a repeated delivery comes to the same conclusion.
#[must_use]
pub fn plan_notifications(
    series: &Series,
    as_of: Timestamp,
    version: u32,
    decision: &MonitoringDecision,
    log: &[NotificationRecord],
    config: &MonitoringConfig,
) -> NotificationPlan {
    let mut log: Vec<&NotificationRecord> = log.iter().filter(|one| one.as_of < as_of).collect();
    log.sort_by_key(|one| one.as_of);
    let memory = NotificationHistory { series, as_of, version, decision, log, config };
    let mut announcements = NotificationPlan::default();
    announcements.due.extend(memory.recovery());
    for kind in [AlertKind::Drift, AlertKind::Notice] {
        match memory.alert(kind) {
            Some(Ok(due)) => announcements.due.push(due),
            Some(Err(until)) => announcements.suppressed_until = announcements.suppressed_until.max(Some(until)),
            None => {}
        }
    }
    announcements
}

struct NotificationHistory<'a> {
    series: &'a Series,
    as_of: Timestamp,
    version: u32,
    decision: &'a MonitoringDecision,
    /// Ascending.
    log: Vec<&'a NotificationRecord>,
    config: &'a MonitoringConfig,
}

impl NotificationHistory<'_> {
    /// What was announced and not ended since, with the rules of it that are open; ascending.
    fn open(&self, kind: AlertKind) -> Vec<(&NotificationRecord, Vec<RuleId>)> {
        let ended_after = |index: usize, rule: &RuleId| {
            self.log[index + 1..].iter().any(|one| one.kind == AlertKind::Recovery && one.rules.contains(rule))
        };
        let open = |(index, one): (usize, &&NotificationRecord)| {
            one.rules.iter().copied().filter(|rule| !ended_after(index, rule)).collect::<Vec<_>>()
        };
        (self.log.iter().enumerate().filter(|(_, one)| one.kind == kind))
            .map(|entry| (*entry.1, open(entry)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect()
    }

    /// Why a rule is over that was told of the champion `version`; `None` while it is not.
    fn recovery_reason(&self, rule: RuleId, version: u32) -> Option<RecoveryReason> {
        if rule.concerns_champion() && version != self.version {
            let fires = self.decision.state(rule) == RuleState::Fires;
            Some(if fires { RecoveryReason::FiringForNewChampion } else { RecoveryReason::ChampionChanged })
        } else if !self.config.rule(rule).action.sends_notification() {
            Some(RecoveryReason::NotificationsDisabled)
        } else {
            (self.decision.state(rule) == RuleState::Clear).then_some(RecoveryReason::EvidenceGone)
        }
    }

    fn recovery(&self) -> Option<Notification> {
        // The newest word on each rule counts: it names the champion that it is about now.
        let mut told: BTreeMap<RuleId, (Timestamp, u32)> = BTreeMap::new();
        for kind in [AlertKind::Drift, AlertKind::Notice] {
            for (one, rules) in self.open(kind) {
                for rule in rules {
                    let (first, version) = told.entry(rule).or_insert((one.as_of, one.version));
                    (*first, *version) = ((*first).min(one.as_of), one.version);
                }
            }
        }
        let over: Vec<(RuleId, RecoveryReason)> = told
            .iter()
            .filter_map(|(rule, (_, version))| Some((*rule, self.recovery_reason(*rule, *version)?)))
            .collect();
        let since = over.iter().map(|(rule, _)| told[rule].0).min()?;
        Some(Notification {
            announced: NotificationRecord {
                as_of: self.as_of,
                kind: AlertKind::Recovery,
                action: AlertAction::None,
                rules: over.iter().map(|(rule, _)| *rule).collect(),
                version: self.version,
                repeats: 1,
                quiet_until: None,
            },
            recovery: over,
            findings: Vec::new(),
            since: Some(since),
        })
    }

    /// `None` when nothing of this kind fires, the end of its silence when it is not told again yet.
    fn alert(&self, kind: AlertKind) -> Option<Result<Notification, Timestamp>> {
        let findings: Vec<RuleFinding> = (self.decision.firing())
            .filter(|finding| {
                finding.action.sends_notification() && (kind == AlertKind::Drift) == finding.action.requests_training()
            })
            .cloned()
            .collect();
        let action = findings.iter().map(|finding| finding.action).max()?;
        let cooldown = findings.iter().map(|finding| self.config.rule(finding.rule).cooldown_bars).min()?;
        let after = |time: Timestamp, bars: u32| self.series.interval.step(time, i64::from(bars));

        let open = self.open(kind);
        // What was told of this rule while it was about what it is about now, ascending.
        let told = |rule: RuleId| -> Vec<&NotificationRecord> {
            (open.iter())
                .filter(|(one, rules)| {
                    rules.contains(&rule) && (one.version == self.version || !rule.concerns_champion())
                })
                .map(|(one, _)| *one)
                .collect()
        };
        let silence = |rule: RuleId, times: usize| {
            let first = self.config.rule(rule).cooldown_bars;
            let doublings = u32::try_from(times.saturating_sub(1)).unwrap_or(u32::MAX);
            first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.config.max_cooldown_bars.max(first))
        };
        let newest = self.log.iter().rev().find(|one| one.kind == kind);
        let stronger = newest.is_some_and(|newest| action > newest.action);
        let apart = newest.map(|newest| after(newest.as_of, cooldown));
        // The rule that may be told first decides; one that is new has no silence of its own.
        let free = findings.iter().map(|finding| {
            let told = told(finding.rule);
            told.last().map(|last| after(last.as_of, silence(finding.rule, told.len()))).max(apart)
        });
        if let Some(until) = free.min().flatten().filter(|until| *until > self.as_of && !stronger) {
            return Some(Err(until));
        }
        let last = findings.iter().filter_map(|finding| told(finding.rule).last().copied()).max_by_key(|one| one.as_of);
        let repeats = last.map_or(1, |last| last.repeats.saturating_add(1));
        let quiet = findings.iter().map(|finding| silence(finding.rule, told(finding.rule).len() + 1)).min();
        let quiet_until = after(self.as_of, quiet.unwrap_or(cooldown));
        Some(Ok(Notification {
            announced: NotificationRecord {
                as_of: self.as_of,
                kind,
                action,
                rules: findings.iter().map(|finding| finding.rule).collect(),
                version: self.version,
                repeats,
                quiet_until: Some(quiet_until),
            },
            recovery: Vec::new(),
            since: findings.iter().filter_map(|finding| finding.since).min(),
            findings,
        }))
    }
}

#[cfg(test)]
mod tests;
