mod distribution;
mod escaping;
mod validity;
mod versions;

use super::*;
use crate::{
    champion::{ServingModel, ServingStatus},
    overview::SeriesInputs,
    serving_context::ServingContext,
};
use aws::{RunStatus, StoredEvaluation, StoredVerdict, VersionRecord, VersionStatus};
use contracts::{
    Warning, WarningCode,
    action::{AlertAction, AlertKind, Severity},
    events::{AlertRef, TrainReason},
    forecast::{DataRef, Edge, ForecastStatus, ModelRef, Validity},
};
use market_data::{
    Interval, Series,
    gaps::{GapState, QualityReport, TrackedGap},
    quality::{QualityFinding, QualityRule},
    window::BarWindow,
};
use model::Artifact;
use serde_json::{Value, json};
use std::sync::Arc;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2023-11-05T01:00:00Z")
}

fn series(slug: &str) -> Series {
    slug.parse().unwrap()
}

fn quality_report(series: &Series) -> QualityReport {
    let gap = |day: i64, state| TrackedGap {
        from: Interval::Day.step(now(), -day),
        to: Interval::Day.step(now(), -day),
        bars: 1,
        state,
        first_seen: now(),
        tried_at: now(),
        tries: 1,
    };
    let finding = QualityFinding {
        rule: QualityRule::ZeroVolume,
        time: at("2023-11-03T00:00:00Z"),
        source: "kraken".to_owned(),
        detail: "nothing was traded".to_owned(),
    };
    QualityReport {
        gaps: vec![gap(90, GapState::Outage), gap(60, GapState::Outage), gap(3, GapState::Open)],
        findings: vec![finding],
        ..QualityReport::new(series.symbol.clone(), series.interval, now())
    }
}

fn champion(series: &Series, edge: Edge) -> ServingModel {
    let trained = at("2023-10-29T06:00:00Z");
    let artifact = Artifact { edge, ..Artifact::climatology(series.clone(), 0.53, trained, trained, "run-1") };
    let record = VersionRecord {
        series: series.clone(),
        version: 3,
        run: "run-1".to_owned(),
        family: "logistic".to_owned(),
        artifact_key: "models/x".to_owned(),
        drift_key: None,
        sha256: "ab".repeat(32),
        format: 1,
        trained_at: trained,
        registered_at: trained,
        status: VersionStatus::Champion,
        edge,
        base_rate: 0.53,
        evaluation: StoredEvaluation::default(),
        verdict: None,
        judged_against: None,
        live_alpha: None,
        stored_at: None,
    };
    ServingModel { record, artifact: Arc::new(artifact), status: ServingStatus::Champion }
}

fn forecast(series: &Series, edge: Edge) -> Forecast {
    let decision_time = at("2023-11-05T00:00:00Z");
    let probability_up = 0.542;
    Forecast {
        series: series.clone(),
        decision_time,
        target_time: series.target_time(decision_time),
        expires_at: series.interval.step(decision_time, 1),
        probability_up,
        status: ForecastStatus::Ok,
        direction: Validity::new(&edge, [0.501, 0.583], []).direction,
        interval: [0.501, 0.583],
        edge,
        baseline_probability: 0.514,
        experts: vec![],
        distribution: Some(distribution::of(series)),
        novelty: None,
        model: ModelRef { version: 3, trained_at: now(), sha256: None },
        data: DataRef { last_bar: at("2023-11-04T00:00:00Z"), age_seconds: 3_600, source: "coinbase".to_owned() },
        warnings: Vec::new(),
    }
}

/// Report of 120 days.
fn report() -> ReportSummary {
    let recent: Vec<Value> = (0..120_i32)
        .map(|day| {
            let up = day * 7 % 5 < 3;
            let (slow, fast) = (f64::from(day) / 9.0, f64::from(day * 13 % 17 - 8));
            let probability = 0.51 + 0.03 * slow.sin() + 0.001 * fast;
            json!({
                "decision_time": Interval::Day.step(at("2023-07-08T00:00:00Z"), day.into()), "probability_up": probability,
                "baseline_probability": 0.514, "direction": "abstain", "live": true,
                "outcome": if day > 117 { Value::Null } else { json!(if up { "up" } else { "down" }) },
            })
        })
        .collect();
    let period = |n: usize| {
        json!({
            "n": n, "from": "2023-06-01T00:00:00Z", "log_loss": 0.6914, "log_loss_climatology": 0.6921, "brier_skill": 0.002,
            "brier_skill_ci": [-0.011, 0.014], "called": 0, "hit_rate": null,
        })
    };
    serde_json::from_value(json!({
        "as_of": "2023-11-05T00:05:00Z", "recent": recent,
        "performance": {"rolling": period(90), "since_promotion": period(6), "since_start": period(412), "complete": true,
            "settled": {"live": 412, "replayed": 30}},
        "challengers": [versions::evidence()],
    }))
    .unwrap()
}

fn run(series: &Series, status: RunStatus, promoted: Option<bool>) -> RunRecord {
    RunRecord {
        series: series.clone(),
        run: "run-1".to_owned(),
        reason: TrainReason::Drift,
        alert: (status == RunStatus::Finished).then(|| AlertRef {
            as_of: at("2023-10-29T00:05:00Z"),
            version: 2,
            rules: vec!["severe_shift".to_owned()],
            report_key: String::new(),
        }),
        started_at: at("2023-10-29T06:00:00Z"),
        finished_at: (status != RunStatus::Running).then(|| at("2023-10-29T06:01:07Z")),
        duration_ms: 67_000,
        status,
        dataset_hash: String::new(),
        feature_set: String::new(),
        config: Value::Null,
        seed: 1,
        code_version: String::new(),
        rows: 2_000,
        trials: 40,
        search: Value::Null,
        peak_memory_mb: None,
        holdout_log_loss: promoted.map(|_| 0.6907),
        evaluation: StoredEvaluation::default(),
        verdict: promoted.map(|promoted| StoredVerdict { promoted: Some(promoted), ..StoredVerdict::default() }),
        version: promoted.map(|_| 3),
        live_promotion: None,
    }
}

fn alert(series: &Series, kind: AlertKind, action: AlertAction) -> AlertRecord {
    AlertRecord {
        series: series.clone(),
        as_of: at("2023-10-29T00:05:00Z"),
        kind,
        action,
        severity: action.severity(),
        rules: vec!["severe_shift".to_owned()],
        text: "Weathervane has confirmed drift.\n\nWhat happened\n  - the log loss is 0.7100\n".to_owned(),
        report_key: format!("reports/{series}/2023-10-29T000500Z.html"),
        version: 2,
        quiet_until: None,
        repeats: 0,
        stored_at: None,
    }
}

fn page(slug: &str, edge: Edge) -> SeriesPage {
    let series = series(slug);
    let window = BarWindow {
        symbol: series.symbol.clone(),
        interval: series.interval,
        source: "coinbase".to_owned(),
        updated_at: now(),
        doubtful: Vec::new(),
        replayed: false,
        bars: vec![market_data::Bar {
            time: at("2023-11-04T00:00:00Z"),
            open: 1_800.0,
            high: 1_900.0,
            low: 1_700.0,
            close: 1_850.0,
            volume: 1.0,
        }],
    };
    let inputs = SeriesInputs {
        context: ServingContext {
            champion: Some(champion(&series, edge)),
            window: Some(Arc::new(window)),
            ..ServingContext::default()
        },
        quality_report: Some(Arc::new(quality_report(&series))),
        track_record: None,
        training_schedule: Some("cron(0 6 ? * SUN *)".to_owned()),
    };
    let change = |version: u32, reason: &str| AliasChange {
        series: series.clone(),
        version,
        previous: version.checked_sub(1).filter(|previous| *previous > 0),
        revision: version,
        at: at("2023-10-29T06:01:07Z"),
        reason: reason.to_owned(),
        stored_at: None,
    };
    SeriesPage {
        now: now(),
        forecast: Ok(forecast(&series, edge)),
        report: Ok(Some(report())),
        experts: Some(Arc::new(versions::experts())),
        challengers: Ok(vec![versions::challenger(&series)]),
        history: Ok(vec![change(3, "passed the gate: gain over champion 0.0031"), change(1, "first version")]),
        runs: Ok(vec![run(&series, RunStatus::Finished, Some(true)), run(&series, RunStatus::Failed, None)]),
        alerts: Ok(vec![alert(&series, AlertKind::Drift, AlertAction::Retrain)]),
        status: SeriesStatus::new(series, inputs, now()),
    }
}

fn weak() -> Edge {
    Edge::from_skill(0.012, [-0.004, 0.027], 365)
}

fn rendered(series: &[SeriesPage]) -> String {
    html(series, now(), "0.1.0").unwrap()
}

/// Text of a page without elements, with entities resolved and single spaces.
fn text(html: &str) -> String {
    let body = html.split("</head>").nth(1).unwrap();
    let text =
        body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    let text = text.replace("&#38;", "&").replace("&#9650;", "▲").replace("&#39;", "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_part_of_a_series_is_on_the_page() {
    let html = rendered(&[page("eth-usd-1d-h1", weak())]);
    let text = text(&html);
    for expected in [
        "ETH-USD, next day",
        "54.2 %",
        "50.1 % to 58.3 % Base rate 51.4 %",
        "2023-11-06 00:00 (in 23 hours)",
        "No proven edge",
        "+0.012 [-0.004, +0.027] Measured on 365 labels of the hold-out",
        "since promotion 2023-06-01 6 0.6914",
        "since the start 2023-06-01 412 0.6914 0.6921 +0.002 [-0.011, +0.014] none called",
        "412 forecasts stored before their target time, 30 in a replay",
        "3 (climatology)",
        "passed the gate: gain over champion 0.0031",
        "1 bar still searched for, in 1 gap; 2 in 2 outages",
        "2023-11-03 00:00, kraken: zero_volume , nothing was traded",
        "closed 60 minutes ago",
        "2023-10-29 00:05 warning retraining requested; version 2; severe_shift",
        "alert of 2023-10-29: severe_shift finished version 3, promoted 0.6907 67 seconds",
        "alert failed no version none 67 seconds",
        "cron(0 6 ? * SUN *)",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    let reports = ["reports/eth-usd-1d-h1/latest", "reports/eth-usd-1d-h1/2023-10-29T000500Z"];
    for link in reports.into_iter().chain(["v1/series", "openapi.json"]) {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn only_a_shown_edge_names_a_direction() {
    let abstains = text(&rendered(&[page("eth-usd-1d-h1", weak())]));
    assert!(abstains.contains("Abstains It names no direction, because nothing shows"), "{abstains}");
    assert!(!abstains.contains("▲ Up"), "{abstains}");
    let shown = Edge::from_skill(0.03, [0.01, 0.05], 365);
    let calls = text(&rendered(&[page("eth-usd-1d-h1", shown)]));
    assert!(calls.contains("▲ Up The close at the target time will be higher, says a model"), "{calls}");
    assert!(
        calls.contains("Edge shown On its hold-out it was better than the base rate by more than chance explains"),
        "{calls}"
    );
    assert!(!calls.contains("Abstains"), "{calls}");
}

#[test]
fn an_unreadable_part_is_named_and_affects_no_other() {
    let whole = page("eth-usd-1d-h1", weak());
    let broken = SeriesPage {
        forecast: Err("there is neither a model nor a bar for eth-usd-1d-h1 yet".to_owned()),
        report: Err(StoreUnavailable),
        challengers: Err(StoreUnavailable),
        history: Err(StoreUnavailable),
        runs: Err(StoreUnavailable),
        alerts: Err(StoreUnavailable),
        ..whole
    };
    let text = text(&rendered(&[broken, page("eth-usd-1h-h24", weak())]));
    assert_eq!(text.matches("could not be read").count(), 5, "{text}");
    assert!(text.contains("No forecast there is neither a model nor a bar"), "{text}");
    assert!(text.contains("ETH-USD, next 24 hours") && text.contains("passed the gate"), "the other series stands");
}

#[test]
fn a_series_without_data_has_a_page() {
    assert!(text(&rendered(&[])).contains("No series is configured"));
    let series = series("eth-usd-1d-h7");
    let empty = SeriesPage {
        now: now(),
        status: SeriesStatus::new(series, SeriesInputs::default(), now()),
        forecast: Err("there is neither a model nor a bar for eth-usd-1d-h7 yet".to_owned()),
        report: Ok(None),
        experts: None,
        challengers: Ok(Vec::new()),
        history: Ok(Vec::new()),
        runs: Ok(Vec::new()),
        alerts: Ok(Vec::new()),
    };
    let text = text(&rendered(&[empty]));
    for expected in [
        "ETH-USD, next week",
        "No model serves yet",
        "No bars have arrived yet",
        "No report has been written yet",
        "No version has served yet",
        "No version forecasts yet",
        "Alerts None so far",
        "Trainings None so far",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn expired_stale_and_simulated_data_are_marked() {
    let now = at("2023-11-09T00:00:00Z");
    let late = html(&[SeriesPage { now, ..page("eth-usd-1d-h1", weak()) }], now, "0.1.0").unwrap();
    assert!(text(&late).contains("Expired 2023-11-06 00:00 (3 days ago)"), "{}", text(&late));
    let mut stale = page("eth-usd-1d-h1", weak());
    stale.status.stale = true;
    stale.status.data.as_mut().unwrap().latest.source = "coinbase (simulated)".to_owned();
    let text = text(&rendered(&[stale]));
    let banner = contracts::warning::SIMULATED.trim_start_matches("the bars");
    assert!(text.contains(&format!("The bars{banner}.")) && text.matches("stale").count() == 2, "{text}");
}

#[test]
fn the_page_is_self_contained_and_has_no_scripts() {
    let html = rendered(&[page("eth-usd-1d-h1", weak()), page("eth-usd-1d-h7", weak())]);
    for outside in ["http://", "https://", "<script", "@import", "url(", " style=", "refresh", "onload"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    for element in ["<header>", "<main>", "<footer>", "lang=\"en\"", web::PAGE_SECURITY_POLICY] {
        assert!(html.contains(element), "{element}");
    }
    assert_eq!(html.matches("<th>").count() + html.matches("<th class").count(), 0, "each header says its scope");
    // The variable names a directory for the page, to view it in a browser.
    if let Some(directory) = std::env::var_os("WEATHERVANE_KEEP_PAGES") {
        std::fs::write(std::path::Path::new(&directory).join("dashboard.html"), html).unwrap();
    }
}
