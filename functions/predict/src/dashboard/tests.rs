use super::*;
use crate::{
    champion::{Champion, Standing},
    forecast::Situation,
    overview::Known,
};
use aws::{RunStatus, VersionRecord, VersionStatus};
use domain::{
    Interval, Series, Warning, WarningCode,
    event::{AlertRef, TrainReason},
    forecast::{DataRef, Direction, Edge, ModelRef},
    gaps::{GapState, KnownGap, Ledger},
    monitor::{Action, AlertKind, Severity},
    quality::{Finding, Rule},
    window::Window,
};
use model::Artifact;
use serde_json::{Value, json};
use std::sync::Arc;

const HOSTILE: &str = "<script>alert(1)</script>\"'&";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2023-11-05T01:00:00Z")
}

fn of(slug: &str) -> Series {
    slug.parse().unwrap()
}

fn ledger(series: &Series) -> Ledger {
    let gap = |day: i64, state| KnownGap {
        from: Interval::Day.step(now(), -day),
        to: Interval::Day.step(now(), -day),
        bars: 1,
        state,
        first_seen: now(),
        tried_at: now(),
        tries: 1,
    };
    let finding = Finding {
        rule: Rule::ZeroVolume,
        time: at("2023-11-03T00:00:00Z"),
        source: "kraken".to_owned(),
        detail: "nothing was traded".to_owned(),
    };
    Ledger {
        gaps: vec![gap(90, GapState::Outage), gap(60, GapState::Outage), gap(3, GapState::Open)],
        findings: vec![finding],
        ..Ledger::new(series.symbol.clone(), series.interval, now())
    }
}

fn champion(series: &Series, edge: Edge) -> Champion {
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
        evaluation: Value::Null,
        verdict: None,
        judged_against: None,
        stored_at: None,
    };
    Champion { record, artifact: Arc::new(artifact), standing: Standing::AsRegistered }
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
        direction: Direction::decide(probability_up, &edge),
        interval: [0.501, 0.583],
        edge,
        baseline_probability: 0.514,
        model: ModelRef { version: 3, trained_at: now(), sha256: None },
        data: DataRef { last_bar: at("2023-11-04T00:00:00Z"), age_seconds: 3_600, source: "coinbase".to_owned() },
        warnings: Vec::new(),
    }
}

/// A report of 120 days.
fn record() -> Record {
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
    let stretch = |n: usize| {
        json!({
            "n": n, "from": "2023-06-01T00:00:00Z", "log_loss": 0.6914, "log_loss_climatology": 0.6921, "brier_skill": 0.002,
            "brier_skill_ci": [-0.011, 0.014], "called": 0, "hit_rate": null,
        })
    };
    serde_json::from_value(json!({
        "as_of": "2023-11-05T00:05:00Z", "recent": recent,
        "performance": {"rolling": stretch(90), "since_promotion": stretch(6), "since_start": stretch(412), "whole": true,
            "settled": {"live": 412, "replayed": 30}},
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
        evaluation: Value::Null,
        verdict: promoted.map_or(Value::Null, |promoted| json!({"promoted": promoted})),
        version: promoted.map(|_| 3),
    }
}

fn alert(series: &Series, kind: AlertKind, action: Action) -> AlertRecord {
    AlertRecord {
        series: series.clone(),
        as_of: at("2023-10-29T00:05:00Z"),
        kind,
        action,
        severity: action.severity(),
        rules: vec!["severe_shift".to_owned()],
        text: "Weathervane has confirmed drift.\n\nWhat happened\n  - the log loss of 90 forecasts is 0.7100\n"
            .to_owned(),
        report_key: format!("reports/{series}/2023-10-29T000500Z.html"),
        version: 2,
        quiet_until: None,
        repeats: 0,
        stored_at: None,
    }
}

fn page(slug: &str, edge: Edge) -> SeriesPage {
    let series = of(slug);
    let window = Window {
        symbol: series.symbol.clone(),
        interval: series.interval,
        source: "coinbase".to_owned(),
        updated_at: now(),
        doubtful: Vec::new(),
        replayed: false,
        bars: vec![domain::Bar {
            time: at("2023-11-04T00:00:00Z"),
            open: 1_800.0,
            high: 1_900.0,
            low: 1_700.0,
            close: 1_850.0,
            volume: 1.0,
        }],
    };
    let known = Known {
        situation: Situation {
            champion: Some(champion(&series, edge)),
            window: Some(Arc::new(window)),
            ..Situation::default()
        },
        ledger: Some(Arc::new(ledger(&series))),
        realised: None,
        training_schedule: Some("cron(0 6 ? * SUN *)".to_owned()),
    };
    let moved = |version: u32, reason: &str| HistoryRecord {
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
        record: Ok(Some(record())),
        history: Ok(vec![moved(3, "passed the gate: gain over champion 0.0031"), moved(1, "first version")]),
        runs: Ok(vec![run(&series, RunStatus::Finished, Some(true)), run(&series, RunStatus::Failed, None)]),
        alerts: Ok(vec![alert(&series, AlertKind::Drift, Action::Retrain)]),
        status: SeriesStatus::of(series, known, now()),
    }
}

fn weak() -> Edge {
    Edge::from_skill(0.012, [-0.004, 0.027], 365)
}

fn rendered(series: &[SeriesPage]) -> String {
    html(series, now(), "0.1.0").unwrap()
}

/// The text, without elements and with entities resolved, words parted by one space.
fn text(html: &str) -> String {
    let body = html.split("</head>").nth(1).unwrap();
    let text =
        body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    let text = text.replace("&#38;", "&").replace("&#9650;", "▲").replace("&#39;", "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_part_of_a_series_is_there() {
    let html = rendered(&[page("eth-usd-1d-h1", weak())]);
    let text = text(&html);
    for shown in [
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
        "1 bar still looked for, in 1 gap; 2 in 2 outages",
        "2023-11-03 00:00, kraken: zero_volume , nothing was traded",
        "closed 60 minutes ago",
        "2023-10-29 00:05 warning training asked for; version 2; severe_shift",
        "alert of 2023-10-29: severe_shift finished version 3, promoted 0.6907 67 seconds",
        "alert failed no version none 67 seconds",
        "cron(0 6 ? * SUN *)",
    ] {
        assert!(text.contains(shown), "{shown:?} is not in\n{text}");
    }
    for link in
        ["reports/eth-usd-1d-h1/latest", "reports/eth-usd-1d-h1/2023-10-29T000500Z", "v1/series", "openapi.json"]
    {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
    }
}

#[test]
fn without_a_significant_edge_it_says_that_it_abstains_and_with_one_which_way() {
    let abstains = text(&rendered(&[page("eth-usd-1d-h1", weak())]));
    assert!(abstains.contains("Abstains It names no direction, because nothing shows"), "{abstains}");
    assert!(!abstains.contains("▲ Up"), "{abstains}");
    let calls = text(&rendered(&[page("eth-usd-1d-h1", Edge::from_skill(0.03, [0.01, 0.05], 365))]));
    assert!(calls.contains("▲ Up The close at the target time will be higher, says a model"), "{calls}");
    assert!(
        calls.contains("An edge On its hold-out it was better than the base rate by more than chance explains"),
        "{calls}"
    );
    assert!(!calls.contains("Abstains"), "{calls}");
}

#[test]
fn a_part_that_could_not_be_read_is_named_and_the_others_stand() {
    let whole = page("eth-usd-1d-h1", weak());
    let broken = SeriesPage {
        forecast: Err("there is neither a model nor a bar for eth-usd-1d-h1 yet".to_owned()),
        record: Err(Unread),
        history: Err(Unread),
        runs: Err(Unread),
        alerts: Err(Unread),
        ..whole
    };
    let text = text(&rendered(&[broken, page("eth-usd-1h-h24", weak())]));
    assert_eq!(text.matches("could not be read").count(), 4, "{text}");
    assert!(text.contains("No forecast there is neither a model nor a bar"), "{text}");
    assert!(text.contains("ETH-USD, next 24 hours") && text.contains("passed the gate"), "the other series stands");
}

#[test]
fn a_system_that_has_just_begun_reads_well() {
    assert!(text(&rendered(&[])).contains("No series is configured"));
    let series = of("eth-usd-1d-h7");
    let begun = SeriesPage {
        now: now(),
        status: SeriesStatus::of(series, Known::default(), now()),
        forecast: Err("there is neither a model nor a bar for eth-usd-1d-h7 yet".to_owned()),
        record: Ok(None),
        history: Ok(Vec::new()),
        runs: Ok(Vec::new()),
        alerts: Ok(Vec::new()),
    };
    let text = text(&rendered(&[begun]));
    for shown in [
        "ETH-USD, next week",
        "No model serves yet",
        "No bars have arrived yet",
        "No report has been written yet",
        "No version has served yet",
        "Alerts None so far",
        "Trainings None so far",
    ] {
        assert!(text.contains(shown), "{shown:?} is not in\n{text}");
    }
}

#[test]
fn an_expired_forecast_stale_bars_and_simulated_markets_are_said_to_be_so() {
    let now = at("2023-11-09T00:00:00Z");
    let late = html(&[SeriesPage { now, ..page("eth-usd-1d-h1", weak()) }], now, "0.1.0").unwrap();
    assert!(text(&late).contains("Expired 2023-11-06 00:00 (3 days ago)"), "{}", text(&late));
    let mut stale = page("eth-usd-1d-h1", weak());
    stale.status.stale = true;
    stale.status.data.as_mut().unwrap().latest.source = "coinbase (simulated)".to_owned();
    let text = text(&rendered(&[stale]));
    let banner = domain::warning::SIMULATED.trim_start_matches("the bars");
    assert!(text.contains(&format!("The bars{banner}.")) && text.matches("stale").count() == 2, "{text}");
}

#[test]
fn whatever_comes_from_outside_is_text() {
    let mut page = page("eth-usd-1d-h1", weak());
    page.status.warnings.push(Warning::new(WarningCode::Unclassified, HOSTILE));
    page.status.training_schedule = Some(HOSTILE.to_owned());
    if let Some(data) = &mut page.status.data {
        data.latest.source = HOSTILE.to_owned();
        if let Some(quality) = &mut data.quality {
            quality.flags[0].detail = HOSTILE.to_owned();
            quality.flags[0].source = HOSTILE.to_owned();
        }
    }
    if let Some(champion) = &mut page.status.champion {
        champion.family = HOSTILE.to_owned();
    }
    let hostile_warning = vec![Warning::new(WarningCode::Unclassified, HOSTILE)];
    page.forecast = page.forecast.map(|forecast| Forecast { warnings: hostile_warning, ..forecast });
    let series = of("eth-usd-1d-h1");
    let hostile = AlertRecord {
        rules: vec![HOSTILE.to_owned()],
        text: HOSTILE.to_owned(),
        report_key: format!("javascript:alert(1)//{HOSTILE}/latest.html"),
        severity: Severity::Critical,
        ..alert(&series, AlertKind::Notice, Action::Warn)
    };
    page.alerts = Ok(vec![hostile]);
    page.history = page
        .history
        .map(|moves| moves.into_iter().map(|one| HistoryRecord { reason: HOSTILE.to_owned(), ..one }).collect());
    let html = rendered(&[page.clone()]);
    assert!(!html.contains("<script") && !html.contains("javascript:"), "{html}");
    assert_eq!(html.matches("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;").count(), 10);

    page.forecast = Err(HOSTILE.to_owned());
    assert!(!rendered(&[page]).contains("<script"));
}

#[test]
fn the_page_is_whole_without_other_hosts_scripts_inline_styles_or_reloads() {
    let html = rendered(&[page("eth-usd-1d-h1", weak()), page("eth-usd-1d-h7", weak())]);
    for outside in ["http://", "https://", "<script", "@import", "url(", " style=", "refresh", "onload"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    for element in ["<header>", "<main>", "<footer>", "lang=\"en\"", chart::POLICY] {
        assert!(html.contains(element), "{element}");
    }
    assert_eq!(html.matches("<th>").count() + html.matches("<th class").count(), 0, "each header says its scope");
    // Looked at with a browser: where the variable names a directory, the page is kept there.
    if let Some(directory) = std::env::var_os("WEATHERVANE_KEEP_PAGES") {
        std::fs::write(std::path::Path::new(&directory).join("dashboard.html"), html).unwrap();
    }
}
