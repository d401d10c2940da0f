//! Whole events as Lambda sends them, good, mutated and of other senders: each is answered, and none panics.

use crate::overview::Bucket;
use lambda_http::{Context, LambdaEvent};
use predict::PredictService;
use serde_json::{Map, Value, json, value::to_raw_value};

/// Mutations in every test run.
const MUTATIONS: usize = 3_000;

fn event(method: &str, path: &str, query: &str, body: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"content-type": "application/json", "host": "x.execute-api.us-east-1.amazonaws.com"},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", "requestId": "x"},
        "body": body, "isBase64Encoded": false,
    })
}

async fn answer(app: &PredictService, event: &Value) -> Value {
    let payload = to_raw_value(event).unwrap();
    serde_json::to_value(app.invoke(LambdaEvent::new(payload, Context::default())).await).unwrap()
}

#[tokio::test]
async fn base64_that_is_none_is_a_400_problem() {
    let app = Bucket::with_ledger(None).app();
    let mut event = event("POST", "/predict", "", &json!("%%%"));
    event["isBase64Encoded"] = json!(true);
    let answer = answer(&app, &event).await;
    assert_eq!(answer["statusCode"], 400, "{answer}");
    assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["type"], "urn:weathervane:problem:invalid-event");
}

#[tokio::test]
async fn an_event_of_a_rest_api_is_told_what_is_read() {
    let app = Bucket::with_ledger(None).app();
    let rest =
        json!({"resource": "/{proxy+}", "path": "/health", "httpMethod": "GET", "requestContext": {"stage": "prod"}});
    let answer = answer(&app, &rest).await;
    assert_eq!(answer["statusCode"], 400);
    let body = answer["body"].as_str().unwrap();
    assert!(body.contains("the event is one of a REST API") && body.contains("payload format 2.0"), "{body}");
}

#[tokio::test]
async fn a_good_event_is_answered_as_a_request() {
    let app = Bucket::with_ledger(None).app();
    let health = answer(&app, &event("GET", "/health", "", &Value::Null)).await;
    assert_eq!((&health["statusCode"], &health["isBase64Encoded"]), (&json!(200), &json!(false)));
    let empty = answer(&app, &event("GET", "", "", &Value::Null)).await;
    assert_eq!(empty["headers"]["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn an_answer_without_a_body_has_an_empty_text() {
    let app = Bucket::with_ledger(None).app();
    let head = answer(&app, &event("HEAD", "/health", "", &Value::Null)).await;
    assert_eq!((&head["statusCode"], &head["body"]), (&json!(200), &json!("")));
}

#[tokio::test]
async fn a_browser_gets_a_page_where_a_report_is_missing() {
    let app = Bucket::with_ledger(None).app();
    let mut event = event("GET", "/reports/eth-usd-1d-h1/latest", "", &Value::Null);
    let as_program = answer(&app, &event).await;
    assert_eq!(as_program["headers"]["content-type"], "application/problem+json");
    event["headers"]["accept"] = json!("text/html,application/xhtml+xml,*/*;q=0.8");
    let as_browser = answer(&app, &event).await;
    assert_eq!((&as_browser["statusCode"], &as_program["statusCode"]), (&json!(404), &json!(404)));
    assert_eq!(as_browser["headers"]["content-type"], "text/html; charset=utf-8");
    let page = as_browser["body"].as_str().unwrap();
    assert!(page.contains("<h1>There is no such report</h1>") && page.contains("href=\"/\""), "{page}");
}

#[tokio::test]
async fn an_offset_without_its_plus_names_the_escape() {
    let app = Bucket::with_ledger(None).app();
    let path = "/v1/series/eth-usd-1d-h1/forecasts";
    let refused = answer(&app, &event("GET", path, "from=2023-01-01T00:00:00+00:00", &Value::Null)).await;
    assert_eq!(refused["statusCode"], 400);
    assert!(refused["body"].as_str().unwrap().contains("%2B"), "{refused}");
    let escaped = answer(&app, &event("GET", path, "from=2023-01-01T00:00:00%2B00:00", &Value::Null)).await;
    assert_ne!(escaped["statusCode"], 400, "{escaped}");
}

#[tokio::test]
async fn a_compressed_body_is_415_and_names_the_encoding() {
    let app = Bucket::with_ledger(None).app();
    for path in ["/predict", "/invocations", "/v1/series/eth-usd-1d-h1/forecast"] {
        let mut compressed = event("POST", path, "", &json!("H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA=="));
        compressed["isBase64Encoded"] = json!(true);
        let unnamed = answer(&app, &compressed).await;
        assert_eq!(unnamed["statusCode"], 400, "{path}");
        assert!(unnamed["body"].as_str().unwrap().contains("compressed (gzip)"), "{unnamed}");
        compressed["headers"]["content-encoding"] = json!("gzip");
        let named = answer(&app, &compressed).await;
        assert_eq!(named["statusCode"], 415, "{path}");
        assert!(named["body"].as_str().unwrap().contains("the content encoding is `gzip`"), "{named}");
    }
}

#[tokio::test]
async fn the_version_of_a_series_is_that_of_the_service() {
    let app = Bucket::with_ledger(None).app();
    let whole = answer(&app, &event("GET", "/version", "", &Value::Null)).await;
    let series = answer(&app, &event("GET", "/v1/series/eth-usd-1d-h1/version", "", &Value::Null)).await;
    assert_eq!((&series["statusCode"], &series["body"]), (&json!(200), &whole["body"]));
    let other = answer(&app, &event("GET", "/v1/series/btc-usd-1d-h1/version", "", &Value::Null)).await;
    assert_eq!(other["statusCode"], 404);
}

/// Every place in `value`, as the way to it.
fn places(value: &Value, way: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, part)| (name.clone(), part)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, part)| (index.to_string(), part)).collect(),
        _ => Vec::new(),
    };
    found.push(way.clone());
    for (name, part) in parts {
        way.push(name);
        places(part, way, found);
        way.pop();
    }
}

fn put(value: &mut Value, way: &[String], new: Option<Value>) {
    let Some((name, rest)) = way.split_first() else {
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
    let app = Bucket::with_ledger(None).app();
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
            let mut ways = Vec::new();
            places(&event, &mut Vec::new(), &mut ways);
            let new = (draw(4) > 0).then(|| junk[draw(junk.len())].clone());
            put(&mut event, &ways[draw(ways.len())], new);
        }
        let answer = answer(&app, &event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..500).contains(&status) || status == 503, "{status}: {event}");
        statuses.insert(status.to_string(), json!(true));
    }
    assert!(statuses.contains_key("200") && statuses.contains_key("400"), "they test little: {statuses:?}");
}
