use super::*;
use crate::Metrics;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};

/// The lines that `work` logs as the function `weathervane-score`, with this filter.
fn lines_of(filter: &str, work: impl FnOnce()) -> Vec<String> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&kept);
    let lines = JsonLogLayer::new(Some("weathervane-score".to_owned()), move |line| {
        sink.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    });
    tracing::subscriber::with_default(subscriber(filter.parse().unwrap(), lines), work);
    // Another test's thread may hold the subscriber for a moment, and so the sink.
    std::mem::take(&mut *kept.lock().unwrap())
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_line_carries_function_request_series_and_run_at_its_top() {
    let lines = lines_of("info", || {
        // As lambda_runtime's own layer names its fields.
        let invocation = tracing::info_span!("Lambda runtime invoke", requestId = "8f5e", xrayTraceId = "Root=1-2");
        let _invocation = invocation.enter();
        let training = tracing::info_span!("training", series = "eth-usd-1d-h1", run = tracing::field::Empty);
        let _training = training.enter();
        training.record("run", "r-17");
        tracing::warn!(trials = 3, share = 0.5, promoted = false, reason = ?Some("gate"), "training {}", "done");
    });
    let line = parsed(&lines[0]);
    let time: jiff::Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(time.duration_until(jiff::Timestamp::now()).as_secs() < 60);
    let expected = json!({
        "timestamp": line["timestamp"], "level": "WARN", "function": "weathervane-score",
        "target": "observability::telemetry::tests", "message": "training done", "request_id": "8f5e", "trace_id": "Root=1-2",
        "series": "eth-usd-1d-h1", "run": "r-17", "trials": 3, "share": 0.5, "promoted": false,
        "reason": "Some(\"gate\")",
    });
    assert_eq!((lines.len(), line), (1, expected));
    assert!(lines[0].starts_with("{\"timestamp\":"), "people read from the left: {}", lines[0]);
}

#[test]
fn the_nearest_value_of_a_name_counts() {
    let lines = lines_of("info", || {
        let _outer = tracing::info_span!("outer", series = "eth-usd-1d-h1", run = "a").entered();
        let _inner = tracing::info_span!("inner", run = "b").entered();
        tracing::info!(series = "eth-usd-1d-h7", "x");
    });
    let line = parsed(&lines[0]);
    assert_eq!([&line["series"], &line["run"]], ["eth-usd-1d-h7", "b"]);
    assert_eq!(lines[0].matches("\"run\"").count(), 1);
}

#[test]
fn an_error_names_its_request_when_only_errors_are_logged() {
    let lines = lines_of("error", || {
        let _span = tracing::info_span!("Lambda runtime invoke", requestId = "8f5e").entered();
        tracing::info!("unheard");
        tracing::error!("broken");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(parsed(&lines[0])["request_id"], "8f5e");
}

#[test]
fn text_from_outside_forges_neither_a_line_nor_a_field_nor_a_colour() {
    let hostile = "/x\"}\n{\"level\":\"ERROR\",\"message\":\"forged\"}\r\u{1b}[31mred\u{9b}2J\u{7f}\u{85}\u{2028}\u{2029}\u{202e}\0";
    let lines = lines_of("info", || {
        let _span = tracing::info_span!("request", series = hostile).entered();
        tracing::info!(path = hostile, method = %hostile, debugged = ?hostile, "answered {hostile}");
    });
    let line = parsed(&lines[0]);
    assert_eq!([&line["series"], &line["path"], &line["method"]], [hostile; 3], "nothing is lost");
    assert_eq!((lines.len(), &line["level"]), (1, &json!("INFO")));
    assert!(lines[0].chars().all(|c| !c.is_control() && !('\u{2028}'..='\u{202e}').contains(&c)), "{}", lines[0]);
}

#[test]
fn a_metric_names_the_invocation_that_measured_it() {
    let mut known = Vec::new();
    lines_of("info", || {
        let _span = tracing::info_span!("Lambda runtime invoke", requestId = "8f5e").entered();
        let _series = tracing::info_span!("series", series = "eth-usd-1d-h1").entered();
        known = context();
    });
    let expected =
        [("function", json!("weathervane-score")), ("request_id", json!("8f5e")), ("series", json!("eth-usd-1d-h1"))];
    assert_eq!(known, expected);
    assert_eq!(context(), [], "outside an invocation there is nothing to tell");

    let metric = Metrics::default().count("Made", 1).property("series", "eth-usd-1d-h7");
    let line = parsed(&metric.with_context(known).to_line(jiff::Timestamp::UNIX_EPOCH));
    assert_eq!([&line["request_id"], &line["series"]], ["8f5e", "eth-usd-1d-h7"]);
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]), "context is no dimension");
}
