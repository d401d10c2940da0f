use super::*;
use crate::backtest::{
    evaluate::evaluate,
    testing::{bars, dataset, settings},
    walk::{BacktestResult, run_backtest},
};

/// Checks the report of a backtest on a market with signal.
fn with_report(check: impl FnOnce(Report<'_>, &Dataset)) {
    let dataset = dataset("eth-usd-1d-h1", bars(900, 1, 1.0));
    let settings = settings(&dataset.series);
    let result = run_backtest(&dataset, &settings, &mut |_| {}).unwrap();
    let evaluation = evaluate(&dataset, &result, &settings).unwrap();
    let BacktestResult { refits, forecasts, .. } = result;
    let data = DataSummary::new(Path::new("some/where/market.csv"), &dataset);
    check(Report::new(&dataset, data, &settings, refits, evaluation, forecasts), &dataset);
}

#[test]
fn the_page_shows_the_numbers_of_the_json() {
    with_report(|report, dataset| {
        let html = report.html(dataset).unwrap();
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
        assert_eq!(html.matches("<svg").count(), 11);
        let refits = json["refits"].as_array().unwrap();
        for refit in refits {
            let (row, members) = (&refit["members"], refit["members"].as_array().unwrap());
            let weights: f64 = members.iter().filter_map(|member| member["weight"].as_f64()).sum();
            assert!((weights - 1.0).abs() < 1e-9, "{row}");
            let family = members.last().unwrap()["family"].as_str().unwrap();
            assert!(html.contains(&format!("{family} (")), "{row}");
        }
        // A search, and two refits of its candidates.
        let with_search: Vec<bool> = refits.iter().map(|refit| !refit["selection"].is_null()).collect();
        assert_eq!(with_search, (0..refits.len()).map(|number| number % 3 == 0).collect::<Vec<_>>());
        assert_eq!(html.matches("<td>6</td>").count(), refits.len().div_ceil(3), "the trials of each search");

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
        let caption = format!("in the refit of {}, of its models before shrinkage", web::format_minute(last.fitted_at));
        assert!(html.contains(&caption), "{caption}");
    });
}

#[test]
fn the_page_shows_the_distributions_of_the_json() {
    with_report(|report, dataset| {
        let html = report.html(dataset).unwrap();
        let json = serde_json::to_value(&report).unwrap();
        let evaluation = &json["evaluation"]["distribution"];
        assert!(html.contains(&evaluation["text"].as_str().unwrap().replace('\'', "&#39;")), "{}", evaluation["text"]);
        for crps in [&evaluation["crps"], &evaluation["climatology"]["crps"], &evaluation["recent"]["crps"]] {
            assert!(html.contains(&format!("<td>{:.3} %</td>", 100.0 * crps.as_f64().unwrap())), "{crps}");
        }
        let bands = evaluation["bands"].as_array().unwrap();
        for share in bands.iter().map(|band| &band["years"][0]["coverage"]) {
            assert!(html.contains(&format!("<td>{:.1} %</td>", 100.0 * share.as_f64().unwrap())), "{share}");
        }
        assert!(html.contains("&#62; 5.0 % either way") || html.contains("&gt; 5.0 % either way"));
        let [low, high] = report.forecasts.last().unwrap().distribution.quantiles.unwrap().band(0.8);
        let band = format!("{:+.1} % to {:+.1} %</td><td>open", 100.0 * low.exp_m1(), 100.0 * high.exp_m1());
        assert!(html.contains(&band), "{band}");
    });
}

#[test]
fn the_page_loads_nothing_and_runs_no_script() {
    with_report(|report, dataset| {
        let html = report.html(dataset).unwrap();
        for outside in ["http://", "https://", "<script", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
    });
}

#[test]
fn text_from_the_input_is_escaped() {
    with_report(|mut report, dataset| {
        report.data.file = "<script>alert(1)</script>\"'&.csv".to_owned();
        report.refits[0].note = Some("<script>".to_owned());
        let html = report.html(dataset).unwrap();
        assert!(!html.contains("<script") && html.contains("&#60;script&#62;alert"));
    });
}

#[test]
fn a_report_without_a_settled_forecast_has_a_page() {
    let dataset = dataset("eth-usd-1d-h7", bars(500, 1, 0.0));
    let settings = settings(&dataset.series);
    let result = run_backtest(&dataset, &settings, &mut |_| {}).unwrap();
    assert_eq!(result.forecasts.len(), 1);
    let evaluation = evaluate(&dataset, &result, &settings).unwrap();
    let BacktestResult { refits, forecasts, .. } = result;
    let data = DataSummary::new(Path::new("market.csv"), &dataset);
    let report = Report::new(&dataset, data, &settings, refits, evaluation, forecasts);
    assert!(serde_json::to_value(&report).unwrap()["evaluation"].is_null());
    let html = report.html(&dataset).unwrap();
    assert!(html.contains("No forecast is settled yet") && html.contains("Too little to draw"));
}
