//! Rate limits over real HTTP: the least time between requests, pauses demanded by a source, and concurrent pages.

use crate::world::{World, counts, policy, request, truth, union};
use exchange_simulator::FaultKind;
use exchanges::{
    FetchPolicy, SourceError,
    SourceName::{self, Binance, Bitstamp, Coinbase, Kraken, Yahoo},
    Timeouts,
};
use market_data::Interval;
use observability::error_chain;
use std::time::{Duration, Instant};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn retry_after(status: u16, seconds: u64) -> FaultKind {
    FaultKind::response_with_header(status, "retry-after", &seconds.to_string())
}

/// Policy with a time-out that allows slow responses.
fn long_timeout() -> FetchPolicy {
    FetchPolicy { timeouts: Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(5) }, ..policy(0) }
}

fn request_times(world: &World, name: SourceName) -> Vec<Instant> {
    world.requests(name).iter().map(|request| request.received_at).collect()
}

#[tokio::test]
async fn a_long_range_takes_full_pages_in_order() {
    let request = request(Interval::Hour, 2_100);
    for (name, pages) in [(Coinbase, 7), (Bitstamp, 3), (Binance, 3)] {
        let world = World::new(&[name], &request, long_timeout()).await;
        // Responses to the first pages arrive last.
        world.delay_responses(name, [millis(600), millis(450), millis(300)]);
        let result = world.fetch(&request).await.unwrap();
        assert_eq!(counts(&result), [(name.as_str(), 2_100)]);
        assert_eq!(union(&result.batches), truth(&request));
        assert_eq!(world.request_counts(), [pages]);
        let starts: Vec<_> = result.batches[0]
            .pages
            .iter()
            .filter_map(|page| page.url.split(['?', '&']).find(|pair| pair.to_ascii_lowercase().starts_with("start")))
            .collect();
        assert_eq!(starts.len(), pages);
        assert!(starts.is_sorted(), "{starts:?}");
    }
}

#[tokio::test]
async fn at_most_four_pages_are_requested_at_once() {
    let request = request(Interval::Hour, 1_500);
    let world = World::new(&[Coinbase], &request, long_timeout()).await;
    world.delay_responses(Coinbase, [millis(1_000); 5]);
    world.fetch(&request).await.unwrap();
    let times = request_times(&world, Coinbase);
    assert!(times[3] - times[0] < millis(900), "the fourth started before the first response");
    assert!(times[4] - times[0] >= millis(950), "the fifth waited for the first");
}

#[tokio::test]
async fn requests_keep_the_minimum_interval_of_the_source() {
    let hours = request(Interval::Hour, 5_000);
    let few = request(Interval::Hour, 1_500);
    for (name, request, interval, pages) in
        [(Coinbase, &few, 110, 5), (Bitstamp, &hours, 100, 5), (Binance, &hours, 100, 5)]
    {
        let world = World::new(&[name], request, long_timeout()).await;
        world.fetch(request).await.unwrap();
        let times = request_times(&world, name);
        assert_eq!(times.len(), pages);
        // A request may be a little late, and the next one on time.
        let min_duration = millis(interval) * 4 - millis(50);
        assert!(times[4] - times[0] >= min_duration, "{name}: 5 requests in {:?}", times[4] - times[0]);
    }
}

#[tokio::test]
async fn retries_and_calls_share_the_rate_limit() {
    let request = request(Interval::Day, 5);
    for name in [Kraken, Yahoo] {
        let world = World::new(&[name], &request, policy(0)).await;
        world.fail_times(name, 1, FaultKind::response(500, "oops"));
        world.fetch(&request).await.unwrap();
        world.fetch(&request).await.unwrap();
        let times = request_times(&world, name);
        assert!(times[2] - times[0] >= millis(1_950), "{name}: 3 requests in {:?}", times[2] - times[0]);
    }
}

#[tokio::test]
async fn retry_after_of_one_page_delays_all_pages() {
    let request = request(Interval::Hour, 1_500);
    let world = World::new(&[Coinbase], &request, long_timeout()).await;
    world.fail_times(Coinbase, 1, retry_after(429, 1));
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 1_500)]);
    let times = request_times(&world, Coinbase);
    assert_eq!(times.len(), 6);
    let first_retry = times[1] - times[0];
    assert!(first_retry >= millis(950), "retried after {first_retry:?}");
    assert!(times[5] - times[1] >= millis(430), "then at the rate limit");
}

#[tokio::test]
async fn a_long_retry_after_pauses_the_source() {
    let request = request(Interval::Day, 5);
    for fault in [retry_after(429, 600), retry_after(418, 600), FaultKind::response(418, "banned")] {
        let world = World::new(&[Coinbase, Bitstamp], &request, policy(0)).await;
        world.fail_times(Coinbase, 1, fault.clone());
        for calls in 1..=2 {
            let result = world.fetch(&request).await.unwrap();
            assert_eq!((counts(&result), world.request_counts()), (vec![("bitstamp", 5)], vec![1, calls]), "{fault:?}");
            let error = &result.failures[0].error;
            let rate_limited = matches!(error, SourceError::RateLimited { wait } if *wait > Duration::from_secs(100));
            assert_eq!(rate_limited, calls == 2, "{fault:?}: {}", error_chain(error));
        }
    }
}
