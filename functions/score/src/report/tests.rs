use super::*;
use crate::{
    findings::Findings,
    forecast::{Champion, due},
    settle::{join, settlement},
    testing::{champion, crisis, day, of_bars, reference, series},
};
use aws::ForecastRecord;
use domain::{
    Warning, WarningCode,
    drift::DriftConfig,
    monitor::{Action, AlertKind, SourceChange},
};

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// A year of forecasts made day by day, then 40 days of crisis.
fn found(check: impl FnOnce(&Findings<'_>)) {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(900));
    let bars = crisis(960, 40, 5);
    let latest = of_bars(bars.clone());
    let mut records: Vec<ForecastRecord> = (901..=bars.len())
        .flat_map(|n| due(&series, &of_bars(bars[..n].to_vec()), &champion, &[]).unwrap())
        .map(|record| match settlement(&series, &latest, &record) {
            Some(settlement) => join(record, &settlement),
            None => record,
        })
        .collect();
    for record in records.iter_mut().take(20) {
        record.forecast.model.version = 2;
    }
    let reference = reference(&champion, &bars[..900]);
    let config = DriftConfig::default();
    check(&Findings::new(&series, &latest, &champion, Some(&reference), &records, &config).unwrap());
}

fn alert(findings: &Findings<'_>) -> AlertRecord {
    let (series, as_of) = (findings.series.clone(), day(999));
    AlertRecord {
        report_key: aws::keys::report(&series, as_of, "html"),
        series,
        as_of,
        kind: AlertKind::Drift,
        action: Action::Retrain,
        severity: Action::Retrain.severity(),
        rules: vec!["severe_shift".to_owned()],
        text: "What happened: range and volume.".to_owned(),
        version: 3,
        quiet_until: None,
        repeats: 1,
        stored_at: None,
    }
}

#[test]
fn the_page_shows_the_numbers_that_the_json_has() {
    found(|findings| {
        let report = Report::new(findings).unwrap();
        let html = report.html().unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["series"], "eth-usd-1d-h1");
        let shown = |value: f64, decimals: usize| assert!(html.contains(&format!("{value:.decimals$}")), "{value}");
        shown(100.0 * json["forecast"]["probability_up"].as_f64().unwrap(), 1);
        for (stretch, row) in
            [("rolling", "recent"), ("since_promotion", "since promotion"), ("since_start", "since the start")]
        {
            let stretch = &json["performance"][stretch];
            let date = &stretch["from"].as_str().unwrap()[..10];
            let cells = format!(
                ">{row}</th><td data-label=\"from\">{date}</td><td data-label=\"settled\">{}</td>",
                stretch["n"]
            );
            assert!(html.contains(&cells), "{cells}");
        }
        let rolling = &json["performance"]["rolling"];
        assert_eq!(rolling["n"], 90);
        shown(rolling["log_loss"].as_f64().unwrap(), 4);
        shown(rolling["log_loss_climatology"].as_f64().unwrap(), 4);
        shown(json["expected"]["rolling"]["log_loss"].as_f64().unwrap(), 4);
        let came = format!("as they came</th><td data-label=\"count\">{}</td>", json["performance"]["champion"]["n"]);
        assert!(html.contains(&came), "beside the estimate stands what came of the same champion");
        shown(json["sequential"]["worse_than_climatology"]["e_value"].as_f64().unwrap(), 2);
        shown(json["upheaval"]["statistics"][0]["z"].as_f64().unwrap(), 2);
        for bin in json["reliability"].as_array().unwrap() {
            shown(100.0 * bin["up"].as_f64().unwrap(), 1);
        }
        assert_eq!(json["served"].as_array().unwrap().len(), 2);
        assert!(json["rolling_skill"].as_array().unwrap().len() > 10);
    });
}

#[test]
fn the_page_has_every_rule_every_chart_and_every_section() {
    found(|findings| {
        let mut report = Report::new(findings).unwrap();
        report.alerts = vec![alert(findings)];
        let html = report.html().unwrap();
        assert_eq!(report.decision.findings.len(), 10);
        for finding in &report.decision.findings {
            let text = finding.text.replace('\'', "&#39;").replace('<', "&#60;").replace('>', "&#62;");
            assert!(html.contains(&finding.rule.as_str().replace('_', " ")) && html.contains(&text), "{finding:?}");
        }
        assert_eq!(html.matches("class=\"chart\"").count(), 8, "charts");
        assert_eq!(html.matches("class=\"gauge\"").count(), 1);
        assert_eq!(html.matches("class=\"bar\"").count(), 15, "features");
        for heading in [
            "Forecast",
            "Concluded",
            "Price with forecasts",
            "Forecasts and outcomes",
            "Rolling skill",
            "Reliability",
            "Which version served",
            "Is the champion worse?",
            "Track record",
            "Features that moved most",
            "Range and volume",
            "After costs",
            "Data",
            "Alerts before this report",
            "Last forecasts",
        ] {
            assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
        }
        assert!(html.contains("Expected performance <span class=\"tag is-note\">estimate</span>"));
        for text in ["Noted", "The bars are simulated, not real market data.", "version 3 (logistic)", "severe_shift"] {
            assert!(html.contains(text), "{text}");
        }
        let window = report.drift.as_ref().and_then(|drift| drift.windows.last()).unwrap();
        let moved = crate::alert::most_moved(window)[0];
        for ratio in [moved.psi.ratio.unwrap(), moved.jensen_shannon.ratio.unwrap()] {
            assert!(html.contains(&format!("<td>{ratio:.2}</td>")), "{ratio} of {}", moved.name);
        }
        for link in ["../../", "latest", "2022-09-27T000500Z.json", "2022-09-26T000000Z"] {
            assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
        }
    });
}

#[test]
fn the_page_asks_no_other_host_and_runs_no_script() {
    found(|findings| {
        let html = Report::new(findings).unwrap().html().unwrap();
        for outside in ["http://", "https://", "<script", "@import", "url(", " style=", "refresh"] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains(chart::POLICY));
        // Looked at with a browser: where the variable names a directory, the page is kept there.
        if let Some(directory) = std::env::var_os("WEATHERVANE_KEEP_PAGES") {
            std::fs::write(std::path::Path::new(&directory).join("report.html"), html).unwrap();
        }
    });
}

#[test]
fn text_from_outside_is_escaped() {
    found(|findings| {
        let mut report = Report::new(findings).unwrap();
        report.data.source = HOSTILE.to_owned();
        report.champion.family = HOSTILE.to_owned();
        report.forecast = report
            .forecast
            .map(|forecast| Forecast { warnings: vec![Warning::new(WarningCode::Unclassified, HOSTILE)], ..forecast });
        report.health.source = HOSTILE.to_owned();
        let change = |text: &str| SourceChange { at: day(990), before: text.to_owned(), after: text.to_owned() };
        report.health.source_change = Some(change(HOSTILE));
        report.decision.findings[0].text = HOSTILE.to_owned();
        report.alerts = vec![AlertRecord {
            text: HOSTILE.to_owned(),
            rules: vec![HOSTILE.to_owned()],
            report_key: "javascript:alert(1)".to_owned(),
            ..alert(findings)
        }];
        let html = report.html().unwrap();
        assert!(!html.contains("<script") && !html.contains("javascript:"));
        assert_eq!(html.matches("&#60;script&#62;").count(), 9);
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
    let html = Report::new(&findings).unwrap().html().unwrap();
    for text in [
        "Drift is not measured",
        "No live forecast is settled as up or down yet",
        "Not enough forecasts yet",
        "Not measured: too little history",
        "None so far",
        "cannot tell",
    ] {
        assert!(html.contains(text), "{text}");
    }
}
