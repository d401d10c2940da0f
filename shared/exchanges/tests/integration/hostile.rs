//! Sources that cannot be had, or that send what cannot be trusted: the next source answers, or a clear error names
//! every source's reason, and the same call later succeeds.

use crate::world::{Fault, World, counts, policy, truth, union, wanted};
use exchanges::{
    BarRequest, SourceError,
    SourceName::{Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use market_data::{Interval, origin::Provenance};
use observability::error_chain;
use std::time::{Duration, Instant};

/// Each fault, how often it is worth asking, and what the error has to say.
fn faults() -> Vec<(Fault, usize, &'static str)> {
    let error = Fault::Status;
    vec![
        (Fault::Html, 1, "a web page instead of JSON: Before you continue"),
        (error(429, "Too Many Requests"), 3, "HTTP 429: Too Many Requests"),
        (Fault::RetryAfter(429, 3600), 1, "HTTP 429"),
        (Fault::RetryAfter(418, 3600), 1, "HTTP 418"),
        (error(418, "banned"), 1, "HTTP 418: banned"),
        (error(451, r#"{"msg":"restricted location"}"#), 1, "HTTP 451"),
        (error(404, r#"{"message":"NotFound"}"#), 1, "NotFound"),
        (error(500, "oops"), 3, "HTTP 500: oops"),
        (error(200, ""), 3, "answered nothing"),
        (Fault::Truncated, 3, "JSON that cannot be read (application/json, begins with `[[1672876800,"),
        (
            Fault::Bytes(&[0x1f, 0x8b, 8, 0, 0xff]),
            1,
            "a gzip body, though no compression was asked for (application/json, be",
        ),
        (
            Fault::Bytes(b"[1672\xff]"),
            1,
            "bytes that are not text in UTF-8 (application/json, begins with bytes 5b 31 36",
        ),
        (error(502, "<html><title>Bad gateway</title>"), 3, "HTTP 502: a web page: Bad gateway"),
        (
            Fault::Redirect(302, "http://127.0.0.1:9001/x"),
            1,
            "HTTP 302, a redirect to http://127.0.0.1:9001/x; redirects",
        ),
        (Fault::Redirect(308, ""), 1, "HTTP 308, a redirect to"),
        (error(200, "[]"), 1, "no closed bar in the range"),
        (error(200, r#"[[1672531200,"a",1,1,1,1]]"#), 3, "begins with `[[1672531200,\"a\",1,1,1,1]]`): invalid value"),
        (error(200, r#"{"message":"maintenance"}"#), 3, r#"begins with `{"message":"maintenance"}`): invalid type"#),
        (Fault::Slow, 3, "cannot be reached"),
        (Fault::BrokenOff, 3, "cannot be reached"),
        (Fault::Rows(|rows| rows[2].time += 60), 1, "cannot be trusted: bar at 2023-01-03T00:01:00Z: off_grid"),
        (
            Fault::Rows(|rows| rows[4].time += 100 * 365 * 86_400),
            1,
            "cannot be trusted: bar at 2122-12-12T00:00:00Z: clock_skew",
        ),
        (Fault::Rows(|rows| rows.iter_mut().for_each(|row| row.low = f64::NAN)), 1, "no bar that can be used"),
    ]
}

#[tokio::test]
async fn whatever_one_source_does_the_next_one_answers() {
    let wanted = wanted(Interval::Day, 5);
    for (fault, attempts, reason) in faults() {
        let world = World::new(&[Coinbase, Bitstamp, Kraken], &wanted, policy(0)).await;
        world.market(Coinbase).set(fault.clone());
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(counts(&gathered), [("bitstamp", 5)], "{fault:?}");
        assert_eq!(union(&gathered.deliveries), truth(&wanted), "{fault:?}");
        let failure = error_chain(&gathered.failures[0].error);
        assert!(failure.contains(reason), "{fault:?}: {failure}");
        assert_eq!(world.asked(), [attempts, 1, 0], "{fault:?}");
    }
}

/// On Lambda, `127.0.0.1` is the Runtime API.
#[tokio::test]
async fn a_redirect_is_never_followed() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp], &wanted, policy(0)).await;
    let elsewhere: &'static str = world.base_url(Bitstamp).to_owned().leak();
    for status in [301, 302, 303, 307, 308] {
        let asked = world.asked()[1];
        world.market(Coinbase).set(Fault::Redirect(status, elsewhere));
        world.market(Bitstamp).set(Fault::Status(451, "blocked"));
        let error = world.gather(&wanted).await.unwrap_err();
        assert!(
            matches!(error.failures[0].error, SourceError::Redirect { status: seen, .. } if seen == status),
            "{error}"
        );
        assert!(error.to_string().contains(elsewhere), "{error}");
        assert_eq!(world.asked()[1], asked + 1, "only as the source that it is");
    }
}

#[tokio::test]
async fn what_a_source_says_of_an_error_is_in_the_message() {
    let wanted = wanted(Interval::Day, 5);
    let crumb = r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
    for (status, reason) in
        [(200, "refused: Unauthorized: Invalid Crumb"), (401, "answered HTTP 401: Unauthorized: Invalid Crumb")]
    {
        let world = World::new(&[Yahoo], &wanted, policy(0)).await;
        world.market(Yahoo).set(Fault::Status(status, crumb));
        let error = world.gather(&wanted).await.unwrap_err();
        assert_eq!(error_chain(&error.failures[0].error), reason);
        assert_eq!(world.asked(), [1]);
    }
}

#[tokio::test]
async fn a_source_that_says_in_the_body_that_it_is_asked_too_often_is_asked_again_later() {
    let wanted = wanted(Interval::Day, 5);
    for (name, status, body) in [
        (Kraken, 200, r#"{"error":["EGeneral:Too many requests"]}"#),
        (Bitstamp, 400, r#"{"response_code":"400.002","response_explanation":"exceeded rate limit"}"#),
        (Binance, 200, r#"{"code":-1003,"msg":"Too much request weight used."}"#),
    ] {
        let world = World::new(&[name], &wanted, policy(0)).await;
        world.market(name).fail_times(1, Fault::Status(status, body));
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!((counts(&gathered), world.asked()), (vec![(name.as_str(), 5)], vec![2]));
    }
}

#[tokio::test]
async fn a_refusal_in_the_body_is_final() {
    // In Tether, so that Binance is a source like the others.
    let wanted = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..wanted(Interval::Day, 5) };
    for (name, body, reason) in [
        (Kraken, r#"{"error":["EQuery:Unknown asset pair"]}"#, "refused: EQuery: Unknown asset pair"),
        (Bitstamp, r#"{"status":"error","reason":"Invalid pair"}"#, "refused: error: Invalid pair"),
        (Binance, r#"{"code":-1121,"msg":"Invalid symbol."}"#, "refused: -1121: Invalid symbol."),
    ] {
        let world = World::new(&[name, Yahoo], &wanted, policy(0)).await;
        world.market(name).set(Fault::Status(200, body));
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(error_chain(&gathered.failures[0].error), reason);
        assert_eq!((counts(&gathered), world.asked()), (vec![("yahoo", 5)], vec![1, 1]));
    }
}

#[tokio::test]
async fn when_no_source_answers_every_reason_is_given_and_the_same_call_later_succeeds() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase, Binance, Yahoo], &wanted, policy(1)).await;
    world.market(Coinbase).set(Fault::Truncated);
    world.market(Binance).set(Fault::Status(451, "blocked"));
    world.market(Yahoo).set(Fault::Html);
    let error = world.gather(&wanted).await.unwrap_err();
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
    world.market(Coinbase).heal();
    assert_eq!(counts(&world.gather(&wanted).await.unwrap()), [("coinbase", 5)]);
}

#[tokio::test]
async fn a_market_without_bars_is_told_from_sources_that_fail() {
    let mut wanted = wanted(Interval::Day, 5);
    wanted.wall_clock = "2026-01-01T00:00:00Z".parse().unwrap();
    let world = World::new(&[Coinbase, Kraken, Bitstamp, Binance, Yahoo], &wanted, policy(1)).await;
    for name in [Coinbase, Bitstamp, Binance] {
        world.market(name).set(Fault::Rows(Vec::clear));
    }
    let nothing = r#"{"chart":{"result":null,"error":{"code":"Bad Request",
        "description":"Data doesn't exist for startDate = 1672531200, endDate = 1672963200"}}}"#;
    world.market(Yahoo).set(Fault::Status(400, nothing));
    let error = world.gather(&wanted).await.unwrap_err();
    assert!(error.market_has_no_bars(), "{error}");
    assert!(matches!(error.failures[1].error, SourceError::OutOfRetention { .. }), "{error}");
    assert_eq!(world.asked(), [1, 0, 1, 1, 1]);
    assert!(error.all_answered());
    world.market(Bitstamp).set(Fault::Status(451, "blocked"));
    let error = world.gather(&wanted).await.unwrap_err();
    assert!(error.market_has_no_bars(), "one that never answers does not hold up the others");
    assert!(!error.all_answered());
    for name in [Coinbase, Binance, Yahoo] {
        world.market(name).set(Fault::Status(404, "not listed"));
    }
    assert!(!world.gather(&wanted).await.unwrap_err().market_has_no_bars(), "a pair that nobody lists");
}

#[tokio::test]
async fn a_source_that_recovers_within_the_retries_is_kept() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp], &wanted, policy(0)).await;
    world.market(Coinbase).fail_times(2, Fault::Status(503, "busy"));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!((counts(&gathered), gathered.failures.len()), (vec![("coinbase", 5)], 0));
    assert_eq!(world.asked(), [3, 0]);
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase], &wanted, policy(0)).await;
    world.market(Coinbase).fail_times(1, Fault::RetryAfter(429, 1));
    let began = Instant::now();
    world.gather(&wanted).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_market_that_is_simulated_is_called_so() {
    let mut wanted = wanted(Interval::Day, 5);
    // It may be ahead of the clock.
    wanted.wall_clock = "2023-01-03T00:00:00Z".parse().unwrap();
    let world = World::new(&[Coinbase], &wanted, policy(0)).await;
    for (header, history, label) in [
        ("simulated", Provenance::Simulated, "coinbase (simulated)"),
        ("stored", Provenance::Stored, "coinbase (stored)"),
    ] {
        world.market(Coinbase).call_history(header);
        let gathered = world.gather(&wanted).await.unwrap();
        let delivery = &gathered.deliveries[0];
        assert_eq!((delivery.history, delivery.origin().to_string().as_str()), (history, label));
        assert_eq!(delivery.bars, truth(&wanted));
    }
}
