//! Command `backtest`, run as a program on a CSV.
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
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backtest").join(name);
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
fn backtest(directory: &Path, text: &str, options: &[&str]) -> Output {
    let data = directory.join("market.csv");
    fs::write(&data, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_research"));
    command.arg("backtest").arg("--data").arg(data).arg("--out").arg(directory.join("out"));
    command.args(["--series", "eth-usd-1d-h1"]).args(options).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn report(directory: &Path) -> (Vec<u8>, Value) {
    let bytes = fs::read(directory.join("out/report.json")).unwrap();
    let value = serde_json::from_slice(&bytes).unwrap();
    (bytes, value)
}

fn forecasts(report: &Value) -> &[Value] {
    report["decisions"].as_array().unwrap()
}

#[test]
fn equal_bars_give_equal_reports_to_the_byte() {
    let (first, second) = (directory("first"), directory("second"));
    let bars = market(900);
    for directory in [&first, &second] {
        let output = backtest(directory, &csv(&bars), &["--refit", "90", "--trials", "6"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let printed = text(&output.stdout);
        assert!(printed.contains("refit 2 of 2: ") && printed.contains("read as columns: 900 bars"), "{printed}");
    }
    let (bytes, json) = report(&first);
    assert_eq!(bytes, report(&second).0);
    assert_eq!(fs::read(first.join("out/report.html")).unwrap(), fs::read(second.join("out/report.html")).unwrap());

    assert_eq!((&json["series"], &json["data"]["bars"]), (&"eth-usd-1d-h1".into(), &900.into()));
    let config = &json["config"];
    assert_eq!((&config["training"]["seed"], &config["training"]["search"]["trials"]), (&1.into(), &6.into()));
    let forecasts = forecasts(&json);
    assert_eq!(forecasts.len(), 171, "one at each bar from bar 730 on");
    assert_eq!(forecasts[0]["decision_time"], "2019-08-17T00:00:00Z");
    for (forecast, pair) in forecasts.iter().zip(bars[729..].windows(2)) {
        let mut fields: Vec<&str> = forecast.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "abstain",
                "baseline_probability",
                "baseline_quantiles",
                "decision_time",
                "outcome",
                "outcome_return",
                "probability_up",
                "quantiles"
            ]
        );
        for quantiles in [&forecast["quantiles"], &forecast["baseline_quantiles"]] {
            let [levels, values] = ["levels", "values"].map(|name| quantiles[name].as_array().unwrap());
            assert_eq!((levels.len(), values.len()), (23, 23));
            assert_eq!((&levels[0], &levels[22]), (&0.01.into(), &0.99.into()));
            assert!(values.windows(2).all(|pair| pair[0].as_f64() <= pair[1].as_f64()), "{values:?}");
        }
        assert_eq!(
            forecast["outcome_return"].as_f64().unwrap().to_bits(),
            (pair[1].close / pair[0].close).ln().to_bits()
        );
        assert_eq!(forecast["outcome"], u8::from(pair[1].close > pair[0].close));
    }
    for outcome in ["outcome", "outcome_return"] {
        assert!(forecasts[170][outcome].is_null(), "its target is after the last bar");
    }
    let distribution = &json["evaluation"]["distribution"];
    assert_eq!((&distribution["n"], distribution["bands"].as_array().unwrap().len()), (&170.into(), 3));
    assert!(!distribution["text"].as_str().unwrap().is_empty() && distribution["crps"].as_f64().unwrap() > 0.0);
    assert_eq!((&json["evaluation"]["n"], &json["evaluation"]["selection"]["trials"]), (&170.into(), &6.into()));
    assert!(!json["evaluation"]["verdict"].as_str().unwrap().is_empty());
}

/// Look-ahead check on the whole program: cutting later bars off changes nothing at or before a bar.
#[test]
fn a_shorter_file_gives_the_same_forecasts() {
    let (long, short) = (directory("long"), directory("short"));
    let bars = market(860);
    for (directory, bars) in [(&long, &bars[..]), (&short, &bars[..800])] {
        let output = backtest(directory, &csv(bars), &["--refit", "50", "--trials", "6", "--from", "2019-08-17"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let (long, short) = (report(&long).1, report(&short).1);
    assert_eq!(forecasts(&short).len(), 71);
    for (long, short) in forecasts(&long).iter().zip(forecasts(&short)) {
        for field in
            ["decision_time", "probability_up", "baseline_probability", "abstain", "quantiles", "baseline_quantiles"]
        {
            assert_eq!(long[field], short[field]);
        }
    }
}

#[test]
fn a_flat_market_is_reported_as_ties() {
    let directory = directory("flat");
    let flat: Vec<Bar> =
        market(800).iter().map(|bar| Bar { open: 10., high: 10., low: 10., close: 10., ..*bar }).collect();
    let output = backtest(&directory, &csv(&flat), &[]);
    let printed = text(&output.stdout);
    assert!(output.status.success() && printed.contains("Every bar is a tie: 70 forecasts are settled"), "{printed}");
    let json = report(&directory).1;
    for forecast in &forecasts(&json)[..69] {
        assert_eq!((&forecast["outcome_return"], &forecast["quantiles"]["values"][0]), (&0.0.into(), &0.0.into()));
    }
    assert_eq!((&json["ties"], &json["evaluation"]), (&70.into(), &Value::Null));
    assert!(json["refits"][0]["note"].as_str().unwrap().starts_with("every bar is a tie"), "{}", json["refits"][0]);
    assert!(fs::read_to_string(directory.join("out/report.html")).unwrap().contains("Every bar is a tie"));
}

#[test]
fn an_invalid_file_is_rejected_with_its_line_before_anything_is_written() {
    let valid = csv(&market(800));
    let swapped = {
        let mut lines: Vec<&str> = valid.lines().collect();
        lines.swap(400, 401);
        lines.join("\n")
    };
    let cases = [
        ("column", valid.replacen("volume", "amount", 1), "without a column for volume"),
        ("order", swapped, "line 402: 2018-09-20T00:00:00Z comes after 2018-09-21"),
        ("duplicate", valid.clone() + valid.lines().last().unwrap(), "line 802: 2019-10-25T00:00:00Z comes twice"),
        ("bar", valid.clone() + "2019-10-26,10,9,11,10,1", "line 802: bar 800 (2019-10-26T00:00:00Z): high is 9"),
        ("number", valid.clone() + "2019-10-26,10,9,11,x,1", "line 802, column `close`: `x` is not a number"),
        ("short", csv(&market(729)), "729 bars are too few: the first forecast needs 730"),
    ];
    for (name, content, message) in cases {
        let directory = directory(name);
        let output = backtest(&directory, &content, &[]);
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {printed}");
        assert!(printed.contains(message), "{name}: {printed}");
        assert!(!directory.join("out").exists(), "{name}");
    }
    let directory = directory("late");
    let output = backtest(&directory, &valid, &["--from", "2020-01-01"]);
    assert!(text(&output.stderr).contains("no bar closes at or after 2020-01-01T00:00:00Z"));
    assert!(output.status.code() == Some(1) && !directory.join("out").exists());
}

#[test]
fn wrong_arguments_exit_with_code_2() {
    let output = backtest(&directory("arguments"), "", &["--refit", "0"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}
