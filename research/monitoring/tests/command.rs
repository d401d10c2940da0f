//! The study in small: it would fail if monitoring cried wolf, or slept.
#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

use market_simulator::MarketModel;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A directory of its own, empty.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn monitoring(out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_monitoring-study")).args(arguments).arg("--out").arg(out).output().unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Eight markets, looked at once a week, with these drift settings.
fn eight_markets(name: &str, drift: &str) -> Value {
    let out = directory(name);
    let output = monitoring(&out, &["markets", "--markets", "8", "--every", "7", "--drift", drift]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("| eth-usd-1d-h1 | retrain or more | "));
    json(&out.join("markets-1d.json"))
}

fn false_alarms(measured: &Value) -> u64 {
    measured["false_alarms"]["retrain"]["hits"].as_u64().unwrap()
}

/// The share of these markets in which the change was seen within so many days.
fn seen(measured: &Value, change: &str, days: u64) -> f64 {
    let of = |one: &&Value| one["change"].as_str().unwrap().starts_with(change);
    let detection = measured["detection"].as_array().unwrap().iter().find(of).unwrap();
    let within = detection["delays"]["within"].as_array().unwrap();
    within.iter().find(|pair| pair[0] == days).unwrap()[1].as_f64().unwrap()
}

#[test]
fn markets_without_change_are_left_alone_and_a_crisis_is_seen_within_a_month() {
    let measured = eight_markets("defaults", "{}");
    assert!(false_alarms(&measured) <= 1, "{}", measured["by_rule"]);
    assert!(seen(&measured, "crisis", 30) >= 0.5, "{}", measured["detection"]);
    assert!(seen(&measured, "the pattern is reversed", 365) >= 0.75, "{}", measured["detection"]);
}

#[test]
fn a_low_limit_on_a_short_reference_cries_wolf_and_the_study_says_so() {
    let measured = eight_markets("eager", r#"{"upheaval": {"limit": 2.0, "reference_bars": 365}, "resamples": 100}"#);
    assert!(false_alarms(&measured) >= 4, "{}", measured["by_rule"]);
}

#[test]
fn every_policy_sees_the_same_bars_and_each_training_is_told() {
    let out = directory("replay");
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let start = "2009-01-01T00:00:00Z".parse().unwrap();
    for (day, bar) in MarketModel::new(3, market_data::Interval::Day, start).bars(640).into_iter().enumerate() {
        // A market gone wild, from the first forecast on: there are alerts to follow.
        let wild = if day > 621 { 20.0 } else { 1.0 };
        let (high, low) = (bar.high * (1.0 + wild / 100.0), bar.low / (1.0 + wild / 100.0));
        let bar = market_data::Bar { high, low, volume: bar.volume * wild, ..bar };
        text += &format!("{},{},{},{},{},{}\n", bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume);
    }
    let data = out.join("bars.csv");
    fs::write(&data, text).unwrap();
    let data = data.to_str().unwrap();
    let output = monitoring(&out, &["replay", "--data", data, "--from", "2010-09-15", "--trials", "2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let replayed = json(&out.join("replay-eth-usd-1d-h1.json"));
    let policies = replayed["policies"].as_array().unwrap();
    let trainings = |policy: usize| policies[policy]["trainings"].as_array().unwrap().len();
    assert_eq!((policies.len(), trainings(0), trainings(1)), (3, 0, 2), "19 bars are two weeks");
    assert!(policies.iter().all(|one| one["n"] == 18), "the last one is not settled");
    let alerts = policies[2]["messages"].as_array().unwrap().iter().filter(|one| one["kind"] == "drift").count();
    assert!(alerts >= 1 && trainings(2) == alerts, "{} trainings, {alerts} alerts", trainings(2));
}
