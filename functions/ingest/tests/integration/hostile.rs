//! Sources that misbehave, over real HTTP: the next source answers, or a clear error names every source's reason, and
//! the same call later succeeds.

use crate::market::{self, Fault, Market, coinbase_candles, wanted, yahoo_chart};
use domain::Interval;
use ingest::{error::SourceError, http::History, sources::SourceName};
use std::time::{Duration, Instant};

/// Each fault, whether asking again is worth it, and what the error has to say.
fn faults() -> Vec<(Fault, usize, &'static str)> {
    let error = |status, body| Fault::status(status, body);
    vec![
        (Fault::Html, 1, "a web page instead of JSON: Before you continue"),
        (error(429, "Too Many Requests"), 3, "HTTP 429: Too Many Requests"),
        (Fault::RetryAfter(3600), 1, "HTTP 429"),
        (error(451, r#"{"msg":"restricted location"}"#), 1, "HTTP 451"),
        (error(404, r#"{"message":"NotFound"}"#), 1, "NotFound"),
        (error(500, "oops"), 3, "HTTP 500: oops"),
        (error(200, ""), 3, "answered nothing"),
        (Fault::Truncated, 3, "JSON that cannot be read: EOF"),
        (error(200, "[]"), 1, "no closed bar in the range"),
        (error(200, r#"[[1672531200,"a",1,1,1,1]]"#), 3, "JSON that cannot be read: invalid type"),
        (error(200, "[[1672531200,9.0,8.0,8.5,8.5,1.0]]"), 1, "2023-01-01T00:00:00Z): high is 8"),
        (error(200, "[[1672531200,-9.0,8.0,8.5,8.5,1.0]]"), 1, "low is -9"),
        (Fault::Slow, 3, "cannot be reached"),
        (Fault::BrokenOff, 3, "cannot be reached"),
    ]
}

#[tokio::test]
async fn whatever_one_source_does_the_next_one_answers() {
    for (fault, attempts, reason) in faults() {
        let coinbase = Market::answering(fault.clone()).await;
        let yahoo = Market::serving(yahoo_chart).await;
        let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase), (SourceName::Yahoo, &yahoo)]);
        let delivery = fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap();
        assert_eq!((delivery.label().as_str(), delivery.bars.len()), ("yahoo", 5), "{fault:?}");
        let failure = aws::failure::chain(&delivery.failures[0].error);
        assert!(failure.contains(reason), "{fault:?}: {failure}");
        assert_eq!(coinbase.requests().len(), attempts, "{fault:?}");
    }
}

#[tokio::test]
async fn when_no_source_answers_every_reason_is_given_and_the_same_call_later_succeeds() {
    let coinbase = Market::serving(coinbase_candles).await;
    let yahoo = Market::serving(yahoo_chart).await;
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase), (SourceName::Yahoo, &yahoo)]);
    let wanted = wanted(Interval::Day, 5);
    coinbase.set(Fault::Truncated);
    yahoo.set(Fault::status(429, "Too Many Requests"));
    let error = fetcher.fetch(&wanted).await.unwrap_err().to_string();
    for part in ["ETH-USD 1d", "coinbase answered JSON that cannot be read", "yahoo answered HTTP 429"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    coinbase.heal();
    assert_eq!(fetcher.fetch(&wanted).await.unwrap().label(), "coinbase");
}

#[tokio::test]
async fn a_source_that_recovers_within_the_retries_is_kept() {
    let coinbase = Market::serving(coinbase_candles).await;
    coinbase.fail_times(2, Fault::status(503, "busy"));
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    let delivery = fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap();
    assert_eq!((delivery.bars.len(), delivery.failures.len(), coinbase.requests().len()), (5, 0, 3));
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() {
    let coinbase = Market::serving(coinbase_candles).await;
    coinbase.fail_times(1, Fault::RetryAfter(1));
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    let began = Instant::now();
    fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn an_unfinished_bar_is_left_out_and_an_off_grid_one_too() {
    let coinbase = Market::serving(coinbase_candles).await;
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    let mut early = wanted(Interval::Day, 5);
    early.as_of = "2023-01-05T23:59:59Z".parse().unwrap();
    assert_eq!(fetcher.fetch(&early).await.unwrap().bars.len(), 4);

    // A live market cannot have closed a bar that the clock has not reached.
    let mut clock_behind = wanted(Interval::Day, 5);
    clock_behind.clock = "2023-01-05T12:00:00Z".parse().unwrap();
    assert_eq!(fetcher.fetch(&clock_behind).await.unwrap().bars.len(), 4);

    coinbase.set(Fault::status(200, "[[1672710000,1,3,2,2,5],[1672617600,1,3,2,2,5],[1672531200,1,3,2,2,5]]"));
    assert_eq!(fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap().bars.len(), 2);
    coinbase.set(Fault::status(200, "[[1672704000,1,3,2,2,5],[1672620000,1,3,2,2,5],[1672531200,1,3,2,2,5]]"));
    let error = fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap_err();
    assert!(matches!(error.failures[0].error, SourceError::Bar { .. }), "{error}");
}

#[tokio::test]
async fn a_long_range_takes_pages_of_at_most_300_rows() {
    let coinbase = Market::serving(coinbase_candles).await;
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    let wanted = wanted(Interval::Hour, 750);
    let delivery = fetcher.fetch(&wanted).await.unwrap();
    assert_eq!((delivery.bars.len(), delivery.pages.len()), (750, 3));
    assert!(delivery.bars.is_sorted_by(|a, b| Interval::Hour.step(a.time, 1) == b.time));
    assert_eq!(coinbase.requests().len(), 3);
}

#[tokio::test]
async fn requests_to_coinbase_stay_below_ten_a_second() {
    let coinbase = Market::serving(coinbase_candles).await;
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    fetcher.fetch(&wanted(Interval::Hour, 1500)).await.unwrap();
    let times = coinbase.requests();
    assert!(times[4].duration_since(times[0]) >= Duration::from_millis(450), "5 requests in {:?}", times[4] - times[0]);
}

#[tokio::test]
async fn a_market_that_is_simulated_is_called_so() {
    let coinbase = Market::serving(coinbase_candles).await;
    let fetcher = market::fetcher(&[(SourceName::Coinbase, &coinbase)]);
    for (header, history, label) in
        [("simulated", History::Simulated, "coinbase (simulated)"), ("stored", History::Stored, "coinbase (stored)")]
    {
        coinbase.call_history(header);
        let delivery = fetcher.fetch(&wanted(Interval::Day, 5)).await.unwrap();
        assert_eq!((delivery.history, delivery.label().as_str()), (history, label));
    }
}
