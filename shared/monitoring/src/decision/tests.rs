use super::*;
use crate::{
    ChallengerEvidence, DataHealth, PartEvidence, ScoredDistribution, SequentialTest, SettledForecast,
    drift::WindowDrift,
    drift::tests::{performance, window},
    sequential::NullHypothesis,
};
use contracts::distribution::{DistributionBasis, DistributionEvidence, Quantiles, StoredDistribution};
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
    let inputs = MonitoringInputs { windows, recent: Some(&recent), climatology: test, ..no_inputs(health) };
    evaluate_rules(&inputs, &MonitoringConfig::default())
}

/// Inputs without any measurement except of the bars.
fn no_inputs(health: &DataHealth) -> MonitoringInputs<'_> {
    MonitoringInputs {
        interval: Interval::Day,
        windows: &[],
        regime_shift: None,
        recent: None,
        climatology: None,
        holdout: None,
        distribution: None,
        coverage: None,
        challengers: &[],
        newest: None,
        health,
    }
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

/// Distribution whose quantiles are `scale` times those of moves from -11 to 11 %.
fn distribution(scale: f64) -> StoredDistribution {
    let quantiles =
        Quantiles::new(std::array::from_fn(|index| scale * (market_data::numbers::as_f64(index) - 11.0) / 100.0))
            .unwrap();
    let evidence = DistributionEvidence::NONE;
    StoredDistribution { basis: DistributionBasis::Model, close: 1.0, quantiles, baseline: quantiles, evidence }
}

#[test]
fn odds_above_their_limit_warn_and_name_it() {
    let (health, newest) = (health(0, 0), distribution(1.0));
    let inputs = MonitoringInputs { newest: Some((day(99), &newest)), ..no_inputs(&health) };
    let decide = |limits: &[&str]| {
        let odds_alerts = limits.iter().map(|limit| limit.parse().unwrap()).collect();
        let config = MonitoringConfig { odds_alerts, ..MonitoringConfig::default() };
        let decision = evaluate_rules(&inputs, &config);
        let finding = decision.findings.iter().find(|finding| finding.rule == RuleId::OddsAboveLimit).unwrap();
        (decision.action, finding.state, finding.text.clone())
    };
    let (action, state, text) = decide(&["odds.down_5pct > 0.2", "odds.up_5pct > 0.5"]);
    assert_eq!((action, state), (AlertAction::Warn, RuleState::Fires));
    assert!(
        text.starts_with("Odds are above their limit: a fall of more than 5 % has a probability of 24.4 %"),
        "{text}"
    );
    assert!(text.ends_with("(limit 20.0 %).") && !text.contains("rise"), "{text}");
    assert_eq!(decide(&["odds.down_5pct > 0.5"]).1, RuleState::Clear);
    let (action, state, text) = decide(&[]);
    assert_eq!(
        (action, state, text.as_str()),
        (AlertAction::None, RuleState::Clear, "No limit of the odds is configured.")
    );
}

#[test]
fn a_worse_distribution_retrains_and_a_wrong_band_warns() {
    let (health, series) = (health(0, 0), "eth-usd-1d-h1".parse().unwrap());
    let stored = StoredDistribution { baseline: distribution(1.0).quantiles, ..distribution(0.2) };
    let settled: Vec<_> = (0..200)
        .map(|n| {
            // Outcomes of climatology, in a scattered order.
            let outcome = stored.baseline.at((f64::from(n * 7 % 200) + 0.5) / 200.0);
            ScoredDistribution::new(day(n.into()), &stored, stored.score(outcome), outcome, &[])
        })
        .collect();
    let crps = SequentialTest::of_crps(&series, &settled, 0.02).unwrap();
    let coverage = SequentialTest::of_coverage(&series, &settled, 0.01, 0.02).unwrap();
    let warned = MonitoringInputs { coverage: Some(&coverage), ..no_inputs(&health) };
    let warned = evaluate_rules(&warned, &MonitoringConfig::default());
    assert_eq!(warned.action, AlertAction::Warn);
    let text = &warned.firing().next().unwrap().text;
    assert!(text.starts_with("The 80 % band held ") && text.contains("at most 2 % false alarms"), "{text}");
    let both = MonitoringInputs { coverage: Some(&coverage), distribution: Some(&crps), ..no_inputs(&health) };
    let both = evaluate_rules(&both, &MonitoringConfig::default());
    assert_eq!(both.action, AlertAction::Retrain);
    let text = &both.firing().next().unwrap().text;
    assert!(text.starts_with("Distributions are worse than climatology (CRPS skill -"), "{text}");
}

#[test]
fn a_challenger_that_is_shown_to_be_better_requests_training() {
    let part = |better| PartEvidence {
        n: 120,
        gain_over_champion: 0.03,
        gain_over_climatology: 0.05,
        skill: 0.07,
        e_champion: 900.0,
        e_climatology: 4_000.0,
        growth: 4_000.0,
        threshold: 480.0,
        better,
    };
    let challenger = |version, better| ChallengerEvidence {
        version,
        champion: 2,
        from: day(60),
        through: day(99),
        direction: Some(part(better)),
        distribution: None,
    };
    let health = health(0, 0);
    let finding = |challengers: &[ChallengerEvidence]| {
        let decision =
            evaluate_rules(&MonitoringInputs { challengers, ..no_inputs(&health) }, &MonitoringConfig::default());
        let finding = decision.findings.iter().find(|finding| finding.rule == RuleId::ChallengerBetter).unwrap();
        (decision.action, finding.state, finding.text.clone())
    };
    assert_eq!(finding(&[]).1, RuleState::Unknown);
    let (action, state, text) = finding(&[challenger(4, false), challenger(5, false)]);
    assert_eq!((action, state), (AlertAction::None, RuleState::Clear));
    assert_eq!(text, "No challenger of 2 in the shadow is shown to be better than the champion.");
    let (action, state, text) = finding(&[challenger(4, false), challenger(5, true)]);
    assert_eq!((action, state), (AlertAction::Retrain, RuleState::Fires));
    assert_eq!(
        text,
        "A challenger in the shadow is better than the champion; version 5: its direction is better on 120 live forecasts: log \
         loss lower by 0.03000 than the champion's, e-value 900 of 480 required."
    );
}
