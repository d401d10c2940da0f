use super::*;
use crate::testing::{
    bars_with_crisis, champion, day, drift_reference, live_records, scored, scored_days, series, settled_records, sizes,
};
use monitoring::{MonitoringConfig, MonitoringDecision, NotificationRecord, plan_notifications};

fn location(series: &Series, as_of: Timestamp) -> ReportLocation {
    ReportLocation::for_report(series, as_of, Some("https://api.example.com"), "bucket")
}

fn without_line_breaks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_drift_mail_has_evidence_action_and_link() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(960));
    let bars = bars_with_crisis(1000, 40, 8);
    let reference = drift_reference(&champion, &bars[..900]);
    let (bars, config) = (scored(bars), MonitoringConfig::default());
    let assessment =
        SeriesAssessment::new(&series, &bars, (&champion, Some(&reference)), &[], &[], &sizes(&series), &config)
            .unwrap();
    let due = plan_notifications(&series, bars.as_of, 3, &assessment.decision, &[], &config).due;
    let [notification] = &due[..] else { panic!("{due:?}") };
    let alert = build_alert(&series, notification, Some(&assessment), &location(&series, bars.as_of));
    assert_eq!(subject(&series, notification), "Weathervane eth-usd-1d-h1: retraining requested: severe shift");
    let since = assessment.regime_shift.as_ref().unwrap().since.unwrap();
    for text in [
        "Weathervane requested retraining of eth-usd-1d-h1.",
        since.strftime("Since %Y-%m-%d").to_string().as_str(),
        "version 3 (logistic), trained 2022-08-18",
        "- severe_shift, 2022-",
        "standard deviations above its mean in the 960 bars",
        "Retraining of eth-usd-1d-h1 was requested",
        "version 3 continues to serve",
        day(1047).strftime("not notified again before %Y-%m-%d").to_string().as_str(),
        "https://api.example.com/reports/eth-usd-1d-h1/2022-11-06T000500Z",
        "Features with the largest drift",
    ] {
        assert!(without_line_breaks(&alert.text).contains(text), "{text} is not in\n{}", alert.text);
    }
    assert!(alert.text.is_ascii() && alert.text.lines().all(|line| line.len() <= 120));
    assert_eq!((alert.version, alert.as_of, alert.since), (3, bars.as_of, Some(since)));
    assert_eq!((alert.kind, alert.action, alert.severity), (AlertKind::Drift, AlertAction::Retrain, Severity::Warning));
    assert_eq!((alert.rules.as_slice(), alert.reasons.len()), (&["severe_shift".to_owned()][..], 1));
}

#[test]
fn an_alert_on_the_odds_says_odds_and_band() {
    let series = series("eth-usd-1d-h1");
    let (champion, bars) = (champion(&series, day(600)), scored_days(720));
    let records = settled_records(&series, &bars, live_records(&series, &champion, 700..=720));
    let odds_alerts = vec!["odds.either_3pct > 0.01".parse().unwrap()];
    let config = MonitoringConfig { odds_alerts, ..MonitoringConfig::default() };
    let assessment =
        SeriesAssessment::new(&series, &bars, (&champion, None), &[], &records, &sizes(&series), &config).unwrap();
    let due = plan_notifications(&series, bars.as_of, 3, &assessment.decision, &[], &config).due;
    let [notification] = &due[..] else { panic!("{due:?}") };
    assert_eq!(subject(&series, notification), "Weathervane eth-usd-1d-h1: odds above limit");
    let alert = build_alert(&series, notification, Some(&assessment), &location(&series, bars.as_of));
    for text in [
        "Odds are above their limit: a move of more than 3 % has a probability of",
        "the price moves more than 3 % in",
        "of 20 such cases (probability",
        "The 80 % band at 2021-12-22 00:00 UTC is",
        "retraining does not change the market",
    ] {
        assert!(without_line_breaks(&alert.text).contains(text), "{text} is not in\n{}", alert.text);
    }
    assert!(alert.text.is_ascii() && alert.text.lines().all(|line| line.len() <= 120));
}

#[test]
fn a_rejected_champion_is_urgent_until_another_serves() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let decision = MonitoringDecision::model_rejected("rejected version 3: another hash", &config);
    let due = plan_notifications(&series, day(10), 3, &decision, &[], &config).due;
    let location = ReportLocation::latest(&series, None, "bucket");
    let urgent = build_alert(&series, &due[0], None, &location);
    assert_eq!(urgent.severity, Severity::Critical);
    assert!(subject(&series, &due[0]).contains("URGENT"));
    let text = without_line_breaks(&urgent.text);
    assert!(text.contains("another hash"), "{text}");
    assert!(text.contains("version 3 makes no forecasts") && !text.contains("continues to serve"), "{text}");
    assert!(text.contains("s3://bucket/reports/eth-usd-1d-h1/latest.html"), "{text}");

    let log: Vec<NotificationRecord> = due.into_iter().map(|notification| notification.record).collect();
    let due = plan_notifications(&series, day(11), 4, &MonitoringDecision::default(), &log, &config).due;
    let recovery = build_alert(&series, &due[0], None, &location);
    assert_eq!(
        (recovery.kind, recovery.action, recovery.severity),
        (AlertKind::Recovery, AlertAction::None, Severity::Note)
    );
    let text = without_line_breaks(&recovery.text);
    assert!(text.contains("version 4 serves now") && text.contains("- model_refused"), "{text}");
    assert_eq!(subject(&series, &due[0]), "Weathervane eth-usd-1d-h1: recovered: model refused");
}
