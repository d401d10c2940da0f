//! Invalid requests: the response is always a problem document and never a 500.

use crate::support::{Answer, ask, ask_as, bars, body_of, healthy_context};
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::Method;
use market_data::Bar;
use predict::{
    bars::{MAX_BARS, MIN_BARS},
    request::MAX_BODY_BYTES,
};
use serde_json::{Value, json};

const PATH: &str = "/v1/series/eth-usd-1d-h1/forecast";

fn post(body: &[u8]) -> Answer {
    ask(&Method::POST, PATH, body, &healthy_context())
}

fn assert_problem(answer: &Answer, status: u16, slug: &str, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.body);
    assert_eq!(answer.content_type, "application/problem+json", "{case}");
    assert_eq!(answer.body["type"], format!("urn:weathervane:problem:{slug}"), "{case}");
    assert_eq!(answer.body["status"], status, "{case}");
    assert!(!answer.body["detail"].as_str().unwrap().is_empty(), "{case}");
    assert_eq!(answer.body["request_id"], "id-1", "{case}");
}

#[test]
fn a_body_that_is_not_json_is_400() {
    for body in ["", "  ", "nope", "{", "[1,", r#"{"bars":[}"#, r#"{"bars":[{"open":NaN}]}"#, "{} x", "\u{feff}{}"] {
        assert_problem(&post(body.as_bytes()), 400, "invalid-json", body);
    }
    assert_problem(&post(&[0xff, 0xfe, b'{', b'}']), 400, "invalid-json", "not UTF-8");
}

#[test]
fn json_of_the_wrong_shape_is_422_and_names_the_field() {
    for (body, field) in [
        ("[]", None),
        ("null", None),
        ("3", None),
        ("{}", Some("bars")),
        (r#"{"bars":null}"#, Some("bars")),
        (r#"{"bars":{}}"#, Some("bars")),
        (r#"{"bar":[]}"#, Some("bar")),
    ] {
        let answer = post(body.as_bytes());
        assert_problem(&answer, 422, "invalid-body", body);
        assert_eq!(answer.body.get("field").and_then(Value::as_str), field, "{body}");
    }
}

/// Replaces one field of bar 17 of valid bars by raw JSON text.
#[test]
fn a_bad_bar_is_422_and_names_bar_and_field() {
    let cases = [
        ("open", "null", "open"),
        ("high", "1e999", "high"),
        ("low", "-1e999", "low"),
        ("close", "\"NaN\"", "close"),
        ("close", "\"1800\"", "close"),
        ("open", "true", "open"),
        ("open", "[1]", "open"),
        ("close", "-1800.5", "close"),
        ("close", "0", "close"),
        ("close", "1e9", "close"),
        ("high", "1.0", "high"),
        ("volume", "-0.5", "volume"),
        ("volume", "1e999", "volume"),
        ("time", "null", "time"),
        ("time", "44197", "time"),
        ("time", "0", "time"),
        ("time", "\"yesterday\"", "time"),
        ("time", "\"2023-06-31\"", "time"),
    ];
    for (field, text, named) in cases {
        let mut body = body_of(&bars(MIN_BARS));
        body["bars"][17][field] = json!("PLACE");
        let body = body.to_string().replace("\"PLACE\"", text);
        let answer = post(body.as_bytes());
        assert_problem(&answer, 422, "invalid-bars", &format!("{field} = {text}"));
        assert_eq!((&answer.body["bar"], &answer.body["field"]), (&json!(17), &json!(named)), "{}", answer.body);
    }
}

#[test]
fn missing_and_unknown_fields_are_named() {
    let mut missing = body_of(&bars(MIN_BARS));
    missing["bars"][5].as_object_mut().unwrap().remove("volume");
    let mut unknown = body_of(&bars(MIN_BARS));
    unknown["bars"][6]["vwap"] = json!(1.0);
    for (body, bar, field) in [(missing, 5, "volume"), (unknown, 6, "vwap")] {
        let answer = post(body.to_string().as_bytes());
        assert_problem(&answer, 422, "invalid-bars", field);
        assert_eq!((&answer.body["bar"], &answer.body["field"]), (&json!(bar), &json!(field)));
    }
    let mut shapeless = body_of(&bars(MIN_BARS));
    for list in [json!([1, 2]), json!(["2023-07-17T00:00:00Z", 1.0, 1.0, 1.0, 1.0, 1.0])] {
        shapeless["bars"][7] = list;
        let answer = post(shapeless.to_string().as_bytes());
        assert_problem(&answer, 422, "invalid-bars", "shapeless");
        assert_eq!(answer.body["bar"], 7);
    }
}

#[test]
fn unordered_duplicate_off_grid_and_missing_bars_are_named() {
    let good = bars(MIN_BARS);
    let mut unordered = good.clone();
    unordered.swap(10, 11);
    let mut duplicate = good.clone();
    duplicate[20] = duplicate[19];
    let mut off_grid = good.clone();
    off_grid[4].time = "2023-09-10T00:00:01Z".parse().unwrap();
    let mut gap = bars(MIN_BARS + 1);
    gap.remove(30);
    for (case, bars, bar) in
        [("unordered", unordered, 11), ("duplicate", duplicate, 20), ("off grid", off_grid, 4), ("gap", gap, 30)]
    {
        let answer = post(body_of(&bars).to_string().as_bytes());
        assert_problem(&answer, 422, "invalid-bars", case);
        assert_eq!((&answer.body["bar"], &answer.body["field"]), (&json!(bar), &json!("time")), "{}", answer.body);
    }
}

#[test]
fn too_few_or_too_many_bars_name_the_limit() {
    for (count, number) in [(0, MIN_BARS), (1, MIN_BARS), (MIN_BARS - 1, MIN_BARS), (MAX_BARS + 1, MAX_BARS)] {
        // Fewer digits keep the larger body under its own limit.
        let mut bars = bars(count);
        for bar in &mut bars {
            (bar.open, bar.high, bar.low, bar.close, bar.volume) = (1.0, 1.0, 1.0, 1.0, 1.0);
        }
        let answer = post(body_of(&bars).to_string().as_bytes());
        assert_problem(&answer, 422, "invalid-bars", &count.to_string());
        assert!(answer.body["detail"].as_str().unwrap().contains(&number.to_string()), "{}", answer.body);
        assert_eq!(answer.body["field"], "bars");
    }
}

/// All routes accept the same forms of bars.
#[test]
fn times_have_the_forms_of_the_scoring_routes() {
    let expected = post(body_of(&bars(MIN_BARS)).to_string().as_bytes());
    for format in [
        |time: Timestamp| json!(time.as_second()),
        |time: Timestamp| json!(time.as_millisecond()),
        |time: Timestamp| json!(time.strftime("%Y-%m-%d").to_string()),
        |time: Timestamp| json!(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
    ] {
        for name in ["time", "timestamp"] {
            let bars: Vec<Value> = bars(MIN_BARS)
                .iter()
                .map(|bar| {
                    let mut written = json!(bar);
                    written.as_object_mut().unwrap().remove("time");
                    written[name] = format(bar.time);
                    written
                })
                .collect();
            let answer = post(json!({ "bars": bars }).to_string().as_bytes());
            assert_eq!((answer.status, &answer.body), (200, &expected.body));
        }
    }
    let mut both = body_of(&bars(MIN_BARS));
    both["bars"][3]["timestamp"] = both["bars"][3]["time"].clone();
    let answer = post(both.to_string().as_bytes());
    assert_problem(&answer, 422, "invalid-bars", "both names");
    assert_eq!(answer.body["detail"], "bar 3 has time and timestamp, expected one");
}

#[test]
fn messages_name_the_cause() {
    let detail = |body: &[u8]| post(body).body["detail"].as_str().unwrap().to_owned();
    let detail_of = |bars: &[Bar]| detail(body_of(bars).to_string().as_bytes());
    let with = |change: fn(&mut Bar)| {
        let mut bars = bars(MIN_BARS);
        bars.iter_mut().for_each(change);
        detail_of(&bars)
    };
    let weekly: Vec<Bar> = bars(7 * MIN_BARS).into_iter().step_by(7).collect();
    let utf16: Vec<u8> = "{\"bars\":[]}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (found, expected) in [
        (detail_of(&bars(1)), "1 bar, at least 121 in a row are needed"),
        (detail_of(&weekly), "the bars are 7 days apart, expected 1 day"),
        (
            with(|bar| bar.time = bar.time.saturating_sub(SignedDuration::from_hours(2)).unwrap()),
            "days open at 00:00 UTC",
        ),
        (with(|bar| bar.high = 1.0), "high is 1, below low, which is"),
        (with(|bar| bar.high = 1e-309), "high is 1e-309, below low"),
        (detail(&vec![b' '; MAX_BODY_BYTES + 1]), "of bars or rows at most 5000"),
        (detail(b""), "the body is empty, expected an object such as"),
        (detail(b"\x1f\x8b\x08\x00"), "compressed (gzip)"),
        (detail(b"\xef\xbb\xbf{}"), "begins with a byte order mark"),
        (detail(&utf16), "UTF-16"),
        (detail(b"{\"bars\":[{\"open\":NaN}]}"), "NaN and Infinity are not JSON"),
        (detail(b"[1]"), "the body is [1], expected an object such as"),
    ] {
        assert!(found.contains(expected), "{found} does not contain {expected}");
    }
}

#[test]
fn only_a_body_over_the_limit_is_413() {
    let mut body = body_of(&bars(MIN_BARS)).to_string();
    body.extend(std::iter::repeat_n(' ', MAX_BODY_BYTES - body.len()));
    assert_eq!(post(body.as_bytes()).status, 200);
    body.push(' ');
    assert_problem(&post(body.as_bytes()), 413, "body-too-large", "one byte over");
}

#[test]
fn prices_that_overflow_the_features_are_422() {
    let mut bars = bars(MIN_BARS);
    for bar in &mut bars {
        (bar.open, bar.high, bar.low, bar.close) = (1e308, 1.7e308, 1e308, 1.6e308);
    }
    let answer = post(body_of(&bars).to_string().as_bytes());
    assert_problem(&answer, 422, "invalid-bars", "overflow");
}

#[test]
fn unknown_series_routes_and_methods_are_404_or_405() {
    let cases = [
        (Method::GET, "/v1/series/btc-usd-1d-h1/forecast", 404, "unknown-series"),
        (Method::POST, "/v1/series/ETH-USD-1d-h1/forecast", 404, "unknown-series"),
        (Method::GET, "/v1/series/..%2F..%2Fx/forecasts", 404, "unknown-series"),
        (Method::GET, "//", 404, "unknown-route"),
        (Method::GET, "v1/series", 404, "unknown-route"),
        (Method::GET, "", 404, "unknown-route"),
        (Method::GET, "/v1/series/eth-usd-1d-h1", 404, "unknown-route"),
        (Method::GET, "/v1/series/eth-usd-1d-h1/forecast/", 404, "unknown-route"),
        (Method::GET, "/predict", 405, "method-not-allowed"),
        (Method::POST, "/", 405, "method-not-allowed"),
        (Method::GET, "/invocations", 405, "method-not-allowed"),
        (Method::POST, "/health", 405, "method-not-allowed"),
        (Method::DELETE, PATH, 405, "method-not-allowed"),
        (Method::PUT, "/v1/series", 405, "method-not-allowed"),
    ];
    for (method, path, status, slug) in cases {
        let answer = ask(&method, path, b"", &healthy_context());
        assert_problem(&answer, status, slug, path);
        assert_eq!(answer.allow.is_some(), status == 405, "{path}: RFC 9110 requires Allow with a 405");
    }
}

#[test]
fn quoted_input_is_truncated() {
    let path = format!("/{}", "x".repeat(100_000));
    let answer = ask(&Method::GET, &path, b"", &healthy_context());
    assert_problem(&answer, 404, "unknown-route", "long path");
    assert!(answer.body["detail"].as_str().unwrap().len() < 300);

    let name = "\"".repeat(100_000);
    let mut bar = body_of(&bars(MIN_BARS));
    bar["bars"][3][&name] = json!(1);
    for (case, body, slug) in [("body", json!({ &name: 1 }), "invalid-body"), ("bar", bar, "invalid-bars")] {
        let answer = post(body.to_string().as_bytes());
        assert_problem(&answer, 422, slug, case);
        assert!(answer.body.to_string().len() < 600, "{case}");
    }
}

#[test]
fn a_duplicate_field_is_named() {
    let whole = body_of(&bars(MIN_BARS)).to_string();
    let bar = whole.replacen("\"close\":", "\"close\":1,\"close\":", 1);
    let answer = post(bar.as_bytes());
    assert_problem(&answer, 422, "invalid-bars", "bar");
    assert_eq!((&answer.body["bar"], &answer.body["field"]), (&json!(0), &json!("close")));
    let body = whole.replacen('{', "{\"bars\":[],", 1);
    let answer = post(body.as_bytes());
    assert_problem(&answer, 422, "invalid-body", "body");
    assert_eq!(answer.body["field"], "bars");
}

#[test]
fn only_json_with_or_without_charset_is_accepted() {
    let body = body_of(&bars(MIN_BARS)).to_string();
    let post = |kind| ask_as(Some(kind), &Method::POST, PATH, body.as_bytes(), &healthy_context());
    for kind in ["text/csv", "application/x-www-form-urlencoded", "application/jsonx", "", "json\u{1}"] {
        assert_problem(&post(kind), 415, "unsupported-media-type", kind);
    }
    for kind in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(post(kind).status, 200, "{kind}");
    }
    let empty = ask_as(Some("text/plain"), &Method::POST, "/predict", b"", &healthy_context());
    assert_eq!(empty.status, 200, "an empty body has no type");
}

#[test]
fn bars_of_a_flat_market_have_a_forecast() {
    let mut bars = bars(MIN_BARS);
    for bar in &mut bars {
        (bar.open, bar.high, bar.low, bar.close) = (10.0, 10.0, 10.0, 10.0);
    }
    let answer = post(body_of(&bars).to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let probability = answer.body["probability_up"].as_f64().unwrap();
    assert!(probability > 0.0 && probability < 1.0, "{probability}");
}
