use super::*;
use crate::{
    evaluation::Evaluation,
    testing::{bars, history, settings},
    walk::{Walk, walk},
};

/// A backtest of a market with signal.
fn reported(check: impl FnOnce(Report<'_>, &History)) {
    let history = history("eth-usd-1d-h1", bars(900, 1, 1.0));
    let settings = settings(&history.series);
    let Walk { refits, decisions } = walk(&history, &settings, &mut |_| {}).unwrap();
    let evaluation = Evaluation::new(&history, &decisions, &settings).unwrap();
    let data = Data::new(Path::new("some/where/market.csv"), &history);
    check(Report::new(&history, data, &settings, refits, evaluation, decisions), &history);
}

#[test]
fn the_page_shows_the_numbers_that_the_json_has() {
    reported(|report, history| {
        let html = report.html(history).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["data"]["file"], "market.csv", "without the machine's directories");
        let evaluation = &json["evaluation"];
        for score in ["log_loss", "brier", "accuracy", "auc", "calibration_error"] {
            for forecaster in ["forecast", "climatology", "persistence", "always_up"] {
                let value = evaluation[forecaster][score].as_f64().unwrap();
                assert!(html.contains(&format!("{value:.4} [")), "{forecaster} {score} {value}");
            }
        }
        assert!(html.contains(&report.verdict().replace('\'', "&#39;")), "{}", report.verdict());
        assert_eq!(html.matches("<svg").count(), 6);
        assert_eq!(
            json["refits"].as_array().unwrap().len(),
            html.matches("<td>logistic</td>").count() + html.matches("<td>random_forest</td>").count()
        );
    });
}

#[test]
fn the_page_asks_no_other_host_and_runs_no_script() {
    reported(|report, history| {
        let html = report.html(history).unwrap();
        for outside in ["http://", "https://", "<script", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    });
}

#[test]
fn text_from_outside_is_escaped() {
    reported(|mut report, history| {
        report.data.file = "<script>alert(1)</script>\"'&.csv".to_owned();
        report.refits[0].note = Some("<script>".to_owned());
        let html = report.html(history).unwrap();
        assert!(!html.contains("<script") && html.contains("&#60;script&#62;alert"));
    });
}

#[test]
fn a_report_without_a_settled_forecast_has_a_page_too() {
    let history = history("eth-usd-1d-h7", bars(500, 1, 0.0));
    let settings = settings(&history.series);
    let Walk { refits, decisions } = walk(&history, &settings, &mut |_| {}).unwrap();
    assert_eq!(decisions.len(), 1);
    let evaluation = Evaluation::new(&history, &decisions, &settings).unwrap();
    let data = Data::new(Path::new("market.csv"), &history);
    let report = Report::new(&history, data, &settings, refits, evaluation, decisions);
    assert!(serde_json::to_value(&report).unwrap()["evaluation"].is_null());
    let html = report.html(&history).unwrap();
    assert!(html.contains("No forecast is settled yet") && html.contains("Too little to draw"));
}
