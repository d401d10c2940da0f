use super::*;
use crate::{
    DataHealth, SequentialTest, SettledForecast,
    drift::WindowDrift,
    drift::tests::{performance, window},
    sequential::NullHypothesis,
};
use contracts::forecast::Direction;
use market_data::Interval;

fn day(n: i64) -> Timestamp {
    Timestamp::from_second(86_400 * n).unwrap()
}

fn health(bars_late: usize, missing: usize) -> DataHealth {
    DataHealth {
        last_bar: Some(day(99)),
        age_seconds: 300,
        bars_late,
        window: [day(70), day(99)],
        expected: 30,
        missing,
        gaps: vec![],
        source: "coinbase".to_owned(),
        source_change: None,
    }
}

fn decide(
    windows: &[WindowDrift],
    recent: bool,
    test: Option<&SequentialTest>,
    health: &DataHealth,
) -> MonitoringDecision {
    let recent = performance(recent);
    let inputs = MonitoringInputs {
        interval: Interval::Day,
        windows,
        regime_shift: None,
        recent: Some(&recent),
        climatology: test,
        holdout: None,
        health,
    };
    evaluate_rules(&inputs, &MonitoringConfig::default())
}

fn test(p: f64) -> SequentialTest {
    let settled: Vec<SettledForecast> = (0..200)
        .map(|n| SettledForecast {
            decision_time: day(n),
            probability_up: p,
            baseline_probability: 0.5,
            direction: Direction::Up,
            up: n % 2 == 0,
        })
        .collect();
    SequentialTest::new(&"eth-usd-1d-h1".parse().unwrap(), &settled, NullHypothesis::NoWorseThanClimatology, 0.02)
        .unwrap()
}

/// Window that shows a covariate shift, or none.
fn drift_window(shifted: bool) -> WindowDrift {
    WindowDrift { share_drifted: if shifted { 0.5 } else { 0.1 }, ..window(shifted, false) }
}

#[test]
fn a_covariate_shift_alone_is_only_noted() {
    let decision = decide(&vec![drift_window(true); 4], false, None, &health(0, 0));
    assert_eq!(decision.state(RuleId::CovariateShift), RuleState::Fires);
    assert_eq!(decision.action, AlertAction::Note);
}

#[test]
fn a_covariate_shift_starts_and_ends_only_by_persistence() {
    let state = |windows: &[bool]| {
        let windows: Vec<_> = windows.iter().map(|shifted| drift_window(*shifted)).collect();
        decide(&windows, false, None, &health(0, 0)).state(RuleId::CovariateShift)
    };
    assert_eq!(state(&[false, false, true, true]), RuleState::Undecided);
    assert_eq!(state(&[false, true, true, true]), RuleState::Fires);
    assert_eq!(state(&[true, false, true, true]), RuleState::Fires);
    assert_eq!(
        state(&[true, true, true, false]),
        RuleState::Undecided,
        "one window without a shift does not clear the rule"
    );
    assert_eq!(state(&[true, false, false, false]), RuleState::Clear);
    assert_eq!(state(&[]), RuleState::Unknown);
}

#[test]
fn worse_forecasts_warn_until_the_sequential_test_requests_training() {
    let warning = decide(&[], true, None, &health(0, 0));
    assert_eq!((warning.action, warning.state(RuleId::WorseThanClimatology)), (AlertAction::Warn, RuleState::Unknown));
    let fired = decide(&[], true, Some(&test(0.8)), &health(0, 0));
    assert_eq!(fired.action, AlertAction::Retrain);
    let rules: Vec<_> = fired.firing().map(|finding| finding.rule).collect();
    assert_eq!(rules, [RuleId::WorseThanClimatology, RuleId::WorseRecently]);
    assert_eq!(
        decide(&[], false, Some(&test(0.5)), &health(0, 0)).state(RuleId::WorseThanClimatology),
        RuleState::Undecided
    );
}

#[test]
fn stale_data_warns_and_missing_bars_are_noted() {
    assert_eq!(decide(&[], false, None, &health(1, 0)).action, AlertAction::None);
    let stale = decide(&[], false, None, &health(2, 0));
    assert_eq!((stale.action, stale.state(RuleId::StaleData)), (AlertAction::Warn, RuleState::Fires));
    assert_eq!(decide(&[], false, None, &health(0, 2)).action, AlertAction::Note);
    assert_eq!(decide(&[], false, None, &health(0, 1)).action, AlertAction::None);
}

#[test]
fn a_rejected_champion_pages_unless_its_rule_is_disabled() {
    let mut config = MonitoringConfig::default();
    assert_eq!(MonitoringDecision::model_rejected("another hash", &config).action, AlertAction::RetrainAndPage);
    config.rules.get_mut(&RuleId::ModelRefused).unwrap().action = AlertAction::None;
    let disabled = MonitoringDecision::model_rejected("another hash", &config);
    assert_eq!((disabled.action, disabled.firing().count()), (AlertAction::None, 0));
}

#[test]
fn every_rule_has_an_ascii_sentence_with_its_numbers() {
    let decision = decide(&vec![drift_window(true); 4], true, Some(&test(0.8)), &health(3, 4));
    let rules: Vec<_> = decision.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, RuleId::ALL);
    assert!(decision.findings.iter().all(|finding| !finding.text.is_empty() && finding.text.is_ascii()));
    let text = decision.firing().map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("\n");
    for number in [
        "4 of the last 4",
        "50 %",
        "more than 20 % is too many",
        "0.7100",
        "0.6930",
        "of 50 after 200",
        "4 of the last 30",
    ] {
        assert!(text.contains(number), "{number} is not in {text}");
    }
    assert!(decision.firing().all(|finding| finding.window.is_some()));
}
