//! Commands `monitoring ...`, run as a program on a few markets.
#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

use market_data::{Bar, Interval};
use market_simulator::MarketModel;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Empty directory of one test.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("monitoring").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn monitoring(out: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_research"));
    command.arg("monitoring").args(arguments).arg("--out").arg(out).output().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Result on eight markets, monitored once a week, with these overrides of the monitoring configuration.
fn eight_markets(name: &str, overrides: &str) -> Value {
    let out = directory(name);
    let output = monitoring(&out, &["false-alarms", "--markets", "8", "--every", "7", "--drift", overrides]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("| eth-usd-1d-h1 | retrain or more | "));
    json(&out.join("markets-1d.json"))
}

fn false_alarms(result: &Value) -> u64 {
    result["false_alarms"]["retrain"]["hits"].as_u64().unwrap()
}

/// Share of the markets in which the change was detected within `days`.
fn detected(result: &Value, change: &str, days: u64) -> f64 {
    let is_of_change = |detection: &&Value| detection["change"].as_str().unwrap().starts_with(change);
    let detection = result["detection"].as_array().unwrap().iter().find(is_of_change).unwrap();
    let within = detection["delays"]["within"].as_array().unwrap();
    within.iter().find(|pair| pair[0] == days).unwrap()[1].as_f64().unwrap()
}

#[test]
fn default_rules_detect_changes_with_few_false_alarms() {
    let result = eight_markets("defaults", "{}");
    assert!(false_alarms(&result) <= 1, "{}", result["by_rule"]);
    assert!(detected(&result, "crisis", 30) >= 0.5, "{}", result["detection"]);
    assert!(detected(&result, "the pattern is reversed", 365) >= 0.75, "{}", result["detection"]);
}

#[test]
fn a_low_limit_on_a_short_reference_gives_false_alarms() {
    let overrides = r#"{"regime_shift": {"limit": 2.0, "reference_bars": 365}, "resamples": 100}"#;
    let result = eight_markets("low_limit", overrides);
    assert!(false_alarms(&result) >= 4, "{}", result["by_rule"]);
}

#[test]
fn a_replay_reports_every_policy_and_training() {
    let out = directory("replay");
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let start = "2009-01-01T00:00:00Z".parse().unwrap();
    for (day, bar) in MarketModel::new(3, Interval::Day, start).bars(640).into_iter().enumerate() {
        // Ranges and volumes that jump shortly after the first forecast, so that there are alerts.
        let factor = if day > 621 { 20.0 } else { 1.0 };
        let (high, low) = (bar.high * (1.0 + factor / 100.0), bar.low / (1.0 + factor / 100.0));
        let bar = Bar { high, low, volume: bar.volume * factor, ..bar };
        text += &format!("{},{},{},{},{},{}\n", bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume);
    }
    let data = out.join("bars.csv");
    fs::write(&data, text).unwrap();
    let data = data.to_str().unwrap();
    let output = monitoring(&out, &["replay", "--data", data, "--from", "2010-09-15", "--trials", "2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = json(&out.join("replay-eth-usd-1d-h1.json"));
    let policies = report["policies"].as_array().unwrap();
    let trainings = |policy: usize| policies[policy]["trainings"].as_array().unwrap().len();
    assert_eq!((policies.len(), trainings(0), trainings(1)), (3, 0, 2), "19 bars are two weeks");
    assert!(policies.iter().all(|policy| policy["n"] == 18), "the last one is not settled");
    let messages = policies[2]["messages"].as_array().unwrap();
    let alerts = messages.iter().filter(|message| message["kind"] == "drift").count();
    assert!(alerts >= 1 && trainings(2) == alerts, "{} trainings, {alerts} alerts", trainings(2));
}

/// Promotions of the deployed gate in a quarter of weekly trainings on this many markets.
fn promoted_directions(name: &str, signal: &str) -> u64 {
    let out = directory(name);
    let options = ["gate-year", "--markets", "6", "--weeks", "12", "--signal", signal];
    let output = monitoring(&out, &options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result = json(&out.join(format!("gate-year-signal-{signal}.json")));
    result["deployed"]["direction"]["hits"].as_u64().unwrap()
}

#[test]
fn weekly_trainings_promote_a_clear_signal_and_nothing_without_one() {
    assert!(promoted_directions("gate_none", "0") <= 1);
    assert!(promoted_directions("gate_clear", "1") >= 5);
}
