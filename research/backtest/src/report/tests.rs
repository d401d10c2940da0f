use super::*;
use crate::{
    evaluate::evaluate,
    testing::{bars, history, settings},
    walk::{BacktestResult, run_backtest},
};

/// A backtest of a market with signal.
fn reported(check: impl FnOnce(Report<'_>, &Dataset)) {
    let history = history("eth-usd-1d-h1", bars(900, 1, 1.0));
    let settings = settings(&history.series);
    let walk = run_backtest(&history, &settings, &mut |_| {}).unwrap();
    let evaluation = evaluate(&history, &walk, &settings).unwrap();
    let BacktestResult { refits, decisions } = walk;
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
        let refits = json["refits"].as_array().unwrap();
        for refit in refits {
            let (row, members) = (&refit["members"], refit["members"].as_array().unwrap());
            let weights: f64 = members.iter().filter_map(|member| member["weight"].as_f64()).sum();
            assert!((weights - 1.0).abs() < 1e-9, "{row}");
            let family = members.last().unwrap()["family"].as_str().unwrap();
            assert!(html.contains(&format!("{family} (")), "{row}");
        }
        // A search, and two refits with what it chose.
        let searched: Vec<bool> = refits.iter().map(|refit| !refit["selection"].is_null()).collect();
        assert_eq!(searched, (0..refits.len()).map(|number| number % 3 == 0).collect::<Vec<_>>());
        assert_eq!(html.matches("<td>6</td>").count(), refits.len().div_ceil(3), "the trials of each");

        let (selection, band) = (&evaluation["selection"], &evaluation["band"]);
        assert_eq!(selection["trials"], 6 * refits.len().div_ceil(3));
        for probability in ["deflated_sharpe", "overfitting_probability"] {
            let value = selection[probability].as_f64().unwrap();
            assert!(html.contains(&format!("<td>{value:.3}</td>")), "{probability} {value}");
        }
        assert!(html.contains(&format!("<td>{:.1} %</td>", 100.0 * band["covered"].as_f64().unwrap())));
        let last = report.refits.last().unwrap();
        let largest = &last.importances[0];
        assert!(html.contains(&format!("<td>{}</td>", largest.feature)), "{largest:?}");
        let of = format!("in the refit of {}, of its models before shrinkage", web::format_minute(last.fitted_at));
        assert!(html.contains(&of), "{of}");
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
    let walk = run_backtest(&history, &settings, &mut |_| {}).unwrap();
    assert_eq!(walk.decisions.len(), 1);
    let evaluation = evaluate(&history, &walk, &settings).unwrap();
    let BacktestResult { refits, decisions } = walk;
    let data = Data::new(Path::new("market.csv"), &history);
    let report = Report::new(&history, data, &settings, refits, evaluation, decisions);
    assert!(serde_json::to_value(&report).unwrap()["evaluation"].is_null());
    let html = report.html(&history).unwrap();
    assert!(html.contains("No forecast is settled yet") && html.contains("Too little to draw"));
}
