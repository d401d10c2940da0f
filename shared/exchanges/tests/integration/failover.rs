//! Failover and cross-checks: the sources that are fetched besides the primary one, and the result.

use crate::world::{World, counts, policy, request, truth, union};
use exchange_simulator::{FaultKind, RowField};
use exchanges::{
    BarRequest, FetchPolicy, FetchResult,
    SourceName::{self, Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use jiff::Timestamp;
use market_data::{
    Bar, Interval,
    observation::{Observation, ResolutionPolicy, ResolvedBar, Tolerance, merge_observations, resolve},
    quality::QualityRule,
};

/// Open time of the day with that index, which `request` counts from 0.
fn day(index: i64) -> Timestamp {
    Interval::Day.step("2023-01-01T00:00:00Z".parse().unwrap(), index)
}

/// Resolved bars of a result.
fn resolved_bars(result: &FetchResult, order: &[SourceName], request: &BarRequest) -> Vec<ResolvedBar> {
    let policy = ResolutionPolicy {
        priority: order.iter().map(|name| name.as_str().to_owned()).collect(),
        proxies: vec![Binance.as_str().to_owned()],
        proxy_bars: true,
        tolerance: Tolerance::default(),
    };
    let observations: Vec<Observation> = result
        .batches
        .iter()
        .flat_map(|batch| {
            let observe = |bar: &Bar| Observation {
                bar: *bar,
                origin: batch.origin(),
                first_seen: request.as_of,
                last_seen: request.as_of,
            };
            batch.bars.iter().map(observe).collect::<Vec<_>>()
        })
        .collect();
    resolve(&merge_observations(&[], &observations), &policy)
}

#[tokio::test]
async fn one_cross_check_is_fetched_besides_the_primary_source() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Binance, Coinbase, Bitstamp, Kraken], &request, policy(1)).await;
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 5), ("bitstamp", 5)]);
    assert_eq!(world.request_counts(), [0, 1, 1, 0]);
    assert!(result.complete && result.failures.is_empty());
}

#[tokio::test]
async fn a_failed_cross_check_is_replaced_by_the_next_source() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &request, policy(1)).await;
    world.set_fault(Bitstamp, FaultKind::response(451, "blocked"));
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 5), ("yahoo", 5)]);
    assert_eq!(result.failures[0].source, Bitstamp);
}

#[tokio::test]
async fn sources_without_that_retention_are_not_requested() {
    let request = BarRequest { wall_clock: "2026-01-01T00:00:00Z".parse().unwrap(), ..request(Interval::Hour, 5) };
    let world = World::new(&[Kraken, Yahoo, Coinbase, Bitstamp], &request, policy(1)).await;
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 5), ("bitstamp", 5)]);
    assert_eq!(world.request_counts(), [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_primary_source_3_percent_off_is_outvoted() {
    let (order, request) = ([Coinbase, Bitstamp, Kraken, Binance], request(Interval::Day, 5));
    let world = World::new(&order, &request, policy(1)).await;
    world.set_fault(Coinbase, FaultKind::OffBy { share: 0.03, at: None, field: None });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 5), ("bitstamp", 5), ("kraken", 5)]);
    assert_eq!(world.request_counts(), [1, 1, 1, 0], "a proxy has no vote");
    let resolved = resolved_bars(&result, &order, &request);
    assert_eq!(resolved.iter().map(|resolved| resolved.bar).collect::<Vec<_>>(), truth(&request));
    assert!(
        resolved
            .iter()
            .all(|resolved| &*resolved.origin.source == "bitstamp" && resolved.flags.contains(QualityRule::Outvoted))
    );
}

#[tokio::test]
async fn a_third_source_is_fetched_only_for_disagreements() {
    let request = request(Interval::Day, 300);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &request, policy(1)).await;
    let off_by = |index, share| FaultKind::OffBy { share, at: Some(day(index)), field: None };
    world.set_faults(Bitstamp, [off_by(7, -0.03), off_by(9, -0.03), off_by(11, -0.005)]);
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 300), ("bitstamp", 300), ("yahoo", 2)]);
    let [recorded] = world.requests(Yahoo).try_into().unwrap();
    assert_eq!(
        [&recorded.query["period1"], &recorded.query["period2"]],
        [&day(7).as_second().to_string(), &day(10).as_second().to_string()]
    );
}

#[tokio::test]
async fn a_proxy_fills_only_gaps_that_no_other_source_can() {
    let (order, request) = ([Binance, Coinbase, Bitstamp, Kraken, Yahoo], request(Interval::Day, 20));
    let world = World::new(&order, &request, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.set_fault(name, FaultKind::Missing { at: Some(day(6)), bars: 2 });
    }
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("binance", 2), ("coinbase", 18), ("bitstamp", 18)]);
    let [recorded] = world.requests(Binance).try_into().unwrap();
    let range = [&recorded.query["startTime"], &recorded.query["endTime"]];
    assert_eq!(range, [&format!("{}000", day(6).as_second()), &format!("{}999", day(8).as_second() - 1)]);
    assert_eq!(world.request_counts(), [1, 1, 1, 0, 0]);
    let resolved = resolved_bars(&result, &order[1..], &request);
    assert_eq!(resolved.iter().filter(|resolved| resolved.flags.contains(QualityRule::Proxy)).count(), 2);
}

#[tokio::test]
async fn a_proxy_is_used_if_all_others_fail() {
    let request = request(Interval::Day, 5);
    let world = World::new(&[Coinbase, Binance, Bitstamp], &request, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.set_fault(name, FaultKind::response(403, "no"));
    }
    let result = world.fetch(&request).await.unwrap();
    assert_eq!((counts(&result), result.failures.len()), (vec![("binance", 5)], 2));
}

#[tokio::test]
async fn without_proxy_bars_a_proxy_fills_no_gap() {
    let request = request(Interval::Day, 20);
    let strict = FetchPolicy { proxy_bars: false, ..policy(1) };
    let world = World::new(&[Binance, Coinbase, Bitstamp], &request, strict).await;
    for name in [Coinbase, Bitstamp] {
        world.set_fault(name, FaultKind::Missing { at: Some(day(6)), bars: 2 });
    }
    let result = world.fetch(&request).await.unwrap();
    assert_eq!((counts(&result), world.request_counts()), (vec![("coinbase", 18), ("bitstamp", 18)], vec![0, 1, 1]));
    assert!(result.complete, "all sources that may be used responded");

    let proxy_only = World::new(&[Binance], &request, strict).await;
    let error = proxy_only.fetch(&request).await.unwrap_err().to_string();
    assert!(error.ends_with("no configured source may be used"), "{error}");
}

/// Regression: closes agreed, and only they were compared.
#[tokio::test]
async fn a_third_source_outvotes_a_false_high() {
    let (order, request) = ([Coinbase, Bitstamp, Kraken], request(Interval::Day, 5));
    let world = World::new(&order, &request, policy(1)).await;
    world.set_fault(Coinbase, FaultKind::OffBy { share: 0.5, at: Some(day(3)), field: Some(RowField::High) });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 5), ("bitstamp", 5), ("kraken", 1)]);
    let resolved = resolved_bars(&result, &order, &request);
    assert_eq!(resolved.iter().map(|resolved| resolved.bar).collect::<Vec<_>>(), truth(&request));
    assert_eq!(&*resolved[3].origin.source, "bitstamp");
    assert!(resolved[3].doubtful().is_some() && resolved[2].doubtful().is_none());
}

#[tokio::test]
async fn a_stale_end_is_reported_and_fetched_from_others() {
    let request = request(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Kraken], &request, policy(1)).await;
    world.set_fault(Coinbase, FaultKind::Stale { bars: 1 });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 9), ("bitstamp", 10)]);
    let stale = &result.batches[0].findings[0];
    assert_eq!((stale.rule, stale.time), (QualityRule::Stale, day(9)));
    assert_eq!(world.request_counts(), [1, 1, 0], "the cross-check has the bar");

    world.set_fault(Bitstamp, FaultKind::Stale { bars: 1 });
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 9), ("bitstamp", 9), ("kraken", 1)]);
    assert_eq!(union(&result.batches), truth(&request));
}

#[tokio::test]
async fn an_outage_needs_responses_of_all_possible_sources() {
    let request = request(Interval::Day, 20);
    let names = [Coinbase, Bitstamp, Kraken, Yahoo];
    let world = World::new(&names, &request, policy(1)).await;
    for name in names {
        world.set_fault(name, FaultKind::Missing { at: Some(day(6)), bars: 1 });
    }
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 19), ("bitstamp", 19)]);
    assert_eq!((result.complete, result.failures.len(), world.request_counts()), (true, 0, vec![1, 1, 1, 1]));

    world.set_fault(Kraken, FaultKind::response(451, "blocked"));
    let result = world.fetch(&request).await.unwrap();
    assert!(!result.complete, "Kraken may have the bar");
    assert_eq!(result.failures[0].source, Kraken);

    // Two years later, the bar is beyond the retention of Kraken.
    let later = BarRequest { wall_clock: "2025-06-01T00:00:00Z".parse().unwrap(), ..request };
    let result = world.fetch(&later).await.unwrap();
    assert!(result.complete && result.failures.is_empty());
}

#[tokio::test]
async fn a_missing_start_is_a_gap_if_earlier_bars_exist() {
    let request = request(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Kraken], &request, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.set_fault(name, FaultKind::Missing { at: Some(day(0)), bars: 2 });
    }
    let result = world.fetch(&request).await.unwrap();
    assert_eq!((counts(&result), result.complete), (vec![("coinbase", 8), ("bitstamp", 8)], true));

    let before = Bar { time: Interval::Day.step(request.from, -1), ..truth(&request)[0] };
    let result = world.fetcher.fetch(&request, &[before]).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 8), ("bitstamp", 8), ("kraken", 2)]);
}

#[tokio::test]
async fn failed_fallbacks_leave_the_fetched_bars_unchanged() {
    let request = request(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &request, policy(0)).await;
    world.set_fault(Coinbase, FaultKind::Missing { at: Some(day(4)), bars: 2 });
    world.set_fault(Bitstamp, FaultKind::Html);
    let result = world.fetch(&request).await.unwrap();
    assert_eq!(counts(&result), [("coinbase", 8), ("yahoo", 2)]);
    assert_eq!((result.failures[0].source, result.complete), (Bitstamp, true));
}
