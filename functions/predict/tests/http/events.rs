//! Events as Lambda sends them: valid, mutated and of other senders. Each has a response, and none panics.

use crate::overview::Bucket;
use jiff::Timestamp;
use lambda_shell::Invocation;
use predict::{PredictService, handler};
use serde_json::{Map, Value, json, value::to_raw_value};
use std::time::Duration;

/// Number of mutated events.
const MUTATIONS: usize = 3_000;

fn event(method: &str, path: &str, query: &str, body: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"content-type": "application/json", "host": "x.execute-api.us-east-1.amazonaws.com"},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "requestId": "x"},
        "body": body, "isBase64Encoded": false,
    })
}

async fn answer(service: &PredictService, event: &Value) -> Value {
    let invocation = Invocation::new("id-1", Timestamp::now(), Duration::from_secs(10));
    let Ok(response) = handler::handle(service, to_raw_value(event).unwrap(), invocation).await;
    serde_json::to_value(response).unwrap()
}

#[tokio::test]
async fn invalid_base64_is_a_400_problem() {
    let service = Bucket::with_quality_report(None).service();
    let mut event = event("POST", "/predict", "", &json!("%%%"));
    event["isBase64Encoded"] = json!(true);
    let answer = answer(&service, &event).await;
    assert_eq!(answer["statusCode"], 400, "{answer}");
    assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["type"], "urn:weathervane:problem:invalid-event");
}

#[tokio::test]
async fn an_event_of_a_rest_api_is_rejected_by_name() {
    let service = Bucket::with_quality_report(None).service();
    let rest =
        json!({"resource": "/{proxy+}", "path": "/health", "httpMethod": "GET", "requestContext": {"stage": "prod"}});
    let answer = answer(&service, &rest).await;
    assert_eq!(answer["statusCode"], 400);
    let body = answer["body"].as_str().unwrap();
    assert!(body.contains("the event is one of a REST API") && body.contains("payload format 2.0"), "{body}");
}

#[tokio::test]
async fn a_valid_event_is_answered() {
    let service = Bucket::with_quality_report(None).service();
    let health = answer(&service, &event("GET", "/health", "", &Value::Null)).await;
    assert_eq!((&health["statusCode"], &health["isBase64Encoded"]), (&json!(200), &json!(false)));
    let empty = answer(&service, &event("GET", "", "", &Value::Null)).await;
    assert_eq!(empty["headers"]["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_response_without_body_has_an_empty_text() {
    let service = Bucket::with_quality_report(None).service();
    let head = answer(&service, &event("HEAD", "/health", "", &Value::Null)).await;
    assert_eq!((&head["statusCode"], &head["body"]), (&json!(200), &json!("")));
}

#[tokio::test]
async fn a_browser_gets_a_page_for_a_missing_report() {
    let service = Bucket::with_quality_report(None).service();
    let mut event = event("GET", "/reports/eth-usd-1d-h1/latest", "", &Value::Null);
    let as_program = answer(&service, &event).await;
    assert_eq!(as_program["headers"]["content-type"], "application/problem+json");
    event["headers"]["accept"] = json!("text/html,application/xhtml+xml,*/*;q=0.8");
    let as_browser = answer(&service, &event).await;
    assert_eq!((&as_browser["statusCode"], &as_program["statusCode"]), (&json!(404), &json!(404)));
    assert_eq!(as_browser["headers"]["content-type"], "text/html; charset=utf-8");
    let page = as_browser["body"].as_str().unwrap();
    assert!(page.contains("<h1>There is no such report</h1>") && page.contains("href=\"/\""), "{page}");
}

#[tokio::test]
async fn an_offset_without_its_plus_names_the_escape() {
    let service = Bucket::with_quality_report(None).service();
    let path = "/v1/series/eth-usd-1d-h1/forecasts";
    let refused = answer(&service, &event("GET", path, "from=2023-01-01T00:00:00+00:00", &Value::Null)).await;
    assert_eq!(refused["statusCode"], 400);
    assert!(refused["body"].as_str().unwrap().contains("%2B"), "{refused}");
    let escaped = answer(&service, &event("GET", path, "from=2023-01-01T00:00:00%2B00:00", &Value::Null)).await;
    assert_ne!(escaped["statusCode"], 400, "{escaped}");
}

#[tokio::test]
async fn a_compressed_body_is_415_and_names_the_encoding() {
    let service = Bucket::with_quality_report(None).service();
    for path in ["/predict", "/invocations", "/v1/series/eth-usd-1d-h1/forecast"] {
        let mut compressed = event("POST", path, "", &json!("H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=="));
        compressed["isBase64Encoded"] = json!(true);
        let unnamed = answer(&service, &compressed).await;
        assert_eq!(unnamed["statusCode"], 400, "{path}");
        assert!(unnamed["body"].as_str().unwrap().contains("compressed (gzip)"), "{unnamed}");
        compressed["headers"]["content-encoding"] = json!("gzip");
        let named = answer(&service, &compressed).await;
        assert_eq!(named["statusCode"], 415, "{path}");
        assert!(named["body"].as_str().unwrap().contains("the content encoding is `gzip`"), "{named}");
    }
}

#[tokio::test]
async fn the_version_of_a_series_is_the_service_version() {
    let service = Bucket::with_quality_report(None).service();
    let whole = answer(&service, &event("GET", "/version", "", &Value::Null)).await;
    let series = answer(&service, &event("GET", "/v1/series/eth-usd-1d-h1/version", "", &Value::Null)).await;
    assert_eq!((&series["statusCode"], &series["body"]), (&json!(200), &whole["body"]));
    let other = answer(&service, &event("GET", "/v1/series/btc-usd-1d-h1/version", "", &Value::Null)).await;
    assert_eq!(other["statusCode"], 404);
}

/// Collects the paths of all parts of `value`.
fn collect_paths(value: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, part)| (name.clone(), part)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, part)| (index.to_string(), part)).collect(),
        _ => Vec::new(),
    };
    paths.push(path.clone());
    for (name, part) in parts {
        path.push(name);
        collect_paths(part, path, paths);
        path.pop();
    }
}

fn put(value: &mut Value, path: &[String], new: Option<Value>) {
    let Some((name, rest)) = path.split_first() else {
        *value = new.unwrap_or_default();
        return;
    };
    match value {
        Value::Object(fields) if rest.is_empty() && new.is_none() => drop(fields.remove(name)),
        Value::Object(fields) => put(fields.entry(name.clone()).or_insert(Value::Null), rest, new),
        Value::Array(items) => put(&mut items[name.parse::<usize>().unwrap()], rest, new),
        _ => {}
    }
}

#[tokio::test]
async fn mutated_events_are_answered_without_a_panic() {
    let service = Bucket::with_quality_report(None).service();
    let forecast = "/v1/series/eth-usd-1d-h1/forecast";
    let seeds = [
        event("GET", "/health", "a=b", &Value::Null),
        event("GET", forecast, "explain=true", &Value::Null),
        event("POST", forecast, "", &json!("{\"bars\":[]}")),
        event("POST", "/invocations", "", &json!("{\"inputs\":{\"time\":[0],\"open\":[1]}}")),
        event("GET", "/version", "", &Value::Null),
        json!({"path": "/", "httpMethod": "GET", "requestContext": {"elb": {"targetGroupArn": "x"}}, "body": ""}),
        json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}),
    ];
    let junk = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("%%%"),
        json!("\u{0}\u{1F680}"),
        json!("/"),
        json!("//\u{7f}?#%zz"),
        json!("a=b&a=%ff&&="),
        json!([]),
        json!([null]),
        json!({}),
        json!({"": ""}),
        json!({"http": {}}),
        json!("x".repeat(5_000)),
        json!("POST"),
        json!("e30="),
    ];
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut statuses = Map::new();
    for _ in 0..MUTATIONS {
        let mut event = seeds[draw(seeds.len())].clone();
        for _ in 0..=draw(3) {
            let mut paths = Vec::new();
            collect_paths(&event, &mut Vec::new(), &mut paths);
            let new = (draw(4) > 0).then(|| junk[draw(junk.len())].clone());
            put(&mut event, &paths[draw(paths.len())], new);
        }
        let answer = answer(&service, &event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..500).contains(&status) || status == 503, "{status}: {event}");
        statuses.insert(status.to_string(), json!(true));
    }
    assert!(
        statuses.contains_key("200") && statuses.contains_key("400"),
        "the mutations have too few kinds: {statuses:?}"
    );
}
