use super::*;
use crate::{
    assessment::SeriesAssessment,
    forecast::due_forecasts,
    testing::{bars_with_crisis, champion, day, drift_reference, scored, series, settled_records, sizes},
};
use contracts::{
    Warning, WarningCode,
    action::{AlertAction, AlertKind},
    report::ReportSummary,
};
use monitoring::{ChallengerEvidence, MonitoringConfig, PartEvidence, RuleId, SourceChange};

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// Assesses forecasts made day by day over two months, then 40 days of a crisis.
fn with_assessment(check: impl FnOnce(&SeriesAssessment<'_>)) {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(900));
    let bars = bars_with_crisis(960, 40, 5);
    let latest = scored(bars.clone());
    let live = (901..=bars.len())
        .flat_map(|n| due_forecasts(&series, &scored(bars[..n].to_vec()), &champion, &[], &[]).unwrap());
    let mut records = settled_records(&series, &latest, live);
    for record in records.iter_mut().take(20) {
        record.forecast.model.version = 2;
    }
    let reference = drift_reference(&champion, &bars[..900]);
    let config = MonitoringConfig::default();
    check(
        &SeriesAssessment::new(
            &series,
            &latest,
            (&champion, Some(&reference)),
            &[],
            &records,
            &sizes(&series),
            &config,
        )
        .unwrap(),
    );
}

fn alert(assessment: &SeriesAssessment<'_>) -> AlertRecord {
    let (series, as_of) = (assessment.series.clone(), day(999));
    AlertRecord {
        report_key: aws::keys::report(&series, as_of, "html"),
        series,
        as_of,
        kind: AlertKind::Drift,
        action: AlertAction::Retrain,
        severity: AlertAction::Retrain.severity(),
        rules: vec!["severe_shift".to_owned()],
        text: "What happened: range and volume.".to_owned(),
        version: 3,
        quiet_until: None,
        repeats: 1,
        stored_at: None,
    }
}

#[test]
fn the_json_has_the_summary_that_predict_reads() {
    with_assessment(|assessment| {
        let part = PartEvidence {
            n: 41,
            gain_over_champion: 0.001,
            gain_over_climatology: 0.002,
            skill: 0.0029,
            e_champion: 3.1,
            e_climatology: 7.5,
            growth: 6.8,
            threshold: 400.0,
            better: false,
        };
        let challenger = ChallengerEvidence {
            version: 4,
            champion: 3,
            from: day(901),
            through: day(941),
            direction: Some(part),
            distribution: Some(part),
        };
        let report = Report { challengers: vec![challenger], ..Report::new(assessment).unwrap() };
        let summary: ReportSummary = serde_json::from_value(serde_json::to_value(&report).unwrap()).unwrap();
        assert_eq!((summary.as_of, summary.recent.len()), (Some(report.as_of), report.recent.len()));
        assert_eq!(summary.performance, report.performance.summary());
        let live = serde_json::to_value(&summary.challengers[0].evidence).unwrap();
        let mut written = serde_json::to_value(&report.challengers[0]).unwrap();
        assert_eq!(written.as_object_mut().unwrap().remove("version"), Some(summary.challengers[0].version.into()));
        assert_eq!(live, written, "no field is lost");
    });
}

#[test]
fn the_page_shows_the_numbers_of_the_json() {
    with_assessment(|assessment| {
        let report = Report::new(assessment).unwrap();
        let html = report.html().unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["series"], "eth-usd-1d-h1");
        let assert_shown =
            |value: f64, decimals: usize| assert!(html.contains(&format!("{value:.decimals$}")), "{value}");
        assert_shown(100.0 * json["forecast"]["probability_up"].as_f64().unwrap(), 1);
        for (period, row) in
            [("rolling", "recent"), ("since_promotion", "since promotion"), ("since_start", "since the start")]
        {
            let performance = &json["performance"][period];
            let date = &performance["from"].as_str().unwrap()[..10];
            let cells = format!(
                ">{row}</th><td data-label=\"from\">{date}</td><td data-label=\"settled\">{}</td>",
                performance["n"]
            );
            assert!(html.contains(&cells), "{cells}");
        }
        let rolling = &json["performance"]["rolling"];
        assert_eq!(rolling["n"], 90);
        assert_shown(rolling["log_loss"].as_f64().unwrap(), 4);
        assert_shown(rolling["log_loss_climatology"].as_f64().unwrap(), 4);
        assert_shown(json["expected"]["rolling"]["log_loss"].as_f64().unwrap(), 4);
        let realised = format!(
            "this champion, realised</th><td data-label=\"count\">{}</td>",
            json["performance"]["champion"]["n"]
        );
        assert!(html.contains(&realised), "the realised performance of the same champion is missing");
        assert_shown(json["sequential"]["worse_than_climatology"]["e_value"].as_f64().unwrap(), 2);
        assert_shown(json["regime_shift"]["statistics"][0]["z"].as_f64().unwrap(), 2);
        let distribution = &json["performance"]["distribution"]["since_start"];
        assert_shown(100.0 * distribution["coverage"][1].as_f64().unwrap(), 1);
        assert_shown(100.0 * distribution["crps_skill"].as_f64().unwrap(), 1);
        assert_shown(json["forecast"]["distribution"]["bands"][1]["prices"][0].as_f64().unwrap(), 0);
        assert_eq!(json["distribution"]["fan"].as_array().unwrap().len(), 60);
        assert!(json["distribution"]["over_time"].as_array().unwrap().len() > 10);
        for bin in json["reliability"].as_array().unwrap() {
            assert_shown(100.0 * bin["up"].as_f64().unwrap(), 1);
        }
        assert_eq!(json["service_periods"].as_array().unwrap().len(), 2);
        assert!(json["rolling_skill"].as_array().unwrap().len() > 10);
    });
}

#[test]
fn the_page_has_all_rules_charts_and_sections() {
    with_assessment(|assessment| {
        let mut report = Report::new(assessment).unwrap();
        report.alerts = vec![alert(assessment)];
        let html = report.html().unwrap();
        assert_eq!(report.decision.findings.len(), RuleId::ALL.len());
        for finding in &report.decision.findings {
            let text = finding.text.replace('\'', "&#39;").replace('<', "&#60;").replace('>', "&#62;");
            assert!(html.contains(&finding.rule.as_str().replace('_', " ")) && html.contains(&text), "{finding:?}");
        }
        assert_eq!(html.matches("class=\"chart\"").count(), 12, "charts");
        assert_eq!(html.matches("class=\"gauge\"").count(), 1);
        assert_eq!(html.matches("class=\"bar\"").count(), 15, "features");
        for heading in [
            "Forecast",
            "Size of the next move",
            "Moves in their bands",
            "Outcomes by tenth of the distribution",
            "Coverage over time",
            "Distribution skill over time",
            "Track record of the distributions",
            "Decision",
            "Price with forecasts",
            "Forecasts and outcomes",
            "Rolling skill",
            "Reliability",
            "Versions in service",
            "Sequential tests",
            "Track record",
            "Features with the largest drift",
            "Range and volume",
            "After costs",
            "Data",
            "Alerts before this report",
            "Latest forecasts",
        ] {
            assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
        }
        assert!(html.contains("Expected performance <span class=\"tag is-note\">estimate</span>"));
        for text in
            ["Change noted", "The bars are simulated, not real market data.", "version 3 (logistic)", "severe_shift"]
        {
            assert!(html.contains(text), "{text}");
        }
        let window = report.drift.as_ref().and_then(|drift| drift.windows.last()).unwrap();
        let largest = crate::alert::largest_drifts(window)[0];
        for ratio in [largest.psi.ratio.unwrap(), largest.jensen_shannon.ratio.unwrap()] {
            assert!(html.contains(&format!("<td>{ratio:.2}</td>")), "{ratio} of {}", largest.name);
        }
        for link in ["../../", "latest", "2022-09-27T000500Z.json", "2022-09-26T000000Z"] {
            assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
        }
    });
}

#[test]
fn the_page_loads_nothing_and_runs_no_script() {
    with_assessment(|assessment| {
        let html = Report::new(assessment).unwrap().html().unwrap();
        for outside in ["http://", "https://", "<script", "@import", "url(", " style=", "refresh"] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains(web::PAGE_SECURITY_POLICY));
        // For a look with a browser: the variable names the directory that keeps the page.
        if let Some(directory) = std::env::var_os("WEATHERVANE_KEEP_PAGES") {
            std::fs::write(std::path::Path::new(&directory).join("report.html"), html).unwrap();
        }
    });
}

#[test]
fn external_text_is_escaped() {
    with_assessment(|assessment| {
        let mut report = Report::new(assessment).unwrap();
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
            ..alert(assessment)
        }];
        let html = report.html().unwrap();
        assert!(!html.contains("<script") && !html.contains("javascript:"));
        assert_eq!(html.matches("&#60;script&#62;").count(), 9);
    });
}

#[test]
fn a_first_day_without_track_record_has_a_page() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(100));
    let bars = scored(bars_with_crisis(120, 0, 1));
    let records = due_forecasts(&series, &bars, &champion, &[], &[]).unwrap();
    let config = MonitoringConfig::default();
    let assessment =
        SeriesAssessment::new(&series, &bars, (&champion, None), &[], &records, &sizes(&series), &config).unwrap();
    let html = Report::new(&assessment).unwrap().html().unwrap();
    for text in [
        "Drift is not measured",
        "No live forecast is settled as up or down yet",
        "Not enough forecasts yet",
        "Not measured: too little history",
        "None so far",
        ">unknown</td>",
    ] {
        assert!(html.contains(text), "{text}");
    }
}
