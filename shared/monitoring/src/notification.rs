//! Notifications: the messages to send for a decision, given those that were sent before.
//!
//! The log of sent notifications is the only state, so a replayed day gives the same result. An alert for a rule is *open*
//! until a recovery names the rule. For the rules that fire:
//!
//! * Rules that request a training form one alert; rules that only warn form one notice.
//! * An alert is sent when a rule fires that is not open, or when the cool-down of a firing rule has ended.
//! * The cool-down of a rule doubles with each notification, up to `max_cooldown_bars`, while the champion stays the same.
//!   The reason is that a training that was rejected is unlikely to succeed on nearly the same data.
//! * An alert is sent at once if its action is stronger than that of the last alert of its kind.
//! * Two alerts of one kind are at least a first cool-down apart, unless the action is stronger.
//!
//! Each rule closes separately, by a recovery that names it: when its evidence is gone, when another champion serves than the
//! one it concerned, or when its action is now weaker than a warning. Rules that close at the same time share one recovery.

use crate::{MonitoringConfig, MonitoringDecision, RuleFinding, RuleId, RuleState};
use contracts::action::{AlertAction, AlertKind};
use jiff::Timestamp;
use market_data::Series;
use std::collections::BTreeMap;

/// Notification that was sent, as logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationRecord {
    /// Time of the decision.
    pub as_of: Timestamp,
    /// Kind of the notification.
    pub kind: AlertKind,
    /// Action of the decision.
    pub action: AlertAction,
    /// Rules that fired; for a recovery, the rules that closed.
    pub rules: Vec<RuleId>,
    /// Version of the champion at that time.
    pub version: u32,
    /// Number of notifications for the same evidence, including this one.
    pub repeats: u32,
    /// End of the cool-down; absent for a recovery.
    pub quiet_until: Option<Timestamp>,
}

/// Notifications to send for a series at one decision time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NotificationPlan {
    /// Notifications to send, the recovery first; at most one of each kind.
    pub due: Vec<Notification>,
    /// End of the latest cool-down that suppresses a firing alert; absent if none is suppressed.
    pub suppressed_until: Option<Timestamp>,
}

/// One notification to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Entry for the log.
    pub record: NotificationRecord,
    /// Rules that closed, each with the reason; empty unless this is a recovery.
    pub recovery: Vec<(RuleId, RecoveryReason)>,
    /// Findings that caused the alert; empty for a recovery.
    pub findings: Vec<RuleFinding>,
    /// Start of the evidence; for a recovery, time of the first alert that it closes.
    pub since: Option<Timestamp>,
}

/// Reason for closing the alert of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryReason {
    /// The rule no longer has evidence.
    EvidenceGone,
    /// Another version serves: a new one, or an earlier one after a rollback.
    ChampionChanged,
    /// Another version serves, and the rule fires for it, too. Its notification follows after the cool-down.
    FiringForNewChampion,
    /// The action of the rule no longer sends notifications.
    NotificationsDisabled,
}

/// Plans the notifications about champion `version` at `as_of`. Entries of `log` from `as_of` or later are ignored, so that a
/// repeated event gives the same plan.
#[must_use]
pub fn plan_notifications(
    series: &Series,
    as_of: Timestamp,
    version: u32,
    decision: &MonitoringDecision,
    log: &[NotificationRecord],
    config: &MonitoringConfig,
) -> NotificationPlan {
    let mut log: Vec<&NotificationRecord> = log.iter().filter(|record| record.as_of < as_of).collect();
    log.sort_by_key(|record| record.as_of);
    let history = NotificationHistory { series, as_of, version, decision, log, config };
    let mut plan = NotificationPlan::default();
    plan.due.extend(history.recovery());
    for kind in [AlertKind::Drift, AlertKind::Notice] {
        match history.alert(kind) {
            Some(Ok(notification)) => plan.due.push(notification),
            Some(Err(until)) => plan.suppressed_until = plan.suppressed_until.max(Some(until)),
            None => {}
        }
    }
    plan
}

/// Earlier notifications of a series, with the present decision.
struct NotificationHistory<'a> {
    series: &'a Series,
    as_of: Timestamp,
    version: u32,
    decision: &'a MonitoringDecision,
    /// Earlier notifications, ascending by time.
    log: Vec<&'a NotificationRecord>,
    config: &'a MonitoringConfig,
}

impl NotificationHistory<'_> {
    /// Notifications of a kind that still have open rules, with those rules; ascending by time.
    fn open(&self, kind: AlertKind) -> Vec<(&NotificationRecord, Vec<RuleId>)> {
        let closed_after = |index: usize, rule: &RuleId| {
            self.log[index + 1..].iter().any(|record| record.kind == AlertKind::Recovery && record.rules.contains(rule))
        };
        let open_rules = |(index, record): (usize, &&NotificationRecord)| {
            record.rules.iter().copied().filter(|rule| !closed_after(index, rule)).collect::<Vec<_>>()
        };
        (self.log.iter().enumerate().filter(|(_, record)| record.kind == kind))
            .map(|entry| (*entry.1, open_rules(entry)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect()
    }

    /// Reason to close a rule whose alert concerned champion `version`; `None` while it stays open.
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

    /// Recovery of all rules that close now; `None` if none does.
    fn recovery(&self) -> Option<Notification> {
        // First time and newest version of each open rule. The newest notification names the champion that it concerns.
        let mut open: BTreeMap<RuleId, (Timestamp, u32)> = BTreeMap::new();
        for kind in [AlertKind::Drift, AlertKind::Notice] {
            for (record, rules) in self.open(kind) {
                for rule in rules {
                    let (first, version) = open.entry(rule).or_insert((record.as_of, record.version));
                    (*first, *version) = ((*first).min(record.as_of), record.version);
                }
            }
        }
        let closed: Vec<(RuleId, RecoveryReason)> = open
            .iter()
            .filter_map(|(rule, (_, version))| Some((*rule, self.recovery_reason(*rule, *version)?)))
            .collect();
        let since = closed.iter().map(|(rule, _)| open[rule].0).min()?;
        Some(Notification {
            record: NotificationRecord {
                as_of: self.as_of,
                kind: AlertKind::Recovery,
                action: AlertAction::None,
                rules: closed.iter().map(|(rule, _)| *rule).collect(),
                version: self.version,
                repeats: 1,
                quiet_until: None,
            },
            recovery: closed,
            findings: Vec::new(),
            since: Some(since),
        })
    }

    /// Alert or notice to send. `None` if no rule of this kind fires; the end of the cool-down if it is suppressed.
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
        // Open notifications of a rule about the present champion, ascending by time.
        let sent = |rule: RuleId| -> Vec<&NotificationRecord> {
            (open.iter())
                .filter(|(record, rules)| {
                    rules.contains(&rule) && (record.version == self.version || !rule.concerns_champion())
                })
                .map(|(record, _)| *record)
                .collect()
        };
        let rule_cooldown = |rule: RuleId, times: usize| {
            let first = self.config.rule(rule).cooldown_bars;
            let doublings = u32::try_from(times.saturating_sub(1)).unwrap_or(u32::MAX);
            first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.config.max_cooldown_bars.max(first))
        };
        let newest = self.log.iter().rev().find(|record| record.kind == kind);
        let stronger = newest.is_some_and(|newest| action > newest.action);
        let kind_cooldown_end = newest.map(|newest| after(newest.as_of, cooldown));
        // The rule whose cool-down ends first decides; a rule without an open alert has no cool-down of its own.
        let cooldown_ends = findings.iter().map(|finding| {
            let sent = sent(finding.rule);
            sent.last().map(|last| after(last.as_of, rule_cooldown(finding.rule, sent.len()))).max(kind_cooldown_end)
        });
        if let Some(until) = cooldown_ends.min().flatten().filter(|until| *until > self.as_of && !stronger) {
            return Some(Err(until));
        }
        let last =
            findings.iter().filter_map(|finding| sent(finding.rule).last().copied()).max_by_key(|record| record.as_of);
        let repeats = last.map_or(1, |last| last.repeats.saturating_add(1));
        let next_cooldown =
            findings.iter().map(|finding| rule_cooldown(finding.rule, sent(finding.rule).len() + 1)).min();
        let quiet_until = after(self.as_of, next_cooldown.unwrap_or(cooldown));
        Some(Ok(Notification {
            record: NotificationRecord {
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
