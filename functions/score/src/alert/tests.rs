use super::*;
use crate::testing::{champion, crisis, day, of_bars, reference, series};
use monitoring::{MonitoringConfig, MonitoringDecision, NotificationRecord, plan_notifications};

fn place(series: &Series, as_of: Timestamp) -> ReportLocation {
    ReportLocation::for_report(series, as_of, Some("https://api.example.com"), "bucket")
}

/// Without the line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_mail_says_what_happened_since_when_and_what_is_done_about_it() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(960));
    let bars = crisis(1000, 40, 8);
    let reference = reference(&champion, &bars[..900]);
    let (market, config) = (of_bars(bars), MonitoringConfig::default());
    let findings = SeriesAssessment::new(&series, &market, &champion, Some(&reference), &[], &config).unwrap();
    let due = plan_notifications(&series, market.as_of, 3, &findings.decision, &[], &config).due;
    let [announcement] = &due[..] else { panic!("{due:?}") };
    let alert = build_alert(&series, announcement, Some(&findings), &place(&series, market.as_of));
    assert_eq!(subject(&series, announcement), "Weathervane eth-usd-1d-h1: training asked for: severe shift");
    let since = findings.upheaval.as_ref().unwrap().since.unwrap();
    for text in [
        since.strftime("Since %Y-%m-%d").to_string().as_str(),
        "version 3 (logistic), trained 2022-08-18",
        "- severe_shift, 2022-",
        "standard deviations above its mean in the 960 bars",
        "A training of eth-usd-1d-h1 is asked for",
        day(1047).strftime("not announced again before %Y-%m-%d").to_string().as_str(),
        "https://api.example.com/reports/eth-usd-1d-h1/2022-11-06T000500Z",
        "Features that moved most",
    ] {
        assert!(flat(&alert.text).contains(text), "{text} is not in\n{}", alert.text);
    }
    assert!(alert.text.is_ascii() && alert.text.lines().all(|line| line.len() <= 120));
    assert_eq!((alert.version, alert.as_of, alert.since), (3, market.as_of, Some(since)));
    assert_eq!((alert.kind, alert.action, alert.severity), (AlertKind::Drift, AlertAction::Retrain, Severity::Warning));
    assert_eq!((alert.rules.as_slice(), alert.reasons.len()), (&["severe_shift".to_owned()][..], 1));
}

#[test]
fn a_refused_champion_is_urgent_and_a_new_one_is_the_end_of_it() {
    let (series, config) = (series("eth-usd-1d-h1"), MonitoringConfig::default());
    let decision = MonitoringDecision::model_rejected("version 3 is refused: another hash", &config);
    let due = plan_notifications(&series, day(10), 3, &decision, &[], &config).due;
    let place = ReportLocation::of_latest(&series, None, "bucket");
    let urgent = build_alert(&series, &due[0], None, &place);
    assert_eq!(urgent.severity, Severity::Critical);
    assert!(
        subject(&series, &due[0]).contains("URGENT") && flat(&urgent.text).contains("another hash"),
        "{}",
        urgent.text
    );
    assert!(flat(&urgent.text).contains("version 3 makes no forecasts") && !urgent.text.contains("goes on serving"));
    assert!(urgent.text.contains("s3://bucket/reports/eth-usd-1d-h1/latest.html"), "{}", urgent.text);

    let log: Vec<NotificationRecord> = due.into_iter().map(|one| one.announced).collect();
    let due = plan_notifications(&series, day(11), 4, &MonitoringDecision::default(), &log, &config).due;
    let over = build_alert(&series, &due[0], None, &place);
    assert_eq!((over.kind, over.action, over.severity), (AlertKind::Recovery, AlertAction::None, Severity::Note));
    assert!(
        flat(&over.text).contains("version 4 serves now") && over.text.contains("- model_refused"),
        "{}",
        over.text
    );
    assert_eq!(subject(&series, &due[0]), "Weathervane eth-usd-1d-h1: over: model refused");
}
