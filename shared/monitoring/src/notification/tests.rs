use super::*;
use crate::RuleSettings;

fn day(n: i64) -> Timestamp {
    Timestamp::from_second(86_400 * n + 300).unwrap()
}

fn finding(rule: RuleId, state: RuleState) -> RuleFinding {
    let config = MonitoringConfig::default();
    RuleFinding {
        rule,
        action: config.rule(rule).action,
        state,
        text: rule.to_string(),
        since: Some(day(0)),
        window: None,
    }
}

/// Decision in which these rules fire and the others are clear.
fn firing(rules: &[RuleId]) -> MonitoringDecision {
    let state = |rule| if rules.contains(&rule) { RuleState::Fires } else { RuleState::Clear };
    let findings: Vec<RuleFinding> = RuleId::ALL.into_iter().map(|rule| finding(rule, state(rule))).collect();
    let action =
        findings.iter().filter(|finding| finding.fires()).map(|finding| finding.action).max().unwrap_or_default();
    MonitoringDecision { action, findings }
}

fn finding_mut(decision: &mut MonitoringDecision, rule: RuleId) -> &mut RuleFinding {
    decision.findings.iter_mut().find(|finding| finding.rule == rule).unwrap()
}

/// Series with the log of its notifications.
#[derive(Default)]
struct NotifiedSeries {
    log: Vec<NotificationRecord>,
    config: MonitoringConfig,
}

impl NotifiedSeries {
    fn notify(&mut self, n: i64, version: u32, decision: &MonitoringDecision) -> Vec<AlertKind> {
        let series = "eth-usd-1d-h1".parse().unwrap();
        let due = plan_notifications(&series, day(n), version, decision, &self.log, &self.config).due;
        self.log.extend(due.iter().map(|notification| notification.record.clone()));
        due.iter().map(|notification| notification.record.kind).collect()
    }

    /// Days with a notification of this kind, if the decision stays the same.
    fn notified_days(
        &mut self,
        days: std::ops::Range<i64>,
        version: u32,
        decision: &MonitoringDecision,
        kind: AlertKind,
    ) -> Vec<i64> {
        days.filter(|n| self.notify(*n, version, decision).contains(&kind)).collect()
    }
}

#[test]
fn repeated_notifications_have_doubling_cooldowns() {
    let mut notified = NotifiedSeries::default();
    let days = notified.notified_days(0..400, 3, &firing(&[RuleId::SevereShift]), AlertKind::Drift);
    assert_eq!(days, [0, 7, 21, 49, 105, 217, 329], "7, 14, 28, 56, and 112 bars from then on");
    assert_eq!(notified.log.last().unwrap().repeats, 7);
}

#[test]
fn a_repeated_event_gives_the_same_plan() {
    let (series, config) = ("eth-usd-1d-h1".parse().unwrap(), MonitoringConfig::default());
    let decision = firing(&[RuleId::SevereShift]);
    let first = plan_notifications(&series, day(9), 3, &decision, &[], &config);
    let log: Vec<NotificationRecord> = first.due.iter().map(|notification| notification.record.clone()).collect();
    assert_eq!(plan_notifications(&series, day(9), 3, &decision, &log, &config), first);
    assert_eq!(
        plan_notifications(&series, day(8), 3, &decision, &log, &config).due.len(),
        1,
        "a replayed day ignores later entries"
    );
    let suppressed = plan_notifications(&series, day(10), 3, &decision, &log, &config);
    assert_eq!((suppressed.due.len(), suppressed.suppressed_until), (0, Some(day(16))));
}

#[test]
fn a_recovery_is_sent_once_and_resets_the_repeats() {
    let mut notified = NotifiedSeries::default();
    let (severe, calm) = (firing(&[RuleId::SevereShift]), firing(&[]));
    assert_eq!(notified.notify(0, 3, &severe), [AlertKind::Drift]);
    assert_eq!(notified.notify(7, 3, &severe), [AlertKind::Drift]);
    let mut undecided = calm.clone();
    finding_mut(&mut undecided, RuleId::SevereShift).state = RuleState::Undecided;
    assert_eq!(notified.notify(8, 3, &undecided), []);
    assert_eq!(notified.notify(9, 3, &calm), [AlertKind::Recovery]);
    assert_eq!(notified.log.last().unwrap().rules, [RuleId::SevereShift]);
    assert_eq!(notified.notify(10, 3, &calm), []);
    assert_eq!(notified.notify(13, 3, &severe), [], "a first cool-down after the last alert, despite the recovery");
    assert_eq!(notified.notify(14, 3, &severe), [AlertKind::Drift]);
    assert_eq!(notified.log.last().unwrap().repeats, 1);
}

#[test]
fn a_change_of_champion_closes_its_alert() {
    let mut notified = NotifiedSeries::default();
    notified.notify(0, 3, &firing(&[RuleId::WorseThanClimatology]));
    let unknown = MonitoringDecision {
        action: AlertAction::None,
        findings: vec![finding(RuleId::WorseThanClimatology, RuleState::Unknown)],
    };
    assert_eq!(notified.notify(1, 3, &unknown), [], "an unknown state does not close the alert");
    let series = "eth-usd-1d-h1".parse().unwrap();
    let due = plan_notifications(&series, day(2), 4, &unknown, &notified.log, &notified.config).due;
    let closed = [(RuleId::WorseThanClimatology, RecoveryReason::ChampionChanged)];
    assert_eq!((&due[0].recovery[..], due[0].since), (&closed[..], Some(day(0))));
    assert_eq!(notified.notify(2, 4, &unknown), [AlertKind::Recovery]);
    assert_eq!(notified.notify(3, 4, &unknown), []);
}

/// A promoted champion for which the same rule fires must not start the next training at once.
#[test]
fn alerts_about_different_champions_keep_the_first_cooldown() {
    let mut notified = NotifiedSeries::default();
    let severe = firing(&[RuleId::SevereShift]);
    let mut days = Vec::new();
    for n in 0..30 {
        // The training of each alert is promoted by the next day.
        let version = 3 + u32::try_from(days.len()).unwrap();
        if notified.notify(n, version, &severe).contains(&AlertKind::Drift) {
            days.push(n);
        }
    }
    assert_eq!(days, [0, 7, 14, 21, 28]);
}

#[test]
fn a_new_rule_or_a_stronger_action_ends_a_cooldown_early() {
    let mut notified = NotifiedSeries::default();
    let shift = firing(&[RuleId::SevereShift]);
    assert_eq!(notified.notified_days(0..30, 3, &shift, AlertKind::Drift), [0, 7, 21]);
    let both = firing(&[RuleId::SevereShift, RuleId::WorseThanClimatology]);
    assert_eq!(
        notified.notified_days(30..60, 3, &both, AlertKind::Drift),
        [30, 37, 51],
        "day 49 was next; the new rule has its first cool-down"
    );
    notified
        .config
        .rules
        .insert(RuleId::WorseThanHoldout, RuleSettings { action: AlertAction::RetrainAndPage, cooldown_bars: 7 });
    let mut page = firing(&[RuleId::SevereShift, RuleId::WorseThanHoldout]);
    finding_mut(&mut page, RuleId::WorseThanHoldout).action = AlertAction::RetrainAndPage;
    assert_eq!(
        notified.notify(61, 3, &page),
        [AlertKind::Recovery, AlertKind::Drift],
        "the rule that stopped is closed"
    );
    assert_eq!(notified.notify(62, 3, &page), []);
}

#[test]
fn a_rejected_champion_is_notified_at_once_during_a_cooldown() {
    let mut notified = NotifiedSeries::default();
    notified.notify(0, 3, &firing(&[RuleId::SevereShift]));
    let rejected = MonitoringDecision::model_rejected("another hash", &notified.config);
    assert_eq!(notified.notify(1, 3, &rejected), [AlertKind::Drift]);
    assert_eq!(notified.log.last().unwrap().rules, [RuleId::ModelRefused]);
    assert_eq!(notified.notify(2, 3, &rejected), []);
}

/// A plain recovery would suggest that the problem is gone.
#[test]
fn a_rule_firing_for_the_new_champion_has_its_own_recovery_reason() {
    let mut notified = NotifiedSeries::default();
    let severe = firing(&[RuleId::SevereShift]);
    notified.notify(0, 3, &severe);
    let series = "eth-usd-1d-h1".parse().unwrap();
    let plan = plan_notifications(&series, day(1), 4, &severe, &notified.log, &notified.config);
    assert_eq!(plan.due[0].recovery, [(RuleId::SevereShift, RecoveryReason::FiringForNewChampion)]);
    assert_eq!((plan.due.len(), plan.suppressed_until), (1, Some(day(7))));
}

/// A rule that cleared must close without waiting for another rule, and must start with its first cool-down later.
#[test]
fn each_rule_closes_separately_and_has_its_own_cooldown() {
    let mut notified = NotifiedSeries::default();
    let both = firing(&[RuleId::SevereShift, RuleId::WorseThanClimatology]);
    let worse = firing(&[RuleId::WorseThanClimatology]);
    assert_eq!(notified.notified_days(0..60, 3, &both, AlertKind::Drift), [0, 7, 21, 49]);
    assert_eq!(notified.notify(60, 3, &worse), [AlertKind::Recovery]);
    assert_eq!(notified.log.last().unwrap().rules, [RuleId::SevereShift]);
    assert!(notified.notified_days(61..80, 3, &worse, AlertKind::Drift).is_empty(), "day 105 is next");
    assert_eq!(notified.notify(80, 3, &both), [AlertKind::Drift], "the shift fires again");
    assert_eq!(notified.notified_days(81..100, 3, &both, AlertKind::Drift), [87], "its first cool-down applies");
    assert_eq!(notified.notify(101, 3, &firing(&[])), [AlertKind::Recovery]);
    assert_eq!(notified.log.last().unwrap().rules, [RuleId::WorseThanClimatology, RuleId::SevereShift]);
}

#[test]
fn a_rule_whose_notifications_are_disabled_is_closed() {
    let mut notified = NotifiedSeries::default();
    notified.notify(0, 3, &firing(&[RuleId::SevereShift]));
    notified.config.rules.insert(RuleId::SevereShift, RuleSettings { action: AlertAction::Note, cooldown_bars: 7 });
    let mut noted = firing(&[RuleId::SevereShift]);
    finding_mut(&mut noted, RuleId::SevereShift).action = AlertAction::Note;
    let due =
        plan_notifications(&"eth-usd-1d-h1".parse().unwrap(), day(1), 3, &noted, &notified.log, &notified.config).due;
    assert_eq!(due[0].recovery, [(RuleId::SevereShift, RecoveryReason::NotificationsDisabled)]);
    assert_eq!(notified.notify(1, 3, &noted), [AlertKind::Recovery]);
    assert_eq!(notified.notify(2, 3, &noted), []);
}

#[test]
fn warnings_have_their_own_notice_and_notes_have_none() {
    let mut notified = NotifiedSeries::default();
    let all = firing(&[RuleId::SevereShift, RuleId::StaleData, RuleId::CovariateShift]);
    assert_eq!(notified.notify(0, 3, &all), [AlertKind::Drift, AlertKind::Notice]);
    assert_eq!(notified.log[1].rules, [RuleId::StaleData]);
    assert_eq!(notified.notified_days(1..20, 3, &all, AlertKind::Notice), [1, 3, 7, 15], "one day, then doubled");
    assert_eq!(
        notified.notify(20, 3, &firing(&[RuleId::SevereShift])),
        [AlertKind::Recovery],
        "the data is fresh again, the shift is still severe"
    );
    assert_eq!(notified.notify(22, 4, &firing(&[RuleId::CovariateShift])), [AlertKind::Recovery]);
}
