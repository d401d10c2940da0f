//! The command as a researcher calls it: on a CSV, with files to look at afterwards.
#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

use market_data::{Bar, Interval};
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

fn market(days: usize) -> Vec<Bar> {
    let start = "2017-08-17T00:00:00Z".parse().unwrap();
    MarketModel { signal: 0.8, ..MarketModel::new(1, Interval::Day, start) }.bars(days)
}

fn csv(bars: &[Bar]) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    for Bar { time, open, high, low, close, volume } in bars {
        text += &format!("{},{open},{high},{low},{close},{volume}\n", &time.to_string()[..10]);
    }
    text
}

/// Runs the command on a file with this text.
fn backtest(directory: &Path, text: &str, more: &[&str]) -> Output {
    let data = directory.join("market.csv");
    fs::write(&data, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_backtest"));
    command.arg("--data").arg(data).arg("--out").arg(directory.join("out"));
    command.args(["--series", "eth-usd-1d-h1"]).args(more).output().unwrap()
}

fn report(directory: &Path) -> (Vec<u8>, Value) {
    let bytes = fs::read(directory.join("out/report.json")).unwrap();
    let value = serde_json::from_slice(&bytes).unwrap();
    (bytes, value)
}

fn decisions(report: &Value) -> &[Value] {
    report["decisions"].as_array().unwrap()
}

#[test]
fn a_report_is_written_and_is_the_same_to_the_byte_each_time() {
    let (one, two) = (directory("one"), directory("two"));
    let bars = market(900);
    for place in [&one, &two] {
        let output = backtest(place, &csv(&bars), &["--refit", "90", "--trials", "6"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains("refit 2 of 2: ") && told.contains("read as columns: 900 bars"), "{told}");
    }
    let (bytes, json) = report(&one);
    assert_eq!(bytes, report(&two).0);
    assert_eq!(fs::read(one.join("out/report.html")).unwrap(), fs::read(two.join("out/report.html")).unwrap());

    assert_eq!((&json["series"], &json["data"]["bars"]), (&"eth-usd-1d-h1".into(), &900.into()));
    let config = &json["config"];
    assert_eq!((&config["training"]["seed"], &config["training"]["search"]["trials"]), (&1.into(), &6.into()));
    let decisions = decisions(&json);
    assert_eq!(decisions.len(), 171, "after 730 bars, one at every bar");
    assert_eq!(decisions[0]["decision_time"], "2019-08-17T00:00:00Z");
    for (decision, pair) in decisions.iter().zip(bars[729..].windows(2)) {
        let mut fields: Vec<&str> = decision.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["abstain", "baseline_probability", "decision_time", "outcome", "probability_up"]);
        assert_eq!(decision["outcome"], u8::from(pair[1].close > pair[0].close));
    }
    assert!(decisions[170]["outcome"].is_null(), "not settled");
    assert_eq!((&json["evaluation"]["n"], &json["evaluation"]["selection"]["trials"]), (&170.into(), &6.into()));
    assert!(!json["evaluation"]["verdict"].as_str().unwrap().is_empty());
}

/// Everything at or before a bar stays as it was, when all bars after it are cut off.
#[test]
fn a_shorter_file_has_the_same_decisions() {
    let (long, short) = (directory("long"), directory("short"));
    let bars = market(860);
    for (place, bars) in [(&long, &bars[..]), (&short, &bars[..800])] {
        let output = backtest(place, &csv(bars), &["--refit", "50", "--trials", "6", "--from", "2019-08-17"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (long, short) = (report(&long).1, report(&short).1);
    assert_eq!(decisions(&short).len(), 71);
    for (long, short) in decisions(&long).iter().zip(decisions(&short)) {
        for field in ["decision_time", "probability_up", "baseline_probability", "abstain"] {
            assert_eq!(long[field], short[field]);
        }
    }
}

#[test]
fn a_flat_market_is_reported_as_ties() {
    let place = directory("flat");
    let flat: Vec<Bar> =
        market(800).iter().map(|bar| Bar { open: 10., high: 10., low: 10., close: 10., ..*bar }).collect();
    let output = backtest(&place, &csv(&flat), &[]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("Every bar is a tie: 70 forecasts are settled"), "{told}");
    let json = report(&place).1;
    assert_eq!((&json["ties"], &json["evaluation"]), (&70.into(), &Value::Null));
    assert!(json["refits"][0]["note"].as_str().unwrap().starts_with("every bar is a tie"), "{}", json["refits"][0]);
    assert!(fs::read_to_string(place.join("out/report.html")).unwrap().contains("Every bar is a tie"));
}

#[test]
fn a_bad_file_is_refused_with_its_line_and_nothing_is_written() {
    let good = csv(&market(800));
    let swapped = {
        let mut lines: Vec<&str> = good.lines().collect();
        lines.swap(400, 401);
        lines.join("\n")
    };
    let cases = [
        ("column", good.replacen("volume", "amount", 1), "without a column for volume"),
        ("order", swapped, "line 402: 2018-09-20T00:00:00Z comes after 2018-09-21"),
        ("duplicate", good.clone() + good.lines().last().unwrap(), "line 802: 2019-10-25T00:00:00Z comes twice"),
        ("bar", good.clone() + "2019-10-26,10,9,11,10,1", "line 802: bar 800 (2019-10-26T00:00:00Z): high is 9"),
        ("number", good.clone() + "2019-10-26,10,9,11,x,1", "line 802, column `close`: `x` is not a number"),
        ("short", csv(&market(729)), "729 bars are too short a history"),
    ];
    for (name, text, message) in cases {
        let place = directory(name);
        let output = backtest(&place, &text, &[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        assert!(told.contains(message), "{name}: {told}");
        assert!(!place.join("out").exists(), "{name}");
    }
    let place = directory("late");
    let output = backtest(&place, &good, &["--from", "2020-01-01"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing to forecast from 2020-01-01T00:00:00Z on"));
    assert!(output.status.code() == Some(1) && !place.join("out").exists());
}
