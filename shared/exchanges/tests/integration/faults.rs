//! Sources that fail or send invalid bars: the next source is used. If all fail, the error has every source's reason,
//! and the same call succeeds later.

use crate::world::{World, counts, policy, request, truth, union};
use exchange_simulator::{FaultKind, RowField};
use exchanges::{
    BarRequest, SourceError,
    SourceName::{Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use market_data::{Interval, origin::Provenance};
use observability::error_chain;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

fn retry_after(status: u16, seconds: u64) -> FaultKind {
    FaultKind::response_with_header(status, "retry-after", &seconds.to_string())
}

fn redirect(status: u16, location: &str) -> FaultKind {
    FaultKind::response_with_header(status, "location", location)
}

/// Body that the server calls JSON.
fn json(body: &[u8]) -> FaultKind {
    let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    FaultKind::Response { status: 200, headers, body: body.to_vec() }
}

/// Each fault with the number of attempts and a part of the error.
fn faults() -> Vec<(FaultKind, usize, &'static str)> {
    let error = FaultKind::response;
    let time = |text: &str| Some(text.parse().unwrap());
    vec![
        (FaultKind::Html, 1, "a web page instead of JSON: Before you continue"),
        (error(429, "Too Many Requests"), 3, "HTTP 429: Too Many Requests"),
        (retry_after(429, 3600), 1, "HTTP 429"),
        (retry_after(418, 3600), 1, "HTTP 418"),
        (error(418, "banned"), 1, "HTTP 418: banned"),
        (error(451, r#"{"msg":"restricted location"}"#), 1, "HTTP 451"),
        (error(404, r#"{"message":"NotFound"}"#), 1, "NotFound"),
        (error(500, "oops"), 3, "HTTP 500: oops"),
        (error(200, ""), 3, "answered nothing"),
        (
            FaultKind::Truncated,
            3,
            "JSON that cannot be read (application/json; charset=utf-8, begins with `[[1672876800,",
        ),
        (json(&[0x1f, 0x8b, 8, 0, 0xff]), 1, "a gzip body, though no compression was requested (application/json, be"),
        (json(b"[1672\xff]"), 1, "bytes that are not text in UTF-8 (application/json, begins with bytes 5b 31 36"),
        (error(502, "<html><title>Bad gateway</title>"), 3, "HTTP 502: a web page: Bad gateway"),
        (redirect(302, "http://127.0.0.1:9001/x"), 1, "HTTP 302, a redirect to http://127.0.0.1:9001/x; redirects"),
        (redirect(308, ""), 1, "HTTP 308, a redirect to"),
        (error(200, "[]"), 1, "no closed bar in the range"),
        (error(200, r#"[[1672531200,"a",1,1,1,1]]"#), 3, "begins with `[[1672531200,\"a\",1,1,1,1]]`): invalid value"),
        (error(200, r#"{"message":"maintenance"}"#), 3, r#"begins with `{"message":"maintenance"}`): invalid type"#),
        (FaultKind::Slow { seconds: 30.0 }, 3, "cannot be reached"),
        (FaultKind::Disconnected, 3, "cannot be reached"),
        (
            FaultKind::Shifted { at: time("2023-01-03T00:00:00Z"), seconds: 60 },
            1,
            "cannot be trusted: bar at 2023-01-03T00:01:00Z: off_grid",
        ),
        (
            FaultKind::Future { at: time("2122-12-12T00:00:00Z") },
            1,
            "cannot be trusted: bar at 2122-12-12T00:00:00Z: clock_skew",
        ),
        (FaultKind::Nulls { at: None, field: Some(RowField::Low) }, 1, "no bar that can be used"),
    ]
}

#[tokio::test]
async fn after_any_fault_the_next_source_is_used() {
    let request = request(Interval::Day, 5);
    for (fault, attempts, reason) in faults() {
        let world = World::new(&[Coinbase, Bitstamp, Kraken], &request, policy(0)).await;
        world.set_fault(Coinbase, fault.clone());
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(counts(&result), [("bitstamp", 5)], "{fault:?}");
        assert_eq!(union(&result.batches), truth(&request), "{fault:?}");
        let failure = error_chain(&result.failures[0].error);
        assert!(failure.contains(reason), "{fault:?}: {failure}");
        assert_eq!(world.request_counts(), [attempts, 1, 0], "{fault:?}");
    }
}

/// On Lambda, `127.0.0.1` is the Runtime API.
#[tokio::test]
async fn a_redirect_is_never_followed() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp], &request, policy(0)).await;
    let elsewhere = format!("{}/api/v2/ohlc/ethusd/?step=86400&limit=5", world.url());
    for status in [301, 302, 303, 307, 308] {
        let previous_requests = world.request_counts()[1];
        world.set_fault(Coinbase, redirect(status, &elsewhere));
        world.set_fault(Bitstamp, FaultKind::response(451, "blocked"));
        let error = world.fetch(&request).await.unwrap_err();
        assert!(
            matches!(error.failures[0].error, SourceError::Redirect { status: seen, .. } if seen == status),
            "{error}"
        );
        assert!(error.to_string().contains(&elsewhere), "{error}");
        assert_eq!(world.request_counts()[1], previous_requests + 1, "only the fetch of Bitstamp itself");
    }
}

#[tokio::test]
async fn the_message_contains_the_error_of_the_source() {
    let request = request(Interval::Day, 5);
    let crumb = r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
    for (status, reason) in
        [(200, "refused: Unauthorized: Invalid Crumb"), (401, "answered HTTP 401: Unauthorized: Invalid Crumb")]
    {
        let world = World::new(&[Yahoo], &request, policy(0)).await;
        world.set_fault(Yahoo, FaultKind::response(status, crumb));
        let error = world.fetch(&request).await.unwrap_err();
        assert_eq!(error_chain(&error.failures[0].error), reason);
        assert_eq!(world.request_counts(), [1]);
    }
}

#[tokio::test]
async fn throttling_reported_in_the_body_is_retried() {
    let request = request(Interval::Day, 5);
    for (name, status, body) in [
        (Kraken, 200, r#"{"error":["EGeneral:Too many requests"]}"#),
        (Bitstamp, 400, r#"{"response_code":"400.002","response_explanation":"exceeded rate limit"}"#),
        (Binance, 200, r#"{"code":-1003,"msg":"Too much request weight used."}"#),
    ] {
        let world = World::new(&[name], &request, policy(0)).await;
        world.fail_times(name, 1, FaultKind::response(status, body));
        let result = world.fetch(&request).await.unwrap();
        assert_eq!((counts(&result), world.request_counts()), (vec![(name.as_str(), 5)], vec![2]));
    }
}

#[tokio::test]
async fn an_error_in_the_body_is_not_retried() {
    // In USDT, Binance is no proxy.
    let request = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..request(Interval::Day, 5) };
    for (name, body, reason) in [
        (Kraken, r#"{"error":["EQuery:Unknown asset pair"]}"#, "refused: EQuery: Unknown asset pair"),
        (Bitstamp, r#"{"status":"error","reason":"Invalid pair"}"#, "refused: error: Invalid pair"),
        (Binance, r#"{"code":-1121,"msg":"Invalid symbol."}"#, "refused: -1121: Invalid symbol."),
    ] {
        let world = World::new(&[name, Yahoo], &request, policy(0)).await;
        world.set_fault(name, FaultKind::response(200, body));
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(error_chain(&result.failures[0].error), reason);
        assert_eq!((counts(&result), world.request_counts()), (vec![("yahoo", 5)], vec![1, 1]));
    }
}

#[tokio::test]
async fn if_all_sources_fail_the_error_has_every_reason() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase, Binance, Yahoo], &request, policy(1)).await;
    world.set_fault(Coinbase, FaultKind::Truncated);
    world.set_fault(Binance, FaultKind::response(451, "blocked"));
    world.set_fault(Yahoo, FaultKind::Html);
    let error = world.fetch(&request).await.unwrap_err();
    assert!(!error.market_has_no_bars());
    let error = error.to_string();
    for part in [
        "ETH-USD 1d",
        "coinbase answered JSON that cannot be read",
        "binance answered HTTP 451",
        "yahoo answered a web page",
    ] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    world.clear_faults(Coinbase);
    assert_eq!(counts(&world.fetch(&request).await.unwrap()), [("coinbase", 5)]);
}

#[tokio::test]
async fn a_market_without_bars_is_distinguished_from_failures() {
    let mut request = request(Interval::Day, 5);
    request.wall_clock = "2026-01-01T00:00:00Z".parse().unwrap();
    let world = World::new(&[Coinbase, Kraken, Bitstamp, Binance, Yahoo], &request, policy(1)).await;
    for name in [Coinbase, Bitstamp, Binance] {
        world.set_fault(name, FaultKind::Empty);
    }
    let nothing = r#"{"chart":{"result":null,"error":{"code":"Bad Request",
        "description":"Data doesn't exist for startDate = 1672531200, endDate = 1672963200"}}}"#;
    world.set_fault(Yahoo, FaultKind::response(400, nothing));
    let error = world.fetch(&request).await.unwrap_err();
    assert!(error.market_has_no_bars(), "{error}");
    assert!(matches!(error.failures[1].error, SourceError::OutOfRetention { .. }), "{error}");
    assert_eq!(world.request_counts(), [1, 0, 1, 1, 1]);
    assert!(error.all_answered());
    world.set_fault(Bitstamp, FaultKind::response(451, "blocked"));
    let error = world.fetch(&request).await.unwrap_err();
    assert!(error.market_has_no_bars(), "a source that never answers does not prevent it");
    assert!(!error.all_answered());
    for name in [Coinbase, Binance, Yahoo] {
        world.set_fault(name, FaultKind::response(404, "not listed"));
    }
    assert!(!world.fetch(&request).await.unwrap_err().market_has_no_bars(), "no source lists the pair");
}

#[tokio::test]
async fn a_source_that_recovers_within_the_retries_is_used() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp], &request, policy(0)).await;
    world.fail_times(Coinbase, 2, FaultKind::response(503, "busy"));
    let result = world.fetch(&request).await.unwrap();
    assert_eq!((counts(&result), result.failures.len()), (vec![("coinbase", 5)], 0));
    assert_eq!(world.request_counts(), [3, 0]);
}

#[tokio::test]
async fn a_short_retry_after_delays_the_retry() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase], &request, policy(0)).await;
    world.fail_times(Coinbase, 1, retry_after(429, 1));
    let started = Instant::now();
    world.fetch(&request).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn stored_and_simulated_bars_are_labelled() {
    let mut request = request(Interval::Day, 5);
    // Stored and simulated bars may be ahead of the clock.
    request.wall_clock = "2023-01-03T00:00:00Z".parse().unwrap();
    for (provenance, label) in
        [(Provenance::Simulated, "coinbase (simulated)"), (Provenance::Stored, "coinbase (stored)")]
    {
        let world = World::with_provenance(&[Coinbase], &request, policy(0), provenance).await;
        let result = world.fetch(&request).await.unwrap();
        let batch = &result.batches[0];
        assert_eq!((batch.provenance, batch.origin().to_string().as_str()), (provenance, label));
        assert_eq!(batch.bars, truth(&request));
    }
}
