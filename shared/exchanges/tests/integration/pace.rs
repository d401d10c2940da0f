//! How often sources are asked, over real HTTP: never faster than their pace, not at all while they want to be left
//! alone, and several pages at once within that.

use crate::world::{Fault, World, counts, policy, truth, union, wanted};
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

/// Patient enough for slow answers.
fn patient() -> FetchPolicy {
    FetchPolicy { timeouts: Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(5) }, ..policy(0) }
}

fn times(world: &World, name: SourceName) -> Vec<Instant> {
    world.market(name).requests().iter().map(|request| request.at).collect()
}

#[tokio::test]
async fn a_long_range_takes_full_pages_whose_bars_and_answers_are_in_order() {
    let wanted = wanted(Interval::Hour, 2_100);
    for (name, pages) in [(Coinbase, 7), (Bitstamp, 3), (Binance, 3)] {
        let world = World::new(&[name], &wanted, patient()).await;
        // The first pages are the last to be answered.
        world.market(name).delay([millis(600), millis(450), millis(300)]);
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(counts(&gathered), [(name.as_str(), 2_100)]);
        assert_eq!(union(&gathered.deliveries), truth(&wanted));
        assert_eq!(world.asked(), [pages]);
        let starts: Vec<_> = gathered.deliveries[0]
            .pages
            .iter()
            .filter_map(|page| page.url.split(['?', '&']).find(|pair| pair.to_ascii_lowercase().starts_with("start")))
            .collect();
        assert_eq!(starts.len(), pages);
        assert!(starts.is_sorted(), "{starts:?}");
    }
}

#[tokio::test]
async fn four_pages_are_under_way_at_once_and_no_more() {
    let wanted = wanted(Interval::Hour, 1_500);
    let world = World::new(&[Coinbase], &wanted, patient()).await;
    world.market(Coinbase).delay([millis(1_000); 5]);
    world.gather(&wanted).await.unwrap();
    let times = times(&world, Coinbase);
    assert!(times[3] - times[0] < millis(900), "the fourth began before the first was answered");
    assert!(times[4] - times[0] >= millis(950), "the fifth waited for the first");
}

#[tokio::test]
async fn no_source_is_asked_faster_than_its_pace() {
    let hours = wanted(Interval::Hour, 5_000);
    let few = wanted(Interval::Hour, 1_500);
    for (name, wanted, pace, pages) in [(Coinbase, &few, 110, 5), (Bitstamp, &hours, 100, 5), (Binance, &hours, 100, 5)]
    {
        let world = World::new(&[name], wanted, patient()).await;
        world.gather(wanted).await.unwrap();
        let times = times(&world, name);
        assert_eq!(times.len(), pages);
        // A request may be late by a little, and the next one not.
        let least = millis(pace) * 4 - millis(50);
        assert!(times[4] - times[0] >= least, "{name}: 5 requests in {:?}", times[4] - times[0]);
    }
}

#[tokio::test]
async fn retries_and_calls_share_the_pace() {
    let wanted = wanted(Interval::Day, 5);
    for name in [Kraken, Yahoo] {
        let world = World::new(&[name], &wanted, policy(0)).await;
        world.market(name).fail_times(1, Fault::Status(500, "oops"));
        world.gather(&wanted).await.unwrap();
        world.gather(&wanted).await.unwrap();
        let times = times(&world, name);
        assert!(times[2] - times[0] >= millis(1_950), "{name}: 3 requests in {:?}", times[2] - times[0]);
    }
}

#[tokio::test]
async fn what_one_page_is_told_holds_back_them_all() {
    let wanted = wanted(Interval::Hour, 1_500);
    let world = World::new(&[Coinbase], &wanted, patient()).await;
    world.market(Coinbase).fail_times(1, Fault::RetryAfter(429, 1));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 1_500)]);
    let times = times(&world, Coinbase);
    assert_eq!(times.len(), 6);
    let first_again = times[1] - times[0];
    assert!(first_again >= millis(950), "asked again after {first_again:?}");
    assert!(times[5] - times[1] >= millis(430), "and then at its pace");
}

#[tokio::test]
async fn a_source_that_wants_a_long_rest_gets_it() {
    let wanted = wanted(Interval::Day, 5);
    for fault in [Fault::RetryAfter(429, 600), Fault::RetryAfter(418, 600), Fault::Status(418, "banned")] {
        let world = World::new(&[Coinbase, Bitstamp], &wanted, policy(0)).await;
        world.market(Coinbase).fail_times(1, fault.clone());
        for calls in 1..=2 {
            let gathered = world.gather(&wanted).await.unwrap();
            assert_eq!((counts(&gathered), world.asked()), (vec![("bitstamp", 5)], vec![1, calls]), "{fault:?}");
            let error = &gathered.failures[0].error;
            let held_back = matches!(error, SourceError::RateLimited { wait } if *wait > Duration::from_secs(100));
            assert_eq!(held_back, calls == 2, "{fault:?}: {}", error_chain(error));
        }
    }
}
