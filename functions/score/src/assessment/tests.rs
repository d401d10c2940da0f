//! How often the defaults cry wolf, and how fast they see a crisis, on simulated markets.
//!
//! `WEATHERVANE_MARKETS` says how many markets are drawn; by default few are.

use super::SeriesAssessment;
use crate::{
    forecast::due_forecasts,
    settle::{apply_settlement, settlement},
    testing::{bars, champion, crisis, day, of_bars, reference, series},
};
use aws::Outcome;
use contracts::action::AlertAction;
use market_data::{Bar, Interval};
use monitoring::{MonitoringConfig, RegimeShift, RuleId, RuleState, drift::DriftReference};

/// Four years to learn from.
const LEARNT: usize = 1460;
/// Two years without change of the rules.
const QUIET: usize = 730;
const CRISIS: usize = 75;

fn markets() -> u64 {
    std::env::var("WEATHERVANE_MARKETS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// The first of these days at which the market itself asks for a training, counted from `from`; the champion was trained on
/// day [`LEARNT`]. Without forecasts nothing else can.
fn asked(bars: &[Bar], from: usize) -> Option<usize> {
    let (learnt, config) = (day(i64::try_from(LEARNT).unwrap()), MonitoringConfig::default());
    let severe = |end: &usize| {
        RegimeShift::of(&bars[..*end], Interval::Day, learnt, &config.upheaval).is_some_and(|upheaval| upheaval.severe)
    };
    (from..=bars.len()).find(severe).map(|end| end - from)
}

fn share(hits: usize) -> f64 {
    f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(markets()).unwrap())
}

#[test]
fn markets_without_change_seldom_ask_for_a_training() {
    let false_alarms = (0..markets()).filter(|seed| asked(&bars(LEARNT + QUIET, 1_000 + seed), LEARNT + 1).is_some());
    let share = share(false_alarms.count());
    println!("false alarms within two years: {share:.3} of {} markets", markets());
    assert!(share <= 0.15, "{share}: stated are 10 % at most, of 20 markets one more may be chance");
}

#[test]
fn a_crisis_asks_for_a_training_within_weeks_in_most_markets() {
    let mut delays: Vec<usize> =
        (0..markets()).filter_map(|seed| asked(&crisis(LEARNT + 60, CRISIS, 1_000 + seed), LEARNT + 61)).collect();
    delays.sort_unstable();
    let within = |days: usize| share(delays.iter().filter(|delay| **delay <= days).count());
    println!("asked within 7, 14, 30, 45, 60, 75 days: {:?}", [7, 14, 30, 45, 60, 75].map(within));
    assert!(within(75) >= 0.5, "{delays:?}");
}

fn known() -> (Vec<Bar>, DriftReference) {
    let bars = crisis(1_000, 40, 8);
    let reference = reference(&champion(&series("eth-usd-1d-h1"), day(900)), &bars[..900]);
    (bars, reference)
}

#[test]
fn a_crisis_is_found_with_all_that_is_known_of_it() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let champion = champion(&series, day(960));
    let (bars, reference) = known();
    let market = of_bars(bars);
    let findings = SeriesAssessment::new(&series, &market, &champion, Some(&reference), &[], &config).unwrap();
    assert_eq!(
        (findings.decision.action, findings.decision.state(RuleId::SevereShift)),
        (AlertAction::Retrain, RuleState::Fires)
    );
    let drift = findings.drift.unwrap();
    assert!(drift.decision.confirmed && drift.windows.len() == 4);
    assert_eq!((findings.health.bars_late, findings.health.missing), (0, 0));
}

#[test]
fn what_cannot_be_judged_is_unknown_and_no_reason_to_act() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let champion = champion(&series, day(100));
    let market = of_bars(bars(120, 1));
    let decision = SeriesAssessment::new(&series, &market, &champion, None, &[], &config).unwrap().decision;
    for rule in [RuleId::SevereShift, RuleId::WorseThanClimatology, RuleId::WorseRecently, RuleId::CovariateShift] {
        assert_eq!(decision.state(rule), RuleState::Unknown, "{rule}");
    }
    assert!(!decision.action.sends_notification());
}

#[test]
fn a_flat_market_is_forecast_and_settled_as_ties() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let flat = |bar: &Bar| Bar { open: 10.0, high: 10.0, low: 10.0, close: 10.0, ..*bar };
    let bars: Vec<Bar> = bars(700, 1).iter().map(flat).collect();
    let champion = champion(&series, day(600));
    let made = due_forecasts(&series, &of_bars(bars[..690].to_vec()), &champion, &[]).unwrap();
    let market = of_bars(bars);
    let settled: Vec<_> = made
        .into_iter()
        .map(|record| {
            let known = settlement(&series, &market, &record).unwrap();
            apply_settlement(record, &known)
        })
        .collect();
    assert!(!settled.is_empty() && settled.iter().all(|record| record.outcome == Some(Outcome::Tie)));
    let findings = SeriesAssessment::new(&series, &market, &champion, None, &settled, &config).unwrap();
    assert!(findings.realised.since_start.is_none(), "a tie is neither right nor wrong");
}
