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

/// These rules fire and the others are over.
fn fires(rules: &[RuleId]) -> MonitoringDecision {
    let state = |rule| if rules.contains(&rule) { RuleState::Fires } else { RuleState::Clear };
    let findings: Vec<RuleFinding> = RuleId::ALL.into_iter().map(|rule| finding(rule, state(rule))).collect();
    let action = findings.iter().filter(|one| one.fires()).map(|one| one.action).max().unwrap_or_default();
    MonitoringDecision { action, findings }
}

/// A series whose announcements are remembered.
#[derive(Default)]
struct Told {
    log: Vec<NotificationRecord>,
    config: MonitoringConfig,
}

impl Told {
    fn on(&mut self, n: i64, version: u32, decision: &MonitoringDecision) -> Vec<AlertKind> {
        let series = "eth-usd-1d-h1".parse().unwrap();
        let due = plan_notifications(&series, day(n), version, decision, &self.log, &self.config).due;
        self.log.extend(due.iter().map(|one| one.announced.clone()));
        due.iter().map(|one| one.announced.kind).collect()
    }

    /// The days on which something of this kind is told, if the decision stays the same.
    fn days(
        &mut self,
        days: std::ops::Range<i64>,
        version: u32,
        decision: &MonitoringDecision,
        kind: AlertKind,
    ) -> Vec<i64> {
        days.filter(|n| self.on(*n, version, decision).contains(&kind)).collect()
    }
}

#[test]
fn the_same_evidence_is_told_again_after_ever_longer_silences() {
    let mut told = Told::default();
    let days = told.days(0..400, 3, &fires(&[RuleId::SevereShift]), AlertKind::Drift);
    assert_eq!(days, [0, 7, 21, 49, 105, 217, 329], "7, 14, 28, 56, and 112 bars from then on");
    assert_eq!(told.log.last().unwrap().repeats, 7);
}

#[test]
fn the_same_moment_twice_comes_to_the_same_conclusion() {
    let (series, config) = ("eth-usd-1d-h1".parse().unwrap(), MonitoringConfig::default());
    let decision = fires(&[RuleId::SevereShift]);
    let first = plan_notifications(&series, day(9), 3, &decision, &[], &config);
    let log: Vec<NotificationRecord> = first.due.iter().map(|one| one.announced.clone()).collect();
    assert_eq!(plan_notifications(&series, day(9), 3, &decision, &log, &config), first);
    assert_eq!(
        plan_notifications(&series, day(8), 3, &decision, &log, &config).due.len(),
        1,
        "a replayed day does not see later ones"
    );
    let held = plan_notifications(&series, day(10), 3, &decision, &log, &config);
    assert_eq!((held.due.len(), held.suppressed_until), (0, Some(day(16))));
}

#[test]
fn what_is_over_is_told_once_and_what_comes_back_begins_anew() {
    let mut told = Told::default();
    let (severe, calm) = (fires(&[RuleId::SevereShift]), fires(&[]));
    assert_eq!(told.on(0, 3, &severe), [AlertKind::Drift]);
    assert_eq!(told.on(7, 3, &severe), [AlertKind::Drift]);
    let mut undecided = calm.clone();
    undecided.findings[3].state = RuleState::Undecided;
    assert_eq!(told.on(8, 3, &undecided), []);
    assert_eq!(told.on(9, 3, &calm), [AlertKind::Recovery]);
    assert_eq!(told.log.last().unwrap().rules, [RuleId::SevereShift]);
    assert_eq!(told.on(10, 3, &calm), []);
    assert_eq!(told.on(13, 3, &severe), [], "a first cool-down after the last alert, whatever was over between");
    assert_eq!(told.on(14, 3, &severe), [AlertKind::Drift]);
    assert_eq!(told.log.last().unwrap().repeats, 1);
}

#[test]
fn a_new_champion_ends_what_was_about_the_old_one() {
    let mut told = Told::default();
    told.on(0, 3, &fires(&[RuleId::WorseThanClimatology]));
    let unknown = MonitoringDecision {
        action: AlertAction::None,
        findings: vec![finding(RuleId::WorseThanClimatology, RuleState::Unknown)],
    };
    assert_eq!(told.on(1, 3, &unknown), [], "what cannot be judged is not over");
    let series = "eth-usd-1d-h1".parse().unwrap();
    let due = plan_notifications(&series, day(2), 4, &unknown, &told.log, &told.config).due;
    let over = [(RuleId::WorseThanClimatology, RecoveryReason::ChampionChanged)];
    assert_eq!((&due[0].recovery[..], due[0].since), (&over[..], Some(day(0))));
    assert_eq!(told.on(2, 4, &unknown), [AlertKind::Recovery]);
    assert_eq!(told.on(3, 4, &unknown), []);
}

/// A training that promotes a champion to which the same happens again must not start the next at once.
#[test]
fn alerts_are_a_cool_down_apart_even_about_different_champions() {
    let mut told = Told::default();
    let severe = fires(&[RuleId::SevereShift]);
    let mut days = Vec::new();
    for n in 0..30 {
        // Each alert's training is promoted by the next day.
        let version = 3 + u32::try_from(days.len()).unwrap();
        if told.on(n, version, &severe).contains(&AlertKind::Drift) {
            days.push(n);
        }
    }
    assert_eq!(days, [0, 7, 14, 21, 28]);
}

#[test]
fn another_rule_shortens_the_silence_and_a_stronger_action_breaks_it() {
    let mut told = Told::default();
    let one = fires(&[RuleId::SevereShift]);
    assert_eq!(told.days(0..30, 3, &one, AlertKind::Drift), [0, 7, 21]);
    let both = fires(&[RuleId::SevereShift, RuleId::WorseThanClimatology]);
    assert_eq!(told.days(30..60, 3, &both, AlertKind::Drift), [30, 37, 51], "day 49 was next; the new one begins anew");
    told.config
        .rules
        .insert(RuleId::WorseThanHoldout, RuleSettings { action: AlertAction::RetrainAndPage, cooldown_bars: 7 });
    let mut page = fires(&[RuleId::SevereShift, RuleId::WorseThanHoldout]);
    page.findings[2].action = AlertAction::RetrainAndPage;
    assert_eq!(told.on(61, 3, &page), [AlertKind::Recovery, AlertKind::Drift], "what has stopped is over");
    assert_eq!(told.on(62, 3, &page), []);
}

#[test]
fn a_champion_that_is_refused_is_told_of_at_once_whatever_was_told_before() {
    let mut told = Told::default();
    told.on(0, 3, &fires(&[RuleId::SevereShift]));
    let refused = MonitoringDecision::model_rejected("another hash", &told.config);
    assert_eq!(told.on(1, 3, &refused), [AlertKind::Drift]);
    assert_eq!(told.log.last().unwrap().rules, [RuleId::ModelRefused]);
    assert_eq!(told.on(2, 3, &refused), []);
}

/// "It is over" alone would mislead whoever reads it.
#[test]
fn what_fires_against_the_new_champion_as_well_is_not_told_as_over() {
    let mut told = Told::default();
    let severe = fires(&[RuleId::SevereShift]);
    told.on(0, 3, &severe);
    let series = "eth-usd-1d-h1".parse().unwrap();
    let announced = plan_notifications(&series, day(1), 4, &severe, &told.log, &told.config);
    assert_eq!(announced.due[0].recovery, [(RuleId::SevereShift, RecoveryReason::FiringForNewChampion)]);
    assert_eq!((announced.due.len(), announced.suppressed_until), (1, Some(day(7))));
}

/// A rule that has been over for months must not wait for another one, and must not be told as if it had lasted.
#[test]
fn each_rule_closes_by_itself_and_has_its_own_silence() {
    let mut told = Told::default();
    let both = fires(&[RuleId::SevereShift, RuleId::WorseThanClimatology]);
    let worse = fires(&[RuleId::WorseThanClimatology]);
    assert_eq!(told.days(0..60, 3, &both, AlertKind::Drift), [0, 7, 21, 49]);
    assert_eq!(told.on(60, 3, &worse), [AlertKind::Recovery]);
    assert_eq!(told.log.last().unwrap().rules, [RuleId::SevereShift]);
    assert!(told.days(61..80, 3, &worse, AlertKind::Drift).is_empty(), "day 105 is next");
    assert_eq!(told.on(80, 3, &both), [AlertKind::Drift], "the shift is news again");
    assert_eq!(told.days(81..100, 3, &both, AlertKind::Drift), [87], "and begins with its first cool-down");
    assert_eq!(told.on(101, 3, &fires(&[])), [AlertKind::Recovery]);
    assert_eq!(told.log.last().unwrap().rules, [RuleId::WorseThanClimatology, RuleId::SevereShift]);
}

#[test]
fn a_rule_that_no_longer_announces_is_over() {
    let mut told = Told::default();
    told.on(0, 3, &fires(&[RuleId::SevereShift]));
    told.config.rules.insert(RuleId::SevereShift, RuleSettings { action: AlertAction::Note, cooldown_bars: 7 });
    let mut noted = fires(&[RuleId::SevereShift]);
    noted.findings[3].action = AlertAction::Note;
    let due = plan_notifications(&"eth-usd-1d-h1".parse().unwrap(), day(1), 3, &noted, &told.log, &told.config).due;
    assert_eq!(due[0].recovery, [(RuleId::SevereShift, RecoveryReason::NotificationsDisabled)]);
    assert_eq!(told.on(1, 3, &noted), [AlertKind::Recovery]);
    assert_eq!(told.on(2, 3, &noted), []);
}

#[test]
fn warnings_go_their_own_way_and_notes_nowhere() {
    let mut told = Told::default();
    let all = fires(&[RuleId::SevereShift, RuleId::StaleData, RuleId::CovariateShift]);
    assert_eq!(told.on(0, 3, &all), [AlertKind::Drift, AlertKind::Notice]);
    assert_eq!(told.log[1].rules, [RuleId::StaleData]);
    assert_eq!(told.days(1..20, 3, &all, AlertKind::Notice), [1, 3, 7, 15], "a day, then doubled");
    assert_eq!(told.on(20, 3, &fires(&[RuleId::SevereShift])), [AlertKind::Recovery], "fresh again, still severe");
    assert_eq!(told.on(22, 4, &fires(&[RuleId::CovariateShift])), [AlertKind::Recovery]);
}
