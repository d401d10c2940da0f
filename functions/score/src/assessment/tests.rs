//! False alarms and detection delay of the default rules on simulated markets.
//!
//! `WEATHERVANE_MARKETS` is the number of simulated markets (default 20).

use super::SeriesAssessment;
use crate::testing::{bars, bars_with_crisis, champion, day, drift_reference, scored, series, settled_records, sizes};
use aws::Outcome;
use contracts::action::AlertAction;
use market_data::{Bar, Interval};
use monitoring::{MonitoringConfig, RegimeShift, RuleId, RuleState, drift::DriftReference};

/// Four years of training data.
const TRAINING_DAYS: usize = 1460;
/// Two years without a regime shift.
const UNCHANGED_DAYS: usize = 730;
const CRISIS_DAYS: usize = 75;

fn markets() -> u64 {
    std::env::var("WEATHERVANE_MARKETS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// Number of days from `from` to the first severe regime shift, for a champion trained on day [`TRAINING_DAYS`]. Without
/// forecasts no other rule can request a training.
fn days_to_severe_shift(bars: &[Bar], from: usize) -> Option<usize> {
    let (trained_at, config) = (day(i64::try_from(TRAINING_DAYS).unwrap()), MonitoringConfig::default());
    let is_severe = |end: &usize| {
        RegimeShift::measure(&bars[..*end], Interval::Day, trained_at, &config.regime_shift)
            .is_some_and(|shift| shift.severe)
    };
    (from..=bars.len()).find(is_severe).map(|end| end - from)
}

fn share_of_markets(hits: usize) -> f64 {
    f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(markets()).unwrap())
}

#[test]
fn unchanged_markets_rarely_request_a_training() {
    let is_false_alarm = |seed: &u64| {
        let bars = bars(TRAINING_DAYS + UNCHANGED_DAYS, 1_000 + seed);
        days_to_severe_shift(&bars, TRAINING_DAYS + 1).is_some()
    };
    let share = share_of_markets((0..markets()).filter(is_false_alarm).count());
    println!("false alarms within two years: {share:.3} of {} markets", markets());
    assert!(share <= 0.15, "{share}: the documented limit is 10 %; one more of 20 markets may be chance");
}

#[test]
fn a_crisis_requests_a_training_within_weeks() {
    let delay = |seed: u64| {
        let bars = bars_with_crisis(TRAINING_DAYS + 60, CRISIS_DAYS, 1_000 + seed);
        days_to_severe_shift(&bars, TRAINING_DAYS + 61)
    };
    let mut delays: Vec<usize> = (0..markets()).filter_map(delay).collect();
    delays.sort_unstable();
    let within = |days: usize| share_of_markets(delays.iter().filter(|delay| **delay <= days).count());
    println!("requested within 7, 14, 30, 45, 60, 75 days: {:?}", [7, 14, 30, 45, 60, 75].map(within));
    assert!(within(75) >= 0.5, "{delays:?}");
}

fn crisis_with_reference() -> (Vec<Bar>, DriftReference) {
    let bars = bars_with_crisis(1_000, 40, 8);
    let reference = drift_reference(&champion(&series("eth-usd-1d-h1"), day(900)), &bars[..900]);
    (bars, reference)
}

#[test]
fn a_crisis_fires_severe_shift_and_confirms_drift() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let champion = champion(&series, day(960));
    let (bars, reference) = crisis_with_reference();
    let bars = scored(bars);
    let assessment =
        SeriesAssessment::new(&series, &bars, (&champion, Some(&reference)), &[], &[], &sizes(&series), &config)
            .unwrap();
    assert_eq!(
        (assessment.decision.action, assessment.decision.state(RuleId::SevereShift)),
        (AlertAction::Retrain, RuleState::Fires)
    );
    let drift = assessment.drift.unwrap();
    assert!(drift.conclusion.confirmed && drift.windows.len() == 4);
    assert_eq!((assessment.health.bars_late, assessment.health.missing), (0, 0));
}

#[test]
fn rules_without_evidence_are_unknown_and_request_nothing() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let champion = champion(&series, day(100));
    let bars = scored(bars(120, 1));
    let decision =
        SeriesAssessment::new(&series, &bars, (&champion, None), &[], &[], &sizes(&series), &config).unwrap().decision;
    for rule in [RuleId::SevereShift, RuleId::WorseThanClimatology, RuleId::WorseRecently, RuleId::CovariateShift] {
        assert_eq!(decision.state(rule), RuleState::Unknown, "{rule}");
    }
    assert!(!decision.action.sends_notification());
}

#[test]
fn ties_of_a_flat_market_have_no_performance() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let flat = |bar: &Bar| Bar { open: 10.0, high: 10.0, low: 10.0, close: 10.0, ..*bar };
    let bars: Vec<Bar> = bars(700, 1).iter().map(flat).collect();
    let champion = champion(&series, day(600));
    let due = crate::forecast::due_forecasts(&series, &scored(bars[..690].to_vec()), &champion, &[], &[]).unwrap();
    let bars = scored(bars);
    let settled = settled_records(&series, &bars, due);
    assert!(!settled.is_empty() && settled.iter().all(|record| record.outcome == Some(Outcome::Tie)));
    let assessment =
        SeriesAssessment::new(&series, &bars, (&champion, None), &[], &settled, &sizes(&series), &config).unwrap();
    assert!(assessment.track_record.since_start.is_none(), "a tie is neither correct nor wrong");
}
