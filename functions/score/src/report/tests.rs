use super::Report;
use crate::{
    findings::Findings,
    forecast::{Champion, due},
    settle::{join, settlement},
    testing::{champion, crisis, day, of_bars, reference, series},
};
use aws::ForecastRecord;
use domain::{drift::DriftConfig, forecast::Forecast};

/// A year of forecasts made day by day, then 40 days of crisis.
fn found(check: impl FnOnce(&Findings<'_>)) {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(900));
    let bars = crisis(960, 40, 8);
    let latest = of_bars(bars.clone());
    let records: Vec<ForecastRecord> = (901..=bars.len())
        .flat_map(|n| due(&series, &of_bars(bars[..n].to_vec()), &champion, &[]).unwrap())
        .map(|record| match settlement(&series, &latest, &record) {
            Some(settlement) => join(record, &settlement),
            None => record,
        })
        .collect();
    let reference = reference(&champion, &bars[..900]);
    let config = DriftConfig::default();
    check(&Findings::new(&series, &latest, &champion, Some(&reference), &records, &config).unwrap());
}

#[test]
fn the_page_shows_the_numbers_that_the_json_has() {
    found(|findings| {
        let report = Report::new(findings);
        let html = report.html().unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["series"], "eth-usd-1d-h1");
        assert_eq!(json["drift"]["decision"]["confirmed"], true);
        let shown = |value: f64, decimals: usize| assert!(html.contains(&format!("{value:.decimals$}")), "{value}");
        shown(100.0 * json["forecast"]["probability_up"].as_f64().unwrap(), 1);
        let rolling = &json["performance"]["rolling"];
        assert_eq!(rolling["n"], 90);
        shown(rolling["log_loss"].as_f64().unwrap(), 4);
        shown(rolling["log_loss_climatology"].as_f64().unwrap(), 4);
        for reason in json["drift"]["decision"]["reasons"].as_array().unwrap() {
            assert!(html.contains(reason.as_str().unwrap()));
        }
        for text in ["Drift is confirmed", "The market data is simulated", "version 3 (logistic)"] {
            assert!(html.contains(text), "{text}");
        }
        assert_eq!(html.matches("<svg").count(), 3);
    });
}

#[test]
fn the_page_asks_no_other_host_and_runs_no_script() {
    found(|findings| {
        let html = Report::new(findings).html().unwrap();
        for outside in ["http://", "https://", "<script", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    });
}

#[test]
fn text_from_outside_is_escaped() {
    found(|findings| {
        let mut report = Report::new(findings);
        let hostile = "<script>alert(1)</script>\"'&";
        report.data.source = hostile.to_owned();
        report.champion.family = hostile.to_owned();
        report.forecast = report.forecast.map(|forecast| Forecast { warnings: vec![hostile.to_owned()], ..forecast });
        let html = report.html().unwrap();
        assert!(!html.contains("<script"));
        assert_eq!(html.matches("&#60;script&#62;").count(), 3);
    });
}

#[test]
fn a_first_day_without_record_or_reference_has_a_page_too() {
    let series = series("eth-usd-1d-h1");
    let champion: Champion = champion(&series, day(100));
    let market = of_bars(crisis(120, 0, 1));
    let records = due(&series, &market, &champion, &[]).unwrap();
    let config = DriftConfig::default();
    let findings = Findings::new(&series, &market, &champion, None, &records, &config).unwrap();
    let html = Report::new(&findings).html().unwrap();
    for text in ["Drift is not measured", "No live forecast is settled yet", "Not enough forecasts yet"] {
        assert!(html.contains(text), "{text}");
    }
}
