//! Who is asked beside the preferred source, for what, and what comes of it.

use crate::world::{Fault, World, counts, policy, truth, union, wanted};
use exchanges::{
    BarRequest, FetchPolicy, FetchResult,
    SourceName::{self, Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use market_data::{
    Bar, Interval,
    observation::{Observation, ResolutionPolicy, ResolvedBar, Tolerance, merge_observations, resolve},
    quality::QualityRule,
};

/// A day of January 2023, counted from 0, in seconds.
fn day(n: i64) -> i64 {
    1_672_531_200 + n * 86_400
}

/// The bars that count by what was gathered.
fn kept(gathered: &FetchResult, order: &[SourceName], wanted: &BarRequest) -> Vec<ResolvedBar> {
    let precedence = ResolutionPolicy {
        priority: order.iter().map(|name| name.as_str().to_owned()).collect(),
        proxies: vec![Binance.as_str().to_owned()],
        proxy_bars: true,
        tolerance: Tolerance::default(),
    };
    let observations: Vec<Observation> = gathered
        .deliveries
        .iter()
        .flat_map(|delivery| {
            let observe = |bar: &Bar| Observation {
                bar: *bar,
                origin: delivery.origin(),
                first_seen: wanted.as_of,
                last_seen: wanted.as_of,
            };
            delivery.bars.iter().map(observe).collect::<Vec<_>>()
        })
        .collect();
    resolve(&merge_observations(&[], &observations), &precedence)
}

#[tokio::test]
async fn one_witness_is_asked_beside_the_preferred_source_and_nobody_else() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Binance, Coinbase, Bitstamp, Kraken], &wanted, policy(1)).await;
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 5), ("bitstamp", 5)]);
    assert_eq!(world.asked(), [0, 1, 1, 0]);
    assert!(gathered.complete && gathered.failures.is_empty());
}

#[tokio::test]
async fn a_witness_that_fails_is_replaced_by_the_next() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &wanted, policy(1)).await;
    world.market(Bitstamp).set(Fault::Status(451, "blocked"));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 5), ("yahoo", 5)]);
    assert_eq!(gathered.failures[0].source, Bitstamp);
}

#[tokio::test]
async fn what_is_out_of_reach_is_not_asked_for() {
    let wanted = BarRequest { wall_clock: "2026-01-01T00:00:00Z".parse().unwrap(), ..wanted(Interval::Hour, 5) };
    let world = World::new(&[Kraken, Yahoo, Coinbase, Bitstamp], &wanted, policy(1)).await;
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 5), ("bitstamp", 5)]);
    assert_eq!(world.asked(), [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_primary_that_is_3_percent_off_is_outvoted() {
    let (order, wanted) = ([Coinbase, Bitstamp, Kraken, Binance], wanted(Interval::Day, 5));
    let world = World::new(&order, &wanted, policy(1)).await;
    world.market(Coinbase).set(Fault::Rows(|rows| rows.iter_mut().for_each(|row| row.scale(1.03))));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 5), ("bitstamp", 5), ("kraken", 5)]);
    assert_eq!(world.asked(), [1, 1, 1, 0], "a proxy has no vote");
    let kept = kept(&gathered, &order, &wanted);
    assert_eq!(kept.iter().map(|kept| kept.bar).collect::<Vec<_>>(), truth(&wanted));
    assert!(kept.iter().all(|kept| &*kept.origin.source == "bitstamp" && kept.flags.contains(QualityRule::Outvoted)));
}

#[tokio::test]
async fn a_third_is_asked_only_about_what_two_disagree_on() {
    let wanted = wanted(Interval::Day, 300);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &wanted, policy(1)).await;
    world.market(Bitstamp).set(Fault::Rows(|rows| {
        rows[7].scale(0.97);
        rows[9].scale(0.97);
        rows[11].scale(0.995);
    }));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 300), ("bitstamp", 300), ("yahoo", 2)]);
    let [request] = world.market(Yahoo).requests().try_into().unwrap();
    assert_eq!([&request.query["period1"], &request.query["period2"]], [&day(7).to_string(), &day(10).to_string()]);
}

#[tokio::test]
async fn a_proxy_fills_a_hole_that_nobody_else_can_and_is_asked_for_nothing_more() {
    let (order, wanted) = ([Binance, Coinbase, Bitstamp, Kraken, Yahoo], wanted(Interval::Day, 20));
    let world = World::new(&order, &wanted, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.market(name).set(Fault::Rows(|rows| drop(rows.drain(6..8))));
    }
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("binance", 2), ("coinbase", 18), ("bitstamp", 18)]);
    let [request] = world.market(Binance).requests().try_into().unwrap();
    let range = [&request.query["startTime"], &request.query["endTime"]];
    assert_eq!(range, [&format!("{}000", day(6)), &format!("{}999", day(8) - 1)]);
    assert_eq!(world.asked(), [1, 1, 1, 0, 0]);
    let kept = kept(&gathered, &order[1..], &wanted);
    assert_eq!(kept.iter().filter(|kept| kept.flags.contains(QualityRule::Proxy)).count(), 2);
}

#[tokio::test]
async fn a_proxy_stands_in_when_everybody_else_is_down() {
    let wanted = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase, Binance, Bitstamp], &wanted, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.market(name).set(Fault::Status(403, "no"));
    }
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!((counts(&gathered), gathered.failures.len()), (vec![("binance", 5)], 2));
}

#[tokio::test]
async fn where_proxies_are_refused_a_bar_that_only_they_have_is_missing() {
    let wanted = wanted(Interval::Day, 20);
    let strict = FetchPolicy { proxy_bars: false, ..policy(1) };
    let world = World::new(&[Binance, Coinbase, Bitstamp], &wanted, strict).await;
    for name in [Coinbase, Bitstamp] {
        world.market(name).set(Fault::Rows(|rows| drop(rows.drain(6..8))));
    }
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!((counts(&gathered), world.asked()), (vec![("coinbase", 18), ("bitstamp", 18)], vec![0, 1, 1]));
    assert!(gathered.complete, "all who may be asked have answered");

    let lonely = World::new(&[Binance], &wanted, strict).await;
    let error = lonely.gather(&wanted).await.unwrap_err().to_string();
    assert!(error.ends_with("none is configured that may be asked"), "{error}");
}

/// A false high was kept: the closes agree, and only they were compared.
#[tokio::test]
async fn a_false_high_is_asked_of_a_third_and_not_kept() {
    let (order, wanted) = ([Coinbase, Bitstamp, Kraken], wanted(Interval::Day, 5));
    let world = World::new(&order, &wanted, policy(1)).await;
    world.market(Coinbase).set(Fault::Rows(|rows| rows[3].high *= 1.5));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 5), ("bitstamp", 5), ("kraken", 1)]);
    let kept = kept(&gathered, &order, &wanted);
    assert_eq!(kept.iter().map(|kept| kept.bar).collect::<Vec<_>>(), truth(&wanted));
    assert_eq!(&*kept[3].origin.source, "bitstamp");
    assert!(kept[3].doubtful().is_some() && kept[2].doubtful().is_none());
}

#[tokio::test]
async fn a_stale_tail_is_told_and_asked_of_the_others() {
    let wanted = wanted(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Kraken], &wanted, policy(1)).await;
    world.market(Coinbase).set(Fault::Rows(|rows| rows.truncate(9)));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 9), ("bitstamp", 10)]);
    let stale = &gathered.deliveries[0].findings[0];
    assert_eq!((stale.rule, stale.time.as_second()), (QualityRule::Stale, day(9)));
    assert_eq!(world.asked(), [1, 1, 0], "the witness has it");

    world.market(Bitstamp).set(Fault::Rows(|rows| rows.truncate(9)));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 9), ("bitstamp", 9), ("kraken", 1)]);
    assert_eq!(union(&gathered.deliveries), truth(&wanted));
}

#[tokio::test]
async fn an_outage_is_one_when_everybody_who_could_know_was_asked() {
    let wanted = wanted(Interval::Day, 20);
    let names = [Coinbase, Bitstamp, Kraken, Yahoo];
    let world = World::new(&names, &wanted, policy(1)).await;
    for name in names {
        world.market(name).set(Fault::Rows(|rows| rows.retain(|row| row.time != 1_672_531_200 + 6 * 86_400)));
    }
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 19), ("bitstamp", 19)]);
    assert_eq!((gathered.complete, gathered.failures.len(), world.asked()), (true, 0, vec![1, 1, 1, 1]));

    world.market(Kraken).set(Fault::Status(451, "blocked"));
    let gathered = world.gather(&wanted).await.unwrap();
    assert!(!gathered.complete, "Kraken may have it");
    assert_eq!(gathered.failures[0].source, Kraken);

    // Two years later it cannot have it any more.
    let later = BarRequest { wall_clock: "2025-06-01T00:00:00Z".parse().unwrap(), ..wanted };
    let gathered = world.gather(&later).await.unwrap();
    assert!(gathered.complete && gathered.failures.is_empty());
}

#[tokio::test]
async fn the_start_is_a_hole_when_bars_before_it_are_known() {
    let wanted = wanted(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Kraken], &wanted, policy(1)).await;
    for name in [Coinbase, Bitstamp] {
        world.market(name).set(Fault::Rows(|rows| drop(rows.drain(..2))));
    }
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!((counts(&gathered), gathered.complete), (vec![("coinbase", 8), ("bitstamp", 8)], true));

    let before = Bar { time: Interval::Day.step(wanted.from, -1), ..truth(&wanted)[0] };
    let gathered = world.fetcher.fetch(&wanted, &[before]).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 8), ("bitstamp", 8), ("kraken", 2)]);
}

#[tokio::test]
async fn sources_that_are_no_use_for_a_hole_do_not_spoil_what_is_there() {
    let wanted = wanted(Interval::Day, 10);
    let world = World::new(&[Coinbase, Bitstamp, Yahoo], &wanted, policy(0)).await;
    world.market(Coinbase).set(Fault::Rows(|rows| drop(rows.drain(4..6))));
    world.market(Bitstamp).set(Fault::Html);
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(counts(&gathered), [("coinbase", 8), ("yahoo", 2)]);
    assert_eq!((gathered.failures[0].source, gathered.complete), (Bitstamp, true));
}
