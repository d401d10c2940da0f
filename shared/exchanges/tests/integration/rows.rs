//! Rows that are wrong, over real HTTP: the source's other bars are kept, and those that it spoilt come from the next
//! one.

use crate::{
    wire::Candle,
    world::{Fault, World, counts, policy, truth, union, wanted},
};
use exchanges::{
    BarRequest,
    SourceName::{Binance, Bitstamp, Coinbase, Kraken, Yahoo},
};
use market_data::{
    Interval,
    quality::{QualityFinding, QualityRule},
};

/// What a source does to its rows, which rule sees it, and how many bars another one has to repair.
type Case = (fn(&mut Vec<Candle>), Option<QualityRule>, usize);

const CASES: [Case; 11] = [
    (|rows| rows.reverse(), None, 0),
    (|rows| rows.extend_from_within(10..20), Some(QualityRule::Duplicate), 0),
    (|rows| rows.insert(7, Candle { close: 1200.0, ..rows[7] }), Some(QualityRule::Conflict), 1),
    (|rows| drop(rows.drain(12..13)), None, 1),
    (|rows| drop(rows.drain(12..15)), None, 3),
    (|rows| rows.truncate(38), Some(QualityRule::Stale), 2),
    (|rows| rows[5].low = f64::NAN, Some(QualityRule::Missing), 1),
    (|rows| rows[5].volume = f64::NAN, Some(QualityRule::Missing), 1),
    (|rows| (rows[5].low, rows[5].high) = (rows[5].high, rows[5].low), Some(QualityRule::HighBelowLow), 1),
    (|rows| rows[5].close = 1300.0, Some(QualityRule::OutsideRange), 1),
    (|rows| rows[35].volume = rows[35].quote, Some(QualityRule::SwappedVolume), 1),
];

fn found(findings: &[QualityFinding], rule: QualityRule) -> bool {
    findings.iter().any(|finding| finding.rule == rule)
}

#[tokio::test]
async fn the_right_bars_come_of_wrong_rows() {
    let wanted = wanted(Interval::Day, 40);
    for (case, (spoil, rule, repaired)) in CASES.into_iter().enumerate() {
        let world = World::new(&[Coinbase, Bitstamp, Kraken], &wanted, policy(0)).await;
        world.market(Coinbase).set(Fault::Rows(spoil));
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(union(&gathered.deliveries), truth(&wanted), "case {case}");
        let mut expected = vec![("coinbase", 40 - repaired)];
        expected.extend((repaired > 0).then_some(("bitstamp", repaired)));
        assert_eq!(counts(&gathered), expected, "case {case}");
        assert_eq!(world.asked(), [1, usize::from(repaired > 0), 0], "case {case}");
        let findings = &gathered.deliveries[0].findings;
        assert!(rule.is_none_or(|rule| found(findings, rule)), "case {case}: {findings:?}");
        assert!(rule.is_some() || findings.is_empty(), "case {case}: {findings:?}");
        assert!(gathered.complete);
    }
}

#[tokio::test]
async fn every_format_survives_wrong_rows() {
    for name in [Coinbase, Kraken, Bitstamp, Binance, Yahoo] {
        // In Tether, so that Binance is a source like the others.
        let wanted = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..wanted(Interval::Day, 40) };
        let other = if name == Coinbase { Bitstamp } else { Coinbase };
        let world = World::new(&[name, other], &wanted, policy(0)).await;
        world.market(name).set(Fault::Rows(|rows| {
            rows.extend_from_within(1..4);
            rows.swap(0, 20);
            rows[5].open = f64::NAN;
            rows[6].high = 1.0;
            rows.remove(8);
        }));
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(union(&gathered.deliveries), truth(&wanted), "{name}");
        assert_eq!(counts(&gathered), [(name.as_str(), 37), (other.as_str(), 3)]);
    }
}

#[tokio::test]
async fn exchanged_columns_are_exchanged_back_where_a_source_has_both_volumes() {
    let wanted = BarRequest { symbol: "ETH-USDT".parse().unwrap(), ..wanted(Interval::Day, 5) };
    let world = World::new(&[Binance, Coinbase], &wanted, policy(0)).await;
    world.market(Binance).set(Fault::Rows(|rows| {
        rows.iter_mut().for_each(|row| (row.volume, row.quote) = (row.quote, row.volume));
    }));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!((union(&gathered.deliveries), world.asked()), (truth(&wanted), vec![1, 0]));
    assert!(found(&gathered.deliveries[0].findings, QualityRule::SwappedVolume));
}

#[tokio::test]
async fn an_hour_that_is_missing_comes_from_the_next_source() {
    let wanted = wanted(Interval::Hour, 700);
    let world = World::new(&[Coinbase, Bitstamp], &wanted, policy(0)).await;
    world.market(Coinbase).set(Fault::Rows(|rows| drop(rows.drain(33..34))));
    let gathered = world.gather(&wanted).await.unwrap();
    assert_eq!(union(&gathered.deliveries), truth(&wanted));
    assert_eq!(counts(&gathered), [("coinbase", 697), ("bitstamp", 3)], "one on each of three pages");
    assert_eq!(world.asked(), [3, 1], "they fit on one page of the other");
}

#[tokio::test]
async fn a_bar_counts_once_it_is_closed_by_what_is_asked_for_and_by_the_clock() {
    let whole = wanted(Interval::Day, 5);
    let world = World::new(&[Coinbase], &whole, policy(0)).await;
    let early = BarRequest { as_of: "2023-01-05T23:59:59Z".parse().unwrap(), ..whole.clone() };
    let behind = BarRequest { wall_clock: "2023-01-05T12:00:00Z".parse().unwrap(), ..whole.clone() };
    for wanted in [early, behind] {
        let gathered = world.gather(&wanted).await.unwrap();
        assert_eq!(gathered.deliveries[0].bars, truth(&whole)[..4]);
        assert!(found(&gathered.deliveries[0].findings, QualityRule::Unfinished));
        assert!(gathered.complete, "an open bar is no hole");
    }
}

#[tokio::test]
async fn a_live_quote_at_the_end_is_no_bar() {
    let wanted = wanted(Interval::Day, 5);
    for name in [Coinbase, Yahoo] {
        let world = World::new(&[name], &wanted, policy(0)).await;
        world.market(name).set(Fault::Rows(|rows| {
            if let Some(last) = rows.last_mut() {
                last.time += 5;
            }
        }));
        let gathered = world.gather(&wanted).await.unwrap();
        assert!(truth(&wanted).starts_with(&gathered.deliveries[0].bars), "{name}");
        assert!(found(&gathered.deliveries[0].findings, QualityRule::LiveQuote), "{name}");
    }
}
